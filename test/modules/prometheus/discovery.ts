// Captured replies for the tests of the discovery tools; see test/fixtures/prometheus/discovery/SOURCES.md.
import { readFile } from "node:fs/promises";

export async function captured(name: string): Promise<{ body: string }> {
  const file = new URL(`../../fixtures/prometheus/discovery/${name}.json`, import.meta.url);
  return { body: await readFile(file, "utf8") };
}

/** metric_0000, metric_0001, ... in reverse, since servers need not sort. */
export const manyNames = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `metric_${String(i).padStart(4, "0")}`).toReversed();

/** Paging members alone. */
export const paging = ({
  total,
  returned,
  truncated,
  has_more,
  next_offset,
  truncated_by,
}: Record<string, unknown>) => ({
  total,
  returned,
  truncated,
  has_more,
  next_offset,
  truncated_by,
});
