// Moments as people and models write them: RFC3339, dates, Unix stamps of any unit, now-1h, -1h. Prometheus takes only two of these
// and answers a wrong stamp with an empty success, so all are understood here, sent as Unix seconds and echoed as RFC3339.
import { oneLine } from "../../../core/clip.ts";
import { rfc3339 } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { formatDuration, parseDuration } from "./duration.ts";

/** Which end of a range: a date or a rounded time (`now/d`) means its first moment as a start and its last as an end. */
export type TimeRole = "start" | "end" | "time";

export interface ParsedTime {
  /** Exact to the millisecond, as Prometheus's own stamps. */
  readonly unixSeconds: number;
  /** What was assumed, one sentence each. */
  readonly notes: readonly string[];
}

export interface ResolvedRange {
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly notes: readonly string[];
}

export interface GivenRange {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

const DAY_MS = 86_400_000;
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Prometheus is from 2012: a plain number before this is more often a mistake than a time. */
const SUSPICIOUS_MS = Date.UTC(2010, 0, 1);
const FUTURE_SECONDS = 3600;

/** @throws ToolFailure INVALID_TIME */
export function parseTime(text: string, role: TimeRole, nowMs: number): ParsedTime {
  const trimmed = text.trim();
  const read = relative(trimmed, role, nowMs) ?? stamp(trimmed, role) ?? calendar(trimmed, role);
  if (read === undefined || !(read.ms >= 0 && read.ms <= LATEST_MS)) {
    throw new ToolFailure(
      "invalid",
      `INVALID_TIME: cannot understand ${role}="${oneLine(text, 64)}". Use RFC3339, Unix seconds, or now-1h.`,
      { code: "INVALID_TIME", hint: `It is now ${rfc3339(nowMs)}.` },
    );
  }
  return { unixSeconds: Math.round(read.ms) / 1000, notes: read.note === undefined ? [] : [read.note] };
}

/**
 * The range of a query; without arguments the last hour, with only an end the hour before it.
 * @throws ToolFailure INVALID_TIME, INVALID_TIME_RANGE
 */
export function resolveRange(given: GivenRange, nowMs: number, spanSeconds = 3600): ResolvedRange {
  const window = resolveWindow(given, nowMs);
  const end = window.end ?? nowMs / 1000;
  const start = window.start ?? Math.max(0, end - spanSeconds);
  if (end < start) throw wrongOrder(start, end);
  return { start, end, notes: window.notes };
}

/**
 * The same for tools that search all of the data when nothing is given: what was left out (or blank) stays out.
 * @throws ToolFailure INVALID_TIME, INVALID_TIME_RANGE
 */
export function resolveWindow(given: GivenRange, nowMs: number): { start?: number; end?: number; notes: string[] } {
  const start = parseGiven(given.start, "start", nowMs);
  const end = parseGiven(given.end, "end", nowMs);
  if (start !== undefined && end !== undefined && end.unixSeconds < start.unixSeconds) {
    throw wrongOrder(start.unixSeconds, end.unixSeconds);
  }
  return {
    ...(start === undefined ? {} : { start: start.unixSeconds }),
    ...(end === undefined ? {} : { end: end.unixSeconds }),
    notes: [
      ...(start?.notes ?? []),
      ...(end?.notes ?? []),
      ...futureNotes(start?.unixSeconds, end?.unixSeconds, nowMs),
    ],
  };
}

/** Unix seconds as they are echoed under `resolved`. */
export const echoTime = (unixSeconds: number): string => rfc3339(Math.round(unixSeconds * 1000));

interface Reading {
  readonly ms: number;
  readonly note?: string;
}

const parseGiven = (text: string | undefined, role: TimeRole, nowMs: number): ParsedTime | undefined =>
  text === undefined || text.trim() === "" ? undefined : parseTime(text, role, nowMs);

const wrongOrder = (start: number, end: number): ToolFailure =>
  new ToolFailure("invalid", `INVALID_TIME_RANGE: end ${echoTime(end)} is before start ${echoTime(start)}`, {
    code: "INVALID_TIME_RANGE",
    hint: "Swap them, or leave both out for the last hour.",
  });

function futureNotes(start: number | undefined, end: number | undefined, nowMs: number): string[] {
  const ofStart = futureNote("start", start, nowMs);
  return ofStart.length > 0 ? ofStart : futureNote("end", end, nowMs);
}

/** Says so when a moment is more than an hour ahead: there is nothing to be found. */
export function futureNote(role: TimeRole, moment: number | undefined, nowMs: number): string[] {
  const ahead = Math.floor((moment ?? 0) - nowMs / 1000);
  if (ahead <= FUTURE_SECONDS) return [];
  return [`${role} is ${formatDuration(ahead)} in the future; it is now ${rfc3339(nowMs)}`];
}

/** `now`, `now-1h30m`, `now/d`, `now-1d/d`, `-1h`, and a bare `1h` for one hour ago. */
function relative(text: string, role: TimeRole, nowMs: number): Reading | undefined {
  const bare = parseDuration(text.replace(/^[+-]/, ""));
  if (bare !== undefined) return { ms: nowMs + (text.startsWith("+") ? bare : -bare) * 1000 };
  if (!/^now(?:[+-]\w+|\/\w)*$/.test(text)) return undefined;
  let ms = nowMs;
  for (const [, sign, amount, unit] of text.slice(3).matchAll(/([+-])(\w+)|\/(\w)/g)) {
    const seconds = parseDuration(amount ?? "0s");
    if (seconds === undefined) return undefined;
    ms = unit === undefined ? ms + (sign === "-" ? -seconds : seconds) * 1000 : round(ms, unit, role === "end");
  }
  return { ms };
}

/** First moment of the unit around `ms`, or of the next one (`up`); NaN for an unknown unit. UTC, weeks from Monday. */
function round(ms: number, unit: string, up: boolean): number {
  const fixed = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS }[unit];
  if (fixed !== undefined) return Math.floor(ms / fixed) * fixed + (up ? fixed : 0);
  const date = new Date(ms); // of a given moment, not of the clock
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (unit === "y") return Date.UTC(year + (up ? 1 : 0), 0, 1);
  if (unit === "M") return Date.UTC(year, month + (up ? 1 : 0), 1);
  if (unit !== "w") return Number.NaN;
  return (Math.floor(ms / DAY_MS) - ((date.getUTCDay() + 6) % 7) + (up ? 7 : 0)) * DAY_MS;
}

