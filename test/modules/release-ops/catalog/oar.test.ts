// The shipped catalogue against the contract's table, tool by tool, and what a broken file is told.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { CatalogError, readCatalogs } from "../../../../src/modules/release-ops/catalog/load.ts";
import { argvOf, riskOf } from "../../../../src/modules/release-ops/params/argv.ts";
import { inputOf } from "../../../../src/modules/release-ops/params/input.ts";

const catalog = await readCatalogs(["oar"]);
const R = { release: "4.19.1" };
const B = { build: "4.19.0-rc.1" };
type Row = [tool: string, input: Record<string, unknown>, argv: string, risk: string];
const rows: Row[] = [
  ["oar_check_greenwave_cvp_tests", R, "-r 4.19.1 check-greenwave-cvp-tests", "read"],
  ["oar_check_cve_tracker_bug", R, "-r 4.19.1 check-cve-tracker-bug --no-notify", "read"],
  ["oar_check_cve_tracker_bug", { ...R, notify: true }, "-r 4.19.1 check-cve-tracker-bug --notify", "write"],
  ["oar_image_signed_check", { release: "4.20.0-ec.3" }, "-r 4.20.0-ec.3 image-signed-check", "read"],
  ["oar_image_consistency_check", R, "-r 4.19.1 image-consistency-check", "write"],
  ["oar_image_consistency_check", { ...R, job_id: "12" }, "-r 4.19.1 image-consistency-check -i 12", "read"],
  ["oar_image_consistency_check", { ...R, build_number: 7 }, "-r 4.19.1 image-consistency-check -i 7", "read"],
  ["oar_stage_testing", { ...R, build_number: "" }, "-r 4.19.1 stage-testing", "write"],
  ["oar_stage_testing", { ...R, build_number: 7 }, "-r 4.19.1 stage-testing -n 7", "read"],
  ["oar_create_test_report", { release: "4.19.0-rc.1" }, "-r 4.19.0-rc.1 create-test-report", "write"],
  ["oar_take_ownership", { ...R, email: "a@b.org" }, "-r 4.19.1 take-ownership -e a@b.org", "write"],
  ["oar_update_bug_list", R, "-r 4.19.1 update-bug-list --notify", "write"],
  ["oar_update_bug_list", { ...R, notify: false }, "-r 4.19.1 update-bug-list --no-notify", "write"],
  ["oar_push_to_cdn_staging", R, "-r 4.19.1 push-to-cdn-staging", "critical"],
  ["oar_drop_bugs", R, "-r 4.19.1 drop-bugs", "critical"],
  ["oar_change_advisory_status", R, "-r 4.19.1 change-advisory-status", "critical"],
  ["oarctl_start_release_detector", { release: "4.19" }, "start-release-detector -r 4.19", "write"],
  ["oarctl_jira_notificator", {}, "jira-notificator", "write"],
  [
    "oarctl_jira_notificator",
    { dry_run: true, from_date: "2026-01-02" },
    "jira-notificator --dry-run --from-date 2026-01-02",
    "read",
  ],
  ["job_run", { job_name: "p-e2e", payload: "quay.io/a/b:1" }, "run p-e2e --payload quay.io/a/b:1", "write"],
  [
    "jobctl_start_controller",
    { release: "4.19" },
    "start-controller -r 4.19 --nightly --trigger-prow-job True --arch amd64",
    "write",
  ],
  [
    "jobctl_start_controller",
    { release: "4.19", nightly: false, trigger_prow_job: false, arch: "multi" },
    "start-controller -r 4.19 --no-nightly --trigger-prow-job False --arch multi",
    "write",
  ],
  [
    "jobctl_trigger_jobs_for_build",
    B,
    "trigger-jobs-for-build --build 4.19.0-rc.1 --arch amd64 --skip-existing",
    "write",
  ],
  ["jobctl_start_aggregator", { arch: "s390x" }, "start-aggregator --arch s390x", "write"],
  ["jobctl_promote_test_results", B, "promote-test-results --build 4.19.0-rc.1 --arch amd64", "write"],
  [
    "jobctl_update_retried_job_run",
    { ...B, job_name: "j", current_job_id: 1, new_job_id: "2" },
    "update-retried-job-run --build 4.19.0-rc.1 --job-name j --current-job-id 1 --new-job-id 2 --arch amd64",
    "write",
  ],
  ["oar_get_release_metadata", R, "metadata --release 4.19.1", "read"],
  ["oar_is_release_shipped", R, "shipped --release 4.19.1", "read"],
  ["oar_get_release_status", R, "status --release 4.19.1", "read"],
  [
    "oar_update_task_status",
    { ...R, task_name: "stage-testing", status: "Pass", result: "-ok" },
    "update-task --release 4.19.1 --task=stage-testing --status=Pass --result=-ok",
    "write",
  ],
  [
    "oar_add_issue",
    { ...R, issue: "--x", related_tasks: "a, b" },
    "add-issue --release 4.19.1 --issue=--x --blocker --related-tasks=a,b",
    "write",
  ],
  [
    "oar_resolve_issue",
    { ...R, issue: "x", resolution: "y" },
    "resolve-issue --release 4.19.1 --issue=x --resolution=y",
    "write",
  ],
  ["oar_get_issues", { ...R, blockers_only: true }, "issues --release 4.19.1 --blockers-only", "read"],
  [
    "oar_get_task_blocker",
    { ...R, task_name: "stage-testing" },
    "blocker --release 4.19.1 --task=stage-testing",
    "read",
  ],
  ["discover_active_releases", {}, "discover", "read"],
];

