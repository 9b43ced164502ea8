// Evidence leaves this room cleaned, without secrets and bounded: every text in it, whoever wrote it.
import { isObject } from "../json.ts";
import type { Redactor } from "../redact.ts";
import { cleanLine } from "../container-log/clean.ts";

const MAX_CHARS = 2_000;
/** More of one text is not looked at. */
const MAX_READ_CHARS = 64 * 1024;
/** Words of ours. */
const FIXED = new Set(["role", "state"]);

export interface Redacted {
  readonly value: unknown;
  readonly total: number;
}

export function redactAll(value: unknown, redactor: Redactor): Redacted {
  let total = 0;
  const text = (raw: string): string => {
    const clean = raw.slice(0, MAX_READ_CHARS).split(/\r?\n/).map(cleanLine).join("\n").trim();
    const redacted = redactor.redact(clean);
    total += redacted.total;
    return clip(redacted.text);
  };
  const walk = (one: unknown): unknown => {
    if (typeof one === "string") return text(one);
    if (Array.isArray(one)) return one.map(walk);
    if (!isObject(one)) return one;
    return Object.fromEntries(
      Object.entries(one).map(([key, member]) => [key, FIXED.has(key) ? member : walk(member)]),
    );
  };
  const walked = walk(value);
  return { value: walked, total };
}

const clip = (text: string): string =>
  text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS - 1).replace(/[\ud800-\udbff]$/, "")}…`;
