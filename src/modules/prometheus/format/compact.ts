// The short form: labels that all series share stand once, times are one start and one step, values are numbers of four digits.
// Measured on 10 series of 100 points: 4.4k tokens instead of 14.5k.
import { rfc3339 } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import { type Draft } from "./draft.ts";
import { bucketExtremes, findGrid, onGrid, timeSpan, toMs } from "./grid.ts";
import { commonLabels, ownLabels } from "./labels.ts";
import type { HistogramSample, Sample, Series } from "./reply.ts";
import { points, seriesStats } from "./stats.ts";
import { show, toNumber, type Shown } from "./value.ts";

const shownOrGap = (value: number | undefined): Shown | null => (value === undefined ? null : show(value));
const number = (text: string): Shown => show(toNumber(text));

/** An instant vector. Elements with a time of their own carry it. */
export function compactVector(series: readonly Series[]): Draft {
  const common = commonLabels(series);
  const [first, last] = timeSpan(series);
  const sameTime = first === last;
  const time = ([seconds]: Sample): JsonObject => (sameTime ? {} : { time: rfc3339(toMs(seconds)) });
  return {
    format: "compact",
    series,
    entry: ({ labels, samples: [sample], histograms: [histogram] }) => ({
      labels: ownLabels(labels, common),
      ...(sample === undefined ? {} : { ...time(sample), value: number(sample[1]) }),
      ...(histogram === undefined
        ? {}
        : {
            ...time([histogram.seconds, ""]),
            histogram: { count: number(histogram.count), sum: number(histogram.sum) },
          }),
    }),
    data: (entries) => ({
      resultType: "vector",
      ...(sameTime ? { time: rfc3339(first) } : {}),
      common_labels: common,
      series: entries,
    }),
    extra: {},
    cutsPoints: false,
  };
}

/** Every point: as `values` on one grid (null where a series has none), else as `points` of [seconds after start, value]. */
export function compactMatrix(series: readonly Series[], stepSeconds: number | undefined): Draft {
  const common = commonLabels(series);
  const grid = findGrid(series, stepSeconds);
  const [startMs] = timeSpan(series);
  const after = (seconds: number): number => (toMs(seconds) - startMs) / 1000;
  const values = (item: Series): JsonObject => {
    if (item.samples.length === 0) return {};
    if (grid === undefined) return { points: item.samples.map(([seconds, text]) => [after(seconds), number(text)]) };
    return { values: onGrid(points(item), grid).map(shownOrGap) };
  };
  return {
    format: "compact",
    series,
    entry: (item) => ({
      labels: ownLabels(item.labels, common),
      stats: seriesStats(item, false),
      ...values(item),
      ...histograms(item.histograms, after),
    }),
    data: (entries) => ({
      resultType: "matrix",
      ...(Number.isFinite(startMs) ? { start: rfc3339(startMs) } : {}),
      ...(grid === undefined ? {} : { step: grid.stepMs / 1000 }),
      common_labels: common,
      series: entries,
    }),
    extra: {},
    cutsPoints: false,
  };
}

/** Lowest and highest value of each of `count` equal stretches of time; the stats are still over all points. */
export function compactBuckets(series: readonly Series[], count: number): Draft {
  const common = commonLabels(series);
  const [startMs, endMs] = timeSpan(series);
  const bucketMs = Math.max(1, Math.ceil((endMs - startMs) / count));
  const after = (seconds: number): number => (toMs(seconds) - startMs) / 1000;
  return {
    format: "compact",
    series,
    entry: (item) => {
      const { lows, highs } = bucketExtremes(points(item), startMs, bucketMs, count);
      return {
        labels: ownLabels(item.labels, common),
        stats: seriesStats(item, false),
        ...(item.samples.length === 0 ? {} : { min: lows.map(shownOrGap), max: highs.map(shownOrGap) }),
        ...histograms(lastOfBuckets(item.histograms, startMs, bucketMs, count), after),
      };
    },
    data: (entries) => ({
      resultType: "matrix",
      start: rfc3339(startMs),
      bucket_seconds: bucketMs / 1000,
      common_labels: common,
      series: entries,
    }),
    extra: { downsampled: true },
    cutsPoints: true,
  };
}

/** Native histograms as [seconds after start, count, sum]; their buckets are in the raw format. */
const histograms = (list: readonly HistogramSample[], after: (seconds: number) => number): JsonObject =>
  list.length === 0
    ? {}
    : { histograms: list.map(({ seconds, count, sum }) => [after(seconds), number(count), number(sum)]) };

function lastOfBuckets(list: readonly HistogramSample[], startMs: number, bucketMs: number, count: number) {
  const last = new Map<number, HistogramSample>();
  for (const sample of list)
    last.set(Math.min(count - 1, Math.floor((toMs(sample.seconds) - startMs) / bucketMs)), sample);
  return [...last.values()];
}
