// One way to write an answer, before it is known how many of its series fit: the formats make drafts, answer.ts fits them.
import { byteLength } from "../../../core/clip.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Series } from "./reply.ts";
import { compareText, labelKey } from "./labels.ts";
import { firstValue, lastValue } from "./stats.ts";

export type SeriesType = "vector" | "matrix";

export interface Draft {
  readonly format: "raw" | "compact" | "summary";
  /** In the order in which they are shown. */
  readonly series: readonly Series[];
  /** One series as the list shows it. */
  entry(series: Series): JsonObject;
  /** `data` of the answer around these entries. */
  data(entries: readonly JsonObject[]): JsonObject;
  /** More members of the answer. */
  readonly extra: JsonObject;
  /** Are points left out or merged even when every series is shown? */
  readonly cutsPoints: boolean;
}

/** What every answer says of itself; formats and messages add their members. */
export interface Answer extends JsonObject {
  result_type: "vector" | "matrix" | "scalar" | "string";
  format: "raw" | "compact" | "summary";
  /** Series in the whole result, and in `data`. */
  total: number;
  returned: number;
  /** Were series or points left out? */
  truncated: boolean;
  has_more: boolean;
  truncated_by?: "series" | "points" | "bytes";
  how_to_see_more?: string;
  data: JsonObject;
}

/** No series is shown in fewer bytes than `{"labels":{},"value":1}`. */
export const FEWEST_ENTRY_BYTES = 22;

export const jsonBytes = (value: unknown): number => byteLength(JSON.stringify(value));

/** As many entries, from the first, as fit into `room` bytes with their commas. */
export function fitting(draft: Draft, room: number): JsonObject[] {
  const entries: JsonObject[] = [];
  let left = room;
  for (const series of draft.series) {
    const entry = draft.entry(series);
    left -= jsonBytes(entry) + 1;
    if (left < 0) break;
    entries.push(entry);
  }
  return entries;
}

export const byLabels = (series: readonly Series[]): Series[] =>
  series
    .map((item) => ({ item, key: labelKey(item.labels) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ item }) => item);

/** The `limit` with the largest last value, largest first, equal ones by labels; NaN last. */
export const byLastValue = (series: readonly Series[], limit: number): Series[] => strongest(series, limit, lastValue);

/** The `limit` with the largest change between first and last point, largest first. */
export const byChange = (series: readonly Series[], limit: number): Series[] =>
  strongest(series, limit, (item) => Math.abs(lastValue(item) - firstValue(item)));

interface Ranked {
  readonly item: Series;
  readonly value: number;
}

/** Only what can be among the first is sorted: of 100,000 series the labels of a few are compared. */
function strongest(series: readonly Series[], limit: number, rank: (item: Series) => number): Series[] {
  const all = series.map((item): Ranked => ({ item, value: rank(item) }));
  const floor = limit < all.length ? Float64Array.from(all, orLowest).sort()[all.length - limit] : undefined;
  const candidates = floor === undefined ? all : all.filter((ranked) => orLowest(ranked) >= floor);
  return candidates
    .map((ranked) => ({ ...ranked, key: labelKey(ranked.item.labels) }))
    .sort((a, b) => descending(a.value, b.value) || compareText(a.key, b.key))
    .slice(0, limit)
    .map(({ item }) => item);
}

const orLowest = ({ value }: Ranked): number => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);

const descending = (a: number, b: number): number =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a === b ? 0 : a > b ? -1 : 1;
