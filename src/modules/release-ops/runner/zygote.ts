// Runs a Python program without starting Python: forked from a process that has it imported already. Whatever goes wrong
// with that process, the call is made by the fallback, and health() says why.
import { access, constants, mkdtemp, rm, stat } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { createCalls, unlessStopped, type Call } from "./calls.ts";
import { Unreachable } from "./frames.ts";
import { createKeeper, type Keeper } from "./keeper.ts";
import {
  createPreloads,
  derive,
  PRELOAD_DEFAULTS,
  type Preloaded,
  type PreloadLimits,
  type Preloads,
} from "./preload.ts";
import type { RunRequest, RunResult, Runner } from "./types.ts";
import { callZygote } from "./zygote-call.ts";
import { startZygote, type Zygote, type ZygoteProgram } from "./zygote-process.ts";

export interface ZygoteOptions extends ZygoteProgram, PreloadLimits {
  readonly fallback: Runner;
  readonly clock: Clock;
  readonly log: Log;
  /** Of this machine; only Linux can. */
  readonly system?: string;
}

export interface ZygoteRunner extends Runner {
  /** Imports the program now, so that the first call does not wait. */
  warm(): Promise<void>;
  /** Starts anew at the next call, also after it had given up. Running calls go on. */
  recycle(): void;
  /** Runs the preload hook for a key now, if there is one. Rejects with what it said. */
  prepare(key: string, env: RunRequest["env"]): Promise<void>;
  /** Forgets what was preloaded for a key, or for all; how many there were. */
  invalidate(key?: string): number;
  /** Ends the process. Running calls go on, later ones are the fallback's. Resolves when none runs any more. */
  retire(): Promise<void>;
}

/** A zygote that dies under a call is replaced once; after that the fallback makes the call. */
const TRIES = 2;

export function createZygoteRunner(options: ZygoteOptions): ZygoteRunner {
  const { clock, fallback, log, system = platform() } = options;
  const limits = { ...PRELOAD_DEFAULTS, ...options };
  const calls = createCalls(clock);
  const preloads = createPreloads(clock, limits);
  const folder = createFolder();
  const keeper = createKeeper({
    clock,
    log,
    unfit: system === "linux" ? undefined : `a zygote needs Linux, this is ${system}`,
    start: async () => startZygote(options, await folder.next()),
    onEnd: () => preloads.drop(),
  });
  let fallbackCalls = 0;
  let preloadError: string | undefined;

  const preloaded = (zygote: Zygote, key: string, env: RunRequest["env"]): Promise<Preloaded> =>
    preloads.get(key, async (onGone) =>
      derive({ key, from: zygote.socket, socket: await folder.next(), env, hookMs: limits.hookMs }, onGone),
    );
  const doorFor = async (zygote: Zygote, { preloadKey, env }: RunRequest): Promise<string> => {
    if (options.preload === undefined || preloadKey === undefined) return zygote.socket;
    return preloaded(zygote, preloadKey, env).then(
      ({ socket }) => {
        preloadError = undefined;
        return socket;
      },
      (error: Error) => {
        // The program then fetches for itself, and says for itself what is wrong.
        preloadError = error.message;
        log.warn({ key: preloadKey, reason: error.message }, "the preload hook failed");
        return zygote.socket;
      },
    );
  };

  const runWarm = async (call: Call) => {
    for (let tried = 0; tried < TRIES && (await canStart(call.request)); tried += 1) {
      const zygote = await unlessStopped(call, keeper.get());
      const door = zygote && (await unlessStopped(call, doorFor(zygote, call.request)));
      if (call.stopped !== undefined) return { exitCode: null, signal: null };
      if (zygote === undefined || door === undefined) break;
      try {
        return await callZygote(call, door);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        forget(call.request, { zygote, door, keeper, preloads });
      }
    }
    fallbackCalls += 1;
    return runCold(call, fallback);
  };

  return {
    run: (request) => calls.run(request, runWarm),
    warm: async () => void (await keeper.get()),
    recycle: () => keeper.recycle(),
    async prepare(key, env) {
      const zygote = options.preload === undefined ? undefined : await keeper.get();
      if (zygote !== undefined) await preloaded(zygote, key, env);
    },
    invalidate: (key) => preloads.drop(key),
    health: () => ({
      runner: "zygote",
      ...keeper.health(),
      running: calls.size,
      fallbackCalls,
      ...(options.preload === undefined ? {} : { preloaded: preloads.size }),
      ...(preloadError === undefined ? {} : { preloadError }),
    }),
    async retire() {
      await keeper.close();
      await calls.idle();
      await folder.remove();
    },
    async close() {
      await calls.close();
      preloads.drop();
      await keeper.close();
      await folder.remove();
    },
  };
}

interface Doors {
  readonly zygote: Zygote;
  readonly door: string;
  readonly keeper: Keeper;
  readonly preloads: Preloads;
}

function forget({ preloadKey }: RunRequest, { zygote, door, keeper, preloads }: Doors): void {
  if (door === zygote.socket) keeper.drop(zygote);
  else if (preloadKey !== undefined) preloads.drop(preloadKey);
}

/** The whole deadline and the caller's signal are the outer call's; the inner one is only told to stop. */
async function runCold(call: Call, fallback: Runner): Promise<RunResult> {
  const stop = new AbortController();
  call.onStop(() => stop.abort());
  const result = await fallback.run({ ...call.request, signal: stop.signal });
  call.settle();
  return result;
}

/** What a spawn would refuse is left to the spawn, so that both say the same of it. */
async function canStart({ exec, cwd }: RunRequest): Promise<boolean> {
  try {
    await access(exec, constants.X_OK);
    return (await stat(cwd)).isDirectory();
  } catch {
    return false;
  }
}

/** A private directory for the sockets, made when the first is needed: nobody else can connect. */
function createFolder() {
  let made: Promise<string> | undefined;
  let serial = 0;
  return {
    async next(): Promise<string> {
      made ??= mkdtemp(join(tmpdir(), "ops-zygote-"));
      const name = String((serial += 1));
      return join(await made, name);
    },
    async remove(): Promise<void> {
      if (made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}
