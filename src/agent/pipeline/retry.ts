// What an operator's /retry means, state by state: how a report is changed, or why it cannot be.
import type { Report, ReportChange } from "../store/contract.ts";
import type { Parts } from "./parts.ts";
import { isElsewhere } from "./plan.ts";
import { isStorm } from "./storm.ts";

export type Retry = { readonly change: ReportChange; readonly note: string } | { readonly refusal: string };

export function retryOf({ analyst, clock, tracker }: Parts, report: Report): Retry {
  const { state, dueAt, lastError } = report;
  const now = clock.now();
  if (state === "filed") return analyst === undefined ? refuse(NO_MODEL) : retryFiled(tracker, report);
  if (state === "dead") return goOn(report);
  if (state === "cancelled") return refuse("it was cancelled; report the failure again");
  if (dueAt > now || lastError !== undefined)
    return { change: { dueAt: now }, note: "tried at once: asked by an operator" };
  return refuse(`it is on its way (${state}); wait for it`);
}

const NO_MODEL = "it is filed, and no model is configured to analyse it again: set LITELLM_URL and AGENT_MODE";

const refuse = (refusal: string): Retry => ({ refusal });

function retryFiled(tracker: Parts["tracker"], { outcome, analysis, issue, group }: Report): Retry {
  if (isStorm(group)) return refuse("its issue stands for a storm of failures; the model reads one at a time");
  if (outcome !== "created") {
    return refuse(`issue #${issue?.number} of an earlier report carries it; retry the report that made the issue`);
  }
  if (analysis === "llm") return refuse("it is filed, and the model analysed it; nothing is left to do");
  if (isElsewhere(tracker, issue))
    return refuse(`its issue stands in ${issue?.owner}/${issue?.repo}, not in this hub's`);
  const change = { state: "waiting_llm", intent: null, lastError: null } as const;
  return { change, note: "to be analysed again: asked by an operator" };
}

/** From its last state: evidence, draft and intent are kept. */
function goOn({ draft, fingerprint }: Report): Retry {
  const state = draft !== undefined ? "drafted" : fingerprint !== undefined ? "collected" : "received";
  return { change: { state, lastError: null }, note: "goes on: asked by an operator" };
}
