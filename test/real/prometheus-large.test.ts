// A metric of 200,000 series: nothing is cut silently, everything fits its budget, and the hub answers others meanwhile.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { send } from "../support/wire.ts";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { lawfulHub, type LawfulHub } from "./support/lawful-hub.ts";

const ground = inject("ground");
let running: HubOnGround;
let hub: LawfulHub;
beforeAll(async () => {
  running = await startHubOnGround([{ name: "ground", url: ground.url }], { QUERY_TIMEOUT: "50" });
  hub = await lawfulHub(running.url);
});
afterAll(() => running?.close());

/** Asks /health again and again until the answer is there. */
async function whileHealthy<T>(asked: Promise<T>): Promise<{ answer: T; health: number[] }> {
  const working = { isDone: false };
  const answer = asked.finally(() => (working.isDone = true));
  const health: number[] = [];
  while (!working.isDone) {
    health.push((await send(`${running.url}/health`, { method: "GET" })).status);
    await pause(20); // Prometheus needs the processor more than these questions
  }
  return { answer: await answer, health };
}

// The count that explains a refusal has five seconds; on a machine that is busy with something else it may take longer.
const busy = { retry: 2 };

test("all of it at once is refused with its size and a way on, and /health answers meanwhile", busy, async () => {
  const { answer: failure, health } = await whileHealthy(hub.fail("query_instant", { promql: "wide_sessions" }));
  expect(failure["error"]).toBe(
    "RESULT_TOO_LARGE: more than 16 MiB; count() says 200000 series. " +
      "Try topk(20, wide_sessions) or sum by (job) (wide_sessions).",
  );
  expect(failure).toMatchObject({ code: "RESULT_TOO_LARGE", series_total: 200_000, retryable: false });
  expect(health.length).toBeGreaterThan(3);
  expect(new Set(health)).toEqual(new Set([200]));
});

test("its series at once are refused too, with their number", busy, async () => {
  const failure = await hub.fail("find_series", { match: "wide_sessions" });
  expect(failure["error"]).toMatch(/^RESULT_TOO_LARGE: more than 16 MiB; count\(\) says 200000 series\. /);
});

test("a quarter of it becomes a summary with exact totals, parsed while /health answers", async () => {
  const asked = hub.ask("query_instant", { promql: 'wide_sessions{region="r1"}' });
  const { answer: value, health } = await whileHealthy(asked);
  expect(value).toMatchObject({ format: "summary", total: 50_000, returned: 20, truncated: true, has_more: true });
  expect(value["data"].label_cardinality).toMatchObject({ pod: 50_000, node: 250, region: 1 });
  expect(value["how_to_see_more"]).toContain("topk");
  expect(health.length).toBeGreaterThan(3);
  expect(new Set(health)).toEqual(new Set([200]));
});

test("raw on request is cut by whole series, and says so", async () => {
  const value = await hub.ask("query_instant", { promql: 'wide_sessions{cluster="c1"}', format: "raw", limit: 5000 });
  expect(value).toMatchObject({ format: "raw", total: 4_000, truncated: true, truncated_by: "bytes" });
  const result: { metric: object; value: unknown[] }[] = value["data"].data.result;
  expect(result).toHaveLength(value["returned"]);
  expect(result.length).toBeGreaterThan(50);
  for (const { metric, value } of result) {
    expect(Object.keys(metric)).toHaveLength(9);
    expect(value).toHaveLength(2);
  }
});

test("aggregated it is small", async () => {
  const top = await hub.ask("query_instant", { promql: "topk(3, wide_sessions)" });
  expect(top).toMatchObject({ format: "raw", total: 3, truncated: false });
  const count = await hub.ask("query_instant", { promql: "count(wide_sessions)" });
  expect(count["data"].data.result[0].value[1]).toBe("200000");
});

test("a range of many series comes with statistics of some and totals of all", async () => {
  const value = await hub.ask("query_range", { promql: 'wide_sessions{node=~"node-1.?"}', start: "now-2m" });
  expect(value).toMatchObject({ result_type: "matrix", total: 2_200, format: "summary", truncated: true });
  expect(value["data"].series.length).toBe(value["returned"]);
  expect(value["data"].series[0]).toMatchObject({ stats: { min: expect.any(Number), max: expect.any(Number) } });
});

test("list tools page through what they find, page by page within 24 KB", async () => {
  const first = await hub.ask("get_label_values", { label_name: "pod", limit: 10_000 });
  expect(first).toMatchObject({
    truncated: true,
    has_more: true,
    truncated_by: "bytes",
    next_offset: first["returned"],
  });
  expect(first["total"]).toBeGreaterThan(first["returned"]);
  expect(first["data"][0]).toBe("pod-000000");
  const second = await hub.ask("get_label_values", { label_name: "pod", limit: 10_000, offset: first["next_offset"] });
  expect(second["data"][0]).toBe(`pod-${String(first["next_offset"]).padStart(6, "0")}`);

  const series = await hub.ask("find_series", { match: 'wide_sessions{cluster="c1"}', limit: 1_000 });
  expect(series).toMatchObject({ total: 4_000, truncated_by: "bytes", common_labels: { cluster: "c1" } });
  expect(series["cardinality"]).toMatchObject({ pod: 4_000, node: 20 });
});

test("its labels are known without reading its series", async () => {
  const value = await hub.ask("get_metric_labels", { metric_name: "wide_sessions" });
  expect(value["data"]).toEqual(["cluster", "instance", "job", "namespace", "node", "pod", "region", "zone"]);
  expect(value["cardinality"]).toMatchObject({ cluster: 50, namespace: 200, node: 1_000, region: 4, zone: 12 });
});

test("get_tsdb_stats names it as the largest", async () => {
  const { data } = await hub.ask("get_tsdb_stats", { limit: 3 });
  expect(data.headStats.numSeries).toBeGreaterThan(200_000);
  expect(data.seriesCountByMetricName[0]).toEqual({ name: "wide_sessions", value: 200_000 });
  expect(data.labelValueCountByLabelName[0]).toEqual({ name: "pod", value: 200_000 });
  expect(data.seriesCountByMetricName).toHaveLength(3);
});

test("a chart of 4,000 series draws twenty and says so", async () => {
  const { value, image } = await hub.call("render_chart", { promql: 'wide_sessions{cluster="c1"}', start: "now-5m" });
  expect(value).toMatchObject({ total: 4_000, chart: { lines: 20, left_out: 3_980 } });
  expect(image?.subarray(1, 4).toString()).toBe("PNG");
});
