// Runs a program as a process of its own, in a group of its own: any executable, no shell, nothing inherited.
import { spawn, type ChildProcess } from "node:child_process";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../../core/clock.ts";
import { endGroup, signalGroup } from "../../../core/process-group.ts";
import { createCalls, failed, type Call, type End } from "./calls.ts";
import { createSocketPairs, type SocketPair, type SocketPairs } from "./socket-pair.ts";
import type { RunRequest, Runner } from "./types.ts";

/** A grandchild in its own session can hold the pipe for days; its output is not waited for longer than this. */
export const DRAIN_MS = 1000;

export function createSpawnRunner({ clock }: { readonly clock: Clock }): Runner {
  const calls = createCalls(clock);
  const pairs = createSocketPairs();
  return {
    run: (request) => calls.run(request, (call) => runSpawned(call, pairs)),
    health: () => ({ runner: "spawn", running: calls.size }),
    async close() {
      await calls.close();
      await pairs.close();
    },
  };
}

async function runSpawned(call: Call, pairs: SocketPairs): Promise<End> {
  const { merge = false, killGraceMs } = call.request;
  const { child, sources } = start(call, merge ? await pairs.make() : undefined);
  const ended = exitOf(child);
  const { pid } = child;
  if (pid === undefined) {
    for (const source of sources) source.destroy();
    return failed(await whyNot(call.request, await ended));
  }
  const closed = Promise.all(sources.map((source) => new Promise((resolve) => source.once("close", resolve))));

  let stopping: Promise<void> | undefined;
  call.onStop(() => {
    stopping = endGroup(pid, killGraceMs);
  });
  const end = await ended;
  call.settle();
  if (stopping === undefined) await atMost(DRAIN_MS, closed);
  else await stopping;
  // Who is still in the group is nobody's any more.
  signalGroup(pid, "SIGKILL");
  if (stopping !== undefined) await atMost(DRAIN_MS, closed);
  for (const source of sources) source.destroy();
  return end instanceof Error ? failed(end.message) : end;
}

function start({ request, capture }: Call, pair: SocketPair | undefined): { child: ChildProcess; sources: Readable[] } {
  const { exec, argv, env, cwd } = request;
  const write = pair?.child ?? "pipe";
  try {
    const child = spawn(exec, argv, { env, cwd, detached: true, shell: false, stdio: ["ignore", write, write] });
    const [out, err] = [pair?.ours ?? child.stdout, child.stderr];
    out?.on("data", (chunk: Buffer) => capture.write("stdout", chunk));
    err?.on("data", (chunk: Buffer) => capture.write("stderr", chunk));
    return { child, sources: [out, err].filter((source) => source !== null) };
  } catch (error) {
    pair?.ours.destroy();
    throw error;
  } finally {
    // Its copy in the program is what keeps it open now.
    pair?.child.destroy();
  }
}

const exitOf = (child: ChildProcess): Promise<End | Error> =>
  new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });

async function atMost(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([promise, delay(milliseconds, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

/** Node says ENOENT of the program when it is the directory that is missing. */
async function whyNot({ exec, cwd }: RunRequest, error: End | Error): Promise<string> {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isDirectory = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) return `the working directory ${cwd} does not exist`;
  if (code === "ENOENT") return `${exec}: no such file, or its interpreter is missing`;
  if (code === "EACCES") return `${exec}: not executable`;
  return error instanceof Error ? error.message : `${exec} did not start`;
}
