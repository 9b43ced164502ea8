// One job from its first run to its end: runs the command, keeps its lines and how it ended, and repeats it where the
// catalogue says so.
import { clipText, oneLine } from "../../../core/clip.ts";
import { rfc3339, type Clock } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Log } from "../../../core/log.ts";
import type { ToolSpec } from "../catalog/types.ts";
import { LineLog } from "./line-log.ts";
import type { Asker } from "../runs/asker.ts";
import type { JobInput, JobRecord, JobState, RunOutcome, StartRun, Timers } from "./types.ts";

export const LOG_BYTES = 1024 * 1024;
const RESULT_BYTES = 16_384;

export interface Work<Outcome extends RunOutcome> {
  readonly spec: ToolSpec;
  readonly input: JobInput;
  readonly asker: Asker;
  readonly startRun: StartRun<Outcome>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** After each run. */
  readonly onChange: () => Promise<void>;
}

export class Job<Outcome extends RunOutcome> {
  readonly record: JobRecord;
  readonly log = new LineLog(LOG_BYTES);
  /** The answer of a JSON tool, from its last run. */
  result: string | undefined;
  /** Somebody else was told of it: it no longer ends with the call that started it. */
  isShared = false;
  readonly #first = Promise.withResolvers<Outcome>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #listener: ((line: string) => void) | undefined;
  #endAs: JobState | undefined;

  /** Not running before `begin`; one that came from the disk never does. */
  constructor(record: JobRecord) {
    this.record = record;
    this.#first.promise.catch(() => {}); // not everybody waits for it
  }

  get isRunning(): boolean {
    return this.record.state === "running";
  }

  /** The first run. Rejects with what kept it from running. */
  get first(): Promise<Outcome> {
    return this.#first.promise;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Who sees the lines beside the log. */
  set listener(listener: ((line: string) => void) | undefined) {
    this.#listener = listener;
  }

  /** Ends the command with all its processes. `ended` resolves when they are gone. */
  stop(endAs: JobState = "stopped"): void {
    if (!this.isRunning || this.#stop.signal.aborted) return;
    this.#endAs = endAs;
    this.#stop.abort(new ToolFailure("cancelled", `job ${this.record.id} was stopped`));
  }

  async begin(work: Work<Outcome>): Promise<void> {
    const { repeat } = work.spec.background;
    const { signal } = this.#stop;
    let isOk = false;
    for (let isAgain = false; !signal.aborted; isAgain = true) {
      if (isAgain) this.#again(work.clock);
      isOk = await this.#run(work);
      const neverRan = this.record.reason === null; // and will not the next time either
      if (repeat === undefined || signal.aborted || neverRan || this.record.failures >= repeat.maxFailures) break;
      this.record.next_run_at = rfc3339(work.clock.now() + repeat.everyMs);
      await work.onChange();
      await work.timers.sleep(repeat.everyMs, signal).catch(() => {});
      this.record.next_run_at = null;
    }
    this.#first.reject(signal.reason); // counts only when there was none
    // A command that was quicker than the request to stop it has done its work.
    const isDone = isOk && repeat === undefined;
    await this.#end(work, isDone ? "succeeded" : (this.#endAs ?? "failed"));
  }

  #again(clock: Clock): void {
    this.record.restarts += 1;
    this.log.push(`--- run ${this.record.restarts + 1} starts at ${rfc3339(clock.now())}`);
  }

  /** Whether it went well. */
  async #run({ spec, input, asker, startRun, log }: Work<Outcome>): Promise<boolean> {
    const { record } = this;
    const onLine = (line: string): void => {
      this.log.push(line);
      this.#listener?.(line);
    };
    try {
      const outcome = await startRun(spec, input, { ...asker, signal: this.#stop.signal, onLine });
      const { reason, exit_code, signal, verdict, duration_ms } = outcome.facts;
      Object.assign(record, { reason, exit_code, signal, duration_ms, message: null });
      record.verdict = verdict === null ? null : oneLine(verdict, 200);
      if (spec.result === "json") this.result = clipText(outcome.output, RESULT_BYTES);
      record.failures = outcome.ok ? 0 : record.failures + 1;
      this.#first.resolve(outcome);
      return outcome.ok;
    } catch (error) {
      if (!(error instanceof ToolFailure)) log.error({ err: error, job: record.id }, "a job's run broke");
      record.message = error instanceof ToolFailure ? error.message : "the hub failed to run it; its log says why";
      record.failures += 1;
      this.#first.reject(error);
      return false;
    }
  }

  async #end({ spec, clock, onChange }: Work<Outcome>, state: JobState): Promise<void> {
    const { record } = this;
    record.state = state;
    record.ended_at = rfc3339(clock.now());
    if (state === "lost") record.message = "the hub was stopped before it ended";
    if (state === "failed" && spec.background.repeat !== undefined && record.reason !== null)
      record.message = [`it failed ${record.failures} times in a row`, record.message].filter(Boolean).join(": ");
    await onChange();
    this.#ended.resolve();
  }
}
