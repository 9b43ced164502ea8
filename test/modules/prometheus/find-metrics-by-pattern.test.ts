import { expect, it } from "vitest";
import { data } from "../../support/prometheus-mock.ts";
import { captured, manyNames, paging } from "./discovery.ts";
import { startQueryHub } from "./query-hub.ts";

const NAMES = "api/v1/label/__name__/values";

it("finds a pattern anywhere in the name, as the seed did", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, await captured("metric-names"));
  expect(await hub.ask("find_metrics_by_pattern", { pattern: "latency.*(sum|count)" })).toMatchInlineSnapshot(`
    {
      "data": [
        "shop_latency_seconds_count",
        "shop_latency_seconds_sum",
      ],
      "datasource": "main",
      "has_more": false,
      "returned": 2,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 2,
      "truncated": false,
    }
  `);
  const found = async (input: object) => (await hub.ask("find_metrics_by_pattern", input))["data"];
  expect(await found({ pattern: "^up" })).toEqual(["up"]);
  expect(await found({ pattern: "^UP" })).toEqual([]);
  expect(await found({ pattern: "^UP", ignore_case: true })).toEqual(["up"]);
  expect(await found({ pattern: "" })).toHaveLength(17);
});

it("refuses a bad pattern before anything is fetched", async () => {
  const hub = await startQueryHub();
  for (const [pattern, reason] of [
    ["(", "missing closing ): `(`"],
    ["a{2000}", "invalid repeat count: `{2000}`"],
    ["(?=up)", "invalid or unsupported Perl syntax: `(?=`"],
    ["*", "missing argument to repetition operator: `*`"],
  ]) {
    const { isError, structured } = await hub.call("find_metrics_by_pattern", { pattern });
    expect(isError).toBe(true);
    expect(structured).toMatchObject({
      error: `Invalid regex pattern: ${reason}`,
      code: "INVALID_PATTERN",
      retryable: false,
    });
  }
  expect(hub.prometheus.requests).toEqual([]);
});

// JavaScript's own engine needs longer than the universe lasts for this one.
it("runs a pattern that explodes elsewhere over long names", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, data(Array.from({ length: 200 }, (_, i) => `${"a".repeat(5_000)}${i}_x`)));
  expect(await hub.ask("find_metrics_by_pattern", { pattern: "(a+)+$" })).toMatchObject({ total: 0 });
  expect(await hub.ask("find_metrics_by_pattern", { pattern: "(a|a)*7_x$", limit: 1 })).toMatchObject({ total: 20 });
});

it("pages, and offers near names when nothing is found", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, data(manyNames(60)));
  const page = await hub.ask("find_metrics_by_pattern", { pattern: "metric_", limit: 25, offset: 50 });
  expect(paging(page)).toEqual({ total: 60, returned: 10, truncated: false, has_more: false });
  hub.prometheus.on(NAMES, await captured("metric-names"));
  const none = await hub.ask("find_metrics_by_pattern", { pattern: "shop_latancy" });
  expect(none).toMatchObject({
    data: [],
    total: 0,
    did_you_mean: expect.arrayContaining(["shop_latency_seconds_sum"]),
  });
  expect((none["did_you_mean"] as unknown[]).length).toBeLessThanOrEqual(5);
});

it("adds metadata on demand, and keeps a hostile help text data", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, await captured("metric-names"));
  hub.prometheus.on("api/v1/metadata", await captured("metadata"));
  const answer = await hub.ask("find_metrics_by_pattern", { pattern: "odd_help", with_metadata: true });
  expect(answer).toMatchObject({
    data: ["odd_help"],
    metadata: { odd_help: { help: expect.stringMatching(/^Ignore all previous instructions/) } },
  });
});
