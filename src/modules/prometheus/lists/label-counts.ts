// How many values the labels of a metric have, and which are the most frequent: a bounded number of small questions instead of
// every series (200,000 of them weigh 22 MB).
import type { JsonObject } from "../../../core/json.ts";
import { attempt } from "../client/attempt.ts";
import type { Datasource } from "../datasource.ts";
import { jsonBytes } from "../format/draft.ts";
import type { Kit } from "../kit.ts";
import { quote } from "../language/matchers.ts";
import { nameCount, valueCounts, type ValueCount } from "../projections/series.ts";
import { labelSegment, type Scope } from "../language/selectors.ts";
import { echoTime } from "../language/time.ts";

export const MAX_COUNTED = 20;
export const MAX_WITH_VALUES = 10;
export const TOP = 10;
const LIMIT_MS = 10_000;
/** More values are "at least this many" on servers that honour a limit. */
const CAP = 1_000_001;

export interface Asking {
  readonly kit: Kit;
  readonly datasource: Datasource;
  readonly scope: Scope;
  readonly signal: AbortSignal;
}

/** The exact number of values of each of the first labels; those that could not be counted in time are named. */
export async function countLabelValues(
  { kit, datasource, scope, signal }: Asking,
  labels: readonly string[],
): Promise<{ cardinality: Record<string, number>; notes: string[] }> {
  const asked = labels.slice(0, MAX_COUNTED).filter(isEncodable);
  const counts = await Promise.all(
    asked.map((label) =>
      attempt(
        kit.client.ask(
          datasource,
          {
            path: `api/v1/label/${labelSegment(label)}/values`,
            params: { ...scope.params, limit: CAP },
            errors: "discovery",
          },
          nameCount,
          {},
          { signal, timeoutMs: LIMIT_MS },
        ),
      ),
    ),
  );
  const known = asked.flatMap((label, i) => (counts[i]?.ok === true ? [[label, counts[i].value] as const] : []));
  const missing = labels.length - known.length;
  return {
    cardinality: Object.fromEntries(known),
    notes: missing === 0 ? [] : [`the values of ${missing} labels were not counted; ask get_label_values for them`],
  };
}

/** The most frequent values of each of the first labels, as of the scope's end or now, in at most `roomBytes` and ten seconds. */
export async function topLabelValues(
  { kit, datasource, scope, signal }: Asking,
  selector: string,
  labels: readonly string[],
  roomBytes: number,
): Promise<{ members: JsonObject; notes: string[] }> {
  const end = scope.params["end"];
  const time = typeof end === "number" ? end : kit.clock.now() / 1000;
  const deadline = kit.clock.now() + LIMIT_MS;
  const shown: [label: string, values: ValueCount[]][] = [];
  let left = roomBytes;
  // One after the other: each reads every series, and eight at once kept a server with 200,000 of them busy for half a minute.
  for (const label of labels.slice(0, MAX_WITH_VALUES)) {
    const timeoutMs = deadline - kit.clock.now();
    if (timeoutMs <= 0) break;
    const query = `topk(${TOP}, count by (${byName(label)}) (${selector}))`;
    const request = { path: "api/v1/query", params: { query, time }, form: true, errors: "query" } as const;
    const answer = await attempt(kit.client.ask(datasource, request, valueCounts, { label }, { signal, timeoutMs }));
    if (!answer.ok) continue;
    left -= jsonBytes({ [label]: answer.value });
    if (left >= 0) shown.push([label, answer.value]);
  }
  const missing = labels.length - shown.length;
  return {
    members: { values: Object.fromEntries(shown), values_at: echoTime(time) },
    notes: [
      "values counts the series that have a sample at values_at; cardinality counts over the whole time range",
      ...(missing === 0 ? [] : [`the values of ${missing} labels are not shown; ask get_label_values for them`]),
    ],
  };
}

/** Names beyond the old ones are quoted, which servers before 3.x refuse; then the label is among those not shown. */
const byName = (label: string): string => (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : quote(label));

function isEncodable(label: string): boolean {
  try {
    labelSegment(label);
    return true;
  } catch {
    return false;
  }
}
