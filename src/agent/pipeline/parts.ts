// What every lane holds in its hands, and the one way to move a report on: committed, counted, logged, told.
import { oneLine } from "../../core/clip.ts";
import type { ReportState } from "../../core/report-desk.ts";
import type { Claim, Filed, Report, ReportChange } from "../store/contract.ts";
import type { Changes } from "./changes.ts";
import type { Meters } from "./metrics.ts";
import type { PipelineOptions } from "./options.ts";

export interface Parts extends PipelineOptions {
  /** This process, for leases. */
  readonly owner: string;
  readonly changes: Changes;
  readonly meters: Meters;
  /** What the last call of the model taught. */
  readonly model: { hasAnswered: boolean };
}

/** Tries of one state that ended without any result, such as a crash of the process; then the lane takes the safe way. */
export const MAX_TRIES = 5;
const MAX_ERROR = 500;

export const ENDED: readonly ReportState[] = ["filed", "dead", "cancelled"];

/** Commits a change and keeps the lease. @throws LeaseLost */
export const keep = (parts: Parts, claim: Claim, change: ReportChange, note: string): Promise<Claim> =>
  commit(parts, claim, change, note, true);

/** Commits a change and gives the report back. @throws LeaseLost */
export const pass = (parts: Parts, claim: Claim, change: ReportChange, note: string): Promise<Claim> =>
  commit(parts, claim, change, note, false);

/** Gives the report up, aloud: the operator may /retry it. One whose issue exists stays filed, with the text that it has. */
export async function giveUp(parts: Parts, claim: Claim, reason: string, known: ReportChange = {}): Promise<void> {
  if (claim.report.issue !== undefined) return void (await pass(parts, claim, notAgain(parts, reason), reason));
  const { report } = await pass(parts, claim, { ...known, state: "dead", lastError: errorLine(parts, reason) }, reason);
  parts.log.error(
    { report: report.id, reason: report.lastError },
    "a report is dead; retry it when its cause is mended",
  );
}

/** What becomes of a report whose issue exists, and does not get the model's words. */
export function notAgain(parts: Parts, reason: string): ReportChange {
  const lastError = errorLine(parts, `not analysed again: ${reason}`);
  return { state: "filed", analysis: "fallback", intent: null, lastError };
}

/** Ends a filing, its followers with it. @throws LeaseLost */
export async function finish(parts: Parts, claim: Claim, filed: Filed, note: string): Promise<void> {
  const now = parts.clock.now();
  const report = await parts.store.file(claim, filed, { now, note });
  told(parts, claim.report, report, note);
  for (const id of filed.followers) {
    parts.log.debug({ report: id, state: "filed", note: `with report ${report.id}` }, "report");
    parts.changes.announce({ id, state: "filed" });
  }
  parts.meters.outcome(filed.outcome, report.analysis, 1 + filed.followers.length);
}

async function commit(parts: Parts, claim: Claim, change: ReportChange, note: string, isKept: boolean): Promise<Claim> {
  const { store, clock } = parts;
  const step = { now: clock.now(), note: oneLine(note, MAX_ERROR), keep: isKept };
  const report = await store.save(claim, change, step);
  told(parts, claim.report, report, step.note);
  return { ...claim, report };
}

/** Counts, logs and announces what was committed. */
export function told({ clock, log, meters, changes }: Parts, before: Report, after: Report, note: string): void {
  const { id, state } = after;
  if (state !== before.state) meters.left(before.state, clock.now() - before.stateAt);
  log.debug({ report: id, state, note }, "report");
  changes.announce({ id, state });
}

/** One safe line for `last_error`. */
export const errorLine = ({ redactor }: Pick<Parts, "redactor">, text: string): string =>
  oneLine(redactor.redact(text).text, MAX_ERROR);
