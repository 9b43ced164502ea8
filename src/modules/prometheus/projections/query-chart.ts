// A range reply as the lines of a chart, together with the answer in words: the same series in both.
import { formatAnswer, type FormatOptions } from "../format/answer.ts";
import type { Answer } from "../format/draft.ts";
import { findGrid, onGrid } from "../format/grid.ts";
import { commonLabels, ownLabels } from "../format/labels.ts";
import { readReply, type Labels, type Series } from "../format/reply.ts";
import { points } from "../format/stats.ts";
import { mostTelling, SUMMARY_SERIES } from "../format/summary.ts";
import { projection } from "../projection.ts";

export interface ChartLine {
  /** What distinguishes it from the other lines. */
  readonly labels: Labels;
  /** Unix seconds and a finite value, or null for a gap. */
  readonly points: readonly [number, number | null][];
}

export interface ChartAnswer {
  readonly answer: Answer;
  readonly common: Labels;
  readonly lines: readonly ChartLine[];
  /** Neighbouring points of a line are never further apart, seconds; gaps are explicit. */
  readonly spacing: number;
}

/** A picture of at most 1,600 pixels shows no more. */
const MAX_POINTS = 1600;

export const queryChart = projection("queryChart", (envelope, options: FormatOptions): ChartAnswer => {
  const reply = readReply(envelope);
  const series = "series" in reply ? reply.series : [];
  const drawn = mostTelling("matrix", series, SUMMARY_SERIES);
  const common = commonLabels(drawn);
  const longest = drawn.reduce((most, item) => Math.max(most, points(item).length), 0);
  return {
    spacing: (options.stepSeconds ?? 0) * (longest > MAX_POINTS ? 2 * groupSize(longest) : 1),
    answer: formatAnswer(envelope, { ...options, format: "summary", limit: SUMMARY_SERIES }),
    common,
    lines: drawn.map((item) => ({
      labels: ownLabels(item.labels, common),
      points: thin(withGaps(item, options.stepSeconds)),
    })),
  };
});

function withGaps(series: Series, stepSeconds: number | undefined): [number, number | null][] {
  const all = points(series);
  const grid = findGrid([series], stepSeconds);
  if (grid === undefined) return all.map(([seconds, value]) => [seconds, finite(value)]);
  return onGrid(all, grid).map((value, i) => [(grid.startMs + i * grid.stepMs) / 1000, finite(value)]);
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

const groupSize = (length: number): number => Math.ceil(length / (MAX_POINTS / 2));

/** Of each group of neighbours the lowest and the highest, in the order of time, so that peaks stay. */
function thin(all: [number, number | null][]): [number, number | null][] {
  if (all.length <= MAX_POINTS) return all;
  const size = groupSize(all.length);
  const kept: [number, number | null][] = [];
  for (let at = 0; at < all.length; at += size) {
    const group = all.slice(at, at + size);
    const known = group.filter(([, value]) => value !== null).sort((a, b) => Number(a[1]) - Number(b[1]));
    const extremes = [known[0] ?? group[0], known.at(-1)].filter((point) => point !== undefined);
    kept.push(...extremes.filter((point, i) => extremes.indexOf(point) === i).sort(([a], [b]) => a - b));
  }
  return kept;
}
