// query_histogram: quantiles over time, with the PromQL written here.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Datasource } from "../datasource.ts";
import { lookUpMetrics } from "../query/hints.ts";
import { checkGrouping, combined, histogramName, quantileQueries, windowSeconds } from "../language/histogram.ts";
import { datasourceId, envelope, prometheusTool, type Kit } from "../kit.ts";
import { formatMatchers, parseMatchers, type Matcher } from "../language/matchers.ts";
import { histogramAnswer, type Saturation } from "../projections/query.ts";
import { bucketBounds } from "../projections/query-names.ts";
import { answerFields, isLong, queryFields, rangeFields, timeout } from "../query/query-fields.ts";
import { deadlineSeconds, range, runQuery, type Timing } from "../query/run-query.ts";

/** A sentence for each of eight quantiles. */
const SATURATION_BYTES = 8 * 180;

export const queryHistogram = (kit: Kit): Tool =>
  prometheusTool({
    name: "query_histogram",
    title: "Quantiles of a histogram",
    description:
      "Computes quantiles of a classic or native histogram over time and shows the PromQL it used. Use it for latencies " +
      "and sizes instead of writing histogram_quantile yourself. At most 8 quantiles; the answer is at most 24 KB.",
    long: isLong,
    input: z.strictObject({
      datasource_id: datasourceId,
      metric_name: z.string().max(300).describe("The histogram, with or without _bucket, _count or _sum"),
      quantiles: z
        .array(z.number().min(0).max(1))
        .min(1)
        .max(8)
        .default([0.5, 0.9, 0.99])
        .describe("Quantiles between 0 and 1; default 0.5, 0.9, 0.99"),
      matchers: z.string().max(1000).default("").describe('Label matchers as in PromQL: job="api",code!~"5.."'),
      by: z.array(z.string().max(100)).max(10).default([]).describe('Labels to keep apart, for example ["job"]'),
      window: z
        .string()
        .max(32)
        .optional()
        .describe(
          "Window of rate(), such as 5m; default 4 scrape intervals (timeInterval of the datasource, else 1m), at least one step",
        ),
      ...rangeFields,
      format: queryFields.format,
      limit: queryFields.limit,
      timeout,
    }),
    output: envelope({
      histogram: z.looseObject({ metric: z.string(), kind: z.enum(["classic", "native"]) }),
      promql: z.array(z.string()).describe("The expression of each quantile; the query that was run joins them"),
      saturation: z.array(z.string()).optional().describe("Quantiles that stand at the highest finite bucket"),
      ...answerFields,
    }),
    async run(input, context) {
      const metric = histogramName(input.metric_name);
      const matchers = parseMatchers(input.matchers);
      checkGrouping(input.by);
      const datasource = kit.datasources.find(input.datasource_id);
      const timing = range(input, datasource, kit.clock.now());
      const seconds = windowSeconds(input.window, datasource.timeIntervalSeconds, timing.stepSeconds);
      const bounds = await readBounds(kit, context, datasource, { metric, matchers, timing, timeout: input.timeout });
      const kind = bounds === undefined ? ("native" as const) : ("classic" as const);
      const quantiles = [...new Set(input.quantiles)].sort((a, b) => a - b);
      const promql = quantileQueries({ metric, quantiles, matchers, by: input.by, windowSeconds: seconds }, kind);
      const ceiling = bounds?.at(-1);
      const members = {
        promql,
        histogram: { metric, kind, ...(ceiling === undefined ? {} : { highest_bucket: ceiling }) },
      };
      const { frame, result } = await runQuery(kit, context, {
        datasource,
        promql: combined(promql, quantiles),
        timing: { ...timing, resolved: { ...timing.resolved, window: seconds } },
        timeoutSeconds: input.timeout,
        format: input.format,
        limit: input.limit,
        maxPoints: input.max_points,
        projection: histogramAnswer,
        ceiling,
        members,
        headroom: SATURATION_BYTES,
      });
      const { answer, saturation } = result;
      return {
        ...frame,
        ...members,
        ...answer,
        ...saturationNotes(saturation, ceiling),
        ...(answer.total === 0 ? await emptyHints(kit, context, datasource, { metric, kind, matchers }) : {}),
      };
    },
  });

interface Asked {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** The finite bounds of a classic histogram's buckets; undefined when there are no buckets, so it is native or unknown. */
async function readBounds(
  kit: Kit,
  context: CallContext,
  datasource: Datasource,
  asked: Asked & { timing: Timing; timeout: number | undefined },
): Promise<readonly number[] | undefined> {
  const { start, end } = asked.timing.params;
  const selector = `${asked.metric}_bucket{${formatMatchers(asked.matchers)}}`;
  const bounds = await kit.client.ask(
    datasource,
    { path: "api/v1/label/le/values", params: { "match[]": selector, start, end }, errors: "query" },
    bucketBounds,
    {},
    { signal: context.signal, timeoutMs: deadlineSeconds(kit, datasource, asked.timeout) * 1000 },
  );
  return bounds.length === 0 ? undefined : bounds;
}

function saturationNotes(saturation: Saturation, ceiling: number | undefined): JsonObject {
  const saturated = Object.entries(saturation).map(
    ([quantile, { at, of }]) =>
      `The quantile ${quantile} stands at the highest finite bucket (le="${ceiling}") in ${at} of ${of} points: ` +
      "the true value may be higher.",
  );
  return saturated.length === 0 ? {} : { saturation: saturated };
}

async function emptyHints(
  kit: Kit,
  context: CallContext,
  datasource: Datasource,
  { metric, kind, matchers }: Asked & { kind: "classic" | "native" },
): Promise<JsonObject> {
  if (kind === "classic") return { hints: ["The buckets exist, but rate() found no two samples: use a wider window."] };
  const [buckets, plain] = (await lookUpMetrics(kit, context.signal, datasource, [`${metric}_bucket`, metric])) ?? [];
  if (buckets?.exists === true) {
    const why =
      matchers.length > 0 ? "no series of it meets the matchers in this range" : "it has no sample in this range";
    return { hints: [`${metric}_bucket exists, but ${why}.`] };
  }
  if (plain?.exists === true) {
    return { hints: [`${metric} exists, but is neither a classic nor a native histogram with samples in this range.`] };
  }
  const near = buckets?.closest ?? [];
  return {
    hints: [`There is no histogram ${metric} (no ${metric}_bucket and no native ${metric}).`],
    ...(near.length === 0 ? {} : { did_you_mean: { [`${metric}_bucket`]: near } }),
  };
}