/** A plain number: Unix seconds, or a finer unit by its size (the bounds hold from 1973 to 5138). */
function stamp(text: string, role: TimeRole): Reading | undefined {
  if (!/^\d+(?:\.\d*)?(?:[eE]\+?\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  const [unit, perMs] =
    number < 1e11
      ? ["seconds", 0.001]
      : number < 1e14
        ? ["milliseconds", 1]
        : number < 1e17
          ? ["microseconds", 1e3]
          : ["nanoseconds", 1e6];
  const ms = number / perMs;
  if (unit === "seconds" && ms >= SUSPICIOUS_MS) return { ms };
  return ms <= LATEST_MS ? { ms, note: `${role}=${text} was read as Unix ${unit}: ${rfc3339(ms)}` } : { ms };
}

const CALENDAR =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?$/;

/** RFC3339, also without an offset, or a date alone. Refuses what no calendar has, such as 30 February. */
function calendar(text: string, role: TimeRole): Reading | undefined {
  const match = CALENDAR.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zulu, sign, offsetHour, offsetMinute] = match;
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (!Number.isFinite(dayMs) || rfc3339(dayMs).slice(0, 10) !== text.slice(0, 10)) return undefined;
  if (hour === undefined) {
    const isEnd = role === "end";
    return { ms: dayMs + (isEnd ? DAY_MS : 0), note: `${role}="${text}" was read as ${isEnd ? "24:00" : "00:00"} UTC` };
  }
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second ?? 0)];
  const [awayHours, awayMinutes] = [Number(offsetHour ?? 0), Number(offsetMinute ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59 || awayHours > 23 || awayMinutes > 59) return undefined;
  const away = (awayHours * 60 + awayMinutes) * 60_000 * (sign === "-" ? -1 : 1);
  const ms = dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number(`0.${fraction ?? "0"}`) * 1000 - away;
  const hasOffset = zulu !== undefined || sign !== undefined;
  return hasOffset ? { ms } : { ms, note: `${role}="${text}" has no offset and was read as UTC` };
}
