// query_instant: the value of an expression at one moment.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, type Kit } from "../kit.ts";
import { queryAnswer } from "../projections/query.ts";
import { checkQuery } from "../language/promql.ts";
import { answerFields, evaluationTime, isLong, queryFields, timeout } from "../query/query-fields.ts";
import { hintsFor, instant, runQuery } from "../query/run-query.ts";

/** Buckets of a long range selector, `up[1h]`, when its points must be merged. */
const MAX_BUCKETS = 120;

export const queryInstant = (kit: Kit): Tool =>
  prometheusTool({
    name: "query_instant",
    title: "Query at one moment",
    description:
      "Evaluates a PromQL expression at one moment. Use it for current values, counts and rankings; for a development " +
      "over time use query_range. The answer is at most 24 KB: large results come in a shorter format, with exact totals.",
    long: isLong,
    input: z.strictObject({ datasource_id: datasourceId, ...queryFields, time: evaluationTime, timeout }),
    output: envelope(answerFields),
    async run(input, context) {
      checkQuery(input.promql);
      const datasource = kit.datasources.find(input.datasource_id);
      const { frame, result } = await runQuery(kit, context, {
        datasource,
        promql: input.promql,
        timing: instant(input.time, kit.clock.now()),
        timeoutSeconds: input.timeout,
        format: input.format,
        limit: input.limit,
        maxPoints: MAX_BUCKETS,
        projection: queryAnswer,
      });
      return { ...frame, ...result, ...(await hintsFor(kit, context, datasource, input.promql, result)) };
    },
  });
