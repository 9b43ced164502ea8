// Moments and spans: what callers may write, and how ages are shown.
import { z } from "zod";
import { oneLine } from "../../core/clip.ts";
import { rfc3339 } from "../../core/clock.ts";
import { ToolFailure } from "../../core/failure.ts";

/** An argument for a moment: `since: time("Only runs that started after it")`. Read it with `readTime`. */
export const time = (what: string) =>
  z
    .string()
    .max(64)
    .optional()
    .describe(`${what}: RFC 3339 (UTC without an offset), or relative such as now-1h, -2d or +30m`);

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const RELATIVE = /^(?:now)?\s*([+-])\s*(\d{1,9})\s*(s|m|h|d|w)$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const STAMP = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** RFC 3339 in UTC; undefined stays undefined. @throws ToolFailure INVALID_TIME */
export function readTime(name: string, text: string | undefined, nowMs: number): string | undefined {
  const given = text?.trim() ?? "";
  if (given === "") return undefined;
  const ms = given === "now" ? nowMs : (relative(given, nowMs) ?? absolute(given));
  if (ms !== undefined && Number.isFinite(ms) && Math.abs(ms) < 8.64e15) return rfc3339(ms);
  throw new ToolFailure(
    "invalid",
    `cannot understand ${name}="${oneLine(given, 40)}": use RFC 3339 or now-1h; it is now ${rfc3339(nowMs)}`,
    { code: "INVALID_TIME" },
  );
}

function relative(text: string, nowMs: number): number | undefined {
  const [, sign, amount, unit = ""] = RELATIVE.exec(text) ?? [];
  const unitMs = UNIT_MS[unit.toLowerCase()];
  return unitMs === undefined ? undefined : nowMs + (sign === "-" ? -1 : 1) * Number(amount) * unitMs;
}

function absolute(text: string): number | undefined {
  if (DATE.test(text)) return Date.parse(`${text}T00:00:00Z`);
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  return Date.parse(match[1] === undefined ? `${text.replace(" ", "T")}Z` : text.replace(" ", "T"));
}

/** Milliseconds since the epoch of a time of Prefect's; undefined when there is none. */
export function msOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}

/** Seconds since then, to a tenth; negative when it is still to come. */
export function ageSeconds(text: string | undefined, nowMs: number): number | undefined {
  const ms = msOf(text);
  return ms === undefined ? undefined : Math.round((nowMs - ms) / 100) / 10;
}

const YEAR_H = 365 * 24;

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`, `4 y`. */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  if (hours >= 2 * YEAR_H) return `${Math.floor(hours / YEAR_H)} y`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
