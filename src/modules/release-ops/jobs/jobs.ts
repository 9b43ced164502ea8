// All jobs of the hub: one per singleton key, so many at once, the ended ones kept for a day, and a file that outlives the hub.
import { randomUUID } from "node:crypto";
import { rfc3339, type Clock } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Log } from "../../../core/log.ts";
import type { ToolSpec } from "../catalog/types.ts";
import { keyOf } from "../params/argv.ts";
import { valuesOf } from "../params/values.ts";
import { Job } from "./job.ts";
import { newRecord, type Origin } from "./record.ts";
import { createStateFile, type StateFile } from "./state-file.ts";
import type { AdoptRequest, JobRecord, JobStarted, JobState, RunOutcome, StartRun, Timers } from "./types.ts";

export const KEPT = { ms: 24 * 3_600_000, jobs: 200, logBytes: 64 * 1024 * 1024 } as const;
const MAX_RUNNING = 50;

export interface JobsOptions<Outcome extends RunOutcome> {
  readonly startRun: StartRun<Outcome>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The module's own; made when it is not there. */
  readonly folder: string;
  readonly log: Log;
}

type Recorded = { readonly record: JobRecord };
type Request = Omit<AdoptRequest, "signal" | "onLine">;

/** Reads the jobs of the last start; those that ran then are lost. */
export async function openJobs<Outcome extends RunOutcome>(options: JobsOptions<Outcome>): Promise<Jobs<Outcome>> {
  const jobs = new Jobs(options);
  await jobs.restore();
  return jobs;
}

export class Jobs<Outcome extends RunOutcome> {
  readonly #options: JobsOptions<Outcome>;
  readonly #jobs = new Map<string, Job<Outcome>>();
  /** The running job of each key. */
  readonly #singletons = new Map<string, Job<Outcome>>();
  readonly #file: StateFile;
  #isClosing = false;

  constructor(options: JobsOptions<Outcome>) {
    this.#options = options;
    this.#file = createStateFile(
      options.folder,
      () => [...this.#jobs.values()].map(({ record }) => record),
      options.log,
    );
  }

