// The captured day, read from capture/*.json: answers of a real Prometheus, with times counted from the end of the capture.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { decodeCurve } from "./run-length.ts";

const labels = z.record(z.string(), z.string());
const curve = z.object({ decimals: z.number().int(), values: z.string() });

const queriesFile = z.strictObject({
  stepSeconds: z.number().positive(),
  queries: z.array(
    z.strictObject({
      query: z.string(),
      /** The answer of format_query. */
      formatted: z.string(),
      series: z.array(z.strictObject({ metric: labels, ...curve.shape })),
    }),
  ),
});

export const stateFile = z.strictObject({
  alerts: z.looseObject({ alerts: z.array(z.looseObject({})) }),
  rules: z.looseObject({ groups: z.array(z.looseObject({ rules: z.array(z.looseObject({ type: z.string() })) })) }),
  targets: z.looseObject({
    activeTargets: z.array(z.looseObject({ scrapePool: z.string() })),
    droppedTargets: z.array(z.unknown()),
  }),
  exemplars: z.array(
    z.looseObject({ seriesLabels: labels, exemplars: z.array(z.looseObject({ timestamp: z.number() })) }),
  ),
  tsdb: z.looseObject({}),
  buildinfo: z.looseObject({}),
});

const catalogFile = z.strictObject({
  /** Label sets by metric name. */
  series: z.record(z.string(), z.array(labels)),
  metadata: z.record(z.string(), z.array(z.looseObject({}))),
});

export type QueriesFile = z.infer<typeof queriesFile>;
export type StateFile = z.infer<typeof stateFile>;
export type CatalogFile = z.infer<typeof catalogFile>;

export interface CapturedSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** One value per step, the last one at the end of the capture. */
  readonly values: readonly (string | undefined)[];
}

export interface CapturedQuery {
  readonly query: string;
  readonly formatted: string;
  readonly series: readonly CapturedSeries[];
}

export interface Capture {
  readonly stepSeconds: number;
  readonly queries: readonly CapturedQuery[];
  /** Every label set, `__name__` included. */
  readonly series: readonly Readonly<Record<string, string>>[];
  readonly metadata: CatalogFile["metadata"];
  readonly state: StateFile;
}

/** @throws ZodError or Error when a file is not what test/support/capture-demo.ts writes. */
export async function readCapture(): Promise<Capture> {
  const [queries, catalog, state] = await Promise.all([read("queries"), read("catalog"), read("state")]);
  return assemble(queriesFile.parse(queries), catalogFile.parse(catalog), stateFile.parse(state));
}

async function read(name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`../capture/${name}.json`, import.meta.url), "utf8"));
}

export function assemble(queries: QueriesFile, catalog: CatalogFile, state: StateFile): Capture {
  return {
    stepSeconds: queries.stepSeconds,
    queries: queries.queries.map(({ series, ...query }) => ({
      ...query,
      series: series.map(({ metric, ...values }) => ({ metric, values: decodeCurve(values) })),
    })),
    series: Object.entries(catalog.series).flatMap(([name, sets]) => sets.map((set) => ({ __name__: name, ...set }))),
    metadata: catalog.metadata,
    state,
  };
}
