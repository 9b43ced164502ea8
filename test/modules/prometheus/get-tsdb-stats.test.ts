import { expect, it } from "vitest";
import { data, page } from "../../support/prometheus-mock.ts";
import { captured } from "./discovery.ts";
import { startQueryHub } from "./query-hub.ts";

const PATH = "api/v1/status/tsdb";

it("shows the head and the four rankings of a real Prometheus", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(PATH, await captured("tsdb"));
  expect(await hub.ask("get_tsdb_stats", { limit: 2 })).toMatchInlineSnapshot(`
    {
      "data": {
        "headStats": {
          "chunkCount": 200494,
          "maxTime": "2026-11-25T16:45:15.379Z",
          "minTime": "2026-11-25T16:31:07.001Z",
          "numLabelPairs": 201329,
          "numSeries": 200075,
        },
        "labelValueCountByLabelName": [
          {
            "name": "pod",
            "value": 200000,
          },
          {
            "name": "node",
            "value": 1000,
          },
        ],
        "memoryInBytesByLabelName": [
          {
            "name": "pod",
            "value": 2000000,
          },
          {
            "name": "node",
            "value": 7890,
          },
        ],
        "seriesCountByLabelValuePair": [
          {
            "name": "job=wide",
            "value": 200005,
          },
          {
            "name": "instance=wide-1",
            "value": 200005,
          },
        ],
        "seriesCountByMetricName": [
          {
            "name": "wide_sessions",
            "value": 200000,
          },
          {
            "name": "shop_latency_seconds_bucket",
            "value": 14,
          },
        ],
      },
      "datasource": "main",
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
    }
  `);
  expect(hub.sent(0)).toEqual({ limit: "2" });
});

it("leaves out the times of an empty head, which are the largest and the smallest number there is", async () => {
  const hub = await startQueryHub();
  const headStats = { numSeries: 0, minTime: Number("9223372036854775807"), maxTime: Number("-9223372036854775808") };
  hub.prometheus.on(PATH, data({ headStats, seriesCountByMetricName: null }));
  expect(await hub.ask("get_tsdb_stats", {})).toMatchObject({
    data: { headStats: { numSeries: 0 }, seriesCountByMetricName: [], labelValueCountByLabelName: [] },
  });
});

it("says clearly that a backend has no such endpoint", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(PATH, page(404, "404 page not found\n", "text/plain"));
  const { isError, structured } = await hub.call("get_tsdb_stats", {});
  expect(isError).toBe(true);
  expect(structured).toMatchObject({
    code: "NOT_SUPPORTED",
    error: "NOT_SUPPORTED: /api/v1/status/tsdb is not available on this backend (HTTP 404)",
    retryable: false,
  });
});
