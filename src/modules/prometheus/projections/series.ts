// Label sets and the values in them. Checked by hand: a schema library would cost a second on 200,000 series.
import { isObject } from "../../../core/json.ts";
import { jsonBytes } from "../format/draft.ts";
import { clipLabels, commonLabels, compareText, labelCardinality, labelKey, ownLabels } from "../format/labels.ts";
import { readReply, type Labels } from "../format/reply.ts";
import { toNumber } from "../format/value.ts";
import { clipTo, takePage, type Page, type PageWindow } from "../lists/paging.ts";
import { projection, type Envelope } from "../projection.ts";
import { wrongShape } from "../lists/shape.ts";
import { readNames } from "./names.ts";

export interface SeriesOptions extends PageWindow {
  /** How many the server was asked for; exactly as many means that there may be others. */
  readonly cap: number;
}

export interface SeriesPage extends Page<Labels> {
  /** What all series share; left out of the entries. */
  readonly common_labels: Labels;
  /** How many different values each label has, most first; at most 20 labels. */
  readonly cardinality: Readonly<Record<string, number>>;
  readonly total_exact?: false;
}

/** Larger common labels are shown in short. */
const MAX_COMMON_BYTES = 8_192;

export const seriesPage = projection("seriesPage", (envelope, options: SeriesOptions): SeriesPage => {
  const all = readLabelSets(envelope);
  const common = commonLabels(all);
  const shownCommon = jsonBytes(common) <= MAX_COMMON_BYTES ? common : clipLabels(common);
  const cardinality = labelCardinality(all);
  const sorted = all.map(({ labels }) => ({ labels, key: labelKey(labels) })).sort((a, b) => compareText(a.key, b.key));
  const roomBytes = options.roomBytes - jsonBytes(shownCommon) - jsonBytes(cardinality);
  const page = takePage(sorted, { ...options, roomBytes }, ({ labels }, max) =>
    shorten(ownLabels(labels, common), max),
  );
  return {
    ...page,
    common_labels: shownCommon,
    cardinality,
    ...(all.length === options.cap ? { total_exact: false } : {}),
  };
});

function shorten(labels: Labels, max: number): Labels {
  if (max === Number.POSITIVE_INFINITY) return labels;
  return Object.fromEntries(Object.entries(clipLabels(labels)).map(([name, value]) => [name, clipTo(value, max)]));
}

function readLabelSets({ data }: Envelope): { labels: Labels }[] {
  if (data === null || data === undefined) return [];
  if (!Array.isArray(data)) throw wrongShape("a list of label sets");
  return data.map((labels: unknown) => {
    if (!isLabels(labels)) throw wrongShape("a list of label sets");
    return { labels };
  });
}

function isLabels(value: unknown): value is Labels {
  if (!isObject(value)) return false;
  for (const name in value) if (typeof value[name] !== "string") return false;
  return true;
}

/** How many names a list holds. */
export const nameCount = projection(
  "nameCount",
  (envelope, _options: Record<string, never>): number => readNames(envelope).length,
);

export interface ValueCount {
  readonly value: string;
  readonly series: number;
}

const MAX_VALUE_CHARACTERS = 100;

/** The values of one label in `count by (label) (...)`, most series first. */
export const valueCounts = projection("valueCounts", (envelope, { label }: { label: string }): ValueCount[] => {
  const reply = readReply(envelope);
  const counts = ("series" in reply ? reply.series : []).map(({ labels, samples }) => ({
    value: clipTo(labels[label] ?? "", MAX_VALUE_CHARACTERS),
    series: toNumber(samples[0]?.[1] ?? "NaN"),
  }));
  return counts
    .filter(({ series }) => Number.isFinite(series))
    .sort((a, b) => b.series - a.series || compareText(a.value, b.value));
});
