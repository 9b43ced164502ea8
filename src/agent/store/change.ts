// How a change alters a report, decided once for both databases: a pure function, and the one UPDATE that writes its result.
import type { ReportState } from "../../core/report-desk.ts";
import type { Report, ReportChange } from "./contract.ts";
import type { Tx } from "./engine.ts";
import { numberIn, toStored, type StoredReport } from "./row.ts";

export const ACTIVE: readonly ReportState[] = ["collected", "waiting_llm", "analyzing", "drafted", "filing"];
export const ENDED: readonly ReportState[] = ["filed", "dead", "cancelled"];
const TIMELINE_ROWS = 200;
/** A model that breaks the rules again and again tells nothing new. */
const VIOLATIONS = 200;

/** Quoted words for `in (...)`. */
export const oneOf = (states: readonly ReportState[]): string => states.map((state) => `'${state}'`).join(", ");

export interface Step {
  readonly now: number;
  readonly note: string;
  readonly keep?: boolean;
}

export function changed(report: Report, change: ReportChange, { now, keep = false }: Step): Report {
  const { state = report.state, evidence: _evidence, ...members } = change;
  const isNewState = state !== report.state;
  return {
    ...report,
    state,
    updatedAt: now,
    stateAt: isNewState ? now : report.stateAt,
    dueAt: members.dueAt ?? (isNewState ? now : report.dueAt),
    attempts: isNewState ? Number(keep) : report.attempts,
    identity: members.identity ?? report.identity,
    fingerprint: members.fingerprint ?? report.fingerprint,
    group: members.group ?? report.group,
    category: members.category ?? report.category,
    cause: members.cause ?? report.cause,
    analysis: members.analysis ?? report.analysis,
    draft: kept(members.draft, report.draft),
    intent: kept(members.intent, report.intent),
    outcome: members.outcome ?? report.outcome,
    issue: members.issue ?? report.issue,
    commentId: kept(members.commentId, report.commentId),
    tokens: report.tokens + (members.tokens ?? 0),
    lastError: kept(members.lastError, report.lastError),
    violations: [...report.violations, ...(members.violations ?? [])].slice(-VIOLATIONS),
  };
}

/** Undefined stays, null clears. */
function kept<T>(next: T | null | undefined, present: T | undefined): T | undefined {
  return next === undefined ? present : (next ?? undefined);
}

/** Writes a report over `before`, with one row of its timeline. */
export async function write(
  tx: Tx,
  before: StoredReport,
  next: Report,
  lease: StoredReport["lease"],
  note: string,
): Promise<Report> {
  const turn = await groupTurn(tx, before, next);
  const rows = await tx.all(
    `update hub_reports set state = ?, updated_at = ?, state_at = ?, due_at = ?, attempts = ?, identity = ?, fingerprint = ?,
      group_key = ?, group_turn = ?, category = ?, cause = ?, analysis = ?, draft = ?, intent = ?, outcome = ?, issue = ?,
      comment_id = ?, tokens = ?, last_error = ?, violations = ?, is_cancelling = ?, lease_owner = ?, lease_until = ?
      where seq = ? returning *`,
    next.state,
    next.updatedAt,
    next.stateAt,
    next.dueAt,
    next.attempts,
    next.identity,
    next.fingerprint,
    next.group,
    turn,
    next.category,
    next.cause,
    next.analysis,
    json(next.draft),
    json(next.intent),
    next.outcome,
    json(next.issue),
    next.commentId,
    next.tokens,
    next.lastError,
    JSON.stringify(next.violations),
    Number(next.isCancelling),
    lease?.owner,
    lease?.until,
    next.seq,
  );
  await addToTimeline(tx, next, next.updatedAt, note);
  await cutTimeline(tx, next.seq);
  const spent = next.tokens - before.report.tokens;
  if (spent > 0) await tx.all("insert into hub_tokens (at, tokens) values (?, ?)", next.updatedAt, spent);
  return onlyReport(rows);
}

export function onlyReport(rows: readonly Readonly<Record<string, unknown>>[]): Report {
  const [row] = rows;
  if (row === undefined) throw new Error("the store lost a row that it had just written");
  return toStored(row).report;
}

const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

export async function addToTimeline(tx: Tx, report: Report, at: number, note: string): Promise<void> {
  await tx.all(
    "insert into hub_timeline (seq, at, state, note) values (?, ?, ?, ?)",
    report.seq,
    at,
    report.state,
    note,
  );
}

async function cutTimeline(tx: Tx, seq: number): Promise<void> {
  await tx.all(
    `delete from hub_timeline where seq = ? and row_id <=
      (select row_id from hub_timeline where seq = ? order by row_id desc limit 1 offset ${TIMELINE_ROWS})`,
    seq,
    seq,
  );
}

/** Is it on its way to the first issue of its group? */
const isActive = (report: Report): boolean =>
  report.group !== undefined && report.issue === undefined && ACTIVE.includes(report.state);

/**
 * A report that comes to be on its way in a group stands behind those that are. The counter's row is locked until the commit,
 * so turns are given in the order of commits, and whoever sees a report sees all that stand before it.
 */
async function groupTurn(tx: Tx, { report, groupTurn }: StoredReport, next: Report): Promise<number | undefined> {
  if (!isActive(next) || (isActive(report) && report.group === next.group)) return groupTurn;
  const [row] = await tx.all(
    "update hub_counters set value = value + 1 where name = 'group_turn' returning value as n",
  );
  return numberIn(row);
}
