import { describe, expect, it } from "vitest";
import { data, error, matrix, page } from "../../support/prometheus-mock.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

const LE = "api/v1/label/le/values";
const point = (value: string): [number, string][] => [[NOON, value]];

describe("query_histogram", () => {
  it("writes the PromQL of a classic histogram and says which quantiles are saturated", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on(LE, data(["+Inf", "0.1", "10", "1"]));
    hub.prometheus.on(
      "api/v1/query_range",
      matrix([
        [{ job: "api", quantile: "0.5" }, point("0.25")],
        [{ job: "api", quantile: "0.99" }, point("10")],
      ]),
    );
    const input = {
      metric_name: "http_seconds_bucket",
      quantiles: "0.99,0.5",
      matchers: `code!~'5..'`,
      by: ["job"],
      window: "5m",
    };
    expect(await hub.ask("query_histogram", input)).toMatchInlineSnapshot(`
      {
        "data": {
          "data": {
            "result": [
              {
                "metric": {
                  "job": "api",
                  "quantile": "0.5",
                },
                "values": [
                  [
                    1795608000,
                    "0.25",
                  ],
                ],
              },
              {
                "metric": {
                  "job": "api",
                  "quantile": "0.99",
                },
                "values": [
                  [
                    1795608000,
                    "10",
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
        "histogram": {
          "highest_bucket": 10,
          "kind": "classic",
          "metric": "http_seconds",
        },
        "promql": [
          "histogram_quantile(0.5, sum by (le, job) (rate(http_seconds_bucket{code!~"5.."}[5m])))",
          "histogram_quantile(0.99, sum by (le, job) (rate(http_seconds_bucket{code!~"5.."}[5m])))",
        ],
        "query": "label_replace(histogram_quantile(0.5, sum by (le, job) (rate(http_seconds_bucket{code!~"5.."}[5m]))), "quantile", "0.5", "", "") or label_replace(histogram_quantile(0.99, sum by (le, job) (rate(http_seconds_bucket{code!~"5.."}[5m]))), "quantile", "0.99", "", "")",
        "resolved": {
          "end": "2026-11-25T12:00:00.000Z",
          "start": "2026-11-25T11:00:00.000Z",
          "step": 30,
          "step_source": "auto",
          "window": 300,
        },
        "result_type": "matrix",
        "returned": 2,
        "saturation": [
          "The quantile 0.99 stands at the highest finite bucket (le="10") in 1 of 1 points: the true value may be higher.",
        ],
        "series_total": 2,
        "stats": [
          {
            "avg": 0.25,
            "count": 1,
            "delta": 0,
            "first": 0.25,
            "last": 0.25,
            "max": 0.25,
            "min": 0.25,
          },
          {
            "avg": 10,
            "count": 1,
            "delta": 0,
            "first": 10,
            "last": 10,
            "max": 10,
            "min": 10,
          },
        ],
        "status": "success",
        "timestamp": "2026-11-25T12:00:00.000000+00:00",
        "total": 2,
        "truncated": false,
      }
    `);
    expect(hub.paths()).toEqual([`/${LE}`, "/api/v1/query_range"]);
    expect(hub.sent(0)).toEqual({
      "match[]": 'http_seconds_bucket{code!~"5.."}',
      start: String(NOON - 3600),
      end: String(NOON),
    });
  });

  it("takes a histogram without buckets for a native one", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query_range", matrix([[{ quantile: "0.9" }, point("3")]]));
    const answer = await hub.ask("query_histogram", { metric_name: "h_count", quantiles: [0.9] });
    expect(answer["promql"]).toEqual(["histogram_quantile(0.9, sum(rate(h[4m])))"]);
    expect(answer["histogram"]).toEqual({ metric: "h", kind: "native" });
  });

  it("chooses a window of four scrape intervals, a minute and a step at least", async () => {
    const hub = await startQueryHub({ jsonData: { timeInterval: "30s" } });
    hub.prometheus.on(LE, data(["1"]));
    hub.prometheus.on("api/v1/query_range", matrix([[{ quantile: "0.5" }, point("1")]]));
    expect((await hub.ask("query_histogram", { metric_name: "h" }))["resolved"]).toMatchObject({ window: 120 });
    const day = await hub.ask("query_histogram", { metric_name: "h", start: "-1d" });
    expect(day["resolved"]).toMatchObject({ step: 900, window: 900 });
  });

  it.each([
    [{ metric_name: 'h{a="b"}' }, "INVALID_METRIC_NAME"],
    [{ metric_name: "h[5m]) or vector(1" }, "INVALID_METRIC_NAME"],
    [{ metric_name: "h", matchers: 'a="b"}) or (up{c="d"' }, "INVALID_MATCHER"],
    [{ metric_name: "h", by: ["job) (up"] }, "INVALID_LABEL_NAME"],
    [{ metric_name: "h", by: ["le"] }, "INVALID_LABEL_NAME"],
    [{ metric_name: "h", window: "5m]) or up[1m" }, "INVALID_WINDOW"],
    [{ metric_name: "h", window: "0s" }, "INVALID_WINDOW"],
    [{ metric_name: "h", quantiles: [1.5] }, "INVALID_ARGUMENT"],
    [{ metric_name: "h", quantiles: [] }, "INVALID_ARGUMENT"],
  ])("lets nothing but names into the query: %j", async (input, code) => {
    const hub = await startQueryHub();
    const { isError, structured } = await hub.call("query_histogram", input);
    expect(isError).toBe(true);
    expect(structured["code"]).toBe(code);
    expect(hub.prometheus.requests).toHaveLength(0);
  });

  it("says why there is nothing", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/label/__name__/values", data(["http_seconds_bucket", "up"]));
    const hints = async (input: object) => (await hub.ask("query_histogram", input))["hints"];
    expect(await hints({ metric_name: "http_second" })).toEqual([
      "There is no histogram http_second (no http_second_bucket and no native http_second).",
    ]);
    expect(await hints({ metric_name: "up" })).toEqual([
      "up exists, but is neither a classic nor a native histogram with samples in this range.",
    ]);
    expect(await hints({ metric_name: "http_seconds", matchers: 'job="x"' })).toEqual([
      "http_seconds_bucket exists, but no series of it meets the matchers in this range.",
    ]);
    hub.prometheus.on(LE, data(["1", "+Inf"]));
    expect(await hints({ metric_name: "http_seconds" })).toEqual([
      "The buckets exist, but rate() found no two samples: use a wider window.",
    ]);
  });

  it("passes on what Prometheus refuses", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on(LE, data(["1"]));
    hub.prometheus.on("api/v1/query_range", error(422, "execution", "too many samples"));
    expect((await hub.call("query_histogram", { metric_name: "h" })).structured["error"]).toContain("too many samples");
    hub.prometheus.on(LE, page(503, "no"));
    expect((await hub.call("query_histogram", { metric_name: "h" })).isError).toBe(true);
  });
});
