// The counts that the hub's tools ask for to say how many there are: `count(x)`, `count by (label) (x)`, and `topk(n, ...)` of it, where x
// is a selector or a known query. They follow from what was captured, so no capture is needed for each.
import { normalize } from "./selector.ts";

type Labels = Readonly<Record<string, string>>;

export interface CountQuery {
  /** The label to count by; undefined counts all. */
  readonly by: string | undefined;
  readonly top: number;
  /** What is counted. */
  readonly inner: string;
}

const COUNT = /^(?:topk\((\d{1,4}),)?count(?: by|by)?(?:\(([a-zA-Z_][a-zA-Z0-9_]*)\))?\((.*)\)$/;

/** Undefined for any other query. */
export function parseCount(query: string): CountQuery | undefined {
  const text = normalize(query);
  const [, top, by, rest] = COUNT.exec(text) ?? [];
  if (rest === undefined || text.includes("count by(") !== (by !== undefined)) return undefined;
  if (top === undefined) return { by, top: Infinity, inner: rest };
  return rest.endsWith(")") ? { by, top: Number(top), inner: rest.slice(0, -1) } : undefined;
}

/** An instant vector, largest first when it is cut. */
export function countSeries({ by, top }: CountQuery, series: readonly Labels[], time: number) {
  const counts = new Map<string, number>();
  for (const labels of series) {
    const key = by === undefined ? "" : (labels[by] ?? "");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const entries = [...counts];
  const kept = top === Infinity ? entries : entries.toSorted((a, b) => b[1] - a[1]).slice(0, top);
  return kept.map(([key, count]) => ({
    metric: by === undefined || key === "" ? {} : { [by]: key },
    value: [time, String(count)],
  }));
}
