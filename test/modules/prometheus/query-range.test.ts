import { describe, expect, it } from "vitest";
import { matrix } from "../../support/prometheus-mock.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

type Labels = Record<string, string>;
const line = (labels: Labels, length: number, step: number, value = (i: number) => String(i % 7)) =>
  [labels, Array.from({ length }, (_, i) => [NOON - (length - 1 - i) * step, value(i)])] as [
    Labels,
    [number, string][],
  ];

describe("query_range", () => {
  it("needs only an expression: the last hour in 30 s steps", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query_range", matrix([line({ job: "api" }, 3, 30)]));
    expect(await hub.ask("query_range", { promql: "up" })).toMatchInlineSnapshot(`
      {
        "data": {
          "data": {
            "result": [
              {
                "metric": {
                  "job": "api",
                },
                "values": [
                  [
                    1795607940,
                    "0",
                  ],
                  [
                    1795607970,
                    "1",
                  ],
                  [
                    1795608000,
                    "2",
                  ],
                ],
              },
            ],
            "resultType": "matrix",
          },
          "status": "success",
        },
        "datasource": "main",
        "format": "raw",
        "has_more": false,
        "query": "up",
        "resolved": {
          "end": "2026-11-25T12:00:00.000Z",
          "start": "2026-11-25T11:00:00.000Z",
          "step": 30,
          "step_source": "auto",
        },
        "result_type": "matrix",
        "returned": 1,
        "series_total": 1,
        "stats": [
          {
            "avg": 1,
            "count": 3,
            "delta": 2,
            "first": 0,
            "last": 2,
            "max": 2,
            "min": 0,
          },
        ],
        "status": "success",
        "timestamp": "2026-11-25T12:00:00.000000+00:00",
        "total": 1,
        "truncated": false,
      }
    `);
    expect(hub.sent(0)).toEqual({
      query: "up",
      start: String(NOON - 3600),
      end: String(NOON),
      step: "30",
      timeout: "28",
      limit: "100001",
    });
  });

  it("sends every optional argument that matters upstream", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query_range", matrix([line({}, 3, 30)]));
    const input = { promql: "up", start: "2026-11-24", end: "now-1h", step: "5m", timeout: 60 };
    const answer = await hub.ask("query_range", input);
    expect(answer["resolved"]).toEqual({
      start: "2026-11-24T00:00:00.000Z",
      end: "2026-11-25T11:00:00.000Z",
      step: 300,
      step_source: "given",
    });
    expect(hub.sent(0)).toMatchObject({ step: "300", timeout: "58" });
    await hub.ask("query_range", { promql: "up", max_points: "10" });
    expect(hub.sent(1)).toMatchObject({ step: "600" });
  });

  it("is never finer by itself than the datasource's scrape interval", async () => {
    const hub = await startQueryHub({ jsonData: { timeInterval: "60s" } });
    hub.prometheus.on("api/v1/query_range", matrix([line({}, 3, 60)]));
    expect((await hub.ask("query_range", { promql: "up" }))["resolved"]).toMatchObject({
      step: 60,
      step_source: "auto",
    });
  });

  it.each([
    [
      { start: "now-7d", step: "1s" },
      "INVALID_STEP: 7 days at 1s is 604,800 points per series; the limit is 11,000. Use step >= 55s or omit step.",
    ],
    [{ step: "0" }, 'INVALID_STEP: step "0" must be a positive duration such as 30s, 5m, 1h.'],
    [
      { start: "now", end: "now-1h" },
      "INVALID_TIME_RANGE: end 2026-11-25T11:00:00.000Z is before start 2026-11-25T12:00:00.000Z",
    ],
    [
      { start: "yesterday" },
      'INVALID_TIME: cannot understand start="yesterday". Use RFC3339, Unix seconds, or now-1h.',
    ],
    [{ end: "NaN" }, 'INVALID_TIME: cannot understand end="NaN". Use RFC3339, Unix seconds, or now-1h.'],
  ])("refuses %j without asking anyone", async (input, message) => {
    const hub = await startQueryHub();
    const { isError, structured } = await hub.call("query_range", { promql: "up", ...input });
    expect(isError).toBe(true);
    expect(structured["error"]).toBe(message);
    expect(structured["code"]).toBe(message.split(":")[0]);
    expect(hub.prometheus.requests).toHaveLength(0);
  });

  it("merges the points of a fine step into buckets and says so", async () => {
    const hub = await startQueryHub();
    const spike = (i: number) => (i === 1234 ? "1000" : String(Math.sin(i)));
    hub.prometheus.on("api/v1/query_range", matrix([line({ job: "a" }, 7200, 1, spike), line({ job: "b" }, 7200, 1)]));
    const answer = await hub.ask("query_range", { promql: "x", start: "-2h", step: "1s", max_points: 50 });
    expect(answer).toMatchObject({
      format: "compact",
      downsampled: true,
      total: 2,
      returned: 2,
      truncated: true,
      truncated_by: "points",
      has_more: false,
    });
    const { series } = answer["data"] as { series: { max: number[]; stats: object }[] };
    expect(series[0]?.max).toHaveLength(50);
    expect(Math.max(...series[0]!.max)).toBe(1000);
    expect(series[0]?.stats).toMatchObject({ count: 7200, max: 1000 });
  });

  it("summarises what is too wide, with exact totals", async () => {
    const hub = await startQueryHub();
    const wide = Array.from({ length: 2000 }, (_, i) => line({ id: String(i), zone: `z${i % 3}` }, 5, 30));
    hub.prometheus.on("api/v1/query_range", matrix(wide));
    const answer = await hub.ask("query_range", { promql: "wide" });
    expect(answer).toMatchObject({ format: "summary", total: 2000, series_total: 2000, returned: 20, has_more: true });
    expect(answer["data"]).toMatchObject({
      points_total: 10_000,
      label_cardinality: { id: 2000, zone: 3 },
      suggestions: ["topk(10, wide)", "sum by (zone) (wide)"],
    });
  });

  it.each(["raw", "compact", "summary"])("fits the format %s into the budget", async (format) => {
    const hub = await startQueryHub();
    hub.prometheus.on(
      "api/v1/query_range",
      matrix(Array.from({ length: 300 }, (_, i) => line({ id: String(i) }, 120, 30))),
    );
    const { text, structured } = await hub.call("query_range", { promql: "wide", format });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
    expect(structured).toMatchObject({ format, total: 300, truncated: true, has_more: true });
    expect(structured["how_to_see_more"]).toMatch(/topk|limit/);
    expect(structured["returned"]).toBeGreaterThan(2);
  });
});
