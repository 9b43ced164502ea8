// The reply of /api/v1/status/tsdb: https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-stats
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import { clipTo } from "../lists/paging.ts";
import { projection } from "../projection.ts";
import { checkShape } from "../lists/shape.ts";

const ranking = z.array(z.looseObject({ name: z.string(), value: z.number() })).nullish();
const reply = z.looseObject({
  headStats: z
    .looseObject({
      numSeries: z.number(),
      numLabelPairs: z.number().nullish(),
      chunkCount: z.number().nullish(),
      minTime: z.number().nullish(),
      maxTime: z.number().nullish(),
    })
    .nullish(),
  seriesCountByMetricName: ranking,
  labelValueCountByLabelName: ranking,
  memoryInBytesByLabelName: ranking,
  seriesCountByLabelValuePair: ranking,
});

const MAX_NAME = 200;

/** The head block and the four rankings, each at most `limit` long; some servers ignore the limit they are sent. */
export const tsdbStats = projection("tsdbStats", ({ data }, { limit }: { limit: number }) => {
  const stats = checkShape(reply, data, "TSDB statistics");
  const top = (list: z.output<typeof ranking>) =>
    (list ?? []).slice(0, limit).map(({ name, value }) => ({ name: clipTo(name, MAX_NAME), value }));
  return {
    headStats: headOf(stats.headStats),
    seriesCountByMetricName: top(stats.seriesCountByMetricName),
    labelValueCountByLabelName: top(stats.labelValueCountByLabelName),
    memoryInBytesByLabelName: top(stats.memoryInBytesByLabelName),
    seriesCountByLabelValuePair: top(stats.seriesCountByLabelValuePair),
  };
});

function headOf(head: z.output<typeof reply>["headStats"]): JsonObject {
  if (head === null || head === undefined) return {};
  const { numSeries, numLabelPairs, chunkCount, minTime, maxTime } = head;
  return {
    numSeries,
    ...(typeof numLabelPairs === "number" ? { numLabelPairs } : {}),
    ...(typeof chunkCount === "number" ? { chunkCount } : {}),
    ...time("minTime", minTime),
    ...time("maxTime", maxTime),
  };
}

/** Milliseconds as RFC 3339. An empty head has the largest and the smallest 64-bit number here. */
const time = (name: string, ms: number | null | undefined): JsonObject =>
  typeof ms === "number" && Math.abs(ms) < 8.64e15 ? { [name]: rfc3339(ms) } : {};
