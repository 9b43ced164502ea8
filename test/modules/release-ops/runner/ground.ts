// The ground of the runner tests: the stand-in program as a console script, requests for it, and what /proc knows.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunRequest, Runner } from "../../../../src/modules/release-ops/runner/types.ts";
import { createZygoteRunner, type ZygoteOptions } from "../../../../src/modules/release-ops/runner/zygote.ts";

export const PACKAGE = join(import.meta.dirname, "../../../support/cli");
export const HELPER = join(import.meta.dirname, "../../../../src/modules/release-ops/helpers/zygote.py");
export const clock = { now: () => performance.timeOrigin + performance.now() };
export const ENV = { LC_ALL: "C.UTF-8" };

export interface Ground {
  readonly python: string;
  readonly folder: string;
  /** The console script, as pip would have made it. */
  readonly exec: string;
  request(argv: readonly string[], more?: Partial<RunRequest>): RunRequest;
  remove(): Promise<void>;
}

export async function createGround(): Promise<Ground> {
  const python = await interpreter();
  const folder = await mkdtemp(join(tmpdir(), "ops-runner-"));
  const exec = join(folder, "hubcli");
  const script = `#!${python}\nimport sys\nsys.dont_write_bytecode = True\nsys.path[0] = ${JSON.stringify(PACKAGE)}\nfrom hubcli.main import main\nsys.exit(main())\n`;
  await writeFile(exec, script, { mode: 0o755 });
  return {
    python,
    folder,
    exec,
    request: (argv, more = {}) => ({
      exec,
      argv,
      env: ENV,
      cwd: folder,
      timeoutMs: 25_000,
      killGraceMs: 300,
      output: {
        keepHeadBytes: 256 * 1024,
        keepTailBytes: 768 * 1024,
        hardLimitBytes: 256 * 1024 * 1024,
        stripAnsi: true,
      },
      secrets: [],
      signal: new AbortController().signal,
      ...more,
    }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Descriptors that the tests themselves were started with, and that any child of theirs has. */
export async function inherited(python: string): Promise<number[]> {
  const code =
    "import os, json; print(json.dumps([fd for fd in range(3, 1024) if os.path.exists('/proc/self/fd/%d' % fd)]))";
  return JSON.parse((await promisify(execFile)(python, ["-c", code])).stdout);
}

async function interpreter(): Promise<string> {
  try {
    return (await promisify(execFile)("python3", ["-c", "import sys; print(sys.executable)"])).stdout.trim();
  } catch {
    throw new Error("these tests need python3 on the PATH");
  }
}

export const quiet: ZygoteOptions["log"] = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const zygoteOf = (ground: Ground, fallback: Runner, more: Partial<ZygoteOptions> = {}) =>
  createZygoteRunner({
    python: ground.python,
    entry: "hubcli.main:main",
    helper: HELPER,
    env: { ...ENV, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: "1" },
    fallback,
    clock,
    log: quiet,
    ...more,
  });

/** Zombies are gone: nothing of them runs. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

/** All processes below this one, zombies too. */
export async function descendants(root = process.pid): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const below = (pid: number): number[] =>
    [...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

export const openFiles = async (pid: number | "self" = "self"): Promise<number> =>
  (await readdir(`/proc/${pid}/fd`)).length;

export async function rssOf(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

export const pidsIn = async (path: string): Promise<number[]> =>
  (await readFile(path, "utf8").catch(() => "")).trim().split("\n").filter(Boolean).map(Number);

/** Waits for something another process does. */
export async function until(what: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  for (const end = performance.now() + withinMs; performance.now() < end;) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not happen in time");
}
