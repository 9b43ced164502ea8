// Black-box checks over HTTP and with both runners: how a program is stopped, how many run,
// how much they may write, and what they leave behind.
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { initialize, legacy, send } from "../../../support/wire.ts";
import { descendants, isAlive, openFiles, pidsIn, until } from "../runner/ground.ts";
import { closing, RUNNERS, type Check, type CheckOptions } from "./ground.ts";

const R = { release: "4.19.1" };
const MB = 1024 * 1024;
const own = (more: string): CheckOptions["catalog"] => `
version: 1
tools:
  ops_own: { description: Own., program: stub, risk: read, kill_grace: 500ms${more} }
`;

describe.each(RUNNERS)("with the %s runner", (runner) => {
  const open = closing(afterEach, runner);
  const treeOf = async (hub: Check) => {
    const path = join(hub.folder, "tree");
    await until(async () => (await pidsIn(path)).length === 3);
    return pidsIn(path);
  };
  const expectGone = (pids: readonly number[]) =>
    until(async () => !(await Promise.all(pids.map(isAlive))).includes(true), 4_000);
  const STUBBORN = "stubborn(os.path.join(folder, 'tree'))";

  test("(8, 9) a timeout ends a tree that ignores SIGTERM, and keeps what was written before", async () => {
    const hub = await open({ stubs: { stub: STUBBORN }, catalog: own(", timeout: 2s") });
    const answer = await hub.call("ops_own");
    expect(answer.text).toBe("✗ Command failed (exit code -1)\n\nCommand timed out after 2 seconds\n\nstarted");
    expect(answer.isError).toBe(true);
    expect(answer.structured).toMatchObject({ reason: "timeout", exit_code: null, signal: "SIGKILL", ok: false });
    expect(answer.structured["duration_ms"]).toBeLessThan(2_000 + 500 + 2_000);
    await expectGone(await treeOf(hub));
  });

  test("(10) a client that hangs up ends the tree", async () => {
    const hub = await open({ stubs: { stub: STUBBORN }, catalog: own("") });
    const cut = new AbortController();
    const call = hub.call("ops_own", {}, { signal: cut.signal });
    const pids = await treeOf(hub);
    cut.abort();
    await expect(call).rejects.toThrow(/abort/);
    await expectGone(pids);
  });

  test("(10) notifications/cancelled ends the tree", async () => {
    const hub = await open({ stubs: { stub: STUBBORN }, catalog: own("") });
    const url = `${hub.url}/mcp`;
    const begun = await legacy(url, initialize());
    const headers = { "mcp-session-id": String(begun.headers["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
    const call = legacy(
      url,
      { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "ops_own", arguments: {} } },
      { headers },
    ).catch(() => undefined);
    const pids = await treeOf(hub);
    await legacy(url, { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } }, { headers });
    await expectGone(pids);
    await send(url, { method: "DELETE", headers });
    await call;
  });

  test("(10) a hub that closes ends the tree", async () => {
    const hub = await open({ stubs: { stub: STUBBORN }, catalog: own("") });
    const call = hub.call("ops_own").catch(() => undefined);
    const pids = await treeOf(hub);
    await hub.close();
    await expectGone(pids);
    await call;
  });

  test("(11) 50 calls at once have each their own lines, and never more than the limit run", async () => {
    const hub = await open({
      env: { MCP_THREAD_POOL_SIZE: "8" },
      stubs: {
        job: "start = time.time()\nfor _ in range(200): print(argv[1], flush=True); time.sleep(0.001)\nprint(start, time.time())",
      },
    });
    const names = Array.from({ length: 50 }, (_, i) => `job-${i}`);
    const answers = await Promise.all(names.map((job_name) => hub.call("job_run", { job_name, payload: "p" })));
    const spans = answers.map(({ text, isError }, i) => {
      const lines = text.split("\n").slice(2);
      expect([isError, lines.slice(0, -1)]).toEqual([false, Array(200).fill(names[i])]);
      return lines.at(-1)!.split(" ").map(Number) as [number, number];
    });
    const atOnce = spans.map(([start]) => spans.filter(([from, to]) => from <= start && start < to).length);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(8);
    expect(await hub.calls()).toHaveLength(50);
  }, 60_000);

  test("(12) 100 MB of output: head and tail, bounded memory, and /health answers all the while", async () => {
    const flood = (blocks: number) =>
      `block = (b'x' * 99 + b'\\n') * 10486\nfor _ in range(${blocks}): sys.stdout.buffer.write(block)\nprint('the last line')`;
    const hub = await open({ stubs: { oar: flood(5) } });
    await hub.call("oar_image_signed_check", R);
    await hub.stub("oar", flood(100));
    const before = process.memoryUsage.rss();
    let [most, slowest] = [0, 0];
    const over = new AbortController();
    const watch = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const asked = performance.now();
        await hub.health();
        slowest = Math.max(slowest, performance.now() - asked);
        most = Math.max(most, process.memoryUsage.rss());
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const watching = watch();
    const answer = await hub.call("oar_image_signed_check", R);
    over.abort();
    await watching;
    const grown = (most - before) / MB;
    console.log(
      `${runner}: 100 MB through a tool in ${answer.structured["duration_ms"]} ms, RSS +${grown.toFixed(0)} MB, /health within ${slowest.toFixed(0)} ms`,
    );
    expect(answer.structured).toMatchObject({ ok: true, truncated: true, stdout_bytes: 100 * 1_048_600 + 14 });
    expect(answer.text).toMatch(/^✓ Command succeeded\n\nx{99}\n[^]*bytes left out here[^]*\nthe last line$/);
    expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(24 * 1024);
    expect(grown).toBeLessThan(100);
  }, 120_000);

  test("(14) calls leave no child, no descriptor and no folder", async () => {
    const hub = await open({ stubs: { job: "print(os.getcwd())" } });
    const round = () =>
      Promise.all(Array.from({ length: 8 }, () => hub.call("job_run", { job_name: "p", payload: "q" })));
    await round();
    const before = { files: await openFiles(), children: (await descendants()).length };
    for (let done = 0; done < 5; done += 1) await round();
    await until(async () => (await descendants()).length <= before.children);
    await until(async () => (await openFiles()) <= before.files);
    const folders = (await hub.calls()).map(({ cwd }) => cwd);
    expect(new Set(folders).size).toBe(48);
    for (const folder of folders) await expect(appendFile(join(folder, "x"), "")).rejects.toThrow(/ENOENT/);
  });

  test("(16) what is killed under a call ends in an answer, and the next call runs", async () => {
    const hub = await open({ stubs: { oar: "print('napping', flush=True); time.sleep(0.5); print('awake')" } });
    const call = hub.call("oar_image_signed_check", R);
    await until(async () => (await hub.calls()).length === 1);
    const { runners } = await hub.health();
    const victim = runner === "zygote" ? runners["oar"]["pid"] : (await hub.calls())[0]!.pid;
    process.kill(victim, "SIGKILL");
    const { text } = await call;
    // The zygote's calls outlive it; a spawned program is what was killed.
    expect(text).toMatch(runner === "zygote" ? /^✓ [^]*awake$/ : /^✗ Command failed \(exit code -9\)/);
    expect((await hub.call("oar_image_signed_check", { release: "4.18.1" })).text).toContain("awake");
    if (runner === "zygote") expect((await hub.health())["runners"]["oar"]).toMatchObject({ state: "warm", starts: 2 });
  });

  test("commands on one release never overlap, those on others do", async () => {
    const hub = await open({ stubs: { oar: "start = time.time(); time.sleep(0.6); print(start, time.time())" } });
    const ask = async (release: string) =>
      (await hub.call("oar_image_signed_check", { release })).text.split("\n").at(-1)!.split(" ").map(Number);
    const [one, two, other] = await Promise.all([ask("4.19.1"), ask("4.19.1"), ask("4.18.1")]);
    const [first = [], second = []] = [one, two].toSorted(([a = 0], [b = 0]) => a - b);
    expect(second[0]).toBeGreaterThanOrEqual(first[1] ?? Infinity);
    expect(other[0]).toBeLessThan(second[0] ?? 0);
  });
});
