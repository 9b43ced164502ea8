// The chart's dashboard as data: the shape that Grafana reads, each key known, and its queries as they leave Grafana.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CHART } from "./helm.ts";

const source = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });
const place = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1).max(20),
});
const threshold = z.strictObject({ color: z.enum(["green", "red"]), value: z.number().nullable() });
const base = { id: z.int().min(1), title: z.string().min(1), gridPos: place };
const row = z.strictObject({ ...base, type: z.literal("row"), collapsed: z.literal(false), panels: z.tuple([]) });
const graph = z.strictObject({
  ...base,
  type: z.enum(["stat", "timeseries", "bargauge"]),
  description: z.string().min(1).optional(),
  datasource: source,
  targets: z
    .array(
      z.strictObject({
        refId: z.string().regex(/^[A-Z]$/),
        datasource: source,
        expr: z.string().min(1),
        legendFormat: z.string().min(1),
        instant: z.literal(true).optional(),
        range: z.literal(false).optional(),
      }),
    )
    .min(1),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      // Ids of Grafana's own list; an unknown one is shown as a suffix.
      unit: z.enum(["none", "short", "reqps", "ops", "s", "Bps", "bytes", "currencyUSD"]),
      min: z.literal(0).optional(),
      color: z.strictObject({ mode: z.literal("continuous-BlPu") }).optional(),
      thresholds: z.strictObject({ mode: z.literal("absolute"), steps: z.array(threshold).min(1) }).optional(),
      custom: z.record(z.string(), z.unknown()).optional(),
    }),
    overrides: z.tuple([]),
  }),
  options: z.record(z.string(), z.unknown()),
});

const variable = z.looseObject({
  name: z.string(),
  type: z.enum(["datasource", "query"]),
  refresh: z.literal([1, 2]),
  definition: z.string().optional(),
  allValue: z.never().optional().describe("all hubs, not all jobs of the Prometheus"),
});

const dashboard = z.strictObject({
  uid: z.string().regex(/^[-_a-zA-Z0-9]{1,40}$/),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.int().min(39),
  version: z.int(),
  editable: z.boolean(),
  graphTooltip: z.literal(1),
  refresh: z.string(),
  time: z.strictObject({ from: z.string(), to: z.literal("now") }),
  timezone: z.literal("browser"),
  templating: z.strictObject({ list: z.array(variable) }),
  annotations: z.strictObject({ list: z.tuple([]) }),
  links: z.tuple([]),
  panels: z.array(z.discriminatedUnion("type", [row, graph])).min(1),
});

export type Dashboard = z.output<typeof dashboard>;
export type Panel = Dashboard["panels"][number];

export interface Query {
  readonly panel: string;
  readonly expr: string;
  readonly legend: string;
  readonly isInstant: boolean;
}

export const readDashboard = (text: string): Dashboard => dashboard.parse(JSON.parse(text));
export const dashboardText = (): Promise<string> => readFile(join(CHART, "files/dashboard.json"), "utf8");

/** The queries, with `values` for the variables. @throws when one is left */
export function queriesOf({ panels }: Dashboard, values: Readonly<Record<string, string>>): Query[] {
  return panels.flatMap((panel) =>
    panel.type === "row"
      ? []
      : panel.targets.map(({ expr, legendFormat, instant = false }) => {
          const filled = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
          if (filled.includes("$")) throw new Error(`${panel.title} has a variable that is not there: ${filled}`);
          return { panel: panel.title, expr: filled, legend: legendFormat, isInstant: instant };
        }),
  );
}

/** The metrics that a query names, as the hub calls them. */
export function metricsOf({ expr }: Pick<Query, "expr">): string[] {
  const names = expr.match(/\b(?:ops_hub|nodejs|process)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_bucket$/, ""));
}

/** Pairs of panels that lie on one another. */
export function overlaps(panels: readonly Panel[]): string[] {
  return panels.flatMap((one, n) =>
    panels.slice(n + 1).flatMap((other) => {
      const [a, b] = [one.gridPos, other.gridPos];
      const isApart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      return isApart ? [] : [`${one.title} and ${other.title}`];
    }),
  );
}
