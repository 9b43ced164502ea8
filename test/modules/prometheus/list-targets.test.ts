import { expect, it } from "vitest";
import { byteLength } from "../../../src/core/clip.ts";
import { budget } from "../../support/modules.ts";
import { data } from "../../support/prometheus-mock.ts";
import { captured, paging } from "./discovery.ts";
import { startQueryHub } from "./query-hub.ts";

const PATH = "api/v1/targets";
const target = (job: string, instance: string, health = "up", more: object = {}) => ({
  discoveredLabels: { __address__: "x", secretish: "never shown for active targets" },
  labels: { job, instance },
  scrapePool: `pool-${job}`,
  scrapeUrl: `http://${instance}/metrics`,
  lastError: health === "down" ? "connection refused" : "",
  health,
  ...more,
});

it("shows the targets of a real Prometheus, the dead one first with its error", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(PATH, await captured("targets-active"));
  expect(await hub.ask("list_targets", {})).toMatchInlineSnapshot(`
    {
      "by_health": {
        "down": 1,
        "up": 4,
      },
      "by_job": {
        "dead": {
          "down": 1,
        },
        "oddities": {
          "up": 1,
        },
        "shop": {
          "up": 2,
        },
        "wide": {
          "up": 1,
        },
      },
      "data": [
        {
          "health": "down",
          "instance": "dead-1",
          "job": "dead",
          "labels": {
            "instance": "dead-1",
            "job": "dead",
          },
          "lastError": "Get "http://127.0.0.1:1/metrics": dial tcp 127.0.0.1:1: connect: connection refused",
          "lastScrape": "2026-11-25T16:45:14.974687519Z",
          "lastScrapeDuration": 0.000529,
          "scrapeInterval": "1s",
          "scrapePool": "dead",
          "scrapeTimeout": "1s",
          "scrapeUrl": "http://127.0.0.1:1/metrics",
        },
        {
          "health": "up",
          "instance": "odd-1",
          "job": "oddities",
          "labels": {
            "instance": "odd-1",
            "job": "oddities",
          },
          "lastScrape": "2026-11-25T16:45:15.052599318Z",
          "lastScrapeDuration": 0.001559,
          "scrapeInterval": "1s",
          "scrapePool": "oddities",
          "scrapeTimeout": "1s",
          "scrapeUrl": "http://127.0.0.1:40735/oddities",
        },
        {
          "health": "up",
          "instance": "shop-1",
          "job": "shop",
          "labels": {
            "instance": "shop-1",
            "job": "shop",
          },
          "lastScrape": "2026-11-25T16:45:14.379116267Z",
          "lastScrapeDuration": 0.00181,
          "scrapeInterval": "1s",
          "scrapePool": "shop",
          "scrapeTimeout": "1s",
          "scrapeUrl": "http://127.0.0.1:40735/shop/shop-1",
        },
        {
          "health": "up",
          "instance": "shop-2",
          "job": "shop",
          "labels": {
            "instance": "shop-2",
            "job": "shop",
          },
          "lastScrape": "2026-11-25T16:45:14.205589921Z",
          "lastScrapeDuration": 0.002494,
          "scrapeInterval": "1s",
          "scrapePool": "shop",
          "scrapeTimeout": "1s",
          "scrapeUrl": "http://127.0.0.1:40735/shop/shop-2",
        },
        {
          "health": "up",
          "instance": "wide-1",
          "job": "wide",
          "labels": {
            "instance": "wide-1",
            "job": "wide",
          },
          "lastScrape": "2026-11-25T16:45:11.909882071Z",
          "lastScrapeDuration": 0.00139,
          "scrapeInterval": "4s",
          "scrapePool": "wide",
          "scrapeTimeout": "4s",
          "scrapeUrl": "http://127.0.0.1:40735/wide",
        },
      ],
      "datasource": "main",
      "has_more": false,
      "returned": 5,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 5,
      "truncated": false,
    }
  `);
  expect(hub.sent(0)).toEqual({ state: "active" });
});

