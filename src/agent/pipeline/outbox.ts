// What becomes of a filing that failed: it waits and is tried again, loses its optional parts, or is given up aloud.
import { ToolFailure } from "../../core/failure.ts";
import { LeaseLost, type Claim, type ReportChange } from "../store/contract.ts";
import { errorLine, giveUp, pass, type Parts } from "./parts.ts";

export const NO_TRACKER = "no issue tracker: set GITEA_HOST and GITEA_ACCESS_TOKEN";
const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;
/** A Retry-After beyond this is taken for an hour. */
const LONGEST_ASKED_MS = 3_600_000;
/** The tracker will not take this text, however often it is asked. */
const REFUSALS = [400, 413, 422];

/** One try to file a report, and what is known of it when it fails. */
export interface Attempt {
  claim: Claim;
  /** A write of this or an earlier try may have happened: whoever tries again looks for the marker first. */
  mayHaveWritten: boolean;
}

export const backoffMs = (attempts: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, attempts - 1)));

/** Passes the report on with what happened. Throws what is not the tracker's doing. */
export async function filingFailed(parts: Parts, attempt: Attempt, error: unknown, signal: AbortSignal): Promise<void> {
  if (error instanceof LeaseLost || signal.aborted || !(error instanceof ToolFailure)) throw error;
  const { claim } = attempt;
  const { http_status: status, hint, may_have_written: mayHaveWritten } = error.details;
  attempt.mayHaveWritten ||= mayHaveWritten === true;
  parts.meters.filingFailed(typeof status === "number" ? String(status) : error.kind);
  const said = typeof hint === "string" && !attempt.mayHaveWritten ? `${error.message}; ${hint}` : error.message;
  if (typeof status === "number" && REFUSALS.includes(status)) return refused(parts, claim, said);
  await postpone(parts, attempt, said, retryAfterMs(error));
}

/** Waits for the next try, or is dead after three days of them. */
export async function postpone(parts: Parts, attempt: Attempt, why: string, atLeastMs = 0): Promise<void> {
  const { clock, limits } = parts;
  const { report } = attempt.claim;
  const now = clock.now();
  const isWaiting = report.state === "filing";
  if (isWaiting && now - report.stateAt > limits.outboxMs) {
    return end(parts, attempt.claim, `the issue could not be filed in time: ${why}`);
  }
  const waitMs = Math.max(backoffMs(report.attempts), atLeastMs);
  const change: ReportChange = {
    ...(isWaiting ? {} : { state: "filing" }),
    ...(attempt.mayHaveWritten ? {} : { intent: null }),
    dueAt: now + waitMs,
    lastError: errorLine(parts, why),
  };
  await pass(parts, attempt.claim, change, `tried again in ${Math.ceil(waitMs / 1_000)} s: ${why}`);
}

async function refused(parts: Parts, claim: Claim, said: string): Promise<void> {
  const { draft, intent } = claim.report;
  const isOptional = draft !== undefined && draft.labels.length > 0 && intent?.action !== "comment";
  if (!isOptional) return end(parts, claim, `the tracker refuses the text: ${said}`);
  const change = { draft: { ...draft, labels: [] }, intent: null, dueAt: parts.clock.now(), lastError: said };
  await pass(parts, claim, change, `without labels once more: ${said}`);
}

/** An issue that exists keeps its text; a report without one is dead. */
async function end(parts: Parts, claim: Claim, why: string): Promise<void> {
  if (claim.report.issue === undefined) return giveUp(parts, claim, why);
  const lastError = errorLine(parts, `not analysed again: ${why}`);
  await pass(parts, claim, { state: "filed", analysis: "fallback", intent: null, lastError }, why);
}

function retryAfterMs({ details }: ToolFailure): number {
  const seconds = details["retry_after_seconds"];
  return typeof seconds === "number" ? Math.min(LONGEST_ASKED_MS, seconds * 1_000) : 0;
}
