// Parses and projects large replies on threads of their own, so that the hub goes on answering meanwhile.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { ToolFailure } from "../../../core/failure.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import { Limiter } from "../../../core/limiter.ts";
import { UpstreamError } from "../../../core/upstream.ts";
import type { Projection } from "../projection.ts";
import type { Finished, Job } from "./parser-thread.ts";
import type { Projected } from "./project.ts";

const THREADS = 2;
/** Then a thread ends and gives back its heap, which may be hundreds of megabytes. */
const IDLE_MS = 30_000;
/** Each holds a whole reply in memory. */
const QUEUE = 16;
/** Parsed JSON needs about seven times its size. */
const MAX_HEAP_MB = 512;

export class Parser {
  readonly #idle = new Map<Worker, NodeJS.Timeout>();
  readonly #all = new Set<Worker>();
  readonly #turns = new Limiter({
    concurrency: THREADS,
    queue: QUEUE,
    refuse: () => new UpstreamError("busy", `${THREADS} large replies are being read and ${QUEUE} more wait`),
  });

  /** Takes the bytes' memory away. Throws what the projection throws, or the signal's reason; the job then ends. */
  project<Options, Result>(
    bytes: Uint8Array<ArrayBuffer>,
    projection: Projection<Options, Result>,
    options: Options,
    signal: AbortSignal,
  ): Promise<Projected<Result>> {
    return this.#turns
      .run(async () => {
        const worker = this.#wake() ?? this.#start();
        try {
          const finished = await answer<Result>(worker, { bytes, projection: projection.name, options }, signal);
          this.#rest(worker);
          return finished;
        } catch (error) {
          await worker.terminate(); // it may still be busy; the next job gets a fresh one
          throw isOutOfMemory(error) ? new UpstreamError("too-large", "more than fits into memory") : error;
        }
      }, signal)
      .then(unpack);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #wake(): Worker | undefined {
    const [entry] = this.#idle;
    if (entry === undefined) return undefined;
    const [worker, timer] = entry;
    clearTimeout(timer);
    this.#idle.delete(worker);
    return worker;
  }

  #rest(worker: Worker): void {
    const timer = setTimeout(() => {
      this.#idle.delete(worker);
      void worker.terminate();
    }, IDLE_MS).unref();
    this.#idle.set(worker, timer);
  }

  /** The thread's file has this file's own extension: .ts from source, .js when compiled. It sees no environment. */
  #start(): Worker {
    const file = new URL(`./parser-thread${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    this.#all.add(worker);
    worker.on("error", () => undefined); // `answer` listens too; without any listener it would end the process
    worker.once("exit", () => {
      this.#all.delete(worker);
      clearTimeout(this.#idle.get(worker));
      this.#idle.delete(worker);
    });
    return worker;
  }
}

/** An idle thread does not keep the process alive. */
function answer<Result>(worker: Worker, job: Job, signal: AbortSignal): Promise<Finished<Result>> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished<Result>>();
  const ended = (code: number): void => reject(new Error(`the parsing thread ended with code ${code}`));
  worker.once("message", resolve).once("error", reject).once("exit", ended);
  worker.ref();
  worker.postMessage(job, [job.bytes.buffer]);
  return untilAborted(promise, signal).finally(() => {
    worker.off("message", resolve).off("error", reject).off("exit", ended);
    worker.unref();
  });
}

function unpack<Result>(finished: Finished<Result>): Projected<Result> {
  if ("failure" in finished) {
    const { kind, message, details } = finished.failure;
    throw new ToolFailure(kind, message, details);
  }
  if ("bug" in finished) throw new Error(`a projection failed: ${finished.bug}`);
  return finished;
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
