// The shipped catalogue, written down a second time from what its seed had: what it lets in, how long
// it may take, what it locks, what means failure, and what it may do.
import { expect, test } from "vitest";
import { readCatalogs } from "../../../../src/modules/release-ops/catalog/load.ts";
import type { ParamSpec, ToolSpec } from "../../../../src/modules/release-ops/catalog/types.ts";

const catalog = await readCatalogs(["oar"]);

const ZRELEASE = String.raw`\d+\.\d+\.\d+(-(ec|rc)\.\d+)?`;
const YRELEASE = String.raw`\d+\.\d{1,2}`;
const BUILD = String.raw`\d+\.\d+\.\d+([-.][A-Za-z0-9.-]+)?`;
const TOKEN = "[A-Za-z0-9][A-Za-z0-9._:-]*";
const VERDICT = String.raw`task \[(.+?)\] status is changed to \[(Pass|Fail|In Progress|Not Started)\]`;
const TASKS = [
  "take-ownership",
  "image-consistency-check",
  "analyze-candidate-build",
  "analyze-promoted-build",
  "check-cve-tracker-bug",
  "push-to-cdn-staging",
  "stage-testing",
  "image-signed-check",
  "change-advisory-status",
];

/** A parameter, without what every one has anyway. */
const brief = (param: ParamSpec): Record<string, unknown> => ({
  ...(param.type === "boolean" || param.type === "csv" ? { type: param.type } : {}),
  ...(param.required ? { required: true } : {}),
  ...(param.default === undefined ? {} : { default: param.default }),
  ...(param.enum === undefined ? {} : { enum: param.enum }),
  ...(param.pattern === undefined ? {} : { pattern: param.pattern.source }),
  ...(param.allowDash ? { freeText: [param.minLength, param.maxLength] } : {}),
  ...(param.aliases.length === 0 ? {} : { aliases: param.aliases }),
});

const R = { release: { required: true, pattern: ZRELEASE } };
const Y = { release: { required: true, pattern: YRELEASE } };
const B = { build: { required: true, pattern: BUILD } };
const ARCH = { arch: { default: "amd64", enum: ["amd64", "arm64", "multi", "ppc64le", "s390x"] } };
const bool = (initial: boolean) => ({ type: "boolean", default: initial });
const token = { pattern: TOKEN };

const PARAMS: Record<string, object> = {
  oar_check_greenwave_cvp_tests: R,
  oar_check_cve_tracker_bug: { ...R, notify: bool(false) },
  oar_image_signed_check: R,
  oar_image_consistency_check: { ...R, job_id: { ...token, aliases: ["build_number"] } },
  oar_stage_testing: { ...R, build_number: { pattern: String.raw`\d{1,12}` } },
  oar_create_test_report: R,
  oar_take_ownership: {
    ...R,
    email: { required: true, pattern: String.raw`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}` },
  },
  oar_update_bug_list: { ...R, notify: bool(true) },
  oar_push_to_cdn_staging: R,
  oar_drop_bugs: R,
  oar_change_advisory_status: R,
  oarctl_start_release_detector: Y,
  oarctl_jira_notificator: { dry_run: bool(false), from_date: { pattern: String.raw`\d{4}-\d{2}-\d{2}` } },
  job_run: {
    job_name: { required: true, pattern: "[a-z0-9][A-Za-z0-9._-]*" },
    payload: { required: true, pattern: String.raw`[\w][\w./:@-]*` },
  },
  jobctl_start_controller: { ...Y, nightly: bool(true), trigger_prow_job: bool(true), ...ARCH },
  jobctl_trigger_jobs_for_build: { ...B, ...ARCH, skip_existing: bool(true) },
  jobctl_start_aggregator: ARCH,
  jobctl_promote_test_results: { ...B, ...ARCH },
  jobctl_update_retried_job_run: {
    ...B,
    job_name: { required: true, pattern: "[a-z0-9][A-Za-z0-9._-]*" },
    current_job_id: { required: true, ...token },
    new_job_id: { required: true, ...token },
    ...ARCH,
  },
  oar_get_release_metadata: R,
  oar_is_release_shipped: R,
  oar_get_release_status: R,
  oar_update_task_status: {
    ...R,
    task_name: { required: true, enum: TASKS },
    status: { required: true, enum: ["Pass", "Fail", "In Progress"] },
    result: { freeText: [1, 10_000] },
  },
  oar_add_issue: {
    ...R,
    issue: { required: true, freeText: [1, 1_000] },
    blocker: bool(true),
    related_tasks: { type: "csv", pattern: "[a-z][a-z-]*" },
  },
  oar_resolve_issue: {
    ...R,
    issue: { required: true, freeText: [1, 1_000] },
    resolution: { required: true, freeText: [1, 1_000] },
  },
  oar_get_issues: { ...R, unresolved_only: bool(false), blockers_only: bool(false), task_name: { enum: TASKS } },
  oar_get_task_blocker: { ...R, task_name: { required: true, enum: TASKS } },
  discover_active_releases: {},
};

