// What label sets have in common, how they sort, and how long a hostile one may be where we describe rather than quote.
import { oneLine } from "../../../core/clip.ts";
import type { Labels, Series } from "./reply.ts";

const MAX_NAMES = 40;
const MAX_VALUE_CHARACTERS = 120;

/** The labels that every series has with the same value. Empty for a single series, whose labels are its own. */
export function commonLabels(series: readonly Pick<Series, "labels">[]): Labels {
  const [first, ...others] = series;
  if (first === undefined || others.length === 0) return {};
  const common = new Map(Object.entries(first.labels));
  for (const { labels } of others) {
    for (const [name, value] of common) if (labels[name] !== value) common.delete(name);
    if (common.size === 0) break;
  }
  return Object.fromEntries(common);
}

/** `labels` without the names in `common`. */
export const ownLabels = (labels: Labels, common: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !Object.hasOwn(common, name)));

/** A text by which label sets sort: the same set gives the same text whatever its order. */
export const labelKey = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => compareText(a, b)));

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** For descriptions: long values end in an ellipsis, and a set of more than 40 labels in a count of the others. */
export function clipLabels(labels: Labels): Labels {
  const entries = Object.entries(labels);
  const shown = entries
    .slice(0, MAX_NAMES)
    .map(([name, value]) => [oneLine(name, MAX_VALUE_CHARACTERS), clipValue(value)] as const);
  const left = entries.length - shown.length;
  return Object.fromEntries(left > 0 ? [...shown, ["...", `${left} more labels`] as const] : shown);
}

/** Values short enough stay exact, control characters included. */
const clipValue = (value: string): string =>
  value.length <= MAX_VALUE_CHARACTERS ? value : oneLine(value, MAX_VALUE_CHARACTERS);

/** How many different values each label has, most first; at most 20 labels. */
export function labelCardinality(series: readonly Pick<Series, "labels">[]): Record<string, number> {
  const values = new Map<string, Set<string>>();
  for (const { labels } of series) {
    for (const name of Object.keys(labels)) {
      const value = labels[name] ?? "";
      const known = values.get(name);
      if (known === undefined) values.set(name, new Set([value]));
      else known.add(value);
    }
  }
  const counts = [...values].map(([name, known]) => [oneLine(name, MAX_VALUE_CHARACTERS), known.size] as const);
  counts.sort(([a, x], [b, y]) => y - x || compareText(a, b));
  return Object.fromEntries(counts.slice(0, 20));
}