it("shows dropped targets with their discovered labels, and only those", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(PATH, await captured("targets-dropped"));
  expect(await hub.ask("list_targets", { state: "dropped" })).toMatchInlineSnapshot(`
    {
      "by_job": {
        "retired": 1,
      },
      "data": [
        {
          "discoveredLabels": {
            "__address__": "127.0.0.1:40735",
            "__metrics_path__": "/metrics",
            "__scheme__": "http",
            "__scrape_interval__": "1s",
            "__scrape_timeout__": "1s",
            "instance": "retired-1",
            "job": "retired",
          },
        },
      ],
      "datasource": "main",
      "has_more": false,
      "returned": 1,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 1,
      "truncated": false,
    }
  `);
  expect(hub.sent(0)).toEqual({ state: "dropped" });
  const { structured } = await hub.call("list_targets", { state: "dropped", health: "up" });
  expect(structured).toMatchObject({ status: "error", code: "INVALID_ARGUMENT" });
  expect(hub.prometheus.requests).toHaveLength(1);
});

it("filters by itself and counts per job over all that matched", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(
    PATH,
    data({
      activeTargets: [
        target("b", "b1"),
        target("a", "a2"),
        target("a", "a1", "unknown"),
        target("c", "c1", "down"),
        target("b", "b0", "down"),
      ],
      droppedTargets: [{ discoveredLabels: { job: "never" } }],
    }),
  );
  const instances = async (input: object) =>
    ((await hub.ask("list_targets", input))["data"] as { instance: string }[]).map(({ instance }) => instance);
  expect(await instances({})).toEqual(["b0", "c1", "a1", "a2", "b1"]);
  expect(await instances({ job: "a" })).toEqual(["a1", "a2"]);
  expect(await instances({ health: "down" })).toEqual(["b0", "c1"]);
  expect(await instances({ scrape_pool: "pool-c" })).toEqual(["c1"]);
  expect(hub.prometheus.requests.at(-1)!.params.get("scrapePool")).toBe("pool-c");
  const page = await hub.ask("list_targets", { limit: 1 });
  expect(page).toMatchObject({ total: 5, next_offset: 1, by_health: { up: 2, down: 2, unknown: 1 } });
  expect(page["by_job"]).toEqual({ b: { down: 1, up: 1 }, a: { unknown: 1, up: 1 }, c: { down: 1 } });
  expect(await hub.ask("list_targets", { job: "bb" })).toMatchObject({
    total: 0,
    did_you_mean: expect.arrayContaining(["b"]),
  });
});

it("shows no password of a scrape address", async () => {
  const hub = await startQueryHub();
  const lastError = 'Get "http://user:c4n4ry@db:1/metrics": refused';
  const secret = { scrapeUrl: "http://user:c4n4ry@db:1/metrics", lastError };
  hub.prometheus.on(PATH, data({ activeTargets: [target("db", "db", "down", secret)] }));
  const { text } = await hub.call("list_targets", {});
  expect(text).not.toContain("c4n4ry");
  expect(text).toContain("http://db:1/metrics");
});

it("stays within the budget with 4,000 targets of 200 jobs, and counts all of them", async () => {
  const hub = await startQueryHub();
  const activeTargets = Array.from({ length: 4_000 }, (_, i) =>
    target(`job-${i % 200}`, `host-${i}`, i === 7 ? "down" : "up"),
  );
  hub.prometheus.on(PATH, data({ activeTargets }));
  const { text, structured } = await hub.call("list_targets", { limit: 1_000 });
  expect(byteLength(text)).toBeLessThanOrEqual(budget.textBytes);
  expect(paging(structured)).toMatchObject({ total: 4_000, has_more: true, truncated_by: "bytes" });
  const byJob = structured["by_job"] as Record<string, Record<string, number>>;
  expect(Object.keys(byJob)[0]).toBe("job-7");
  expect(byJob["(others)"]).toEqual({ up: 3_400 });
});