test.each(Object.entries(PARAMS))("%s takes what the contract says", (name, params) => {
  const spec = catalog.tools.get(name)!;
  const seen = [...spec.params].map(([key, param]) => [key, brief(param)]);
  expect(Object.fromEntries(seen)).toEqual(params);
});

test("all declared tools are in the table above and in the one below", () => {
  expect([...catalog.tools.keys()].sort()).toEqual(Object.keys(PARAMS).sort());
  expect(Object.keys(RULES).sort()).toEqual(Object.keys(PARAMS).sort());
});

/** How a tool runs, without what is the default: text, 600 s, no lock, no verdict. */
function rulesOf(spec: ToolSpec): Record<string, unknown> {
  const { success, background, cache, confirm, riskWhen, invalidates, effects, preflight } = spec;
  return {
    program: spec.program,
    risk: spec.risk,
    ...(riskWhen.length === 0
      ? {}
      : { riskWhen: riskWhen.map(({ param, equals, risk }) => [param, equals ?? "absent", risk]) }),
    ...(effects.length === 0 ? {} : { effects }),
    ...(spec.timeoutMs === 600_000 ? {} : { seconds: spec.timeoutMs / 1_000 }),
    ...(spec.lock === undefined ? {} : { lock: spec.lock }),
    ...(spec.result === "text" ? {} : { result: spec.result }),
    ...(background.mode === "never"
      ? {}
      : { background: [background.mode, background.waitMs / 1_000, background.singleton] }),
    ...(cache === undefined ? {} : { cache: [cache.store, ...cache.key], ttl: cache.ttlMs / 1_000 }),
    ...(cache?.warm === true ? { warm: true } : {}),
    ...(invalidates.length === 0 ? {} : { invalidates: invalidates.map(({ store, by }) => `${store}[${by}]`) }),
    ...(confirm === undefined ? {} : { confirm: confirm.mustEqual }),
    ...(spec.deprecated === undefined ? {} : { deprecated: true }),
    ...(preflight.length === 0 ? {} : { preflight: preflight.map(({ kind, name }) => `${kind} ${name}`) }),
    ...(success.verdict === undefined ? {} : { verdict: success.verdict.source }),
    exit: success.exit,
  };
}

const EXIT = { exit: [0] };
const V = { verdict: VERDICT, ...EXIT };
const LOCK = { lock: "release:{release}" };
const oar = (risk: string, more: object) => ({ program: "oar", risk, ...LOCK, ...more });
const bridge = (risk: string, more: object) => ({
  program: "bridge",
  risk,
  result: "json",
  seconds: 60,
  ...EXIT,
  ...more,
});
const jobctl = (more: object) => ({ program: "jobctl", risk: "write", ...EXIT, ...more });
const auto = (singleton: string) => ({ background: ["auto", 45, singleton] });
const STALE = { invalidates: ["configstore[release]"] };

