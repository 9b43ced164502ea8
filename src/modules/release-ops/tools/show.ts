// How a run reads: the seed's text within the output budget, and the facts beside it. A failed command is thrown with both.
import { z } from "zod";
import { byteLength } from "../../../core/clip.ts";
import type { OutputBudget } from "../../../core/context.ts";
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { FailureView, Shown } from "../../../core/tool.ts";
import type { JobStarted } from "../jobs/types.ts";
import type { RunReason } from "../runner/types.ts";
import { seedText } from "../runs/outcome.ts";
import { pythonJson } from "../runs/python-json.ts";
import type { RunFacts, RunOutcome } from "../runs/types.ts";
import { fitJson, fitText } from "./fit.ts";

/** Of a text tool. `output` is what the command wrote, `text` the whole answer. */
export const runOutput = z.looseObject({
  ok: z.boolean(),
  run_id: z.string().optional(),
  reason: z.string().optional(),
  verdict: z.string().nullable().optional(),
  cached: z.boolean().optional(),
});

const KINDS: Readonly<Record<RunReason | "fail_on", FailureKind>> = {
  exit: "unavailable",
  fail_on: "unavailable",
  spawn_error: "unavailable",
  timeout: "timeout",
  cancelled: "cancelled",
  output_limit: "too-large",
};

/** Room in the text for the ✓ or ✗ line and a note; in the structured value, for the facts. */
const HEADER_BYTES = 300;
const FACTS_BYTES = 2_048;

type Answer = RunFacts & { output?: string; data?: unknown };

export function isStarted(came: RunOutcome | JobStarted): came is JobStarted {
  return "job_id" in came;
}

/**
 * The structured value of a run that went well.
 * @throws ToolFailure with the text and the facts of one that did not
 */
export function answerOf(outcome: RunOutcome, isJson: boolean, budget: OutputBudget): Answer {
  const fitted = isJson ? fitData(outcome, budget) : { ...outcome, output: fitOutput(outcome, budget) };
  const value = isJson ? { ...outcome.facts, data: fitted.data } : { ...outcome.facts, output: fitted.output };
  if (outcome.ok) return value;
  const text = isJson ? fitted.output : seedText(fitted);
  const { reason } = outcome.facts;
  const how = reason === "fail_on" ? "its output says that it failed" : (outcome.note ?? `exit code ${outcome.code}`);
  throw new ToolFailure(KINDS[reason], `command failed: ${how}`, { code: reason.toUpperCase(), text, run: value });
}

function fitOutput({ output }: RunOutcome, { textBytes, structuredBytes }: OutputBudget): string {
  const fitted = fitText(output, textBytes - HEADER_BYTES);
  const weight = byteLength(JSON.stringify(fitted));
  const most = structuredBytes - FACTS_BYTES;
  return weight <= most ? fitted : fitText(output, Math.floor((byteLength(fitted) * most) / weight));
}

/** The JSON as the command printed it, unless it is too large. */
function fitData(outcome: RunOutcome, { textBytes }: OutputBudget): RunOutcome {
  if (byteLength(outcome.output) <= textBytes) return outcome;
  const data = fitJson(outcome.data, textBytes);
  return { ...outcome, data, output: pythonJson(data) };
}

/** Failures of text tools: of a run as the seed tells them; of a call that ran nothing, in one sentence. */
export function showFailure({ kind, message, code, details, timestamp }: FailureView): Shown {
  const { run, text, ...rest } = details;
  const structured = {
    status: "error",
    error: message,
    ...(isObject(run) ? run : { ok: false, ...rest }),
    code,
    timestamp,
  };
  if (typeof text === "string") return { text, structured };
  const hint = typeof details["hint"] === "string" ? `\n${details["hint"]}` : "";
  const failed = kind === "unavailable" || kind === "timeout" || kind === "cancelled" || kind === "bug";
  return { text: failed ? seedText({ ok: false, code: -1, note: message, output: "" }) : message + hint, structured };
}

/** Failures of JSON tools: their text is JSON whatever happened. */
export function showJsonFailure(view: FailureView): Shown {
  const shown = showFailure(view);
  const text = view.details["text"];
  return { ...shown, text: typeof text === "string" ? text : pythonJson(errorOf(view)) };
}

/** Readers of these tools look at `success` or at `error`. */
const errorOf = ({ message, details }: FailureView): JsonObject => ({
  success: false,
  error: typeof details["hint"] === "string" ? `${message}. ${details["hint"]}` : message,
});