test.each(rows)("%s %j runs the contract's argv", (name, input, argv, risk) => {
  const spec = catalog.tools.get(name)!;
  const parsed = inputOf(spec).parse(input);
  expect(argvOf(spec, parsed).join(" ")).toBe(argv);
  expect(riskOf(spec, parsed)).toBe(risk);
});

test("every declared tool has a row, and no schema has an anyOf or an undescribed field", () => {
  expect([...new Set(rows.map(([name]) => name))].sort()).toEqual([...catalog.tools.keys()].sort());
  for (const spec of catalog.tools.values()) {
    const schema = z.toJSONSchema(inputOf(spec), { io: "input" });
    expect(JSON.stringify(schema)).not.toContain("anyOf");
    for (const property of Object.values(schema.properties ?? {})) expect(property).toHaveProperty("description");
  }
});

test("the three generic tools come from the programs", () => {
  const names = [...catalog.programs.values()].flatMap(({ generic }) => (generic ? [generic.tool] : []));
  expect(names).toEqual(["oar_run_command", "oarctl_run_command", "jobctl_run_command"]);
});

test("the example catalogue reads beside it", async () => {
  expect((await readCatalogs(["oar", "example"])).tools.size).toBe(catalog.tools.size + 3);
});

test("all problems of a file are told at once, each with its line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "catalog-"));
  try {
    const file = join(folder, "bad.yaml");
    await writeFile(
      file,
      "version: 1\ntypo: 1\ntools:\n  a:\n    description: x\n    program: p\n    risk: reed\n    timeout: 5x\n",
    );
    const error = await readCatalogs([file, join(folder, "none.yaml")]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CatalogError);
    const text = (error as CatalogError).message;
    for (const place of [":2:1: root", ":7:5: tools.a.risk", ":8:5: tools.a.timeout", "none.yaml: cannot be read"])
      expect(text).toContain(place);
    await writeFile(
      file,
      "version: 1\ntools:\n  a:\n    description: x\n    program: nope\n    risk: read\n    params: { t: { allow_dash: true } }\n    argv:\n      - { pos: t }\n      - { pos: gone }\n",
    );
    const second = await readCatalogs([file]).catch((reason: unknown) => reason);
    for (const line of [":5:5:", ":9:9:", ":10:9:"]) expect((second as CatalogError).message).toContain(line);
  } finally {
    await rm(folder, { recursive: true });
  }
});
