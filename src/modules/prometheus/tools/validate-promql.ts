// validate_promql: everything that can be said about an expression before it is run in earnest.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import type { CallContext } from "../../../core/context.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import { attempt } from "../client/attempt.ts";
import type { Datasource } from "../datasource.ts";
import { lookUpMetrics } from "../query/hints.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { countSeries } from "../query/oversize.ts";
import { takePage } from "../lists/paging.ts";
import { formattedQuery, type NameLookup } from "../projections/query-names.ts";
import { adviseOn, checkQuery, type Selector } from "../language/promql.ts";
import { queryFields } from "../query/query-fields.ts";
import { echoQuery } from "../query/run-query.ts";

const VERDICT_MS = 10_000;
const MAX_METRICS = 20;
/** What the lists may weigh: with the query, the grammar's excerpts and the server's words a sixth of the answer each. */
const PART = { offset: 0, limit: 20, roomBytes: 4000 };

export const validatePromql = (kit: Kit): Tool =>
  prometheusTool({
    name: "validate_promql",
    title: "Check a PromQL expression",
    description:
      "Checks an expression without running it: the server's own verdict, the place of a syntax error, the selectors, " +
      "whether each metric exists, and how many series it yields now. Use it before an expensive or unfamiliar query.",
    input: z.strictObject({ datasource_id: datasourceId, promql: queryFields.promql }),
    output: envelope({
      query: z.string(),
      valid: z.boolean().optional().describe("The server's verdict; absent when it could not be asked"),
      server: z.looseObject({ verdict: z.enum(["valid", "invalid", "unknown"]) }),
      grammar: z
        .looseObject({ problems: z.array(z.looseObject({})) })
        .describe("Advice from the grammar of Prometheus 3"),
      selectors: z.array(z.looseObject({ text: z.string() })),
      metrics: z.array(z.looseObject({ name: z.string() })).describe("Each metric and whether it exists"),
      estimated_series: z.number().optional().describe("count() of the expression now, when it is an instant vector"),
    }),
    async run({ datasource_id, promql }, context) {
      checkQuery(promql);
      const datasource = kit.datasources.find(datasource_id);
      const advice = await adviseOn(promql);
      const names = advice.metrics.slice(0, MAX_METRICS);
      const [server, lookups] = await Promise.all([
        askServer(kit, context, datasource, promql),
        lookUpMetrics(kit, context.signal, datasource, names),
      ]);
      const isRefused = server.verdict === "invalid";
      const estimate = isRefused
        ? undefined
        : await countSeries(kit, context.signal, { datasource, promql, time: undefined });
      const selectors = takePage(advice.selectors, PART, showSelector);
      const metrics = takePage(lookups ?? names.map((name) => ({ name })), PART, showMetric);
      return {
        ...success(kit, datasource, { query: echoQuery(promql, context.budget.textBytes / 3) }),
        ...(server.verdict === "unknown" ? {} : { valid: !isRefused }),
        server,
        grammar: { problems: advice.problems.map((problem) => ({ ...problem })) },
        selectors: selectors.data,
        selectors_total: selectors.total,
        metrics: metrics.data,
        metrics_total: advice.metrics.length,
        ...(estimate === undefined ? {} : { estimated_series: estimate }),
      };
    },
  });

interface Verdict extends JsonObject {
  verdict: "valid" | "invalid" | "unknown";
}

/** format_query parses and type-checks without evaluating anything; since Prometheus 2.41. */
async function askServer(kit: Kit, { signal }: CallContext, datasource: Datasource, promql: string): Promise<Verdict> {
  const asked = await attempt(
    kit.client.ask(
      datasource,
      { path: "api/v1/format_query", params: { query: promql }, form: true, errors: "query" },
      formattedQuery,
      { maxBytes: 1000 },
      { signal, timeoutMs: VERDICT_MS },
    ),
  );
  if (asked.ok) return { verdict: "valid", ...(asked.value === undefined ? {} : { formatted: asked.value }) };
  const { message, details } = asked.failure;
  if (details["code"] !== "INVALID_QUERY") return { verdict: "unknown", reason: message };
  return { verdict: "invalid", error: message, ...(details["hint"] === undefined ? {} : { hint: details["hint"] }) };
}

type ShownSelector = { text: string; metric?: string; matchers: string[] };

const showSelector = ({ text, metric, matchers }: Selector): ShownSelector => ({
  text: oneLine(text, 120),
  ...(metric === undefined ? {} : { metric: oneLine(metric, 120) }),
  matchers: matchers.slice(0, 10).map((matcher) => oneLine(matcher, 60)),
});

type ShownMetric = { name: string; exists?: boolean; did_you_mean?: string[] };

const showMetric = ({ name, exists, closest = [] }: { name: string } & Partial<NameLookup>): ShownMetric => ({
  name: oneLine(name, 120),
  ...(exists === undefined ? {} : { exists }),
  ...(closest.length === 0 ? {} : { did_you_mean: [...closest] }),
});
