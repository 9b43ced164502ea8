// Arguments as the audit shows them: without secrets, and without what makes a line long.
import { byteLength, clipBytes } from "../core/clip.ts";
import { isObject } from "../core/json.ts";
import type { Redactor } from "../core/redact.ts";

const MAX_BYTES = 4_096;
const MAX_CHARS = 2_048;
/** Redaction sees this much more than is shown: a secret that is cut in two would not be known. */
const MARGIN_CHARS = 16_384;
const MAX_DEPTH = 6;
const MAX_VALUES = 200;

/** A JSON value; a clipped text when it would be longer than 4 KB. */
export function shownArguments(input: unknown, redactor: Redactor): unknown {
  const cut = shorten(input, { redactor, depth: 0, left: { values: MAX_VALUES } });
  // once more as a whole: that a value is a secret may only be known by its name
  const text = redactor.redact(JSON.stringify(cut) ?? "null").text;
  if (byteLength(text) > MAX_BYTES) return `${clipBytes(text, MAX_BYTES)}…`;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Walk {
  readonly redactor: Redactor;
  readonly depth: number;
  readonly left: { values: number };
}

function shorten(value: unknown, walk: Walk): unknown {
  if (typeof value === "string") return shortenText(value, walk.redactor);
  if (typeof value !== "object" || value === null) return value;
  if (walk.depth === MAX_DEPTH) return "…";
  const inner = { ...walk, depth: walk.depth + 1 };
  if (Array.isArray(value)) return within(value, inner).map((one) => shorten(one, inner));
  if (!isObject(value)) return "…";
  const entries = within(Object.entries(value), inner);
  return Object.fromEntries(entries.map(([key, one]) => [shortenText(key, walk.redactor), shorten(one, inner)]));
}

/** As many as may still be shown. */
function within<T>(all: readonly T[], { left }: Walk): T[] {
  const shown = all.slice(0, left.values);
  left.values -= shown.length;
  return shown;
}

function shortenText(text: string, redactor: Redactor): string {
  const { text: redacted } = redactor.redact(text.slice(0, MAX_CHARS + MARGIN_CHARS));
  return redacted.length > MAX_CHARS ? `${redacted.slice(0, MAX_CHARS)}…` : redacted;
}
