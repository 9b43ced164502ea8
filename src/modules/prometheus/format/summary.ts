// The shortest form: how many series there are, what distinguishes them, what the most telling of them did, what to ask next.
import { clipBytes } from "../../../core/clip.ts";
import type { JsonObject } from "../../../core/json.ts";
import { byChange, byLabels, byLastValue, type Draft } from "./draft.ts";
import { clipLabels, labelCardinality } from "./labels.ts";
import type { Series } from "./reply.ts";
import { pointCount, seriesStats } from "./stats.ts";
import { show, toNumber } from "./value.ts";

export const SUMMARY_SERIES = 20;
/** A suggestion repeats the query only up to this length. */
const MAX_QUERY_BYTES = 600;
/** A breakdown by a label with more values than this is no smaller picture. */
const MAX_GROUPS = 50;

export interface SummaryOptions {
  readonly query: string;
  readonly limit: number;
}

export function summaryDraft(type: "vector" | "matrix", all: readonly Series[], options: SummaryOptions): Draft {
  const cardinality = labelCardinality(all);
  const questions = suggestions(options.query, cardinality, all.length);
  const total = all.reduce((sum, series) => sum + pointCount(series), 0);
  return {
    format: "summary",
    series: all.length <= options.limit ? byLabels(all) : mostTelling(type, all, options.limit),
    entry: (series) => ({
      labels: clipLabels(series.labels),
      ...(type === "vector" ? instant(series) : { stats: seriesStats(series, true) }),
    }),
    data: (entries) => ({
      resultType: type,
      points_total: total,
      label_cardinality: cardinality,
      series: entries,
      ...(questions.length === 0 ? {} : { suggestions: questions }),
    }),
    extra: {},
    cutsPoints: type === "matrix",
  };
}

/** By last value; of a matrix also by change, taking from both lists in turn. */
export function mostTelling(type: "vector" | "matrix", all: readonly Series[], limit: number): Series[] {
  const large = byLastValue(all, limit);
  if (type === "vector") return large;
  const moving = byChange(all, limit);
  const chosen = new Set<Series>();
  for (let i = 0; i < large.length && chosen.size < limit; i++) {
    for (const series of [large[i], moving[i]]) if (series !== undefined && chosen.size < limit) chosen.add(series);
  }
  return [...chosen];
}

function instant({ samples: [sample], histograms: [histogram] }: Series): JsonObject {
  if (sample !== undefined) return { value: show(toNumber(sample[1])) };
  if (histogram === undefined) return {};
  return { histogram: { count: show(toNumber(histogram.count)), sum: show(toNumber(histogram.sum)) } };
}

/** Smaller questions, ready to be asked. */
export function suggestions(query: string, cardinality: Readonly<Record<string, number>>, total: number): string[] {
  if (total <= 1) return [];
  const inner = query === clipBytes(query, MAX_QUERY_BYTES) ? query : "<query>";
  const groups = Object.entries(cardinality)
    .filter(([name, count]) => count > 1 && count <= MAX_GROUPS && count < total && /^[a-zA-Z_]\w*$/.test(name))
    .filter(([name]) => name !== "__name__")
    .slice(-2)
    .map(([name]) => `sum by (${name}) (${inner})`);
  return [...(total > 10 ? [`topk(10, ${inner})`] : []), ...groups];
}
