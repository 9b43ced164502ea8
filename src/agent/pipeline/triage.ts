// The second lane, for the first of each group: is the failure known, is it a storm, can the model look at it?
import { pass, type Parts } from "./parts.ts";
import { withoutModel } from "./draft.ts";
import { planOf } from "./plan.ts";
import { isStorm } from "./storm.ts";
import type { Claim, Report } from "../store/contract.ts";

const DAY_MS = 86_400_000;

export async function triage(parts: Parts, claim: Claim, signal: AbortSignal): Promise<void> {
  const { report } = claim;
  const why = await withoutModelBecause(parts, report, signal);
  if (why === undefined) return void (await pass(parts, claim, { state: "waiting_llm" }, "waits for the model"));
  await pass(parts, claim, await withoutModel(parts, report), why);
}

async function withoutModelBecause(parts: Parts, report: Report, signal: AbortSignal): Promise<string | undefined> {
  const known = await knownIssue(parts, report, signal);
  if (known !== undefined) return `an occurrence of issue #${known}`;
  if (isStorm(report.group)) return "first of a storm";
  return noModelBecause(parts);
}

/** The number of the issue that will carry this report. An issue that cannot be read now is taken for one that will. */
async function knownIssue(parts: Parts, report: Report, signal: AbortSignal): Promise<number | undefined> {
  const { tracker, store } = parts;
  if (tracker === undefined || report.group === undefined) return undefined;
  const issue = await store.groupIssue(tracker, report.group);
  if (issue === undefined) return undefined;
  try {
    const { action } = await planOf(parts, tracker, report, signal);
    return action === "create" ? undefined : issue.number;
  } catch {
    signal.throwIfAborted();
    return issue.number;
  }
}

/** Why the model is not asked now; undefined when it is. */
export async function noModelBecause(parts: Parts): Promise<string | undefined> {
  const { analyst, store, clock, limits } = parts;
  if (analyst === undefined) return "no model is configured";
  if (!analyst.mayAsk()) return "the model does not answer";
  if (limits.dailyTokens === 0) return undefined;
  const now = clock.now();
  const used = await store.tokensSince(now - (now % DAY_MS));
  return used < limits.dailyTokens ? undefined : `the day's ${limits.dailyTokens} tokens are used up`;
}
