// The third lane: the model reads the evidence within the report's budget. What it does not manage, the classifier's issue does.
import type { Analyst, AnalystInput, AnalystResult } from "../model/index.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { classify } from "../classify/index.ts";
import type { Claim, Report, ReportChange } from "../store/contract.ts";
import { evidenceOf, fromAnalysis, withoutModel } from "./draft.ts";
import { errorLine, keep, MAX_TRIES, pass, type Parts } from "./parts.ts";
import { noModelBecause } from "./triage.ts";

/** The analyst ends by itself at the deadline; beyond this it is given up. */
const LATE_MS = 10_000;

/** A report whose issue exists, and which is analysed again. */
const isAgain = ({ issue }: Report): boolean => issue !== undefined;

/** Until when the model may take; an old report that is analysed again begins anew. */
export const deadlineOf = (report: Report, budgetMs: number): number =>
  (isAgain(report) ? report.stateAt : report.createdAt) + budgetMs;

export async function analyse(parts: Parts, claim: Claim, signal: AbortSignal): Promise<void> {
  const { report } = claim;
  const deadline = deadlineOf(report, parts.limits.budgetMs);
  const why = await refusal(parts, report, deadline);
  if (why !== undefined || parts.analyst === undefined) {
    const [change, note] = await unanalysed(parts, report, why ?? "no model is configured");
    return void (await pass(parts, claim, change, note));
  }
  const mine =
    report.state === "analyzing" ? claim : await keep(parts, claim, { state: "analyzing" }, "the model reads");
  const evidence = await evidenceOf(parts, report);
  const { id: reportId, target } = report;
  const finding = classify(evidence);
  const repo = parts.tracker;
  const result = await ask(parts, parts.analyst, { reportId, target, evidence, finding, deadline, repo }, signal);
  count(parts, result);
  const spent = { tokens: result.tokens, violations: result.violations };
  if (result.ok) {
    const change = fromAnalysis(parts, report, evidence, result.analysis);
    const { category, cause } = result.analysis;
    await pass(parts, mine, { ...change, ...spent, category, cause, lastError: null }, "drafted by the model");
  } else {
    const [change, note] = await unanalysed(parts, report, `the model failed: ${errorLine(parts, result.reason)}`);
    await pass(parts, mine, { ...change, ...spent }, note);
  }
}

/** The analyst's answer, or that there was none. Throws only the signal's reason. */
async function ask(parts: Parts, analyst: Analyst, input: AnalystInput, signal: AbortSignal): Promise<AnalystResult> {
  const late = AbortSignal.timeout(Math.max(0, input.deadline - parts.clock.now()) + LATE_MS);
  const both = AbortSignal.any([signal, late]);
  const none = { ok: false as const, isModelDown: true, violations: [], tokens: 0 };
  try {
    const result = await untilAborted(analyst.analyse(input, both), both);
    signal.throwIfAborted();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) return { ...none, reason: "it did not end in time" };
    parts.log.error({ err: error, report: input.reportId }, "an analysis failed unexpectedly");
    return { ...none, isModelDown: false, reason: "unexpectedly; the hub's log says why" };
  }
}

async function refusal(parts: Parts, report: Report, deadline: number): Promise<string | undefined> {
  if (report.state === "analyzing" && report.attempts > MAX_TRIES)
    return "the hub was stopped again and again meanwhile";
  if (parts.clock.now() >= deadline) return `the model had no time within ${parts.limits.budgetMs / 1_000} s`;
  return noModelBecause(parts);
}

/** What becomes of a report without the model: its first issue is the classifier's; an issue that exists stays as it is. */
export async function unanalysed(parts: Parts, report: Report, why: string): Promise<[ReportChange, string]> {
  if (isAgain(report)) return [{ state: "filed", lastError: `not analysed again: ${why}` }, why];
  return [await withoutModel(parts, report), why];
}

function count({ meters, model }: Parts, result: AnalystResult): void {
  const isDown = !result.ok && result.isModelDown;
  model.hasAnswered = !isDown;
  meters.modelRan(result.ok ? "ok" : isDown ? "down" : "failed", result.tokens, result.violations.length);
}
