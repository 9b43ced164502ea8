// What becomes of a filing that failed: it waits and is tried again, loses its optional parts, or is given up aloud.
import { ToolFailure } from "../../core/failure.ts";
import { LeaseLost, type Claim, type ReportChange } from "../store/contract.ts";
import { errorLine, giveUp, pass, type Parts } from "./parts.ts";

export const NO_TRACKER = "no issue tracker: set GITEA_HOST and GITEA_ACCESS_TOKEN, or MCP_GITEA_URL";
const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;
/** A Retry-After beyond this is taken for an hour. */
const LONGEST_ASKED_MS = 3_600_000;
/** The tracker will not take this text, however often it is asked. */
/** A tracker that did not answer in time may be so much slower still: a try is dated ahead by this. */
const SLOW_MS = 50_000;
const REFUSALS = [400, 413, 422];
/** A proxy's word: what stands behind it may still be at work. */
const UNANSWERED = [502, 504];

/** One try to file a report, and what is known of it when it fails. */
export interface Attempt {
  claim: Claim;
  /** A write of this or an earlier try may have happened: whoever tries again looks for the marker first. */
  mayHaveWritten: boolean;
  /** Of a write that failed: did the tracker answer? Then what it may have written is there by now. */
  isAnswered?: boolean | undefined;
  /** It did not answer within our own time limit. */
  isSlow?: boolean | undefined;
}

export const backoffMs = (attempts: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, attempts - 1)));

const waitOf = ({ claim }: Attempt): number => backoffMs(claim.report.attempts);

/** Passes the report on with what happened. Throws what is not the tracker's doing. */
export async function filingFailed(parts: Parts, attempt: Attempt, error: unknown, signal: AbortSignal): Promise<void> {
  if (error instanceof LeaseLost || signal.aborted || !(error instanceof ToolFailure)) throw error;
  const { http_status: status, hint, may_have_written: mayHaveWritten } = error.details;
  attempt.mayHaveWritten ||= mayHaveWritten === true;
  const isReply = typeof status === "number" && !UNANSWERED.includes(status);
  attempt.isAnswered = mayHaveWritten === true ? isReply : undefined;
  attempt.isSlow = error.kind === "timeout";
  parts.meters.filingFailed(typeof status === "number" ? String(status) : error.kind);
  const said = typeof hint === "string" && !attempt.mayHaveWritten ? `${error.message}; ${hint}` : error.message;
  if (typeof status === "number" && REFUSALS.includes(status)) return refused(parts, attempt, said);
  await postpone(parts, attempt, said, Math.max(waitOf(attempt), retryAfterMs(error)));
}

/** Waits for the next try, or is dead after three days of them. */
export async function postpone(parts: Parts, attempt: Attempt, why: string, waitMs = waitOf(attempt)): Promise<void> {
  const { clock, limits } = parts;
  const { report } = attempt.claim;
  const now = clock.now();
  const isWaiting = report.state === "filing";
  if (isWaiting && now - report.stateAt > limits.outboxMs) {
    return giveUp(parts, attempt.claim, `the issue could not be filed in time: ${why}`);
  }
  const change: ReportChange = {
    ...(isWaiting ? {} : { state: "filing" }),
    ...intentAfter(attempt, now),
    dueAt: now + waitMs,
    lastError: errorLine(parts, why),
  };
  await pass(parts, attempt.claim, change, `tried again in ${Math.ceil(waitMs / 1_000)} s: ${why}`);
}

/** What the next try has to know: nothing, that it must look first, or that what it looks for may be late. */
function intentAfter({ claim, mayHaveWritten, isAnswered, isSlow }: Attempt, now: number): ReportChange {
  const { intent } = claim.report;
  if (!mayHaveWritten) return { intent: null };
  if (intent === undefined || isAnswered === undefined) return {};
  return { intent: { ...intent, sentAt: isAnswered ? undefined : now + (isSlow === true ? SLOW_MS : 0) } };
}

async function refused(parts: Parts, { claim, mayHaveWritten }: Attempt, said: string): Promise<void> {
  const { draft, intent } = claim.report;
  const isOptional = draft !== undefined && draft.labels.length > 0 && intent?.action !== "comment";
  if (!isOptional) {
    return giveUp(parts, claim, `the tracker refuses the text: ${said}`, mayHaveWritten ? {} : { intent: null });
  }
  const change = { draft: { ...draft, labels: [] }, intent: null, dueAt: parts.clock.now() };
  await pass(parts, claim, change, `without labels once more: ${said}`);
}

function retryAfterMs({ details }: ToolFailure): number {
  const seconds = details["retry_after_seconds"];
  return typeof seconds === "number" ? Math.min(LONGEST_ASKED_MS, seconds * 1_000) : 0;
}
