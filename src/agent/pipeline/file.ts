// The last lane: writes the issue. The intent is committed first, so that a try after a lost reply or a crash looks for its
// marker before it writes again; at the end one transaction says what came of it.
import type { IssueTracker, TrackedIssue } from "../../core/issue-tracker.ts";
import type { Claim, FilingIntent, Report } from "../store/contract.ts";
import { marked, markerOf, withoutModel } from "./draft.ts";
import { editAgain } from "./edit.ts";
import { addOccurrence, recordOccurrence } from "./occurrence.ts";
import { filingFailed, NO_TRACKER, postpone, type Attempt } from "./outbox.ts";
import { finish, keep, type Parts } from "./parts.ts";
import { planOf, type Plan } from "./plan.ts";

/** So long after a connection ended without a reply what it carried may still be written. */
const SETTLE_MS = 10_000;

/** What a writer works with. */
export interface Filing extends Parts {
  readonly tracker: IssueTracker;
  readonly attempt: Attempt;
  /** What an earlier try had in mind, when its write may have happened. */
  readonly tried: FilingIntent | undefined;
  readonly signal: AbortSignal;
}

export function createFiler(parts: Parts): (claim: Claim, signal: AbortSignal) => Promise<void> {
  const turns = new Map<string, Promise<void>>();
  return async (claim, signal) => {
    const { id, group = id } = claim.report;
    // The store lets one of a group in at a time; this holds too while an issue of the group is edited.
    const before = turns.get(group) ?? Promise.resolve();
    const mine = before.then(() => deliver(parts, claim, signal));
    const settled = mine.catch(() => undefined);
    turns.set(group, settled);
    try {
      await mine;
    } finally {
      if (turns.get(group) === settled) turns.delete(group);
    }
  };
}

async function deliver(parts: Parts, claim: Claim, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { tracker } = parts;
  const tried = claim.report.intent;
  const attempt: Attempt = { claim, mayHaveWritten: tried !== undefined };
  if (tracker === undefined) {
    parts.meters.filingFailed("no_tracker");
    return postpone(parts, attempt, NO_TRACKER);
  }
  try {
    const plan = await planOf(parts, tracker, claim.report, signal);
    const filing = { ...parts, tracker, attempt, tried, signal };
    if (tried?.action === "create" && !(await isSettled(filing, tried))) return;
    attempt.claim = await intend(parts, claim, plan);
    await carryOut(filing, plan);
  } catch (error) {
    await filingFailed(parts, attempt, error, signal);
  }
}

/** Looks for the issue of an earlier try. False: it was found, or may still arrive, and nothing more is to be done now. */
async function isSettled(filing: Filing, { at, sentAt }: FilingIntent): Promise<boolean> {
  const { tracker, attempt, signal, clock } = filing;
  const found = await tracker.findIssue({ marker: markerOf(attempt.claim.report), sinceMs: at }, signal);
  const waitMs = sentAt === undefined ? 0 : sentAt + SETTLE_MS - clock.now();
  if (found !== undefined) await created(filing, found, "found as written by an earlier try");
  else if (waitMs > 0)
    await postpone(filing, attempt, "the issue was sent without a reply and may still arrive", waitMs);
  else attempt.mayHaveWritten = false;
  return found === undefined && waitMs <= 0;
}

/** Commits what is about to be written. */
async function intend(parts: Parts, claim: Claim, plan: Plan): Promise<Claim> {
  const { report } = claim;
  const isNew = plan.action === "create";
  const number = isNew ? undefined : plan.action === "edit" ? plan.number : plan.issue.number;
  const { intent } = report;
  const isSame = report.state === "filing" && intent?.action === plan.action && intent.number === number;
  if (isSame && !isNew) return claim;
  const now = parts.clock.now();
  const at = intent?.at ?? now;
  const next: FilingIntent = { action: plan.action, at, ...(isNew ? { sentAt: now } : { number }) };
  const what = number === undefined ? "" : ` #${number}`;
  return keep(parts, claim, { state: "filing", intent: next }, `about to ${plan.action}${what}`);
}

async function carryOut(filing: Filing, plan: Plan): Promise<void> {
  const { attempt, tracker, signal } = filing;
  if (plan.action === "edit") return editAgain(filing, plan.number);
  if (plan.action === "record") return recordOccurrence(filing, plan);
  if (plan.action !== "create") return addOccurrence(filing, plan);
  const issue = await tracker.create(await textFor(filing, attempt.claim.report, plan), signal);
  await created(filing, issue, "created");
}

async function textFor(parts: Parts, report: Report, { old }: Extract<Plan, { action: "create" }>) {
  const draft = report.draft ?? (await withoutModel(parts, report)).draft;
  if (draft === undefined || draft === null) throw new Error(`report ${report.id} has no draft`);
  if (old === undefined) return draft;
  const when =
    old.closedAt === undefined ? "is gone" : `was closed on ${new Date(old.closedAt).toISOString().slice(0, 10)}`;
  const mark = markerOf(report);
  const body = `${draft.body.replace(mark, "").trimEnd()}\n\nAn earlier issue of this failure, #${old.number}, ${when}.`;
  return { ...draft, body: marked(body, mark) };
}

async function created(filing: Filing, issue: TrackedIssue, note: string): Promise<void> {
  const { owner, repo, number, url } = issue;
  const ref = { owner, repo, number, url };
  const filed = { outcome: "created", issue: ref, followers: [], isNewIssue: true } as const;
  await finish(filing, filing.attempt.claim, filed, `issue #${number} ${note}`);
}
