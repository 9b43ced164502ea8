// What a series did, in a handful of numbers taken over all of its points.
import { rfc3339 } from "../../../core/clock.ts";
import type { Series } from "./reply.ts";
import { show, toNumber, type Shown } from "./value.ts";

/** Of a native histogram the numbers describe its count. `min`, `max`, `avg` are over the finite points and absent without any. */
export interface Stats {
  readonly count: number;
  readonly first?: Shown;
  readonly last?: Shown;
  readonly delta?: Shown;
  readonly min?: Shown;
  readonly max?: Shown;
  readonly avg?: Shown;
  readonly min_time?: string;
  readonly max_time?: string;
  readonly has_nan?: true;
  readonly has_inf?: true;
}

/** The points that are counted: the values, or the counts of native histograms where there are no values. */
export const points = (series: Series): readonly (readonly [seconds: number, value: number])[] =>
  series.samples.length > 0
    ? series.samples.map(([seconds, text]) => [seconds, toNumber(text)] as const)
    : series.histograms.map(({ seconds, count }) => [seconds, toNumber(count)] as const);

export const pointCount = ({ samples, histograms }: Series): number => samples.length || histograms.length;

export const lastValue = (series: Series): number => {
  const sample = series.samples.at(-1);
  return sample === undefined ? toNumber(series.histograms.at(-1)?.count ?? "NaN") : toNumber(sample[1]);
};

export const firstValue = (series: Series): number => {
  const sample = series.samples[0];
  return sample === undefined ? toNumber(series.histograms[0]?.count ?? "NaN") : toNumber(sample[1]);
};

/** `withTimes` adds when the extremes were. */
export function seriesStats(series: Series, withTimes: boolean): Stats {
  const all = points(series);
  if (all.length === 0) return { count: 0 };
  const finite = all.filter(([, value]) => Number.isFinite(value));
  const [first, last] = [firstValue(series), lastValue(series)];
  const delta = last - first;
  return {
    count: all.length,
    first: show(first),
    last: show(last),
    ...(Number.isFinite(first) && Number.isFinite(last) ? { delta: show(delta) } : {}),
    ...extremes(finite, withTimes),
    ...(all.some(([, value]) => Number.isNaN(value)) ? { has_nan: true } : {}),
    ...(all.some(([, value]) => Math.abs(value) === Number.POSITIVE_INFINITY) ? { has_inf: true } : {}),
  };
}

function extremes(finite: readonly (readonly [number, number])[], withTimes: boolean): Partial<Stats> {
  const [head] = finite;
  if (head === undefined) return {};
  let [low, high] = [head, head];
  let avg = 0;
  for (const point of finite) {
    if (point[1] < low[1]) low = point;
    if (point[1] > high[1]) high = point;
    avg += point[1] / finite.length; // divided first: a sum of large doubles overflows
  }
  const times = withTimes ? { min_time: time(low[0]), max_time: time(high[0]) } : {};
  return { min: show(low[1]), max: show(high[1]), avg: show(avg), ...times };
}

const time = (seconds: number): string => rfc3339(Math.round(seconds * 1000));
