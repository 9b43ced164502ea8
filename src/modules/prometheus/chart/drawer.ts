// Draws charts on a thread of its own, started at the first chart; one chart at a time, each with a deadline.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { ToolFailure } from "../../../core/failure.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import type { ChartRequest } from "./request.ts";
import type { Drawing } from "./worker.ts";

export type { ChartRequest, ChartSeries } from "./request.ts";

export interface ChartDrawer {
  /** A PNG of `request.width` x `request.height` pixels. Throws the signal's reason, or a ToolFailure of kind `timeout` or `unavailable`. */
  draw(request: ChartRequest, signal: AbortSignal): Promise<Uint8Array>;
  /** Ends the thread; charts under way and later ones are refused. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const MAX_WAITING = 16;
/** Enough for 20 lines of 1,000 points; a small nursery keeps the thread 100 MB smaller after many charts, at 10 ms a chart. */
const HEAP = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

export const createChartDrawer = ({ timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {}): ChartDrawer =>
  new WorkerDrawer(timeoutMs);

class WorkerDrawer implements ChartDrawer {
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  #worker: Worker | undefined;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  async draw(request: ChartRequest, caller: AbortSignal): Promise<Uint8Array> {
    caller.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (this.#waiting >= MAX_WAITING) {
      throw new ToolFailure("unavailable", `${MAX_WAITING} charts are waiting already; try again in a few seconds`);
    }
    this.#waiting += 1;
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    const signal = AbortSignal.any([caller, deadline, this.#closing.signal]);
    const drawn = this.#turn.then(() => this.#drawNow(request, signal));
    this.#turn = drawn.then(forget, forget).then(() => (this.#waiting -= 1)); // an aborted chart counts until its turn is over
    try {
      return await untilAborted(drawn, signal);
    } catch (error) {
      if (caller.aborted || !deadline.aborted) throw error;
      const seconds = this.#timeoutMs / 1000;
      throw new ToolFailure("timeout", `the chart was not ready after ${seconds} s; ask for fewer series or points`);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new ToolFailure("unavailable", "the hub is shutting down"));
    await this.#stop();
  }

  async #drawNow(request: ChartRequest, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const worker = (this.#worker ??= this.#start());
    try {
      const drawing = await untilAborted(answer(worker, request), signal);
      if ("png" in drawing) return drawing.png;
      throw new Error(drawing.problem);
    } catch (error) {
      await this.#stop(); // whatever went wrong, the next chart gets a fresh thread
      throw error;
    }
  }

  /** A thread that ends by itself, between charts too, is forgotten; the next chart starts another. */
  #start(): Worker {
    const worker = startWorker();
    worker.on("error", forget).on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

const forget = (): void => undefined;

/** The worker has this file's own extension: .ts from source, .js when compiled. It sees no environment, hence no secret. */
function startWorker(): Worker {
  const file = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { env: {}, execArgv: [], resourceLimits: HEAP });
  worker.unref();
  return worker;
}

function answer(worker: Worker, request: ChartRequest): Promise<Drawing> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off("message", done).off("error", failed).off("exit", ended);
      worker.unref();
    };
    const done = (drawing: Drawing): void => {
      settle();
      resolve(drawing);
    };
    const failed = (error: Error): void => {
      settle();
      reject(error);
    };
    const ended = (code: number): void => failed(new Error(`the drawing thread ended with code ${code}`));
    worker.on("message", done).on("error", failed).on("exit", ended);
    worker.ref();
    worker.postMessage(request, []);
  });
}
