// What a chart is asked for, and what is drawn of it: at most twenty lines, gaps as gaps, lone points kept visible.
import { LARGEST } from "./value-axis.ts";

export interface ChartSeries {
  readonly label: string;
  /** Ascending in time. `null` or a value that is not finite is a gap. */
  readonly points: ReadonlyArray<readonly [unixSeconds: number, value: number | null]>;
}

/** `start`, `end` and `step` are Unix seconds and seconds; points further apart than 1.5 steps have a gap between them. */
export interface ChartRequest {
  readonly series: readonly ChartSeries[];
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly title: string;
  readonly subtitle?: string;
  /** A name that unitOf knows, or any text that goes behind the numbers. */
  readonly unit?: string;
  readonly theme: "light" | "dark";
  /** Pixels, 320 to 1600. */
  readonly width: number;
  /** Pixels, best from 200; below 260 the subtitle gives way to the plot. */
  readonly height: number;
}

export interface LinePoint {
  readonly milliseconds: number;
  /** `null` breaks the line. */
  readonly value: number | null;
  /** No neighbour to draw a line to. */
  readonly isAlone: boolean;
}

export interface Line {
  readonly label: string;
  readonly points: readonly LinePoint[];
  readonly last: number | undefined;
  readonly low: number;
  readonly high: number;
}

/** `series` with its gaps made explicit. `low` is above `high` when no point can be drawn. */
export function toLine(series: ChartSeries, step: number): Line {
  const values: Array<readonly [number, number | null]> = [];
  let low = Infinity;
  let high = -Infinity;
  let last: number | undefined;
  let before = Infinity;
  for (const [seconds, raw] of series.points) {
    const value = raw !== null && Number.isFinite(raw) ? Math.min(LARGEST, Math.max(-LARGEST, raw)) : null;
    if (step > 0 && seconds - before > step * 1.5) values.push([(seconds + before) / 2, null]);
    values.push([seconds, value]);
    before = seconds;
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    last = raw ?? undefined;
  }
  const isGap = (i: number): boolean => (values[i]?.[1] ?? null) === null;
  const points = values.map(([seconds, value], i) => ({
    milliseconds: seconds * 1000,
    value,
    isAlone: value !== null && isGap(i - 1) && isGap(i + 1),
  }));
  return { label: series.label, points, last, low, high };
}

/** The `max` lines with the highest peaks, in their given order: what a reader looks for first. */
export function highestPeaks(lines: readonly Line[], max: number): readonly Line[] {
  if (lines.length <= max) return lines;
  const kept = new Set(lines.toSorted((a, b) => b.high - a.high).slice(0, max));
  return lines.filter((line) => kept.has(line));
}
