// The reply of /api/v1/metadata: https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metric-metadata
// HELP texts are written by whoever wrote the exporter: they stay data.
import { z } from "zod";
import { compareText } from "../format/labels.ts";
import { clipTo, takePage, type Page, type PageWindow } from "../lists/paging.ts";
import { projection, type Envelope } from "../projection.ts";
import { checkShape } from "../lists/shape.ts";

const entry = z.looseObject({ type: z.string(), help: z.string().default(""), unit: z.string().default("") });
const reply = z.record(z.string(), z.array(entry)).nullish();

export interface MetadataEntry {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

export type NamedMetadata = readonly [name: string, entries: readonly MetadataEntry[]];

export interface MetadataOptions extends PageWindow {
  /** Keep metrics with this text in name or help, in any case. */
  readonly search?: string | undefined;
}

/** A metric has more than one entry when its exporters disagree. Sorted by name. */
export const metadataPage = projection(
  "metadataPage",
  (envelope, { search, ...window }: MetadataOptions): Page<NamedMetadata> => {
    const wanted = search?.toLowerCase() ?? "";
    const has = (text: string) => text.toLowerCase().includes(wanted);
    const kept = read(envelope)
      .filter(([name, entries]) => wanted === "" || has(name) || entries.some(({ help }) => has(help)))
      .sort(([a], [b]) => compareText(a, b));
    return takePage(kept, window, ([name, entries], max) => [
      name,
      entries.slice(0, MAX_ENTRIES).map((e) => clip(e, max)),
    ]);
  },
);

const MAX_ENTRIES = 20;
const MAX_SHORT_HELP = 200;

/** Histograms, summaries and OpenMetrics counters have their metadata under the name without the suffix. */
export const baseName = (name: string): string | undefined =>
  /^(.+)_(?:total|bucket|sum|count|created|info)$/.exec(name)?.[1];

/** Type, help and unit of these metrics, or of their base names, one entry each, in short. */
export const metadataOf = projection(
  "metadataOf",
  (envelope, { names }: { names: readonly string[] }): Record<string, MetadataEntry> => {
    const known = new Map(read(envelope));
    const found = names.flatMap((name) => {
      const [first] = known.get(name) ?? known.get(baseName(name) ?? "") ?? [];
      return first === undefined ? [] : [[name, clip(first, MAX_SHORT_HELP)] as const];
    });
    return Object.fromEntries(found);
  },
);

const read = ({ data }: Envelope): NamedMetadata[] =>
  Object.entries(checkShape(reply, data, "metadata by metric name") ?? {});

const clip = ({ type, help, unit }: MetadataEntry, max: number): MetadataEntry => ({
  type: clipTo(type, max),
  help: clipTo(help, max),
  unit: clipTo(unit, max),
});
