// What was wrong in the seed and no other check shows, over HTTP and with both runners.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../runner/ground.ts";
import { closing, RUNNERS } from "./ground.ts";

const R = { release: "4.19.1" };
const LOG = "2025-11-28T06:19:44Z: INFO: done";

describe.each(RUNNERS)("with the %s runner", (runner) => {
  const open = closing(afterEach, runner);

  test("a program that only logs is answered with its log, whichever of the four it is", async () => {
    const body = `sys.stderr.write("${LOG}\\n")`;
    const hub = await open({ stubs: { oar: body, oarctl: body, job: body, jobctl: body } });
    for (const [name, args] of [
      ["oar_create_test_report", R],
      ["oarctl_start_release_detector", { release: "4.19" }],
      ["job_run", { job_name: "p", payload: "q" }],
      ["jobctl_start_aggregator", {}],
    ] as const) {
      expect([name, (await hub.call(name, args)).text]).toEqual([name, `✓ Command succeeded\n\n${LOG}`]);
    }
  });

  test("exit codes are the program's own, and an exception keeps its text", async () => {
    const hub = await open({
      stubs: { oar: "sys.stderr.write('Usage: oar\\n'); sys.exit(2)", jobctl: "raise RuntimeError('boom')" },
    });
    expect((await hub.call("oar_image_signed_check", R)).text).toBe("✗ Command failed (exit code 2)\n\nUsage: oar");
    const raised = await hub.call("jobctl_start_aggregator");
    expect(raised.text).toMatch(/^✗ Command failed \(exit code 1\)\n\nTraceback [^]*RuntimeError: boom$/);
  });

  test("an option that is false is said, not left out: no jobs are triggered", async () => {
    const hub = await open();
    await hub.call("jobctl_start_controller", { release: "4.19", trigger_prow_job: false });
    const [call] = await hub.calls();
    expect(call!.argv.slice(call!.argv.indexOf("--trigger-prow-job")).slice(0, 2)).toEqual([
      "--trigger-prow-job",
      "False",
    ]);
  });

  test("a program that asks a question reads the end of its input instead of waiting", async () => {
    const hub = await open({ stubs: { oar: "print(repr(sys.stdin.read()))" } });
    expect((await hub.call("oar_image_signed_check", R)).text).toBe("✓ Command succeeded\n\n''");
  });

  test("help is asked of the program's own arguments, without a release", async () => {
    const hub = await open({ stubs: { oar: "print('Usage' if '--help' in sys.argv else sys.exit(2))" } });
    const help = await hub.call("get_command_help", { cli: "oar", command: "stage-testing" });
    expect([help.text, help.isError]).toEqual(["Usage", false]);
    expect((await hub.calls()).map(({ argv }) => argv)).toEqual([["stage-testing", "--help"]]);
  });

  test("releases are fetched side by side, and while they are, numbers and /health are told", async () => {
    const hub = await open({
      env: { MCP_THREAD_POOL_SIZE: "4" },
      stubs: {
        bridge:
          "mark = os.path.join(folder, 'in-' + argv[2]); open(mark, 'w').close()\n" +
          "while len([n for n in os.listdir(folder) if n.startswith('in-')]) < 4 or not os.path.exists(os.path.join(folder, 'go')): time.sleep(0.01)\n" +
          "print(json.dumps({'release': argv[2]}))",
      },
    });
    const releases = ["4.19.1", "4.18.1", "4.17.1", "4.16.1"];
    const asked = releases.map((release) => hub.call("oar_get_release_metadata", { release }));
    await until(async () => (await hub.calls()).length === 4); // none of them can have ended
    expect(JSON.parse((await hub.call("mcp_cache_stats")).text)).toMatchObject({
      metrics: { misses: 4 },
      cache_size: 0,
    });
    expect((await hub.health())["thread_pool"]).toMatchObject({ running: 4 });
    await writeFile(join(hub.folder, "go"), "");
    expect((await Promise.all(asked)).map(({ isError }) => isError)).toEqual([false, false, false, false]);
  });

  test("what is kept is told though every place is taken by commands that hang", async () => {
    const hub = await open({
      env: { MCP_THREAD_POOL_SIZE: "1" },
      stubs: { bridge: "print(json.dumps({'release': argv[2]}))", job: "time.sleep(60)" },
      catalog: "version: 1\npolicy: { queue: { max: 0, wait: 1s } }\n",
    });
    await hub.call("oar_get_release_metadata", R);
    const cut = new AbortController();
    const hung = hub.call("job_run", { job_name: "p", payload: "q" }, { signal: cut.signal }).catch(() => undefined);
    await until(async () => (await hub.calls()).length === 2);
    const refused = await hub.call("job_run", { job_name: "p", payload: "q" });
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining("busy, retry in")]);
    expect((await hub.call("oar_get_release_metadata", R)).structured).toMatchObject({ ok: true, cached: true });
    cut.abort();
    await hung;
  });

  test("a crash in one call is that call's alone", async () => {
    const hub = await open({
      stubs: { job: "print(argv[1], flush=True); time.sleep(0.3); os.abort() if argv[1] == 'bad' else print('whole')" },
    });
    const [bad, ...good] = await Promise.all(
      ["bad", "a", "b", "c"].map((job_name) => hub.call("job_run", { job_name, payload: "q" })),
    );
    expect(bad!.structured).toMatchObject({ ok: false, signal: "SIGABRT", exit_code: null });
    expect(good.map(({ text }) => text.split("\n").slice(2))).toEqual([
      ["a", "whole"],
      ["b", "whole"],
      ["c", "whole"],
    ]);
  });

  test("warming runs side by side, and a release that failed is not counted as warm", async () => {
    const hub = await open({
      stubs: {
        bridge: `print('{"error": "no such release"}') or sys.exit(1) if argv[2] == '4.1.1' else print(json.dumps({'release': argv[2]}))`,
      },
    });
    const { text } = await hub.call("mcp_cache_warm", { releases: "4.19.1,4.1.1" });
    expect(JSON.parse(text)).toMatchObject({
      success: true,
      message: "Cache warmed with 1 releases",
      releases: ["4.19.1"],
      failed: ["4.1.1"],
    });
    const { text: none } = await hub.call("mcp_cache_warm", { releases: "4.1.1" });
    expect(JSON.parse(none)).toMatchObject({ success: false, failed: ["4.1.1"] });
  });
});
