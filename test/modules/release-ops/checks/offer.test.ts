// A black-box check: what tools/list puts on the wire, for all 35 tools of the seed.
import { afterEach, expect, test } from "vitest";
import { closing } from "./ground.ts";

const open = closing(afterEach, "spawn");
const ARCH = ["amd64", "arm64", "multi", "ppc64le", "s390x"];

/** Required parameters, then the others with what they are when they are left out. */
const INPUTS: Record<string, [required: string, others: Record<string, unknown>]> = {
  oar_check_greenwave_cvp_tests: ["release", {}],
  oar_check_cve_tracker_bug: ["release", { notify: false }],
  oar_image_signed_check: ["release", {}],
  oar_image_consistency_check: ["release", { job_id: undefined, build_number: undefined }],
  oar_stage_testing: ["release", { build_number: undefined }],
  oar_create_test_report: ["release", {}],
  oar_take_ownership: ["release email", {}],
  oar_update_bug_list: ["release", { notify: true }],
  oar_push_to_cdn_staging: ["release", { confirm: undefined }],
  oar_drop_bugs: ["release", { confirm: undefined }],
  oar_change_advisory_status: ["release", { confirm: undefined }],
  oarctl_start_release_detector: ["release", {}],
  oarctl_jira_notificator: ["", { dry_run: false, from_date: undefined }],
  job_run: ["job_name payload", {}],
  jobctl_start_controller: ["release", { nightly: true, trigger_prow_job: true, arch: "amd64" }],
  jobctl_trigger_jobs_for_build: ["build", { arch: "amd64", skip_existing: true }],
  jobctl_start_aggregator: ["", { arch: "amd64" }],
  jobctl_promote_test_results: ["build", { arch: "amd64" }],
  jobctl_update_retried_job_run: ["build job_name current_job_id new_job_id", { arch: "amd64" }],
  get_command_help: ["cli", { command: "" }],
  oar_run_command: ["release command", { args: "", confirm: undefined }],
  oarctl_run_command: ["command", { args: "" }],
  jobctl_run_command: ["command", { args: "" }],
  oar_get_release_metadata: ["release", { refresh: false }],
  oar_is_release_shipped: ["release", { refresh: false }],
  oar_get_release_status: ["release", {}],
  oar_update_task_status: ["release task_name status", { result: undefined }],
  oar_add_issue: ["release issue", { blocker: true, related_tasks: undefined }],
  oar_resolve_issue: ["release issue resolution", {}],
  oar_get_issues: ["release", { unresolved_only: false, blockers_only: false, task_name: undefined }],
  oar_get_task_blocker: ["release task_name", {}],
  discover_active_releases: ["", { refresh: false }],
  mcp_cache_stats: ["", {}],
  mcp_cache_invalidate: ["", { release: "" }],
  mcp_cache_warm: ["releases", {}],
};

test("tools/list has all 35 tools with their parameters, defaults, enums and annotations", async () => {
  const tools = new Map((await (await open()).list()).map((tool) => [tool.name, tool]));
  expect(Object.keys(INPUTS)).toHaveLength(35);
  for (const [name, [required, others]] of Object.entries(INPUTS)) {
    const { inputSchema: schema, annotations } = tools.get(name);
    const wanted = required.split(" ").filter(Boolean);
    expect([name, (schema.required ?? []).toSorted()]).toEqual([name, wanted.toSorted()]);
    expect([name, Object.keys(schema.properties).toSorted()]).toEqual([
      name,
      [...wanted, ...Object.keys(others)].toSorted(),
    ]);
    for (const [key, initial] of Object.entries(others))
      expect([name, key, schema.properties[key].default]).toEqual([name, key, initial]);
    if ("arch" in others) expect(schema.properties.arch.enum).toEqual(ARCH);
    expect([name, typeof annotations.readOnlyHint, typeof annotations.destructiveHint]).not.toContain("undefined");
    expect(schema.additionalProperties).toBe(false);
  }
  const hints = (name: string) => tools.get(name).annotations;
  expect(hints("oar_image_signed_check")).toMatchObject({ readOnlyHint: true });
  expect(hints("oar_take_ownership")).toMatchObject({ readOnlyHint: false, destructiveHint: false });
  expect(hints("oar_push_to_cdn_staging")).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  expect(tools.get("oar_update_task_status").inputSchema.properties.status.enum).toEqual([
    "Pass",
    "Fail",
    "In Progress",
  ]);
  expect(tools.get("oar_get_task_blocker").inputSchema.properties.task_name.enum).toHaveLength(9);
});
