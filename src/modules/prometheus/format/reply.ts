// Prometheus's reply to a query, checked and made uniform. Checked by hand: a schema library would cost a second on 400,000 points.
// https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
import { ToolFailure } from "../../../core/failure.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Envelope } from "../projection.ts";

export type Labels = Readonly<Record<string, string>>;

/** Unix seconds and the value as Prometheus wrote it: "NaN", "+Inf" and "0e+00" included. */
export type Sample = readonly [seconds: number, text: string];

/** A native histogram at one moment; its buckets stay in `Series.raw`. */
export interface HistogramSample {
  readonly seconds: number;
  readonly count: string;
  readonly sum: string;
}

export interface Series {
  readonly labels: Labels;
  /** One for an element of a vector. Empty when the series holds native histograms only. */
  readonly samples: readonly Sample[];
  readonly histograms: readonly HistogramSample[];
  /** The element of `result`, untouched. */
  readonly raw: JsonObject;
}

export type Reply =
  | { readonly type: "vector" | "matrix"; readonly series: readonly Series[] }
  | { readonly type: "scalar" | "string"; readonly sample: Sample };

/** @throws ToolFailure INVALID_RESPONSE */
export function readReply(envelope: Envelope): Reply {
  const data = isObject(envelope.data) ? envelope.data : {};
  const type = data["resultType"];
  const result = data["result"];
  if (type === "scalar" || type === "string") return { type, sample: readSample(result) };
  if ((type !== "vector" && type !== "matrix") || !Array.isArray(result)) throw unexpected("resultType and result");
  return { type, series: result.map(readSeries) };
}

function readSeries(item: unknown): Series {
  if (!isObject(item) || !isLabels(item["metric"])) throw unexpected("a series with its labels");
  return {
    labels: item["metric"],
    samples: readList(item["value"], item["values"]).map(readSample),
    histograms: readList(item["histogram"], item["histograms"]).map(readHistogram),
    raw: item,
  };
}

function readList(one: unknown, many: unknown): readonly unknown[] {
  if (one !== undefined) return [one];
  if (many === undefined) return [];
  if (!Array.isArray(many)) throw unexpected("a list of values");
  return many;
}

function readSample(pair: unknown): Sample {
  if (!Array.isArray(pair)) throw unexpected("a value");
  const [seconds, text]: unknown[] = pair;
  if (!isMoment(seconds) || typeof text !== "string") throw unexpected("[time, value]");
  return [seconds, text];
}

function readHistogram(pair: unknown): HistogramSample {
  if (!Array.isArray(pair)) throw unexpected("a histogram");
  const [seconds, histogram]: unknown[] = pair;
  if (!isMoment(seconds) || !isObject(histogram)) throw unexpected("[time, histogram]");
  const { count, sum } = histogram;
  if (typeof count !== "string" || typeof sum !== "string") throw unexpected("count and sum of a histogram");
  return { seconds, count, sum };
}

/** Seconds that a Date can hold: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const isMoment = (value: unknown): value is number => typeof value === "number" && Math.abs(value) <= 8.64e12;

function isLabels(value: unknown): value is Labels {
  if (!isObject(value)) return false;
  for (const name in value) if (typeof value[name] !== "string") return false;
  return true;
}

const unexpected = (what: string): ToolFailure =>
  new ToolFailure("unavailable", `INVALID_RESPONSE: the reply is no query result: expected ${what}`, {
    code: "INVALID_RESPONSE",
    hint: "Is the datasource a Prometheus-compatible query API? check_datasource tells.",
  });
