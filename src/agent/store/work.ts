// What workers and operators do to a report. Undefined means that it is not theirs to change.
import type { Claim, Report, ReportChange } from "./contract.ts";
import { addToTimeline, changed, ENDED, onlyReport, write, type Step } from "./change.ts";
import { endAsCancelled } from "./claim.ts";
import type { Engine, Tx } from "./engine.ts";
import { find } from "./intake.ts";
import { toStored, type StoredReport } from "./row.ts";

/** The report, held until the commit, if this claim still has it. */
export async function held(engine: Engine, tx: Tx, { report, owner }: Claim): Promise<StoredReport | undefined> {
  const stored = await find(tx, report.id, engine.forUpdate);
  return stored?.lease?.owner === owner ? stored : undefined;
}

export async function save(
  engine: Engine,
  tx: Tx,
  claim: Claim,
  change: ReportChange,
  step: Step,
  blob: Uint8Array | undefined,
): Promise<Report | undefined> {
  const stored = await held(engine, tx, claim);
  if (stored === undefined) return undefined;
  if (stored.report.isCancelling) {
    await endAsCancelled(tx, stored, step.now, change.tokens);
    return undefined;
  }
  const lease = step.keep === true ? stored.lease : undefined;
  return await apply(tx, stored, change, step, lease, blob);
}

export async function change(
  engine: Engine,
  tx: Tx,
  id: string,
  wanted: ReportChange,
  step: Step,
  blob: Uint8Array | undefined,
): Promise<Report | undefined> {
  const stored = await find(tx, id, engine.forUpdate);
  if (stored === undefined || isLeased(stored, step.now)) return undefined;
  return await apply(tx, stored, wanted, step, undefined, blob);
}

export async function cancel(engine: Engine, tx: Tx, id: string, now: number): Promise<Report | undefined> {
  const stored = await find(tx, id, engine.forUpdate);
  if (stored === undefined || ENDED.includes(stored.report.state)) return undefined;
  if (!isLeased(stored, now)) return await endAsCancelled(tx, stored, now);
  if (stored.report.isCancelling) return stored.report;
  await addToTimeline(tx, stored.report, now, "an operator asked to cancel it");
  return onlyReport(
    await tx.all(
      "update hub_reports set is_cancelling = 1, updated_at = ? where seq = ? returning *",
      now,
      stored.report.seq,
    ),
  );
}

export async function renew(tx: Tx, { report, owner }: Claim, until: number): Promise<boolean> {
  const rows = await tx.all(
    "update hub_reports set lease_until = ? where id = ? and lease_owner = ? returning seq",
    until,
    report.id,
    owner,
  );
  return rows.length > 0;
}

/** As if it had never been claimed, so a stop costs no try. */
export async function release(engine: Engine, tx: Tx, claim: Claim, now: number): Promise<void> {
  const stored = await held(engine, tx, claim);
  if (stored === undefined) return;
  if (stored.report.isCancelling) {
    await endAsCancelled(tx, stored, now);
    return;
  }
  await tx.all(
    `update hub_reports set lease_owner = null, lease_until = null,
      attempts = case when attempts > 0 then attempts - 1 else 0 end where seq = ?`,
    stored.report.seq,
  );
}

export async function releaseAll(engine: Engine, tx: Tx, now: number): Promise<void> {
  if (!engine.isExclusive) return;
  for (const row of await tx.all("select * from hub_reports where is_cancelling = 1")) {
    await endAsCancelled(tx, toStored(row), now);
  }
  await tx.all("update hub_reports set lease_owner = null, lease_until = null where lease_owner is not null");
}

const isLeased = ({ lease }: StoredReport, now: number): boolean => lease !== undefined && lease.until > now;

async function apply(
  tx: Tx,
  stored: StoredReport,
  change: ReportChange,
  step: Step,
  lease: StoredReport["lease"],
  blob: Uint8Array | undefined,
): Promise<Report> {
  if (blob !== undefined) {
    await tx.all(
      `insert into hub_evidence (seq, bytes, data) values (?, ?, ?)
        on conflict (seq) do update set bytes = excluded.bytes, data = excluded.data`,
      stored.report.seq,
      blob.byteLength,
      blob,
    );
  }
  return await write(tx, stored, changed(stored.report, change, step), lease, step.note);
}
