// The reply of /api/v1/rules, flattened: https://prometheus.io/docs/prometheus/latest/querying/api/#rules
import { z } from "zod";
import { formatDuration } from "../language/duration.ts";
import { jsonBytes } from "../format/draft.ts";
import { compareText } from "../format/labels.ts";
import { clipTo, takePage, tally, type Page, type PageWindow } from "../lists/paging.ts";
import { projection, type Envelope } from "../projection.ts";
import { checkShape } from "../lists/shape.ts";
import { alertShape, showAlert } from "./alerts.ts";
import { nearestNames } from "./names.ts";

const texts = z.record(z.string(), z.string()).nullish();
const rule = z.looseObject({
  name: z.string(),
  type: z.string(),
  query: z.string(),
  health: z.string().default("unknown"),
  state: z.string().nullish(),
  duration: z.number().nullish(),
  keepFiringFor: z.number().nullish(),
  labels: texts,
  annotations: texts,
  alerts: z.array(alertShape).nullish(),
  lastError: z.string().nullish(),
  evaluationTime: z.number().nullish(),
  lastEvaluation: z.string().nullish(),
});
const group = z.looseObject({
  name: z.string(),
  file: z.string().default(""),
  interval: z.number().nullish(),
  rules: z.array(rule).nullish(),
});
const reply = z.looseObject({ groups: z.array(group).nullish() });

export interface RulesOptions extends PageWindow {
  /** Prometheus's words: `alerting` or `recording`. */
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly state?: string | undefined;
  readonly health?: string | undefined;
  readonly withAlerts: boolean;
}

export interface RulesPage extends Page<ShownRule> {
  readonly by_health: Readonly<Record<string, number>>;
  /** Alerting rules only: recording rules have no state. */
  readonly by_state: Readonly<Record<string, number>>;
  readonly by_type: Readonly<Record<string, number>>;
  readonly did_you_mean?: string[];
}

type Rule = z.output<typeof rule> & { readonly group: z.output<typeof group> };

/** Broken rules first, then firing, pending, inactive; then as the files have them. */
export const rulesPage = projection("rulesPage", (envelope, options: RulesOptions): RulesPage => {
  const all = readRules(envelope);
  const kept = all
    .filter((item) => keeps(item, options))
    .sort((a, b) => healthRank(a) - healthRank(b) || stateRank(a) - stateRank(b)); // stable: else in the files' order
  const counts = {
    by_health: tally(kept, ({ health }) => health),
    by_state: tally(
      kept.filter(({ state }) => typeof state === "string"),
      ({ state }) => state ?? "",
    ),
    by_type: tally(kept, ({ type }) => type),
  };
  const asked = options.name ?? options.group;
  const known = all.map(({ name, group }) => (options.name === undefined ? group.name : name));
  const near = kept.length === 0 && asked !== undefined ? nearestNames(asked, [...new Set(known)], 5) : [];
  const window = { ...options, roomBytes: options.roomBytes - jsonBytes(counts) };
  return {
    ...takePage(kept, window, (item, max) => showRule(item, options.withAlerts, max)),
    ...counts,
    ...(near.length === 0 || near.includes(asked ?? "") ? {} : { did_you_mean: near }),
  };
});

/** The names of all alerting rules, each once. */
export const alertRuleNames = projection("alertRuleNames", (envelope, _options: Record<string, never>): string[] => {
  const alerting = readRules(envelope).filter(({ type }) => type === "alerting");
  return [...new Set(alerting.map(({ name }) => name))].sort(compareText);
});

function readRules({ data }: Envelope): Rule[] {
  const groups = checkShape(reply, data, "rule groups").groups ?? [];
  return groups
    .toSorted((a, b) => compareText(a.file, b.file) || compareText(a.name, b.name))
    .flatMap((group) => (group.rules ?? []).map((item) => ({ ...item, group })));
}

const keeps = (item: Rule, { type, name, group, state, health }: RulesOptions): boolean =>
  (type === undefined || item.type === type) &&
  (name === undefined || item.name === name) &&
  (group === undefined || item.group.name === group) &&
  (state === undefined || item.state === state) &&
  (health === undefined || item.health === health);

const HEALTH = ["err", "unknown", "ok"];
const STATES = ["firing", "pending", "inactive"];
const healthRank = ({ health }: Rule): number => HEALTH.indexOf(health);
const stateRank = ({ state }: Rule): number => (STATES.includes(state ?? "") ? STATES.indexOf(state ?? "") : 9);

type ShownRule = ReturnType<typeof showRule>;

const MAX_TEXT = 2_000;
const MAX_EXPRESSION = 10_000;
const MAX_ALERTS = 20;

function showRule(item: Rule, withAlerts: boolean, maxCharacters: number) {
  const max = Math.min(MAX_TEXT, maxCharacters);
  const clip = (record: z.output<typeof texts>) =>
    Object.fromEntries(Object.entries(record ?? {}).map(([name, text]) => [clipTo(name, max), clipTo(text, max)]));
  const alerts = item.alerts ?? [];
  return {
    name: clipTo(item.name, max),
    type: item.type,
    group: clipTo(item.group.name, max),
    file: clipTo(item.group.file, max),
    interval: duration(item.group.interval),
    expr: clipTo(item.query, Math.min(MAX_EXPRESSION, maxCharacters)),
    ...(item.type === "alerting"
      ? {
          state: item.state ?? "unknown",
          for: duration(item.duration ?? 0),
          ...(typeof item.keepFiringFor === "number" && item.keepFiringFor > 0
            ? { keepFiringFor: duration(item.keepFiringFor) }
            : {}),
          annotations: clip(item.annotations),
          active_alerts: alerts.length,
        }
      : {}),
    labels: clip(item.labels),
    health: item.health,
    ...(item.lastError ? { lastError: clipTo(item.lastError, max) } : {}),
    ...(typeof item.evaluationTime === "number" ? { evaluationTime: item.evaluationTime } : {}),
    ...(typeof item.lastEvaluation === "string" ? { lastEvaluation: item.lastEvaluation } : {}),
    ...(withAlerts && alerts.length > 0
      ? { alerts: alerts.slice(0, MAX_ALERTS).map((alert) => showAlert(alert, max)) }
      : {}),
  };
}

const duration = (seconds: number | null | undefined): string | undefined =>
  typeof seconds === "number" ? formatDuration(seconds) : undefined;
