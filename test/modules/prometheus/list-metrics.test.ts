import { expect, it } from "vitest";
import { byteLength } from "../../../src/core/clip.ts";
import { budget } from "../../support/modules.ts";
import { data } from "../../support/prometheus-mock.ts";
import { captured, manyNames, paging } from "./discovery.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

const NAMES = "api/v1/label/__name__/values";

it("lists the names of a real Prometheus as the seed did, with what is new beside data", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, await captured("metric-names"));
  expect(await hub.ask("list_metrics", {})).toMatchInlineSnapshot(`
    {
      "data": [
        "ALERTS",
        "ALERTS_FOR_STATE",
        "job:shop_requests:rate1m",
        "odd_help",
        "odd_label",
        "odd_value",
        "scrape_duration_seconds",
        "scrape_samples_post_metric_relabeling",
        "scrape_samples_scraped",
        "scrape_series_added",
        "shop_latency_seconds_bucket",
        "shop_latency_seconds_count",
        "shop_latency_seconds_sum",
        "shop_open_carts",
        "shop_requests_total",
        "up",
        "wide_sessions",
      ],
      "datasource": "main",
      "has_more": false,
      "resolved": {},
      "returned": 17,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 17,
      "truncated": false,
    }
  `);
  expect(hub.prometheus.requests).toMatchObject([{ method: "GET", path: `/${NAMES}` }]);
});

it("pages through sorted names, and links the whole when there is more", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, data(manyNames(1_200)));
  const first = await hub.call("list_metrics", {});
  expect(first.structured["data"]).toEqual(manyNames(1_200).sort().slice(0, 500));
  expect(paging(first.structured)).toMatchObject({
    total: 1_200,
    returned: 500,
    next_offset: 500,
    truncated_by: "limit",
  });
  expect(first.attachments).toEqual([
    { type: "resource_link", uri: "prometheus://main/metrics", name: "metrics of main", mimeType: "application/json" },
  ]);
  const last = await hub.call("list_metrics", { offset: "1000" });
  expect(paging(last.structured)).toEqual({ total: 1_200, returned: 200, truncated: false, has_more: false });
  expect(last.attachments).toEqual([]);
});

it("fits into the budget by whole names, whatever the limit", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, data(manyNames(9_000)));
  const { text, structured } = await hub.call("list_metrics", { limit: 10_000 });
  expect(byteLength(text)).toBeLessThanOrEqual(budget.textBytes);
  expect(JSON.parse(text)).toEqual(structured);
  expect(structured).toMatchObject({ total: 9_000, truncated: true, truncated_by: "bytes" });
  expect(Number(structured["returned"])).toBeGreaterThan(1_000);
});

it("sends selectors and times, and a limit that it does not trust", async () => {
  const hub = await startQueryHub();
  await hub.ask("list_metrics", { match: '["up","{job=\\"a\\"}"]', start: "now-1h", end: "now" });
  const { params } = hub.prometheus.requests[0]!;
  expect(params.getAll("match[]")).toEqual(["up", '{job="a"}']);
  expect(Object.fromEntries(params)).toMatchObject({ start: String(NOON - 3600), end: String(NOON), limit: "100001" });
});

it("adds metadata, under base names too, and then shows fewer names", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, await captured("metric-names"));
  hub.prometheus.on("api/v1/metadata", await captured("metadata"));
  const answer = await hub.ask("list_metrics", { with_metadata: true });
  expect(answer["metadata"]).toMatchObject({
    shop_requests_total: { type: "counter" },
    shop_latency_seconds_bucket: { type: "histogram" },
    shop_open_carts: { type: "gauge", help: "Carts that are open.", unit: "" },
  });
  expect(hub.prometheus.requests[1]!.params.has("limit")).toBe(false);

  const names = manyNames(400);
  const entry = [{ type: "gauge", help: "h".repeat(5_000), unit: "" }];
  hub.prometheus.on(NAMES, data(names));
  hub.prometheus.on("api/v1/metadata", data(Object.fromEntries(names.map((name) => [name, entry]))));
  const { text, structured } = await hub.call("list_metrics", { with_metadata: true });
  expect(byteLength(text)).toBeLessThanOrEqual(budget.textBytes);
  expect(structured).toMatchObject({ total: 400, has_more: true, truncated_by: "bytes" });
  expect(Object.keys(structured["metadata"] as object)).toEqual(structured["data"]);
});
