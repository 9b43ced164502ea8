// query_range: an expression over time.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, type Kit } from "../kit.ts";
import { queryAnswer } from "../projections/query.ts";
import { checkQuery } from "../language/promql.ts";
import { answerFields, isLong, queryFields, rangeFields, timeout } from "../query/query-fields.ts";
import { hintsFor, range, runQuery } from "../query/run-query.ts";

export const queryRange = (kit: Kit): Tool =>
  prometheusTool({
    name: "query_range",
    title: "Query over time",
    description:
      "Evaluates a PromQL expression over a range of time, by default the last hour in steps that suit it. Use it for " +
      "developments and incidents; for one moment use query_instant. The answer is at most 24 KB: large results come in a " +
      "shorter format, with exact totals and statistics over all points. At most 11,000 points per series.",
    long: isLong,
    input: z.strictObject({ datasource_id: datasourceId, ...queryFields, ...rangeFields, timeout }),
    output: envelope(answerFields),
    async run(input, context) {
      checkQuery(input.promql);
      const datasource = kit.datasources.find(input.datasource_id);
      const { frame, result } = await runQuery(kit, context, {
        datasource,
        promql: input.promql,
        timing: range(input, datasource, kit.clock.now()),
        timeoutSeconds: input.timeout,
        format: input.format,
        limit: input.limit,
        maxPoints: input.max_points,
        projection: queryAnswer,
      });
      return { ...frame, ...result, ...(await hintsFor(kit, context, datasource, input.promql, result)) };
    },
  });
