// Numbers and names that decisions are made from: storms, budgets, what is to be analysed again, health.
import { z } from "zod";
import { STATES } from "../../core/report-desk.ts";
import type { Report, Stats } from "./contract.ts";
import type { Tx } from "./engine.ts";
import { numberIn, toReport } from "./row.ts";

export async function countFingerprints(tx: Tx, namespace: string, sinceMs: number): Promise<number> {
  const [row] = await tx.all(
    "select count(distinct fingerprint) as n from hub_reports where namespace = ? and created_at >= ?",
    namespace,
    sinceMs,
  );
  return numberIn(row);
}

const groupRow = z.object({ group_key: z.string() });

/** Newest is the group that a report joined last. */
export async function newestGroup(
  tx: Tx,
  namespace: string,
  prefix: string,
  sinceMs: number,
): Promise<string | undefined> {
  const [row] = await tx.all(
    `select group_key from hub_reports where namespace = ? and created_at >= ? and substr(group_key, 1, ?) = ?
      order by group_turn desc, seq desc limit 1`,
    namespace,
    sinceMs,
    // Both databases count characters, not UTF-16 units.
    Array.from(prefix).length,
    prefix,
  );
  return row === undefined ? undefined : groupRow.parse(row).group_key;
}

export async function unanalysed(tx: Tx, sinceMs: number, limit: number): Promise<Report[]> {
  const rows = await tx.all(
    `select * from hub_reports where seq in
      (select seq from hub_reports where state = 'filed' and analysis = 'fallback' and outcome = 'created' and created_at >= ?
        order by seq desc limit ?) order by seq desc`,
    sinceMs,
    limit,
  );
  return rows.map(toReport);
}

export async function tokensSince(tx: Tx, sinceMs: number): Promise<number> {
  const [row] = await tx.all("select sum(tokens) as n from hub_tokens where at >= ?", sinceMs);
  return numberIn(row);
}

const stateRow = z.object({ state: z.enum(STATES), n: z.coerce.number() });

export async function stats(tx: Tx): Promise<Stats> {
  const rows = await tx.all("select state, count(*) as n from hub_reports group by state");
  // A try that runs has not failed yet.
  const [oldest] = await tx.all(
    `select state_at as n from hub_reports where state = 'filing'
      and attempts > case when lease_owner is null then 0 else 1 end order by state_at limit 1`,
  );
  return {
    byState: Object.fromEntries(rows.map((row) => stateRow.parse(row)).map(({ state, n }) => [state, n])),
    outboxSince: oldest === undefined ? undefined : numberIn(oldest),
  };
}
