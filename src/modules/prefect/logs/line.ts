// One line of a log as it is shown: without secrets, terminal codes and control characters, and no longer than anyone reads.
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import type { Log } from "../client/shapes.ts";
import type { Cleaner } from "../redact.ts";

export const LINE_CHARS = 2_000;
/** Of a line this much is searched, and looked through for secrets. */
const READ_CHARS = 64 * 1_024;
/** Before a match deep in a long line this much is shown. */
const LEAD_CHARS = 200;

export interface Line {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly task_run_id?: string | undefined;
}

/** All but line breaks and tabs. */
const CONTROLS = /(?![\n\t])[\p{Cc}\u2028\u2029]/gu;

/** Undefined when it does not hold `contains`, in any case. What is hidden cannot be searched for. */
export function showLine(clean: Cleaner, log: Log, contains: string | undefined): Line | undefined {
  const raw = log.message.slice(0, READ_CHARS);
  const wanted = contains?.toLowerCase();
  const plain = stripVTControlCharacters(raw).replace(/\r\n?/g, "\n").replace(CONTROLS, "\uFFFD");
  if (wanted !== undefined && !plain.toLowerCase().includes(wanted)) return undefined; // cheap, before the search for secrets
  const text = clean.text(plain);
  const at = wanted === undefined ? 0 : text.toLowerCase().indexOf(wanted);
  if (at < 0) return undefined;
  return {
    timestamp: log.timestamp,
    level: levelName(log.level),
    message: excerpt(text, at + (wanted?.length ?? 0), at, log.message.length),
    task_run_id: log.task_run_id,
  };
}

function excerpt(text: string, end: number, at: number, total: number): string {
  const from = end <= LINE_CHARS ? 0 : Math.max(0, at - LEAD_CHARS);
  const shown = text.slice(from, from + LINE_CHARS).toWellFormed();
  const isWhole = from === 0 && text.length <= LINE_CHARS && total <= READ_CHARS;
  return isWhole ? shown : `${from === 0 ? "" : "…"}${shown}… [cut here: ${shown.length} of ${total} characters shown]`;
}

const LEVELS: readonly (readonly [number, string])[] = [
  [50, "CRITICAL"],
  [40, "ERROR"],
  [30, "WARNING"],
  [20, "INFO"],
  [10, "DEBUG"],
];

const LEVEL = /^(?:debug|info|warning|error|critical|\d{1,2})$/i;
const NAMES = "DEBUG, INFO, WARNING, ERROR or CRITICAL";

export const levelInput = z
  .string()
  .max(20)
  .regex(LEVEL, { error: `must be ${NAMES}, or Python's number for it` })
  .optional()
  .describe(`Only lines of this level or above: ${NAMES}`);

/** Python's number of a checked level. */
export const levelNumber = (text: string): number =>
  LEVELS.find(([, name]) => name === text.toUpperCase())?.[0] ?? Number(text);

const levelName = (level: number): string => LEVELS.find(([from]) => level >= from)?.[1] ?? `LEVEL ${level}`;