const RULES: Record<string, object> = {
  oar_check_greenwave_cvp_tests: oar("read", { effects: ["jira", "slack", "sheet"], deprecated: true, ...V }),
  oar_check_cve_tracker_bug: oar("read", { riskWhen: [["notify", true, "write"]], effects: ["statebox"], ...V }),
  oar_image_signed_check: oar("read", { effects: ["statebox"], seconds: 900, ...V }),
  oar_image_consistency_check: oar("read", {
    riskWhen: [["job_id", "absent", "write"]],
    effects: ["statebox", "merge request comment"],
    preflight: ["env APITOKEN"],
    ...V,
  }),
  oar_stage_testing: oar("read", { riskWhen: [["build_number", "absent", "write"]], effects: ["statebox"], ...V }),
  oar_create_test_report: oar("write", { ...STALE, ...EXIT }),
  oar_take_ownership: oar("write", { ...STALE, ...V }),
  oar_update_bug_list: oar("write", { deprecated: true, ...EXIT }),
  oar_push_to_cdn_staging: oar("critical", { confirm: "release", seconds: 900, ...V }),
  oar_drop_bugs: oar("critical", { confirm: "release", deprecated: true, ...EXIT }),
  oar_change_advisory_status: oar("critical", { confirm: "release", ...V }),
  oarctl_start_release_detector: {
    program: "oarctl",
    risk: "write",
    seconds: 3_600,
    ...auto("detector:{release}"),
    ...EXIT,
  },
  oarctl_jira_notificator: {
    program: "oarctl",
    risk: "write",
    riskWhen: [["dry_run", true, "read"]],
    seconds: 1_800,
    ...auto("notificator"),
    ...EXIT,
  },
  job_run: { program: "job", risk: "write", ...EXIT },
  jobctl_start_controller: jobctl({ seconds: 3_600, ...auto("controller:{release}:{nightly}:{arch}") }),
  jobctl_trigger_jobs_for_build: jobctl({ seconds: 1_800, ...auto("build:{build}:{arch}") }),
  jobctl_start_aggregator: jobctl({ seconds: 7_200, ...auto("aggregator:{arch}") }),
  jobctl_promote_test_results: jobctl({ seconds: 300, lock: "build:{build}" }),
  jobctl_update_retried_job_run: jobctl({ seconds: 300, lock: "build:{build}" }),
  oar_get_release_metadata: bridge("read", { cache: ["configstore", "release"], ttl: 604_800, warm: true }),
  oar_is_release_shipped: bridge("read", { cache: ["short", "release"], ttl: 60, seconds: 120 }),
  oar_get_release_status: bridge("read", {}),
  oar_update_task_status: bridge("write", LOCK),
  oar_add_issue: bridge("write", LOCK),
  oar_resolve_issue: bridge("write", LOCK),
  oar_get_issues: bridge("read", {}),
  oar_get_task_blocker: bridge("read", {}),
  discover_active_releases: bridge("read", { cache: ["releases"], ttl: 300, seconds: 120 }),
};

test.each(Object.entries(RULES))("%s runs by the contract's rules", (name, rules) => {
  expect(rulesOf(catalog.tools.get(name)!)).toEqual(rules);
});

/** Lines of the real programs, each with exit code 0. */
const HIDDEN: [tool: string, line: string][] = [
  ["oar_image_consistency_check", "No APITOKEN env var found, exit..."],
  ["oar_image_consistency_check", "Error code: 500, reason: Internal Server Error"],
  ["oar_create_test_report", "2025-11-28T06:19:44Z: ERROR: cannot write the report"],
  ["oarctl_start_release_detector", "2025-11-28T06:19:44Z: INFO: get latest versions failed"],
  ["job_run", "No APITOKEN env var found, exit..."],
  ["job_run", "No GITHUB_TOKEN env var found, exit..."],
  ["job_run", "Error code: 404, reason: Not Found"],
  ["job_run", "Warning! Couldn't find job p"],
  ["job_run", "Error! No job"],
  ["jobctl_start_controller", "2025-11-28T06:19:44Z: ERROR: Trigger prow job p failed"],
  ["jobctl_start_controller", "Trigger prow job periodic-ci-x failed"],
  ["jobctl_start_controller", "No APITOKEN env var found, exit..."],
  ["jobctl_start_controller", "No GITHUB_TOKEN env var found, exit..."],
  ["jobctl_start_controller", "Error code: 500, reason: x"],
  ["jobctl_trigger_jobs_for_build", "Trigger prow job periodic-ci-x failed"],
  ["jobctl_trigger_jobs_for_build", "2025-11-28T06:19:44Z: ERROR: x"],
  ["jobctl_promote_test_results", "File test_result/4.19.0.json not found"],
  ["jobctl_promote_test_results", "2025-11-28T06:19:44Z: ERROR: x"],
  ["jobctl_update_retried_job_run", "2025-11-28T06:19:44Z: ERROR: cannot find job name p"],
];

