// get_tsdb_stats: how large the server is, and what makes it large.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { tsdbStats } from "../projections/tsdb.ts";

const ranking = z.array(z.looseObject({ name: z.string(), value: z.number() }));

export const getTsdbStats = (kit: Kit): Tool =>
  prometheusTool({
    name: "get_tsdb_stats",
    title: "Get TSDB statistics",
    description:
      "Shows how many series are in memory, and which metrics, labels and label values have the most. " +
      "Use it when Prometheus is slow or large, to find what causes the cardinality. " +
      "Thanos, Mimir and others may not have it (NOT_SUPPORTED). Rankings of 10 entries, at most 100; older servers never give more than 10.",
    input: z.strictObject({
      datasource_id: datasourceId,
      limit: z.number().int().min(1).max(100).default(10).describe("Entries in each ranking, at most 100"),
    }),
    output: envelope({
      data: z.looseObject({
        headStats: z.looseObject({}).describe("Series, label pairs and chunks in memory, and their time range"),
        seriesCountByMetricName: ranking,
        labelValueCountByLabelName: ranking,
        memoryInBytesByLabelName: ranking,
        seriesCountByLabelValuePair: ranking,
      }),
    }),
    run: async ({ datasource_id, limit }, { signal }) => {
      const datasource = kit.datasources.find(datasource_id);
      const request = { path: "api/v1/status/tsdb", params: { limit }, errors: "plain" } as const;
      const data = await kit.client.ask(datasource, request, tsdbStats, { limit }, { signal });
      return success(kit, datasource, { data });
    },
  });
