// What a group's issue stands for, and how a filing ends.
import type { Claim, Filed, GroupIssue, Report } from "./contract.ts";
import { changed, write } from "./change.ts";
import type { Engine, Tx } from "./engine.ts";
import { numberIn, toGroupIssue, toReport, toStored, type StoredReport } from "./row.ts";
import { held } from "./work.ts";

export async function groupIssue(
  tx: Tx,
  { owner, repo }: { owner: string; repo: string },
  group: string,
): Promise<GroupIssue | undefined> {
  const [row] = await tx.all(
    "select * from hub_groups where owner = ? and repo = ? and group_key = ?",
    owner,
    repo,
    group,
  );
  return row === undefined ? undefined : toGroupIssue(row);
}

const WAITING = "state = 'collected' and (lease_until is null or lease_until <= ?)";

export async function followers(tx: Tx, group: string, limit: number, now: number): Promise<Report[]> {
  const rows = await tx.all(
    `select * from hub_reports where group_key = ? and ${WAITING} order by seq limit ?`,
    group,
    now,
    limit,
  );
  return rows.map(toReport);
}

export async function commented(
  tx: Tx,
  commentId: number,
  limit: number,
): Promise<{ reports: Report[]; total: number }> {
  const [count] = await tx.all("select count(*) as n from hub_reports where comment_id = ?", commentId);
  const rows = await tx.all(
    "select * from hub_reports where comment_id = ? order by seq desc limit ?",
    commentId,
    limit,
  );
  return { reports: rows.map(toReport), total: numberIn(count) };
}

interface Step {
  readonly now: number;
  readonly note: string;
}

/** Undefined when another has the lease. An operator's wish to cancel comes too late here: the issue is there. */
export async function file(
  engine: Engine,
  tx: Tx,
  claim: Claim,
  filed: Filed,
  step: Step,
): Promise<Report | undefined> {
  const stored = await held(engine, tx, claim);
  if (stored === undefined) return undefined;
  const { report: before } = stored;
  const following =
    before.group === undefined ? [] : await waiting(engine, tx, before.group, filed.followers, step.now);
  // A report that has its issue already was counted when it got it.
  const counted = before.issue === undefined ? [stored, ...following] : following;
  const { outcome, issue, analysis, comment } = filed;
  const end = { state: "filed", issue, intent: null, lastError: null, ...(analysis && { analysis }) } as const;

  const own = { ...end, outcome, ...(comment && outcome !== "created" && { commentId: comment.id }) };
  const report = await finish(tx, stored, own, step);
  const theirs = {
    ...end,
    outcome: comment ? ("commented" as const) : ("recorded" as const),
    ...(comment && { commentId: comment.id }),
  };
  const note = `occurrence of #${issue.number}, filed with report ${before.id}`;
  for (const follower of following) await finish(tx, follower, theirs, { now: step.now, note });
  if (before.group !== undefined) await countInGroup(tx, before, before.group, filed, counted, step.now);
  return report;
}

async function finish(tx: Tx, stored: StoredReport, change: Parameters<typeof changed>[1], step: Step) {
  const next = { ...changed(stored.report, change, step), isCancelling: false };
  return await write(tx, stored, next, undefined, step.note);
}

async function waiting(engine: Engine, tx: Tx, group: string, ids: readonly string[], now: number) {
  const found: StoredReport[] = [];
  for (const id of ids) {
    const [row] = await tx.all(
      `select * from hub_reports where id = ? and group_key = ? and ${WAITING}${engine.skipLocked}`,
      id,
      group,
      now,
    );
    if (row !== undefined) found.push(toStored(row));
  }
  return found;
}

async function countInGroup(
  tx: Tx,
  report: Report,
  group: string,
  { issue, comment, isNewIssue }: Filed,
  counted: readonly StoredReport[],
  now: number,
): Promise<void> {
  const times = counted.map(({ report }) => report.createdAt);
  const present = await groupIssue(tx, issue, group);
  const base = isNewIssue || present === undefined ? undefined : present;
  const next = {
    reportId: base?.reportId ?? report.id,
    firstAt: base?.firstAt ?? Math.min(report.createdAt, ...times),
    lastAt: Math.max(base?.lastAt ?? report.createdAt, ...times),
    occurrences: (base?.occurrences ?? Number(!counted.some((one) => one.report.seq === report.seq))) + counted.length,
    commentId: comment?.id ?? base?.commentId,
    commentAt:
      comment?.isNew === true ? now : comment?.id === base?.commentId || comment === undefined ? base?.commentAt : now,
  };
  await tx.all(
    `insert into hub_groups (owner, repo, group_key, number, url, report_id, first_at, last_at, occurrences, comment_id, comment_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict (owner, repo, group_key) do update set number = excluded.number, url = excluded.url,
        report_id = excluded.report_id, first_at = excluded.first_at, last_at = excluded.last_at,
        occurrences = excluded.occurrences, comment_id = excluded.comment_id, comment_at = excluded.comment_at`,
    issue.owner,
    issue.repo,
    group,
    issue.number,
    issue.url,
    next.reportId,
    next.firstAt,
    next.lastAt,
    next.occurrences,
    next.commentId,
    next.commentAt,
  );
}
