// What the jobs need from the runs, and what they tell: a job is a call of a catalogue's tool that outlives its caller.
import { z } from "zod";
import type { ToolSpec } from "../catalog/types.ts";
import type { Asker } from "../runs/asker.ts";

export type JobInput = Readonly<Record<string, unknown>>;

/** The part of a run's outcome that a job keeps. */
export interface RunOutcome {
  readonly ok: boolean;
  readonly facts: {
    readonly reason: string;
    readonly exit_code: number | null;
    readonly signal: string | null;
    readonly verdict: string | null;
    readonly duration_ms: number;
  };
  /** What the command wrote; of a JSON tool, its JSON text. */
  readonly output: string;
}

/** @throws ToolFailure when nothing has run */
export type StartRun<Outcome extends RunOutcome> = (
  spec: ToolSpec,
  input: JobInput,
  options: Asker & { readonly signal: AbortSignal; readonly onLine: (line: string) => void },
) => Promise<Outcome>;

export interface Timers {
  /** Rejects when the signal fires. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const JOB_STATES = ["running", "succeeded", "failed", "stopped", "lost"] as const;
export type JobState = (typeof JOB_STATES)[number];

const reading = z.string().nullable();

/** A job as it is shown and stored. Times are RFC 3339 in UTC. */
export const jobRecord = z.looseObject({
  id: z.string(),
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()).describe("Secret ones are ***, long ones are cut"),
  state: z.enum(JOB_STATES).describe("lost: the hub stopped while it ran, and what became of it is unknown"),
  started_at: z.string(),
  ended_at: reading,
  restarts: z.number().describe("How often a repeated command has run again"),
  failures: z.number().describe("Failed runs in a row"),
  next_run_at: reading,
  reason: reading.describe("How the last run ended: exit, timeout, cancelled, output_limit, spawn_error or fail_on"),
  exit_code: z.number().nullable(),
  signal: reading,
  verdict: reading,
  duration_ms: z.number().nullable().describe("Of the last run"),
  message: reading.describe("Why it ended, when the command does not say"),
});

export type JobRecord = z.output<typeof jobRecord>;

export interface JobStarted {
  readonly job_id: string;
  /** The whole answer. */
  readonly text: string;
  /** False: it was running already. */
  readonly is_new: boolean;
}

export interface AdoptRequest extends Asker {
  readonly spec: ToolSpec;
  readonly input: JobInput;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}