  async restore(): Promise<void> {
    const now = rfc3339(this.#options.clock.now());
    const message = "the hub ended while it ran; what became of it is unknown";
    for (const record of await this.#file.read()) {
      const isLost = record.state === "running";
      const lost = { state: "lost", ended_at: now, next_run_at: null, message } as const;
      this.#jobs.set(record.id, new Job(isLost ? { ...record, ...lost } : record));
    }
    this.#forgetOld();
    await this.#file.save();
  }

  /** Newest first. */
  list(state?: JobState): Job<Outcome>[] {
    this.#forgetOld();
    const found = [...this.#jobs.values()].filter(({ record }) => state === undefined || record.state === state);
    return found.toReversed();
  }

  /** @throws ToolFailure not-found */
  find(id: string): Job<Outcome> {
    this.#forgetOld();
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    throw new ToolFailure(
      "not-found",
      `no job ${id}: ended ones are kept for 24 hours, at most ${KEPT.jobs}; ops_job_list shows those there are`,
    );
  }

  /** @throws ToolFailure unavailable */
  async start(request: Request): Promise<{ readonly job: Job<Outcome>; readonly isNew: boolean }> {
    const running = this.#runningTwin(request);
    if (running !== undefined) return { job: running, isNew: false };
    const job = await this.#begin(request);
    job.isShared = true;
    return { job, isNew: true };
  }

  /**
   * Answers with the outcome when the command ends within the tool's `wait`, else with a text that names the job.
   * Until then the job ends with its caller's signal.
   */
  async adopt({ signal, onLine, ...request }: AdoptRequest): Promise<Outcome | JobStarted> {
    signal.throwIfAborted();
    const running = this.#runningTwin(request);
    if (running !== undefined) return started(running, false);
    const { mode, waitMs, repeat } = request.spec.background;
    const job = await this.#begin(request, onLine);
    const left = Promise.withResolvers<never>();
    const cancel = (): void => (job.isShared ? left.reject(signal.reason) : job.stop());
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
    const wait = new AbortController();
    try {
      const patience = mode === "always" ? Promise.resolve() : this.#options.timers.sleep(waitMs, wait.signal);
      const outcome = await Promise.race([job.first, left.promise, patience.catch(() => {})]);
      if (outcome === undefined || repeat !== undefined) {
        job.isShared = true;
        return started(job, true);
      }
      await job.ended;
      return outcome;
    } catch (error) {
      if (!job.isShared) await this.#forget(job); // it never ran, and its caller knows
      throw error;
    } finally {
      wait.abort();
      signal.removeEventListener("abort", cancel);
      job.listener = undefined;
    }
  }

  /** Takes no more jobs and ends those that run; they are `lost`. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const running = [...this.#jobs.values()].filter((job) => job.isRunning);
    for (const job of running) job.stop("lost");
    await Promise.all(running.map((job) => job.ended));
    await this.#file.save();
  }

  /** The running job with the same key, and from now on it belongs to several. */
  #runningTwin({ spec, input }: Request): Job<Outcome> | undefined {
    const job = this.#singletons.get(keyFor(spec, input) ?? "");
    if (job !== undefined) job.isShared = true;
    return job;
  }

  async #begin(request: Request, listener?: (line: string) => void): Promise<Job<Outcome>> {
    this.#refuseMore();
    const { spec, input, ...asker } = request;
    const { startRun, clock, timers, log } = this.#options;
    const origin: Origin = { id: `job-${randomUUID().slice(0, 13)}`, startedAt: rfc3339(clock.now()) };
    const job = new Job<Outcome>(newRecord(spec, input, origin));
    job.listener = listener;
    const key = keyFor(spec, input);
    if (key !== undefined) this.#singletons.set(key, job);
    this.#jobs.set(job.record.id, job);
    await this.#file.save(); // before it runs, so that a hub that dies leaves its name
    const onChange = (): Promise<void> => {
      if (!job.isRunning && key !== undefined) this.#singletons.delete(key);
      if (!job.isRunning) this.#forgetOld();
      return this.#file.save();
    };
    void job.begin({ spec, input, asker, startRun, clock, timers, log, onChange });
    return job;
  }

  #refuseMore(): void {
    if (this.#isClosing) throw new ToolFailure("unavailable", "the hub is stopping; try again in a minute");
    if (this.list("running").length < MAX_RUNNING) return;
    throw new ToolFailure(
      "unavailable",
      `${MAX_RUNNING} jobs are running, which is the most; end one with ops_job_stop`,
    );
  }

  async #forget(job: Job<Outcome>): Promise<void> {
    await job.ended;
    this.#jobs.delete(job.record.id);
    await this.#file.save();
  }

  #forgetOld(): void {
    const ended = [...this.#jobs.values()].filter((job) => !job.isRunning);
    ended.sort((a, b) => endOf(b) - endOf(a));
    const since = this.#options.clock.now() - KEPT.ms;
    let logBytes = 0;
    for (const [place, job] of ended.entries()) {
      if (place >= KEPT.jobs || endOf(job) < since) this.#jobs.delete(job.record.id);
      logBytes += job.log.bytes;
      if (logBytes > KEPT.logBytes) job.log.clear();
    }
  }
}

const endOf = ({ record }: Recorded): number => Date.parse(record.ended_at ?? record.started_at);

/** Two tools never share a job, even where their keys are spelled alike. */
function keyFor(spec: ToolSpec, input: AdoptRequest["input"]): string | undefined {
  const { singleton } = spec.background;
  return singleton === undefined ? undefined : `${spec.name} ${keyOf(singleton, valuesOf(spec, input))}`;
}

const started = ({ record: { id } }: Recorded, isNew: boolean): JobStarted => ({
  job_id: id,
  is_new: isNew,
  text: startedText(id, isNew),
});

export const startedText = (id: string, isNew: boolean): string =>
  `▶ Running in background (job ${id})${isNew ? "" : ", started by an earlier call"}\n\n` +
  `ops_job_status and ops_job_logs follow it, ops_job_stop ends it.`;
