// The module as a whole: which tools it brings, what /health says, and what keeps it from starting.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { releaseOps } from "../../../src/modules/release-ops/index.ts";
import { startModule } from "../../support/modules.ts";
import { createGround, ENV, PACKAGE } from "./runner/ground.ts";
import { closing } from "./stubs.ts";

const open = closing(afterEach);

/** As in the seed. */
const SEED = `
oar_check_greenwave_cvp_tests oar_check_cve_tracker_bug oar_image_signed_check oar_image_consistency_check oar_stage_testing
oar_create_test_report oar_take_ownership oar_update_bug_list oar_push_to_cdn_staging oar_drop_bugs oar_change_advisory_status
oarctl_start_release_detector oarctl_jira_notificator job_run jobctl_start_controller jobctl_trigger_jobs_for_build
jobctl_start_aggregator jobctl_promote_test_results jobctl_update_retried_job_run get_command_help oar_run_command
oarctl_run_command jobctl_run_command oar_get_release_metadata oar_is_release_shipped oar_get_release_status
oar_update_task_status oar_add_issue oar_resolve_issue oar_get_issues oar_get_task_blocker discover_active_releases
mcp_cache_stats mcp_cache_invalidate mcp_cache_warm`;

it("all 35 tools of the seed are there, each with the access that its risk means", async () => {
  const hub = await open();
  const names = SEED.trim().split(/\s+/);
  expect(names).toHaveLength(35);
  const access = Object.fromEntries(hub.running.tools.map((tool) => [tool.name, tool.access]));
  expect(Object.keys(access)).toEqual(expect.arrayContaining(names));
  expect(access).toMatchObject({
    oar_image_signed_check: "read",
    oar_check_cve_tracker_bug: "write",
    oar_take_ownership: "write",
    oar_drop_bugs: "destructive",
    oar_run_command: "destructive",
    jobctl_run_command: "write",
    get_command_help: "read",
    mcp_cache_stats: "read",
    mcp_cache_invalidate: "write",
  });
  const { description } = hub.registry.find("oar_check_greenwave_cvp_tests")!.tool;
  expect(description).toBe(
    "Check the Greenwave CVP tests of a release. Runs oar, at most 600 s. Has effects: jira, slack, sheet. " +
      "Deprecated: Errata flow only; refused on Konflux releases.",
  );
});

it("a program that no zygote can run is spawned, and /health says why", async () => {
  const hub = await open({ stubs: { oar: "console.log('spawned')" } });
  expect((await hub.call("oar_image_signed_check", { release: "4.19.1" })).text).toContain("spawned");
  const runners = hub.running.health?.()["runners"];
  expect(runners).toMatchObject({
    oar: { state: "fallback", reason: expect.stringContaining("/opt/oar/bin/python3") },
  });
});

it("a Python program answers from its zygote as from a spawn, and a write makes its preloaded state stale", async () => {
  const ground = await createGround();
  onTestFinished(() => ground.remove());
  const log = join(ground.folder, "preloads");
  const hub = await open({
    env: { ...ENV, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: "1" },
    catalog: `
version: 1
env_sets: { py: { pass: [LC_ALL, PYTHONPATH, PYTHONDONTWRITEBYTECODE], set: { PRELOAD_LOG: ${log} } } }
types: { zrelease: { pattern: '[0-9.]+', required: true } }
caches: { shelf: {} }
programs:
  cold: { exec: ${ground.exec}, env: [py] }
  hot:
    exec: ${ground.exec}
    env: [py]
    runner: zygote
    zygote: { python: ${ground.python}, entry: 'hubcli.main:main', preload: 'hubcli.hook:load' }
tools:
  cold_echo: { description: Cold., program: cold, argv: [echo, one], risk: read }
  hot_echo: { description: Hot., program: hot, argv: [echo, one], risk: read }
  hot_facts: { description: Hot., program: hot, argv: [facts], risk: read, params: { release: { use: zrelease } }, result: json }
  hot_write:
    description: Hot.
    program: hot
    argv: ['true']
    risk: write
    params: { release: { use: zrelease } }
    invalidates: [{ store: shelf, by: release }]
`,
  });
  const [cold, hot] = [await hub.call("cold_echo"), await hub.call("hot_echo")];
  expect(hot.text).toBe(cold.text);
  const preloaded = async (release: string) => JSON.parse((await hub.call("hot_facts", { release })).text).preloaded;
  expect([await preloaded("4.19.1"), await preloaded("4.19.1"), await preloaded("4.18.1")]).toEqual([
    "4.19.1",
    "4.19.1",
    "4.18.1",
  ]);
  expect((await hub.call("hot_write", { release: "4.19.1" })).isError).toBe(false);
  await preloaded("4.19.1");
  await preloaded("4.18.1");
  await hub.call("mcp_cache_invalidate");
  await preloaded("4.18.1");
  expect((await readFile(log, "utf8")).trim().split("\n")).toEqual(["4.19.1", "4.18.1", "4.19.1", "4.18.1"]);
  expect(hub.running.health?.()["runners"]).toMatchObject({ hot: { state: "warm", fallbackCalls: 0, preloaded: 1 } });
});

it("is off without a catalogue, and does not start with a broken one, saying all that is wrong", async () => {
  expect(releaseOps.off?.({ catalog: [], concurrency: 0 }, {})).toBe("RELEASE_OPS_CATALOG");
  const folder = await mkdtemp(join(tmpdir(), "ops-catalog-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "bad.yaml");
  await writeFile(
    file,
    "version: 1\nprograms: { p: { exec: p, typo: 1 } }\ntools: { t: { description: x, risk: big } }\n",
  );
  const start = startModule(releaseOps, { RELEASE_OPS_CATALOG: `${file},oar` });
  await expect(start).rejects.toThrow(/bad\.yaml:2:[^\n]*typo[^]*bad\.yaml:3:/);
});

it("the catalogue for other teams brings its tools and their texts", async () => {
  const hub = await open({ names: ["example"], stubs: { git: "console.log('abc first')", make: "", kubectl: "" } });
  expect((await hub.call("git_log", { directory: "/srv/shop" })).text).toBe("✓ Command succeeded\n\nabc first");
  const { cache_size, max_size } = JSON.parse((await hub.call("mcp_cache_stats")).text);
  expect([cache_size, max_size]).toEqual([0, 50]);
  expect((await hub.calls())[0]!.argv).toEqual(["-C", "/srv/shop", "log", "--oneline", "--max-count=10"]);
});

it("a long command answers as the seed when it ends in time, else as a job that goes on", async () => {
  const hub = await open({
    stubs: { jobctl: "await sleep(Number(argv[1])); console.log('done')" },
    catalog: `
version: 1
tools:
  ops_wait:
    description: Waits.
    program: jobctl
    params: { ms: { type: integer, min: 0, max: 60000, required: true } }
    argv: [wait, { pos: ms }]
    risk: write
    background: { mode: auto, wait: 3s }
`,
  });
  expect((await hub.call("ops_wait", { ms: 1 })).text).toBe("✓ Command succeeded\n\ndone");
  const started = await hub.call("ops_wait", { ms: 60_000 });
  expect(started.text).toMatch(/^▶ Running in background \(job (\S+)\)/);
  const id = started.structured["job_id"];
  const state = async () => (await hub.call("ops_job_status", { id })).structured["state"];
  expect(await state()).toBe("running");
  await hub.call("ops_job_stop", { id });
  await expect.poll(state, { timeout: 10_000 }).toBe("stopped");
});