test.each(HIDDEN)("%s fails on %j", (name, line) => {
  const { failOn } = catalog.tools.get(name)!.success;
  expect(failOn.some((pattern) => pattern.find(line) !== undefined)).toBe(true);
});

test("what merely mentions an error does not fail", () => {
  const innocent = ["Debug mode is off", "2025-11-28T06:19:44Z: INFO: no ERROR found", "checked: Error code: none"];
  for (const { name, success } of catalog.tools.values()) {
    for (const line of innocent) {
      const hit = success.failOn.find((pattern) => pattern.find(line) !== undefined);
      expect(hit?.source, `${name}: ${line}`).toBeUndefined();
    }
  }
});

test("the free runners allow every command of the programs with its options, each with its risk", () => {
  const listed = (name: string) =>
    Object.fromEntries(
      [...catalog.programs.get(name)!.generic!.commands].map(([command, { risk, options }]) => [
        command,
        [risk, ...options.keys()].join(" "),
      ]),
    );
  expect(listed("oar")).toEqual({
    "create-test-report": "write",
    "take-ownership": "write -e --email",
    "image-consistency-check": "write -i --job-id",
    "check-cve-tracker-bug": "write --notify --no-notify",
    "push-to-cdn-staging": "critical",
    "stage-testing": "write -n --build_number",
    "image-signed-check": "read",
    "change-advisory-status": "critical -s --status",
    "update-bug-list": "write --notify --no-notify --confirm-droppable --notify-managers",
    "drop-bugs": "critical",
    "check-greenwave-cvp-tests": "write",
    "add-qe-approval": "write",
  });
  expect(listed("oarctl")).toEqual({
    "start-release-detector": "write -r --minor-release",
    "jira-notificator": "write --dry-run --from-date",
    "image-consistency-check": "read -p --payload-url -m --mr-id",
  });
  expect(listed("jobctl")).toEqual({
    "start-controller": "write -r --nightly --no-nightly --trigger-prow-job --arch",
    "start-aggregator": "write --arch",
    "promote-test-results": "write --build --arch",
    "update-retried-job-run": "write --build --job-name --current-job-id --new-job-id --arch",
    "trigger-jobs-for-build": "write --build --arch --skip-existing --no-skip-existing",
  });
  expect(catalog.programs.get("job")!.generic).toBeUndefined();
});

test("the environment is the contract's list of names", () => {
  expect(catalog.envSets.get("oar")).toMatchObject({
    require: [
      "OAR_JWK",
      "JIRA_TOKEN",
      "JIRA_USERNAME",
      "GCP_SA_FILE",
      "SLACK_BOT_TOKEN",
      "JENKINS_USER",
      "JENKINS_TOKEN",
      "GITLAB_TOKEN",
    ],
    optional: ["SLACK_APP_TOKEN", "GITHUB_TOKEN", "APITOKEN", "JIRA_EMAIL", "OAR_SLACK_CHANNEL", "OAR_SLACK_THREAD"],
  });
  const pass = "PATH HOME LANG TZ KRB5CCNAME XDG_RUNTIME_DIR HTTPS_PROXY NO_PROXY SSL_CERT_FILE REQUESTS_CA_BUNDLE";
  expect(catalog.envSets.get("base")!.pass).toEqual(pass.split(" "));
  expect(catalog.caches.get("configstore")).toEqual({
    ttlMs: 604_800_000,
    max: 50,
    singleFlight: true,
    maxEntryBytes: 1_048_576,
  });
});
