// The reply of /api/v1/alerts: pending and firing alerts. https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
// Labels and annotations are written by whoever writes the rules and names the pods: they stay data.
import { z } from "zod";
import { compareText, labelKey } from "../format/labels.ts";
import { jsonBytes } from "../format/draft.ts";
import type { Matcher } from "../language/matchers.ts";
import { clipTo, takePage, tally, type Page, type PageWindow } from "../lists/paging.ts";
import { projection, type Envelope } from "../projection.ts";
import { labelFilter } from "../language/selectors.ts";
import { checkShape } from "../lists/shape.ts";
import { nearestNames } from "./names.ts";

const texts = z.record(z.string(), z.string());
export const alertShape = z.looseObject({
  labels: texts,
  annotations: texts.nullish(),
  state: z.string(),
  activeAt: z.string().nullish(),
  value: z.string().nullish(),
});
const reply = z.looseObject({ alerts: z.array(alertShape).nullish() });

export type UpstreamAlert = z.output<typeof alertShape>;

export interface AlertsOptions extends PageWindow {
  readonly state?: string | undefined;
  /** The exact alertname. */
  readonly name?: string | undefined;
  readonly matchers: readonly Matcher[];
}

/** A type, not an interface: only types have the index signature that output schemas want. */
export type ShownAlert = {
  readonly name: string;
  readonly state: string;
  readonly activeAt?: string;
  readonly value?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

export interface AlertsPage extends Page<ShownAlert> {
  /** Over everything that matched, shown or not. */
  readonly by_state: Readonly<Record<string, number>>;
  readonly by_severity: Readonly<Record<string, number>>;
  readonly did_you_mean?: string[];
}

/** Firing first, newest first. Filters are applied here: servers ignore the ones they do not know. */
export const alertsPage = projection("alertsPage", (envelope, options: AlertsOptions): AlertsPage => {
  const all = readAlerts(envelope);
  const meets = labelFilter(options.matchers);
  const kept = all
    .filter(({ state }) => options.state === undefined || state === options.state)
    .filter(({ labels }) => (options.name === undefined || nameOf(labels) === options.name) && meets(labels))
    .map((alert) => ({ alert, key: labelKey(alert.labels) }))
    .sort((a, b) => rank(a.alert) - rank(b.alert) || newestFirst(a.alert, b.alert) || compareText(a.key, b.key))
    .map(({ alert }) => alert);
  const counts = {
    by_state: tally(kept, ({ state }) => state),
    by_severity: tally(kept, ({ labels }) => labels["severity"] ?? "none"),
  };
  const names = [...new Set(all.map(({ labels }) => nameOf(labels)))];
  const near = kept.length === 0 && options.name !== undefined ? nearestNames(options.name, names, 5) : [];
  return {
    ...takePage(kept, { ...options, roomBytes: options.roomBytes - jsonBytes(counts) }, showAlert),
    ...counts,
    ...(near.length === 0 ? {} : { did_you_mean: near }),
  };
});

/** The names of the alerts that are pending or firing, each once. */
export const alertNames = projection("alertNames", (envelope, _options: Record<string, never>): string[] =>
  [...new Set(readAlerts(envelope).map(({ labels }) => nameOf(labels)))].sort(compareText),
);

const readAlerts = ({ data }: Envelope): UpstreamAlert[] => checkShape(reply, data, "a list of alerts").alerts ?? [];

const nameOf = (labels: Readonly<Record<string, string>>): string => labels["alertname"] ?? "";

const STATES = ["firing", "pending"];
const rank = ({ state }: UpstreamAlert): number => (STATES.includes(state) ? STATES.indexOf(state) : STATES.length);

function newestFirst(a: UpstreamAlert, b: UpstreamAlert): number {
  const difference = Date.parse(b.activeAt ?? "") - Date.parse(a.activeAt ?? "");
  return Number.isNaN(difference) ? 0 : difference;
}

const MAX_TEXT = 2_000;

/** `activeAt` and `value` as Prometheus wrote them. */
export function showAlert(alert: UpstreamAlert, maxCharacters: number): ShownAlert {
  const max = Math.min(MAX_TEXT, maxCharacters);
  const clip = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([name, text]) => [clipTo(name, max), clipTo(text, max)]));
  return {
    name: clipTo(nameOf(alert.labels), max),
    state: alert.state,
    ...(typeof alert.activeAt === "string" ? { activeAt: alert.activeAt } : {}),
    ...(typeof alert.value === "string" ? { value: alert.value } : {}),
    labels: clip(alert.labels),
    annotations: clip(alert.annotations ?? {}),
  };
}
