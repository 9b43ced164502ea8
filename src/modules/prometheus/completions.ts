// What a person may be typing: names of datasources, metrics and alerts. A completion that cannot be had in two seconds is an empty one.
import { LRUCache } from "lru-cache";
import type { Complete } from "../../core/prompt.ts";
import { attempt } from "./client/attempt.ts";
import type { ApiRequest, AskOptions, Client } from "./client.ts";
import type { Datasource } from "./datasource.ts";
import type { Kit } from "./kit.ts";
import { alertNames } from "./projections/alerts.ts";
import { namesIndex } from "./projections/names.ts";
import { alertRuleNames } from "./projections/rules.ts";

const TTL_MS = 60_000;
const LIMIT_MS = 2_000;
/** About 2 MB for each of the last ten datasources. */
const MAX_NAMES = 30_000;
const MAX_DATASOURCES = 10;
const MAX_OFFERED = 100;

export interface Completions {
  readonly datasources: Complete;
  /** These look for the datasource in the argument `datasource`; without it, in the only one there is. */
  readonly metrics: Complete;
  readonly alerts: Complete;
}

export const createCompletions = (kit: Kit): Completions => ({
  datasources: completeDatasource(kit),
  metrics: remembered(kit, readMetrics),
  alerts: remembered(kit, readAlertNames),
});

export const completeDatasource =
  ({ datasources }: Kit): Complete =>
  (typed) =>
    pick(
      datasources.list().map(({ name }) => name),
      typed,
    );

type Read = (client: Client, datasource: Datasource, options: AskOptions) => Promise<readonly string[]>;

const readMetrics: Read = (client, datasource, options) =>
  client.ask(
    datasource,
    { path: "api/v1/label/__name__/values", params: { limit: MAX_NAMES }, errors: "plain" },
    namesIndex,
    { max: MAX_NAMES },
    options,
  );

const ALERTS: ApiRequest = { path: "api/v1/alerts", errors: "plain" };
const RULES: ApiRequest = { path: "api/v1/rules", params: { type: "alert" }, errors: "plain" };

/** What fires now stands before what could. */
const readAlertNames: Read = async (client, datasource, options) => {
  const [active, rules] = await Promise.all([
    attempt(client.ask(datasource, ALERTS, alertNames, {}, options)),
    attempt(client.ask(datasource, RULES, alertRuleNames, {}, options)),
  ]);
  if (!active.ok && !rules.ok) throw active.failure;
  return [...new Set([...(active.ok ? active.value : []), ...(rules.ok ? rules.value : [])])];
};

/** One list of names for each datasource, kept for a minute; callers that come together wait for the same request. */
function remembered({ datasources, client, clock }: Kit, read: Read): Complete {
  const cache = new LRUCache<string, readonly string[], Datasource>({
    max: MAX_DATASOURCES,
    ttl: TTL_MS,
    ttlResolution: 0,
    perf: { now: () => clock.now() },
    fetchMethod: (_name, _stale, { context, signal }) => read(client, context, { signal, timeoutMs: LIMIT_MS }),
  });
  const namesOf = async (id: string | undefined) => {
    const datasource = datasources.find(id === "" ? undefined : id);
    return cache.fetch(datasource.name, { context: datasource });
  };
  return async (typed, { datasource }) => {
    const found = await attempt(namesOf(datasource));
    return found.ok ? pick(found.value ?? [], typed) : [];
  };
}

/** Names that begin with what was typed, then those that contain it; in the order given. */
function pick(names: readonly string[], typed: string): string[] {
  const text = typed.toLowerCase();
  const matching = names.filter((name) => name.toLowerCase().includes(text));
  const begins = (name: string): boolean => name.toLowerCase().startsWith(text);
  return [...matching.filter(begins), ...matching.filter((name) => !begins(name))].slice(0, MAX_OFFERED);
}
