// Where the points of a matrix stand in time: on one grid of a start and a step, or each on its own.
import type { Series } from "./reply.ts";

/** A sparser grid than this is written point by point. Prometheus itself allows 11,001. */
const MAX_PLACES = 12_000;

export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  /** Number of places on the grid. */
  readonly size: number;
}

export const toMs = (seconds: number): number => Math.round(seconds * 1000);

/**
 * The grid that holds every point; undefined when they are on none. Its start is taken from the data: some backends move the
 * start we asked for to a multiple of the step (VictoriaMetrics).
 */
export function findGrid(all: readonly Series[], stepSeconds: number | undefined): Grid | undefined {
  const stepMs = toMs(stepSeconds ?? 0);
  const [first, last] = timeSpan(all);
  const size = Math.floor((last - first) / stepMs) + 1;
  if (!(stepMs > 0) || !(size >= 1 && size <= MAX_PLACES)) return undefined;
  const isOnGrid = all.every(({ samples, histograms }) => {
    const isNext = ascending(first, stepMs);
    return samples.length > 0
      ? samples.every(([seconds]) => isNext(seconds))
      : histograms.every(({ seconds }) => isNext(seconds));
  });
  return isOnGrid ? { startMs: first, stepMs, size } : undefined;
}

/** Tells of one moment after the other whether it is a later place on the grid. */
function ascending(startMs: number, stepMs: number): (seconds: number) => boolean {
  let previous = -1;
  return (seconds) => {
    const offset = toMs(seconds) - startMs;
    const isNext = offset % stepMs === 0 && offset > previous;
    previous = offset;
    return isNext;
  };
}

/** First and last moment of all points, in milliseconds; infinite without points. */
export function timeSpan(all: readonly Series[]): [first: number, last: number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const widen = (seconds: number): void => {
    first = Math.min(first, toMs(seconds));
    last = Math.max(last, toMs(seconds));
  };
  for (const { samples, histograms } of all) {
    for (const [seconds] of samples) widen(seconds);
    for (const { seconds } of histograms) widen(seconds);
  }
  return [first, last];
}

/** One value per place on the grid; undefined where the series has none. */
export function onGrid(points: readonly (readonly [number, number])[], grid: Grid): (number | undefined)[] {
  const places = Array.from<number | undefined>({ length: grid.size });
  for (const [seconds, value] of points) places[(toMs(seconds) - grid.startMs) / grid.stepMs] = value;
  return places;
}

export interface Buckets {
  readonly lows: (number | undefined)[];
  readonly highs: (number | undefined)[];
}

/** Lowest and highest value in each of `count` equal stretches of time from `startMs`; NaN only where there is nothing else. */
export function bucketExtremes(
  points: readonly (readonly [number, number])[],
  startMs: number,
  bucketMs: number,
  count: number,
): Buckets {
  const lows = Array.from<number | undefined>({ length: count });
  const highs = Array.from<number | undefined>({ length: count });
  for (const [seconds, value] of points) {
    const place = Math.min(count - 1, Math.floor((toMs(seconds) - startMs) / bucketMs));
    const [low, high] = [lows[place], highs[place]];
    if (low === undefined || Number.isNaN(low) || value < low) lows[place] = value;
    if (high === undefined || Number.isNaN(high) || value > high) highs[place] = value;
  }
  return { lows, highs };
}
