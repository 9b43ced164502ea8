// The zygote runner: the common suite (which must not have been answered by the fallback), then what only it can do.
import { cp, mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSpawnRunner } from "../../../../src/modules/release-ops/runner/spawn.ts";
import type { Runner } from "../../../../src/modules/release-ops/runner/types.ts";
import type { ZygoteOptions, ZygoteRunner } from "../../../../src/modules/release-ops/runner/zygote.ts";
import {
  clock,
  createGround,
  ENV,
  isAlive,
  openFiles,
  PACKAGE,
  rssOf,
  until,
  zygoteOf,
  type Ground,
} from "./ground.ts";
import { runnerSuite } from "./suite.ts";

runnerSuite("zygote", (ground) => {
  const fallback = createSpawnRunner({ clock });
  const runner = zygoteOf(ground, fallback);
  const close = async (): Promise<void> => {
    await runner.close();
    await fallback.close();
  };
  return { ...runner, close };
});

describe("a zygote", () => {
  let ground: Ground;
  let fallback: Runner;
  const made: ZygoteRunner[] = [];
  beforeAll(async () => {
    ground = await createGround();
    fallback = createSpawnRunner({ clock });
  });
  afterEach(async () => void (await Promise.all(made.splice(0).map((runner) => runner.close()))));
  afterAll(async () => {
    await fallback.close();
    await ground.remove();
  });
  const create = (more: Partial<ZygoteOptions> = {}): ZygoteRunner => {
    const runner = zygoteOf(ground, fallback, more);
    made.push(runner);
    return runner;
  };
  const facts = async (runner: Runner, more = {}) =>
    JSON.parse((await runner.run(ground.request(["facts"], more))).stdout);
  const pidOf = (runner: Runner) => runner.health().pid as number;

  test("makes its calls itself, and leaves to the fallback only what cannot start", async () => {
    const runner = create();
    expect(runner.health()).toEqual({ runner: "zygote", state: "cold", starts: 0, running: 0, fallbackCalls: 0 });
    await Promise.all(Array.from({ length: 5 }, () => runner.run(ground.request(["true"]))));
    expect(runner.health()).toMatchObject({ state: "warm", starts: 1, running: 0, fallbackCalls: 0 });
    await runner.run(ground.request([], { exec: join(ground.folder, "nope") }));
    expect(runner.health()).toMatchObject({ state: "warm", fallbackCalls: 1 });
  });

  test.each([
    ["with a thread after the import", { entry: "hubcli.threaded:main" }, /2 threads are alive after import/],
    ["whose module is missing", { entry: "nosuch.main:main" }, /No module named 'nosuch'/],
    ["whose function is missing", { entry: "hubcli.main:nope" }, /has no attribute 'nope'/],
    ["whose interpreter is missing", { python: "/nonexistent/python3" }, /ENOENT/],
    ["on another system", { system: "darwin" }, /needs Linux/],
  ])("%s leaves its calls to the fallback and says why", async (_, more, reason) => {
    const runner = create(more);
    expect(await runner.run(ground.request(["both"]))).toMatchObject({
      reason: "exit",
      exitCode: 0,
      stdout: "to stdout\n",
    });
    expect(runner.health()).toMatchObject({
      state: "fallback",
      reason: expect.stringMatching(reason),
      fallbackCalls: 1,
    });
  });

  test("that leaves a call to the fallback still cancels, times out and closes it", async () => {
    const runner = create({ system: "darwin" });
    expect(await runner.run(ground.request(["nap", "20"], { timeoutMs: 1000 }))).toMatchObject({
      reason: "timeout",
      exitCode: null,
    });
    const abort = new AbortController();
    const onLine = () => abort.abort();
    expect(await runner.run(ground.request(["nap", "20"], { signal: abort.signal, onLine }))).toMatchObject({
      reason: "cancelled",
      output: "napping\n",
    });
    const last = runner.run(ground.request(["nap", "20"]));
    await runner.close();
    expect(await last).toMatchObject({ reason: "cancelled" });
  });

  test("killed under a call lets the call finish, is replaced, and is given up at the third death in a minute", async () => {
    let now = 1_000_000;
    const runner = create({ clock: { now: () => now } });
    for (const death of [1, 2, 3]) {
      let isRunning = false;
      const running = runner.run(ground.request(["nap", "0.3"], { onLine: () => (isRunning = true) }));
      await until(() => isRunning);
      const pid = pidOf(runner);
      process.kill(pid, "SIGKILL");
      expect(await running).toMatchObject({ reason: "exit", exitCode: 0, output: "napping\nawake\n" });
      await until(() => pidOf(runner) !== pid);
      expect(runner.health()).toMatchObject({ state: death < 3 ? "cold" : "fallback", starts: death });
      expect(await runner.run(ground.request(["true"]))).toMatchObject({ reason: "exit", exitCode: 0 });
      now += 20_000;
    }
    expect(runner.health()).toMatchObject({
      reason: expect.stringContaining("died 3 times in 60 s"),
      fallbackCalls: 1,
    });
    runner.recycle();
    await runner.warm();
    expect(runner.health()).toMatchObject({ state: "warm", starts: 4 });
  });

  test("whose supervisor is killed ends the program and says so", async () => {
    const runner = create();
    let isRunning = false;
    const running = runner.run(ground.request(["nap", "20"], { onLine: () => (isRunning = true) }));
    await until(() => isRunning);
    const children = async (pid: number) =>
      (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").filter(Boolean).map(Number);
    const [supervisor] = await children(pidOf(runner));
    const [worker] = await children(supervisor!);
    process.kill(supervisor!, "SIGKILL");
    expect(await running).toMatchObject({
      reason: "spawn_error",
      output: "napping\n",
      error: expect.stringContaining("helper"),
    });
    await until(async () => !(await isAlive(worker!)));
    expect(await runner.run(ground.request(["true"]))).toMatchObject({ exitCode: 0 });
  });

  test("does not grow with its calls", async () => {
    const runner = create();
    const calls = async (count: number) => {
      for (let n = 0; n < count; n += 1) await runner.run(ground.request(["true"]));
    };
    await calls(20);
    const pid = pidOf(runner);
    const before = { files: await openFiles(pid), rss: await rssOf(pid) };
    await calls(100);
    expect(await openFiles(pid)).toBe(before.files);
    expect((await rssOf(pid)) - before.rss).toBeLessThan(1024 * 1024);
    expect(pidOf(runner)).toBe(pid);
  });

  test("keeps its sockets where nobody else can connect", async () => {
    const runner = create();
    await runner.warm();
    const [, socket] = (await readFile(`/proc/${pidOf(runner)}/cmdline`, "utf8")).split("\0").slice(1);
    expect((await stat(socket!)).mode & 0o777).toBe(0o600);
    expect((await stat(join(socket!, ".."))).mode & 0o777).toBe(0o700);
  });

  test("starts anew when the package was changed, and on demand", async () => {
    const copy = join(ground.folder, "copy");
    await mkdir(copy);
    await cp(PACKAGE, copy, { recursive: true });
    let now = 1_000_000;
    const runner = create({
      env: { ...ENV, PYTHONPATH: copy, PYTHONDONTWRITEBYTECODE: "1" },
      clock: { now: () => now },
    });
    expect((await facts(runner)).counter).toBe(0);
    const state = join(copy, "hubcli", "state.py");
    await writeFile(state, "COUNTER = 41\nPRELOADED = None\n");
    await utimes(state, 2_000_000_000, 2_000_000_000);
    now += 1000;
    expect((await facts(runner)).counter).toBe(41);
    const pid = pidOf(runner);
    runner.recycle();
    expect((await facts(runner)).counter).toBe(41);
    expect(pidOf(runner)).not.toBe(pid);
    expect(runner.health()).toMatchObject({ state: "warm", starts: 3 });
  });

  describe("with a preload hook", () => {
    let serial = 0;
    const preloading = (more: Partial<ZygoteOptions> = {}) => {
      serial += 1;
      const log = join(ground.folder, `preload-${serial}`);
      const env = { ...ENV, PRELOAD_LOG: log };
      const runner = create({ preload: "hubcli.hook:load", ...more });
      const seen = async (preloadKey: string) => (await facts(runner, { env, preloadKey })).preloaded;
      const hooked = async () => (await readFile(log, "utf8")).trim().split("\n");
      return { runner, env, seen, hooked };
    };

    test("runs it once per key, also when calls come together, and each call sees its key", async () => {
      const { runner, seen, hooked } = preloading();
      expect(await Promise.all(["a", "a", "b", "a", "a"].map(seen))).toEqual(["a", "a", "b", "a", "a"]);
      expect(await seen("b")).toBe("b");
      expect((await hooked()).sort()).toEqual(["a", "b"]);
      expect(runner.health()).toMatchObject({ preloaded: 2, fallbackCalls: 0 });
      expect((await facts(runner)).preloaded).toBe(null);
    });

    test("forgets on demand, after its time, and the least used of too many", async () => {
      let now = 1_000_000;
      const { runner, seen, hooked } = preloading({ max: 2, ttlMs: 60_000, clock: { now: () => now } });
      await seen("a");
      expect(runner.invalidate("a")).toBe(1);
      expect(runner.invalidate("never seen")).toBe(0);
      await seen("a");
      now += 60_001;
      await seen("a");
      await seen("b");
      await seen("a");
      await seen("c");
      await seen("a");
      await seen("b");
      expect(await hooked()).toEqual(["a", "a", "a", "b", "c", "b"]);
      expect(runner.invalidate()).toBe(2);
      expect(runner.health()).toMatchObject({ preloaded: 0 });
      const children = async () =>
        (await readFile(`/proc/${pidOf(runner)}/task/${pidOf(runner)}/children`, "utf8")).trim();
      await until(async () => (await children()) === "");
    });

    test("runs the call unprepared when the hook fails, and tries again the next time", async () => {
      const { runner, seen, hooked } = preloading();
      expect(await seen("broken")).toBe(null);
      expect(await seen("broken")).toBe(null);
      expect(await hooked()).toEqual(["broken", "broken"]);
      expect(runner.health()).toMatchObject({
        preloaded: 0,
        preloadError: "ValueError: no such release",
        state: "warm",
      });
    });

    test("gives up a hook that takes too long, and a call that is cancelled does not wait for it", async () => {
      const { runner, env, seen } = preloading({ hookMs: 50 });
      expect(await seen("slow")).toBe(null);
      expect(runner.health().preloadError).toMatch(/longer than 0.05 s/);
      const other = preloading();
      await other.runner.warm();
      const request = ground.request(["facts"], { env, preloadKey: "waits", signal: AbortSignal.timeout(20) });
      expect(await other.runner.run(request)).toMatchObject({ reason: "cancelled" });
    });
  });
});
