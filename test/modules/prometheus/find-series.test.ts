import { expect, it } from "vitest";
import { byteLength } from "../../../src/core/clip.ts";
import { budget } from "../../support/modules.ts";
import { data } from "../../support/prometheus-mock.ts";
import { captured, paging } from "./discovery.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

const PATH = "api/v1/series";

it("shows what all series share once, and how many values each label has", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(PATH, await captured("series-up"));
  expect(await hub.ask("find_series", { match: "up" })).toMatchInlineSnapshot(`
    {
      "cardinality": {
        "__name__": 1,
        "instance": 5,
        "job": 4,
      },
      "common_labels": {
        "__name__": "up",
      },
      "data": [
        {
          "instance": "dead-1",
          "job": "dead",
        },
        {
          "instance": "odd-1",
          "job": "oddities",
        },
        {
          "instance": "shop-1",
          "job": "shop",
        },
        {
          "instance": "shop-2",
          "job": "shop",
        },
        {
          "instance": "wide-1",
          "job": "wide",
        },
      ],
      "datasource": "main",
      "has_more": false,
      "resolved": {
        "match": "up",
      },
      "returned": 5,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 5,
      "truncated": false,
    }
  `);
});

it("takes a list of selectors and a time range", async () => {
  const hub = await startQueryHub();
  await hub.ask("find_series", { match: ['up{job="a"}', "down"], start: "now-2h" });
  const { params } = hub.prometheus.requests[0]!;
  expect(params.getAll("match[]")).toEqual(['up{job="a"}', "down"]);
  expect(params.get("start")).toBe(String(NOON - 7_200));
});

it("pages in label order, with totals over everything", async () => {
  const hub = await startQueryHub();
  const series = Array.from({ length: 5_000 }, (_, i) => ({
    __name__: "m",
    pod: `a-rather-long-pod-${String(4_999 - i).padStart(4, "0")}`,
  }));
  hub.prometheus.on(PATH, data(series));
  const page = await hub.ask("find_series", { match: "m", limit: 2, offset: 10 });
  expect(page).toMatchObject({
    data: [{ pod: "a-rather-long-pod-0010" }, { pod: "a-rather-long-pod-0011" }],
    common_labels: { __name__: "m" },
    cardinality: { pod: 5_000, __name__: 1 },
    total: 5_000,
    next_offset: 12,
  });
  const { text, structured } = await hub.call("find_series", { match: "m", limit: 1_000 });
  expect(byteLength(text)).toBeLessThanOrEqual(budget.textBytes);
  expect(paging(structured)).toMatchObject({ total: 5_000, has_more: true, truncated_by: "bytes" });
});

it("returns odd label values exactly, and long ones in short only when they alone fill a page", async () => {
  const hub = await startQueryHub();
  const odd = { text: 'a\nb "c" \\ 🚒', long: "äöüß".repeat(1_250) };
  hub.prometheus.on(PATH, data([odd]));
  expect(await hub.ask("find_series", { match: "m" })).toMatchObject({ data: [odd] });
  hub.prometheus.on(PATH, data([{ a: "x".repeat(40_000) }, { a: "y" }]));
  const page = await hub.ask("find_series", { match: "m" });
  expect(paging(page)).toMatchObject({ total: 2, returned: 1, next_offset: 1, truncated_by: "bytes" });
});

it("refuses an empty selector before anything is fetched", async () => {
  const hub = await startQueryHub();
  expect((await hub.call("find_series", { match: "  " })).structured).toMatchObject({ code: "INVALID_MATCH" });
  expect((await hub.call("find_series", {})).structured).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(hub.prometheus.requests).toEqual([]);
});
