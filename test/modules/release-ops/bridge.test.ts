// The bridge as the hub calls it: a process with arguments, one JSON object on standard output, an exit code. Behind it the
// stand-in `oar` package, which prints on standard output wherever it can.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCatalogs } from "../../../src/modules/release-ops/catalog/load.ts";
import { argvOf } from "../../../src/modules/release-ops/params/argv.ts";

const BRIDGE = join(import.meta.dirname, "../../../src/modules/release-ops/helpers/oar_bridge.py");
const PACKAGE = join(import.meta.dirname, "../../support/oar");
const R = ["--release", "4.19.1"];
const CVE = "--related-tasks=check-cve-tracker-bug";
const NASTY = `--it's "quoted" -- 100% $(x) \`y\` \\n\nsecond line\tÄ 日本 🚀 = &`;
const NOW = "2026-11-25T12:00:00Z";

// Where python3 is a shim of a version manager, that costs more than the bridge itself.
const python = new Promise<string>((resolve, reject) => {
  execFile("python3", ["-c", "import sys; print(sys.executable)"], (error, stdout) => {
    if (error === null) resolve(stdout.trim());
    else reject(new Error("these tests need python3 on the PATH", { cause: error }));
  });
});

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-bridge-"));
  file = join(folder, "world.json");
  await write({
    builds: {
      "4.19.1": {
        advisories: { rpm: 113025, rhcos: 113027 },
        jira: "ART-6626",
        nightlies: { x86_64: "4.19.0-0.nightly-2024-01-15-123456" },
        shipment: "https://gitlab.example/mr/1",
        date: "2025-Nov-04",
      },
      "4.18.5": { advisories: { rpm: 7 } },
    },
    states: {
      "4.19.1": {
        schema_version: "1.0",
        release: "4.19.1",
        created_at: "2025-11-28T06:19:44+00:00",
        metadata: { jira_ticket: "ART-6626" },
        tasks: [{ name: "stage-testing", status: "Pass", started_at: null, completed_at: null, result: null }],
        issues: [],
      },
    },
    sheets: { "4.18.5": { B1: "Red", B8: "Pass", B14: "Fail" } },
    advisories: { 113025: "SHIPPED_LIVE", 113027: "QE", 7: "PUSH_READY" },
    merged: true,
    active: ["4.18.36", "4.20.17"],
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async () => JSON.parse(await readFile(file, "utf8"));
const write = (world: object) => writeFile(file, JSON.stringify(world));
const breakAt = async (broken: object) => write({ ...(await read()), broken });

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Answer> {
  const exec = await python;
  return new Promise((resolve) => {
    const given = { OAR_STAND_IN: file, OAR_JWK: "k", GITHUB_TOKEN: "t", PYTHONPATH: PACKAGE, ...env };
    const options = { env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...given } };
    execFile(exec, [BRIDGE, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Runs it and takes its word: exactly one line of JSON. */
async function ask(args: readonly string[], code: number, env: Record<string, string> = {}) {
  const answer = await run(args, env);
  expect(answer, answer.stderr).toMatchObject({ code, stdout: expect.stringMatching(/^\{.*\}\n$/) });
  return JSON.parse(answer.stdout);
}

describe("reading a release", () => {
  test("metadata has the seed's keys, order and separators, and nothing of the library's noise", async () => {
    const { stdout, stderr, code } = await run(["metadata", ...R]);
    expect(stdout).toBe(
      '{"release": "4.19.1", "advisories": {"rpm": 113025, "rhcos": 113027}, "jira_ticket": "ART-6626", ' +
        '"candidate_builds": {"x86_64": "4.19.0-0.nightly-2024-01-15-123456"}, ' +
        '"shipment_mr": "https://gitlab.example/mr/1", "release_date": "2025-Nov-04"}\n',
    );
    expect(code).toBe(0);
    expect(stderr).toContain("noise from configstore");
    expect(stderr).toContain("past the Python layer");
    expect(stderr).toContain("noise from a child");
  });

  test("metadata that is not there yet is empty, never null", async () => {
    expect(await ask(["metadata", "--release", "4.18.5"], 0)).toEqual({
      release: "4.18.5",
      advisories: { rpm: 7 },
      jira_ticket: "",
      candidate_builds: {},
      shipment_mr: "",
      release_date: "",
    });
  });

  test("metadata of an unknown release, and of one that is none, names it and fails", async () => {
    const error = "[4.19.9] ocp build data is not ready";
    expect(await ask(["metadata", "--release", "4.19.9"], 1)).toEqual({ error, release: "4.19.9" });
    const wrong = await ask(["metadata", "--release", "4.19"], 1);
    expect(wrong).toEqual({ error: "invalid release format 4.19", release: "4.19" });
  });

  test("metadata takes release candidates", async () => {
    const world = await read();
    await write({ ...world, builds: { "4.20.0-rc.2": { jira: "ART-1" } } });
    expect(await ask(["metadata", "--release", "4.20.0-rc.2"], 0)).toMatchObject({ jira_ticket: "ART-1" });
  });

  test("shipped tells flow and details of both flows, and how it failed", async () => {
    expect(await ask(["shipped", ...R], 0)).toEqual({
      shipped: false,
      flow_type: "konflux",
      details: { shipment_mr_merged: "yes", rpm_advisory: "SHIPPED_LIVE", rhcos_advisory: "QE" },
    });
    expect(await ask(["shipped", "--release", "4.18.5"], 0)).toEqual({
      shipped: true,
      flow_type: "errata",
      details: { rpm_advisory: "PUSH_READY" },
    });
    await breakAt({ operators: "gitlab said no" });
    expect(await ask(["shipped", ...R], 1)).toEqual({ error: "gitlab said no", shipped: false, details: {} });
  });

  test("status is the whole StateBox where there is one, its dates as text", async () => {
    const { stdout } = await run(["status", ...R]);
    expect(JSON.parse(stdout)).toEqual({ ...(await read()).states["4.19.1"], created_at: "2025-11-28T06:19:44+00:00" });
  });

  test("status falls back to the sheet, without a StateBox and without the token for it", async () => {
    const sheet = {
      source: "worksheet",
      release: "4.18.5",
      overall_status: "Red",
      tasks: {
        "take-ownership": "Pass",
        "image-consistency-check": "Not Started",
        "analyze-candidate-build": "Not Started",
        "analyze-promoted-build": "Not Started",
        "check-cve-tracker-bug": "Fail",
        "push-to-cdn-staging": "Not Started",
        "stage-testing": "Not Started",
        "image-signed-check": "Not Started",
        "change-advisory-status": "Not Started",
      },
    };
    expect(await ask(["status", "--release", "4.18.5"], 0)).toEqual(sheet);
    expect(await ask(["status", "--release", "4.18.5"], 0, { GITHUB_TOKEN: "" })).toEqual(sheet);
  });

  test("status with neither says so in the seed's shape", async () => {
    const error = "cannot find worksheet 4.19.1 in report doc";
    expect(await ask(["status", ...R], 1, { GITHUB_TOKEN: "" })).toEqual({
      source: "error",
      error,
      release: "4.19.1",
      overall_status: "Unknown",
      tasks: {},
    });
  });

  test("discover lists releases, or an empty list and the reason", async () => {
    expect((await run(["discover"])).stdout).toBe('{"releases": ["4.18.36", "4.20.17"]}\n');
    expect(await ask(["discover"], 1, { GITHUB_TOKEN: "" })).toEqual({
      error: "GitHub token not found. Set GITHUB_TOKEN environment variable.",
      releases: [],
    });
  });
});

describe("update-task", () => {
  const update = (status: string, ...more: string[]) => [
    "update-task",
    ...R,
    "--task=stage-testing",
    `--status=${status}`,
    ...more,
  ];

  test("updates the StateBox alone where there is no sheet, and shows 200 characters of the result", async () => {
    const result = `${NASTY}${"x".repeat(300)}`;
    const answer = await ask(update("In Progress", `--result=${result}`), 0);
    expect(answer).toEqual({
      success: true,
      release: "4.19.1",
      task: "stage-testing",
      status: "In Progress",
      updated_systems: ["statebox"],
      message: "Successfully updated task 'stage-testing' to 'In Progress' in statebox",
      result_length: Array.from(result).length,
      result_preview: `${Array.from(result).slice(0, 200).join("")}...`,
    });
    const [task] = (await read()).states["4.19.1"].tasks;
    expect(task).toMatchObject({ status: "In Progress", result });
  });

  test("updates both where both are, and leaves the result alone when it is blank", async () => {
    const world = await read();
    await write({ ...world, sheets: { "4.19.1": {} } });
    const answer = await ask(update("Fail", "--result=  "), 0);
    expect(answer).toMatchObject({ updated_systems: ["statebox", "worksheet"] });
    expect(answer).not.toHaveProperty("result_length");
    const after = await read();
    expect(after.sheets["4.19.1"]).toEqual({ B16: "Fail" });
    expect(after.states["4.19.1"].tasks[0]).toMatchObject({ status: "Fail", result: null });
  });

  test("updates the sheet alone when the StateBox cannot be reached", async () => {
    const world = await read();
    await write({ ...world, sheets: { "4.19.1": {} } });
    const answer = await ask(update("Pass"), 0, { GITHUB_TOKEN: "" });
    expect(answer).toMatchObject({ success: true, updated_systems: ["worksheet"] });
  });

  test("updating nothing is a failure", async () => {
    const answer = await ask(update("Pass"), 1, { GITHUB_TOKEN: "" });
    expect(answer).toMatchObject({ success: false, release: "4.19.1", task: "stage-testing", status: "Pass" });
    expect(answer.error).toContain("nothing was updated");
  });

  test("a sheet that breaks is a failure, and says when the StateBox has changed already", async () => {
    await breakAt({ worksheet: "quota" });
    expect(await ask(update("Pass"), 1)).toEqual({
      success: false,
      error: "cannot find worksheet 4.19.1 in report doc (the StateBox was updated before that)",
      release: "4.19.1",
      task: "stage-testing",
      status: "Pass",
    });
  });

  test("refuses other states and tasks before it asks anyone", async () => {
    expect(await ask(update("Not Started"), 1)).toEqual({
      success: false,
      error: "Invalid status: Not Started. Must be one of: Pass, Fail, In Progress",
    });
    const wrong = await ask(["update-task", ...R, "--task=nope", "--status=Pass"], 1);
    expect(wrong.error).toMatch(/^Invalid task name: nope. Must be one of: take-ownership, .*change-advisory-status$/);
    expect(await read()).not.toHaveProperty("calls");
  });
});

describe("issues", () => {
  test("add-issue keeps every character of the text", async () => {
    const answer = await ask(["add-issue", ...R, `--issue=${NASTY}`, "--no-blocker"], 0);
    const issue = {
      issue: NASTY,
      reported_at: NOW,
      resolved: false,
      resolution: null,
      blocker: false,
      related_tasks: [],
    };
    expect(answer).toEqual({ success: true, message: "Added non-blocking issue", issue, release: "4.19.1" });
    expect((await read()).states["4.19.1"].issues).toEqual([issue]);
  });

  test("add-issue blocks unless it is told otherwise, and trims its list of tasks", async () => {
    const answer = await ask(["add-issue", ...R, "--issue=x", "--related-tasks= stage-testing, ,take-ownership,"], 0);
    expect(answer).toMatchObject({
      message: "Added blocking issue",
      issue: { blocker: true, related_tasks: ["stage-testing", "take-ownership"] },
    });
  });

  test("a task has one unresolved blocker; the same text again is the same issue", async () => {
    await ask(["add-issue", ...R, "--issue=CVE-1 is not covered", "--blocker", CVE], 0);
    expect(await ask(["add-issue", ...R, "--issue=another", "--blocker", CVE], 1)).toEqual({
      success: false,
      error: "Task 'check-cve-tracker-bug' already has unresolved blocker: CVE-1 is not covered",
      release: "4.19.1",
    });
    const again = await ask(["add-issue", ...R, "--issue=cve-1 IS not covered", "--no-blocker"], 0);
    expect(again.issue.issue).toBe("CVE-1 is not covered");
    expect((await read()).states["4.19.1"].issues).toHaveLength(1);

    await ask(["resolve-issue", ...R, "--issue=CVE-1", "--resolution=added"], 0);
    await ask(["add-issue", ...R, "--issue=another", "--blocker", CVE], 0);
  });

  test("resolve-issue prefers the exact text, then takes a part of it, and lists what it cannot choose from", async () => {
    for (const text of ["pipeline down", "Pipeline down in eu", "cluster gone"]) {
      await ask(["add-issue", ...R, `--issue=${text}`], 0);
    }
    const several = await ask(["resolve-issue", ...R, "--issue=PIPELINE", "--resolution=x"], 1);
    expect(several).toMatchObject({ success: false, release: "4.19.1" });
    expect(several.error).toContain("Multiple issues match 'PIPELINE':\n  - pipeline down\n  - Pipeline down in eu\n");

    const exact = await ask(["resolve-issue", ...R, "--issue=Pipeline Down", `--resolution=${NASTY}`], 0);
    expect(exact).toEqual({
      success: true,
      message: "Issue resolved successfully",
      issue: {
        issue: "pipeline down",
        reported_at: NOW,
        resolved: true,
        resolution: NASTY,
        blocker: true,
        related_tasks: [],
        resolved_at: NOW,
      },
      release: "4.19.1",
    });
    const part = await ask(["resolve-issue", ...R, "--issue=in eu", "--resolution=y"], 0);
    expect(part.issue).toMatchObject({ issue: "Pipeline down in eu", resolved: true });

    const none = await ask(["resolve-issue", ...R, "--issue=pipeline", "--resolution=z"], 1);
    expect(none.error).toBe("Issue not found: 'pipeline'\nUnresolved issues: ['cluster gone']");
  });

  test("issues filters, counts and repeats the filters", async () => {
    await ask(["add-issue", ...R, "--issue=a", "--blocker", CVE], 0);
    await ask(["add-issue", ...R, "--issue=b", "--no-blocker", CVE], 0);
    await ask(["add-issue", ...R, "--issue=c"], 0);
    await ask(["resolve-issue", ...R, "--issue=c", "--resolution=done"], 0);
    const found = async (...filters: string[]) => {
      const { count, issues } = await ask(["issues", ...R, ...filters], 0);
      expect(count).toBe(issues.length);
      return issues.map(({ issue }: { issue: string }) => issue);
    };
    expect(await found()).toEqual(["a", "b", "c"]);
    expect(await found("--unresolved-only")).toEqual(["a", "b"]);
    expect(await found("--blockers-only")).toEqual(["a", "c"]);
    expect(await found("--task=check-cve-tracker-bug")).toEqual(["a", "b"]);
    expect(await ask(["issues", ...R, "--unresolved-only", "--blockers-only", "--task=stage-testing"], 0)).toEqual({
      success: true,
      count: 0,
      issues: [],
      filters: { unresolved_only: true, blockers_only: true, task_name: "stage-testing" },
      release: "4.19.1",
    });
  });

  test("blocker finds the one that blocks a task, or none", async () => {
    const free = { success: true, blocked: false, blocker: null, task_name: "check-cve-tracker-bug" };
    const args = ["blocker", ...R, "--task=check-cve-tracker-bug"];
    expect(await ask(args, 0)).toEqual({ ...free, release: "4.19.1" });
    await ask(["add-issue", ...R, "--issue=a", CVE], 0);
    expect(await ask(args, 0)).toMatchObject({ blocked: true, blocker: { issue: "a", blocker: true } });
  });

  test("all four say how they failed, and mark what nobody foresaw", async () => {
    const error = "GitHub token not found. Set GITHUB_TOKEN environment variable.";
    const failure = { success: false, error, release: "4.19.1" };
    const calls: [string[], object][] = [
      [["add-issue", ...R, "--issue=a"], {}],
      [["resolve-issue", ...R, "--issue=a", "--resolution=b"], {}],
      [["issues", ...R], { count: 0, issues: [] }],
      [["blocker", ...R, "--task=stage-testing"], { task_name: "stage-testing", blocked: false, blocker: null }],
    ];
    for (const [args, more] of calls) {
      expect(await ask(args, 1, { GITHUB_TOKEN: "" })).toEqual({ ...failure, ...more });
    }
    await breakAt({ statebox: "boom" });
    for (const [args, more] of calls) {
      expect(await ask(args, 1)).toEqual({ ...failure, error: "Unexpected error: boom", ...more });
    }
  });
});

describe("the shipped catalogue", () => {
  test("asks it in words that it knows, for all nine tools", async () => {
    const { tools } = await readCatalogs(["oar"]);
    const asked = [...tools.values()].filter(({ program }) => program === "bridge");
    const input = {
      release: "4.19.1",
      task_name: "stage-testing",
      status: "Pass",
      result: `--it's "quoted" Ä = -x`,
      issue: "--issue",
      resolution: "-r=x y",
      blocker: false,
      related_tasks: "stage-testing,take-ownership",
      unresolved_only: true,
      blockers_only: true,
    };
    const codes: Record<string, number> = {};
    for (const spec of asked) codes[spec.name] = (await run(argvOf(spec, input))).code;
    expect(codes).toEqual({
      oar_get_release_metadata: 0,
      oar_is_release_shipped: 0,
      oar_get_release_status: 0,
      oar_update_task_status: 0,
      oar_add_issue: 0,
      oar_resolve_issue: 0,
      oar_get_issues: 0,
      oar_get_task_blocker: 0,
      discover_active_releases: 0,
    });
    expect((await read()).states["4.19.1"]).toMatchObject({
      tasks: [{ result: input.result }],
      issues: [
        { issue: input.issue, resolution: input.resolution, related_tasks: ["stage-testing", "take-ownership"] },
      ],
    });
  });
});

describe("whatever happens", () => {
  test("a library that leaves the program is a failure with its code", async () => {
    await breakAt({ configstore: { exit: 0 } });
    expect(await ask(["metadata", ...R], 1)).toEqual({
      error: "the library ended the program with exit code 0",
      release: "4.19.1",
    });
  });

  test("a library that is not installed is named", async () => {
    expect(await ask(["metadata", ...R], 1, { PYTHONPATH: folder })).toEqual({
      error: "No module named 'oar'",
      release: "4.19.1",
    });
  });

  test("wrong arguments are refused as JSON too, and nothing is abbreviated", async () => {
    for (const args of [[], ["nope"], ["metadata"], ["metadata", "--rel", "4.19.1"], ["blocker", ...R, "--task"]]) {
      const answer = await ask(args, 2);
      expect(answer).toEqual({ success: false, error: expect.stringMatching(/^oar_bridge/) });
    }
  });

  test("it shows its help to people", async () => {
    const { stdout, code } = await run(["add-issue", "--help"]);
    expect(stdout).toContain("--blocker, --no-blocker");
    expect(code).toBe(0);
  });

  test("a process prepared for a release does not fetch its configuration again", async () => {
    const program =
      `import sys; sys.path.insert(0, ${JSON.stringify(join(BRIDGE, ".."))}); import oar_bridge; ` +
      `oar_bridge.preload("4.19.1"); sys.argv[1:] = ["metadata", "--release", "4.19.1"]; oar_bridge.main()`;
    const exec = await python;
    await new Promise((resolve) => {
      const env = { ...process.env, OAR_STAND_IN: file, OAR_JWK: "k", PYTHONPATH: PACKAGE };
      execFile(exec, ["-B", "-c", program], { env }, resolve);
    });
    expect((await read()).calls).toEqual(["configstore"]);
  });
});
