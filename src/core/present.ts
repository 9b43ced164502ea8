// From an outcome to what a reader gets: one text and one structured value, both within the budget. The one place where
// the output budget is enforced; tools that can say more within it fit themselves before (context.budget).
import { byteLength, clipText } from "./clip.ts";
import type { Attachment, OutputBudget } from "./context.ts";
import type { Entry } from "./entry.ts";
import type { Finished } from "./outcome.ts";
import type { JsonObject } from "./json.ts";

export interface Presented {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: JsonObject;
  readonly attachments: readonly Attachment[];
}

/** Renders a finished call of `entry`'s tool. `input` are the raw arguments, which some failures repeat. */
export function present(entry: Entry, outcome: Finished, input: unknown, budget: OutputBudget): Presented {
  if (!outcome.ok) return presentFailure(entry, outcome, input, budget);
  const json = JSON.stringify(outcome.value);
  if (byteLength(json) > budget.structuredBytes) {
    const message =
      `the answer is ${byteLength(json)} bytes and the limit is ${budget.structuredBytes}; ` +
      `ask for less, or use the paging arguments`;
    const structured = { status: "error", error: message, code: "RESULT_TOO_LARGE" };
    return { isError: true, text: message, structured, attachments: [] };
  }
  const text = clipText(entry.tool.text?.(outcome.value) ?? json, budget.textBytes);
  return { isError: false, text, structured: outcome.value, attachments: outcome.attachments };
}

function presentFailure(
  { tool }: Entry,
  { failure }: Extract<Finished, { ok: false }>,
  input: unknown,
  budget: OutputBudget,
): Presented {
  const { code, message, details, timestamp } = failure;
  const shown = tool.failure?.(failure, input) ?? {
    text: typeof details["hint"] === "string" ? `${message}\n${details["hint"]}` : message,
    structured: { status: "error", error: message, ...details, code, timestamp },
  };
  return { isError: true, text: clipText(shown.text, budget.textBytes), structured: shown.structured, attachments: [] };
}
