// The report store over either engine: each method is one transaction of the statements beside this file.
import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { claim } from "./claim.ts";
import { LeaseLost, type Claim, type Report, type ReportChange, type ReportStore } from "./contract.ts";
import type { Engine } from "./engine.ts";
import { pack, unpack } from "./evidence-blob.ts";
import * as figures from "./figures.ts";
import * as filing from "./filing.ts";
import * as intake from "./intake.ts";
import { Turns } from "./turns.ts";
import * as upkeep from "./upkeep.ts";
import * as work from "./work.ts";

export function createStore(engine: Engine, clock: Clock): ReportStore {
  const turns = new Turns();
  const { run } = engine;
  return {
    accept: (report, times) => run((tx) => intake.accept(engine, tx, report, times)),
    get: (id) => run(async (tx) => (await intake.find(tx, id))?.report),
    list: (filter) => run((tx) => intake.list(tx, filter)),
    namespaces: (limit) => run((tx) => intake.namespaces(tx, limit)),
    timeline: (id) => run((tx) => intake.timeline(tx, id)),
    async evidence(id) {
      const row = await run((tx) => intake.evidenceRow(tx, id));
      return row === undefined ? undefined : await unpack(row);
    },

    claim: (wanted) => run((tx) => claim(engine, tx, turns, wanted, randomUUID())),
    async save(claim, change, step) {
      const blob = await blobOf(change);
      return ours(claim, await run((tx) => work.save(engine, tx, claim, change, step, blob)));
    },
    async renew(claim, until) {
      if (!(await run((tx) => work.renew(tx, claim, until)))) throw new LeaseLost(claim.report.id);
    },
    release: (claim) => run((tx) => work.release(engine, tx, claim, clock.now())),
    releaseAll: (now) => run((tx) => work.releaseAll(engine, tx, now)),

    async change(id, change, step) {
      const blob = await blobOf(change);
      return await run((tx) => work.change(engine, tx, id, change, step, blob));
    },
    cancel: (id, now) => run((tx) => work.cancel(engine, tx, id, now)),

    groupIssue: (repo, group) => run((tx) => filing.groupIssue(tx, repo, group)),
    followers: (group, limit) => run((tx) => filing.followers(tx, group, limit, clock.now())),
    commented: (commentId, limit) => run((tx) => filing.commented(tx, commentId, limit)),
    async file(claim, filed, step) {
      return ours(claim, await run((tx) => filing.file(engine, tx, claim, filed, step)));
    },

    countFingerprints: (namespace, sinceMs) => run((tx) => figures.countFingerprints(tx, namespace, sinceMs)),
    newestGroup: (namespace, prefix, sinceMs) => run((tx) => figures.newestGroup(tx, namespace, prefix, sinceMs)),
    unanalysed: (sinceMs, limit) => run((tx) => figures.unanalysed(tx, sinceMs, limit)),
    tokensSince: (sinceMs) => run((tx) => figures.tokensSince(tx, sinceMs)),
    stats: () => run(figures.stats),

    purge: (endedBefore, maxEvidenceBytes) => upkeep.purge(engine, endedBefore, maxEvidenceBytes),
    probe: () => run((tx) => upkeep.probe(tx, clock.now())),
    close: () => engine.close(),
  };
}

const blobOf = async ({ evidence }: ReportChange): Promise<Uint8Array | undefined> =>
  evidence === undefined ? undefined : await pack(evidence);

/** What a worker lost may have been committed as cancelled, so the transaction itself does not throw. */
function ours({ report: { id } }: Claim, report: Report | undefined): Report {
  if (report === undefined) throw new LeaseLost(id);
  return report;
}
