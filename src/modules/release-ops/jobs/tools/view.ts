// How a job is shown, and what all job tools are made from.
import { z } from "zod";
import type { ToolSpec } from "../../catalog/types.ts";
import type { Asking } from "../../runs/confirm.ts";
import type { Job } from "../job.ts";
import type { Jobs } from "../jobs.ts";
import { jobRecord, type JobInput, type JobRecord, type RunOutcome } from "../types.ts";

export interface JobToolOptions<Outcome extends RunOutcome> {
  readonly jobs: Jobs<Outcome>;
  /** The catalogue's, as it is now. */
  readonly tools: () => ReadonlyMap<string, ToolSpec>;
  readonly inputOf: (spec: ToolSpec) => z.ZodObject;
  /** Before a job is made: what it may run with. @throws ToolFailure, or NeedsInput when a person is to confirm it first */
  readonly admit: (spec: ToolSpec, input: JobInput, asking: Asking) => JobInput;
}

export const jobId = z
  .string()
  .max(40)
  .regex(/^job-[0-9a-f-]+$/)
  .describe("Id of the job, such as job-1a2b3c4d-5e6f");

export const jobView = jobRecord.extend({
  lines: z.number().describe("Lines that it has written so far"),
  dropped_lines: z.number().describe("Of these, the oldest ones that are gone"),
  result: z.string().optional().describe("Of a tool that answers in JSON: its answer, at most 16 KiB"),
});

export function viewOf<Outcome extends RunOutcome>({ record, log, result }: Job<Outcome>): z.output<typeof jobView> {
  const counts = { lines: log.total, dropped_lines: log.dropped };
  return { ...record, ...counts, ...(result === undefined ? {} : { result }) };
}

/** One row of a list. */
export const rowOf = ({ record }: { readonly record: JobRecord }) => ({
  id: record.id,
  tool: record.tool,
  state: record.state,
  started_at: record.started_at,
  ended_at: record.ended_at,
  exit_code: record.exit_code,
  verdict: record.verdict,
  restarts: record.restarts,
});
