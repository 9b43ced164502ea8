// A report comes in, and reports are looked at.
import { z } from "zod";
import type { ListFilter, NewReport, Report, TimelineRow } from "./contract.ts";
import { addToTimeline, onlyReport } from "./change.ts";
import type { Engine, Row, Tx, Value } from "./engine.ts";
import { numberIn, toReport, toStored, toTimelineRow, type StoredReport } from "./row.ts";

/** A stored target that names a cluster begins with it (see accept): the databases have no word for JSON in common. */
const IS_LOCAL = `target not like '{"cluster":%'`;

export async function accept(
  engine: Engine,
  tx: Tx,
  report: NewReport,
  { now, sinceMs }: { now: number; sinceMs: number },
): Promise<{ report: Report; isNew: boolean }> {
  await engine.lock(tx, report.key);
  const [known] = await tx.all(
    `select * from hub_reports where report_key = ? and created_at >= ? and state not in ('dead', 'cancelled')
      order by seq desc limit 1`,
    report.key,
    sinceMs,
  );
  if (known !== undefined) return { report: toReport(known), isNew: false };
  const rows = await tx.all(
    `insert into hub_reports (id, report_key, state, created_at, updated_at, state_at, due_at, attempts, namespace, target,
      identity, tokens, violations, is_cancelling)
      values (?, ?, 'received', ?, ?, ?, ?, 0, ?, ?, ?, 0, '[]', 0) returning *`,
    report.id,
    report.key,
    now,
    now,
    now,
    now,
    report.target.namespace,
    JSON.stringify({ cluster: report.target.cluster, ...report.target }),
    report.identity,
  );
  const stored = onlyReport(rows);
  await addToTimeline(tx, stored, now, "accepted");
  return { report: stored, isNew: true };
}

/** With the engine's word to hold it, when it is about to be changed. */
export async function find(tx: Tx, id: string, forUpdate = ""): Promise<StoredReport | undefined> {
  const [row] = await tx.all(`select * from hub_reports where id = ?${forUpdate}`, id);
  return row === undefined ? undefined : toStored(row);
}

export async function list(tx: Tx, filter: ListFilter): Promise<{ reports: Report[]; total: number }> {
  const conditions = ["1 = 1"];
  const values: Value[] = [];
  const only = (condition: string, value: Value) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  only("state = ?", filter.state);
  only("namespace = ?", filter.namespace);
  only("created_at >= ?", filter.sinceMs);
  if (filter.namespaces !== undefined) {
    conditions.push(IS_LOCAL, `namespace in (${filter.namespaces.map(() => "?").join(", ") || "null"})`);
    values.push(...filter.namespaces);
  }
  // The total is that of all pages.
  const total = numberIn(
    (await tx.all(`select count(*) as n from hub_reports where ${conditions.join(" and ")}`, ...values))[0],
  );
  only("seq < ?", filter.beforeSeq);
  // Sorted by numbers alone: a report has a draft of many kilobytes.
  const rows = await tx.all(
    `select * from hub_reports where seq in
      (select seq from hub_reports where ${conditions.join(" and ")} order by seq desc limit ?) order by seq desc`,
    ...values,
    filter.limit,
  );
  return { reports: rows.map(toReport), total };
}

const namespaceRow = z.object({ namespace: z.string() });

export async function namespaces(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.all(
    `select distinct namespace from hub_reports where ${IS_LOCAL} order by namespace limit ?`,
    limit,
  );
  return rows.map((row) => namespaceRow.parse(row).namespace);
}

export async function timeline(tx: Tx, id: string): Promise<TimelineRow[]> {
  const rows = await tx.all(
    `select t.at, t.state, t.note from hub_timeline t join hub_reports r on r.seq = t.seq where r.id = ? order by t.row_id`,
    id,
  );
  return rows.map(toTimelineRow);
}

export async function evidenceRow(tx: Tx, id: string): Promise<Row | undefined> {
  const [row] = await tx.all(
    "select e.data from hub_evidence e join hub_reports r on r.seq = e.seq where r.id = ?",
    id,
  );
  return row;
}
