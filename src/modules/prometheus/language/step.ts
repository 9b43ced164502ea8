// The step of a range query: chosen from a table of round values, or the caller's own when Prometheus would take it.
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { formatDuration, parseDuration } from "./duration.ts";

/** Prometheus refuses more points per series than this. */
export const MAX_POINTS_PER_SERIES = 11_000;

const LONGEST_STEP = 100 * 365 * 86_400;

const ROUND_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

export interface ResolvedStep {
  readonly seconds: number;
  readonly source: "auto" | "given";
}

export interface StepRequest {
  /** As the caller wrote it; undefined or blank means auto. */
  readonly step: string | undefined;
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  /** How many points per series an auto step may yield. */
  readonly maxPoints: number;
  /** The scrape interval of the datasource: an auto step is never finer. */
  readonly timeIntervalSeconds?: number | undefined;
}

/** @throws ToolFailure INVALID_STEP */
export function resolveStep(request: StepRequest): ResolvedStep {
  const text = request.step?.trim() ?? "";
  if (text === "" || text === "auto") return { seconds: autoStep(request), source: "auto" };
  const seconds = parseStep(text);
  if (seconds === undefined) {
    const message = `INVALID_STEP: step "${oneLine(text, 64)}" must be a positive duration such as 30s, 5m, 1h.`;
    throw new ToolFailure("invalid", message, { code: "INVALID_STEP" });
  }
  refuseTooFine(seconds, request);
  return { seconds, source: "given" };
}

/** A duration or a plain number of seconds; undefined when it is neither, under a millisecond or over a century. */
export function parseStep(text: string): number | undefined {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) / 1000 : parseDuration(text);
  return seconds !== undefined && seconds >= 0.001 && seconds <= LONGEST_STEP ? seconds : undefined;
}

/** The smallest round step with at most `maxPoints` intervals; whole days beyond the table. */
function autoStep({ start, end, maxPoints, timeIntervalSeconds = 0 }: StepRequest): number {
  const atLeast = Math.max((end - start) / maxPoints, timeIntervalSeconds);
  return ROUND_STEPS.find((step) => step >= atLeast) ?? Math.ceil(atLeast / 86_400) * 86_400;
}

function refuseTooFine(seconds: number, { start, end }: StepRequest): void {
  // Prometheus counts intervals, not points: (end - start) / step may be 11,000.
  if ((end - start) / seconds <= MAX_POINTS_PER_SERIES) return;
  const points = Math.floor((end - start) / seconds);
  const exact = (end - start) / MAX_POINTS_PER_SERIES;
  const smallest = exact > 1 ? Math.ceil(exact) : Math.ceil(exact * 1000) / 1000;
  const message =
    `INVALID_STEP: ${spell(end - start)} at ${formatDuration(seconds)} is ${points.toLocaleString("en-US")} points per series; ` +
    `the limit is 11,000. Use step >= ${formatDuration(smallest)} or omit step.`;
  throw new ToolFailure("invalid", message, { code: "INVALID_STEP", smallest_step: formatDuration(smallest) });
}

/** `7 days`, `1 hour`, or the short form when it is no whole number of them. */
function spell(seconds: number): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const whole = units.find(([, size]) => seconds >= size && seconds % size === 0);
  if (whole === undefined) return formatDuration(seconds);
  const count = seconds / whole[1];
  return `${count} ${whole[0]}${count === 1 ? "" : "s"}`;
}
