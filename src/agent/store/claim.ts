// Workers take reports: fairly between namespaces, never the same one twice, a group's leader before its followers.
import { z } from "zod";
import type { Claim, ReportChange, Wanted } from "./contract.ts";
import { ACTIVE, changed, oneOf, write } from "./change.ts";
import type { Engine, Tx, Value } from "./engine.ts";
import { toReport, toStored, type StoredReport } from "./row.ts";
import type { Turns } from "./turns.ts";

const candidateRow = z.object({ seq: z.coerce.number(), namespace: z.string(), round: z.coerce.number() });
/** Others may take candidates before us, so we look at more than we want. */
const SPARE = 32;
/** Longer than anything is ever put off: what seems to wait beyond it was dated by a clock that went wrong. */
const NEVER_MS = 2 * 3_600_000;

/** `token` makes the owner's claim unlike its earlier ones, so that a worker that slept too long is told apart. */
export async function claim(engine: Engine, tx: Tx, turns: Turns, wanted: Wanted, token: string): Promise<Claim[]> {
  await endCancelled(engine, tx, wanted.now);
  const lane = wanted.states.join();
  const owner = `${wanted.owner}/${token}`;
  const claims: Claim[] = [];
  const { condition, values } = claimable(wanted);
  for (const { seq, namespace } of turns.order(lane, await candidates(tx, wanted))) {
    if (claims.length === wanted.limit) break;
    // One at a time, so that no row is held that is not taken: another worker would pass it by.
    const [row] = await tx.all(
      `update hub_reports set lease_owner = ?, lease_until = ?, attempts = attempts + 1 where seq =
        (select r.seq from hub_reports r where r.seq = ? and ${condition}${engine.skipLocked}) returning *`,
      owner,
      wanted.now + wanted.leaseMs,
      seq,
      ...values,
    );
    if (row === undefined) continue;
    claims.push({ report: toReport(row), owner });
    turns.served(lane, namespace);
  }
  return claims;
}

async function candidates(tx: Tx, wanted: Wanted) {
  const { condition, values } = claimable(wanted);
  const rows = await tx.all(
    `select seq, namespace, round from (
        select r.seq, r.namespace, row_number() over (partition by r.namespace order by r.seq) as round
        from hub_reports r where ${condition}
      ) ranked where round <= ? order by round, seq limit 2000`,
    ...values,
    wanted.limit + SPARE,
  );
  return rows.map((row) => candidateRow.parse(row));
}

function claimable({ states, stateBefore, isLeader = false, now }: Wanted): { condition: string; values: Value[] } {
  const conditions = [
    `r.state in (${oneOf(states)})`,
    "(r.due_at <= ? or r.due_at > ?)",
    "(r.lease_until is null or r.lease_until <= ? or r.lease_until > ?)",
    "r.is_cancelling = 0",
  ];
  const values: Value[] = [now, now + NEVER_MS, now, now + NEVER_MS];
  if (stateBefore !== undefined) {
    conditions.push("r.state_at < ?");
    values.push(stateBefore);
  }
  if (isLeader) {
    conditions.push(`not exists (select 1 from hub_reports e where e.group_key = r.group_key and e.group_turn < r.group_turn
      and e.issue is null and e.state in (${oneOf(ACTIVE)}))`);
  }
  return { condition: conditions.join(" and "), values };
}

/** Reports whose worker vanished after an operator had asked for their end. */
async function endCancelled(engine: Engine, tx: Tx, now: number): Promise<void> {
  const rows = await tx.all(
    `select * from hub_reports where is_cancelling = 1 and lease_until <= ? limit 100${engine.skipLocked}`,
    now,
  );
  for (const row of rows) await endAsCancelled(tx, toStored(row), now);
}

/** A report whose issue exists was only to be analysed again: it stays filed. */
export async function endAsCancelled(tx: Tx, stored: StoredReport, now: number, tokens = 0) {
  const { report } = stored;
  const note =
    report.issue === undefined ? "cancelled by an operator" : "its new analysis was cancelled by an operator";
  const change: ReportChange =
    report.issue === undefined
      ? { state: "cancelled", tokens }
      : { state: "filed", tokens, analysis: "fallback", intent: null, lastError: note };
  return await write(tx, stored, { ...changed(report, change, { now, note }), isCancelling: false }, undefined, note);
}
