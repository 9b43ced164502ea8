// What keeps the store small, and the question whether it can be written.
import { z } from "zod";
import { ENDED, oneOf } from "./change.ts";
import type { Engine, Tx } from "./engine.ts";
import { numberIn } from "./row.ts";

/** Small enough not to hold up what waits behind it: some ten milliseconds. */
const ROWS_AT_ONCE = 100;
/** Bounds one call; the next one goes on. */
const ROUNDS = 5;
/** An issue that stays open for long must not be filed a second time when its reports are gone. */
const KEEP_GROUPS_MS = 365 * 86_400_000;

const seqRow = z.object({ seq: z.coerce.number() });
const sizeRow = seqRow.extend({ bytes: z.coerce.number() });

export async function purge(engine: Engine, endedBefore: number, maxEvidenceBytes: number): Promise<number> {
  let gone = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const deleted = await engine.run((tx) => deleteEnded(engine, tx, endedBefore));
    gone += deleted;
    if (deleted < ROWS_AT_ONCE) break;
  }
  for (let round = 0; round < ROUNDS; round++) {
    const deleted = await engine.run((tx) => deleteOldestEvidence(tx, maxEvidenceBytes));
    if (deleted < ROWS_AT_ONCE) break;
  }
  await engine.run(async (tx) => {
    await tx.all("delete from hub_tokens where at < ?", endedBefore);
    await tx.all("delete from hub_groups where last_at < ?", endedBefore - KEEP_GROUPS_MS);
  });
  return gone;
}

async function deleteEnded(engine: Engine, tx: Tx, endedBefore: number): Promise<number> {
  const rows = await tx.all(
    `select seq from hub_reports where state in (${oneOf(ENDED)}) and state_at < ? order by seq limit ${ROWS_AT_ONCE}${engine.skipLocked}`,
    endedBefore,
  );
  for (const row of rows) await tx.all("delete from hub_reports where seq = ?", seqRow.parse(row).seq);
  return rows.length;
}

async function deleteOldestEvidence(tx: Tx, maxEvidenceBytes: number): Promise<number> {
  const [sum] = await tx.all("select sum(bytes) as n from hub_evidence");
  let excess = numberIn(sum) - maxEvidenceBytes;
  if (excess <= 0) return 0;
  const rows = await tx.all(
    `select e.seq, e.bytes from hub_evidence e join hub_reports r on r.seq = e.seq
      where r.state in (${oneOf(ENDED)}) order by e.seq limit ${ROWS_AT_ONCE}`,
  );
  let deleted = 0;
  for (const row of rows) {
    if (excess <= 0) return deleted;
    const { seq, bytes } = sizeRow.parse(row);
    await tx.all("delete from hub_evidence where seq = ?", seq);
    excess -= bytes;
    deleted += 1;
  }
  return deleted;
}

/** Writes for good, so that a full disk shows: a rolled back row might never have left the memory. */
export async function probe(tx: Tx, now: number): Promise<void> {
  await tx.all("insert into hub_probe (at) values (?)", now);
  await tx.all("delete from hub_probe");
}
