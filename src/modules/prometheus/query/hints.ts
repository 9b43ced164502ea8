// Why an answer may be empty, and what to ask next. An empty answer is a success; one more request at most looks for the reason.
import { oneLine } from "../../../core/clip.ts";
import type { JsonObject } from "../../../core/json.ts";
import { attempt } from "../client/attempt.ts";
import type { Datasource } from "../datasource.ts";
import type { Kit } from "../kit.ts";
import { metricLookup, type NameLookup } from "../projections/query-names.ts";
import { adviseOn, COMPARISONS, type Advice } from "../language/promql.ts";

const LOOKUP_MS = 5000;
const MAX_METRICS = 5;
const RANGE_FUNCTIONS = ["rate", "irate", "increase", "delta", "idelta", "deriv"];

/** Which of the metrics exist at any time; undefined when that cannot be learned in time. */
export async function lookUpMetrics(
  kit: Kit,
  signal: AbortSignal,
  datasource: Datasource,
  names: readonly string[],
): Promise<readonly NameLookup[] | undefined> {
  if (names.length === 0) return [];
  const found = await attempt(
    kit.client.ask(
      datasource,
      { path: "api/v1/label/__name__/values", errors: "plain" },
      metricLookup,
      { names },
      { signal, timeoutMs: LOOKUP_MS },
    ),
  );
  return found.ok ? found.value : undefined;
}

/** Members `hints` and, for unknown metrics, `did_you_mean` (names from outside, kept apart from our words). */
export async function emptyHints(
  kit: Kit,
  signal: AbortSignal,
  datasource: Datasource,
  promql: string,
): Promise<JsonObject> {
  const advice = await adviseOn(promql);
  const metrics = advice.metrics.slice(0, MAX_METRICS);
  const lookups = (await lookUpMetrics(kit, signal, datasource, metrics)) ?? [];
  const missing = lookups.filter(({ exists }) => !exists);
  const near = missing.filter(({ closest }) => closest.length > 0);
  const hints = [
    ...missing.map(({ name }) => `No metric is called ${quoted(name)} in this datasource.`),
    ...lookups.filter(({ exists }) => exists).flatMap((lookup) => existingHints(lookup, advice)),
    ...(missing.length > 0 ? [] : shapeHints(advice)),
  ];
  return {
    hints: hints.length > 0 ? hints : ["Nothing matched at that time: try another time or a wider range."],
    ...(near.length === 0
      ? {}
      : { did_you_mean: Object.fromEntries(near.map(({ name, closest }) => [oneLine(name, 120), closest])) }),
  };
}

function existingHints({ name }: NameLookup, { selectors, uses }: Advice): string[] {
  const matchers = selectors.find(({ metric }) => metric === name)?.matchers ?? [];
  if (matchers.length > 0) {
    const written = oneLine(matchers.join(","), 200);
    return [
      `The metric ${quoted(name)} exists; perhaps no series of it meets ${written} at that time. ` +
        `get_metric_labels with with_values=true shows the values there are.`,
    ];
  }
  return uses.size === 0 ? [`The metric ${quoted(name)} exists, but has no sample at that time.`] : [];
}

function shapeHints({ uses }: Advice): string[] {
  const hints: string[] = [];
  if (uses.has("absent") || uses.has("absent_over_time")) hints.push("absent() is empty when the series exist.");
  if ([...COMPARISONS].some((operator) => uses.has(operator))) {
    hints.push("A comparison keeps only the series that meet it: an empty answer can mean that none does.");
  }
  if (RANGE_FUNCTIONS.some((name) => uses.has(name))) {
    hints.push("rate() and its kin need two samples within their window: try a wider one, for example [5m].");
  }
  return hints;
}

const quoted = (name: string): string => JSON.stringify(oneLine(name, 120));
