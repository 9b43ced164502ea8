// The life of a call, the same for every runner: when it starts, what stops it (deadline, caller, limit, shutdown), and what
// is answered.
import type { Clock } from "../../../core/clock.ts";
import { messageOf } from "../../../core/words.ts";
import { createCapture, type Capture } from "./output.ts";
import type { RunReason, RunRequest, RunResult } from "./types.ts";

export type StopReason = Exclude<RunReason, "exit" | "spawn_error">;

/** How the program ended; `error` when it never ran. */
export interface End {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly error?: string;
}

export interface Call {
  readonly request: RunRequest;
  readonly capture: Capture;
  readonly stopped: StopReason | undefined;
  /** Calls back at once when the call was stopped already. */
  onStop(listener: () => void): void;
  /** The program ended by itself: nothing can stop it any more. */
  settle(): void;
}

/** Runs the program; with a whole result when another runner did it. */
export type Body = (call: Call) => Promise<End | RunResult>;

export interface Calls {
  run(request: RunRequest, body: Body): Promise<RunResult>;
  readonly size: number;
  /** Resolves when those that run now have ended. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** What `promise` gives, or undefined as soon as the call is stopped. */
export const unlessStopped = <T>(call: Call, promise: Promise<T>): Promise<T | undefined> =>
  Promise.race([promise, new Promise<undefined>((resolve) => call.onStop(() => resolve(undefined)))]);

/** Node's timers turn longer ones into 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createCalls(clock: Clock): Calls {
  const running = new Map<Stoppable, Promise<RunResult>>();
  let closed = false;
  return {
    run(request, body) {
      const call = createCall(request);
      if (closed) return Promise.resolve(answer(call, failed("the runner is closed"), 0));
      const result = follow(call, body, clock).finally(() => running.delete(call));
      running.set(call, result);
      return result;
    },
    get size() {
      return running.size;
    },
    idle: async () => void (await Promise.all(running.values())),
    async close() {
      closed = true;
      for (const call of running.keys()) call.stop("cancelled");
      await Promise.all(running.values());
    },
  };
}

export const failed = (error: string): End => ({ exitCode: null, signal: null, error });

interface Stoppable extends Call {
  stop(reason: StopReason): void;
}

function createCall(request: RunRequest): Stoppable {
  let stopped: StopReason | undefined;
  let settled = false;
  const listeners: (() => void)[] = [];
  const stop = (reason: StopReason): void => {
    if (settled || stopped !== undefined) return;
    stopped = reason;
    for (const listener of listeners.splice(0)) listener();
  };
  return {
    request,
    capture: createCapture(request, () => stop("output_limit")),
    stop,
    get stopped() {
      return stopped;
    },
    onStop(listener) {
      if (stopped === undefined) listeners.push(listener);
      else listener();
    },
    settle() {
      settled = true;
    },
  };
}

async function follow(call: Stoppable, body: Body, clock: Clock): Promise<RunResult> {
  const { signal, timeoutMs } = call.request;
  const startedAt = clock.now();
  const cancel = (): void => call.stop("cancelled");
  if (signal.aborted) cancel();
  if (call.stopped !== undefined) return answer(call, { exitCode: null, signal: null }, 0);
  signal.addEventListener("abort", cancel, { once: true });
  const deadline = setTimeout(() => call.stop("timeout"), Math.min(timeoutMs, MAX_TIMER_MS));
  try {
    return answer(call, await body(call), clock.now() - startedAt);
  } catch (error) {
    return answer(call, failed(messageOf(error)), clock.now() - startedAt);
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener("abort", cancel);
  }
}

function answer({ stopped, capture }: Call, end: End | RunResult, durationMs: number): RunResult {
  if ("reason" in end)
    return { ...end, durationMs, ...(stopped === undefined ? {} : { reason: stopped, exitCode: null }) };
  const { exitCode, signal, error } = end;
  const reason = stopped ?? (error === undefined ? "exit" : "spawn_error");
  return {
    ...capture.end(),
    reason,
    exitCode: reason === "exit" ? exitCode : null,
    signal,
    durationMs,
    ...(reason === "spawn_error" && error !== undefined ? { error } : {}),
  };
}
