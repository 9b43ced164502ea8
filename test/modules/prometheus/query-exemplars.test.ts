import { describe, expect, it } from "vitest";
import { data, error } from "../../support/prometheus-mock.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

const PATH = "api/v1/query_exemplars";
const exemplar = (i: number, more: object = {}) => ({
  labels: { traceID: `trace-${i}` },
  value: String(i),
  timestamp: NOON - i,
  ...more,
});

describe("query_exemplars", () => {
  it("lists the newest first with their traces", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on(
      PATH,
      data([
        { seriesLabels: { __name__: "h_bucket", le: "1" }, exemplars: [exemplar(5), exemplar(3)] },
        { seriesLabels: { __name__: "h_bucket", le: "2" }, exemplars: [exemplar(4, { labels: { span: "x" } })] },
      ]),
    );
    expect(await hub.ask("query_exemplars", { promql: "h_bucket", limit: 2 })).toMatchInlineSnapshot(`
      {
        "data": [
          {
            "labels": {
              "traceID": "trace-3",
            },
            "series": {
              "__name__": "h_bucket",
              "le": "1",
            },
            "time": "2026-11-25T11:59:57.000Z",
            "trace_id": "trace-3",
            "value": "3",
          },
          {
            "labels": {
              "span": "x",
            },
            "series": {
              "__name__": "h_bucket",
              "le": "2",
            },
            "time": "2026-11-25T11:59:56.000Z",
            "value": "4",
          },
        ],
        "datasource": "main",
        "has_more": true,
        "how_to_see_more": "Pass offset=2 for the next page, or narrow the question.",
        "next_offset": 2,
        "query": "h_bucket",
        "resolved": {
          "end": "2026-11-25T12:00:00.000Z",
          "start": "2026-11-25T11:00:00.000Z",
        },
        "returned": 2,
        "series_total": 2,
        "status": "success",
        "timestamp": "2026-11-25T12:00:00.000000+00:00",
        "total": 3,
        "truncated": true,
        "truncated_by": "limit",
      }
    `);
    expect(hub.sent(0)).toEqual({ query: "h_bucket", start: String(NOON - 3600), end: String(NOON) });
  });

  it("pages through many within the budget, each exactly once", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on(
      PATH,
      data([{ seriesLabels: { a: "b" }, exemplars: Array.from({ length: 500 }, (_, i) => exemplar(i)) }]),
    );
    const seen: unknown[] = [];
    for (let offset: unknown = 0; offset !== undefined;) {
      const { text, structured } = await hub.call("query_exemplars", { promql: "h", limit: 1000, offset });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
      expect(structured["total"]).toBe(500);
      seen.push(...(structured["data"] as { trace_id: string }[]).map(({ trace_id }) => trace_id));
      offset = structured["next_offset"];
    }
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => `trace-${i}`));
  });

  it("says what may be missing when there are none", async () => {
    const hub = await startQueryHub();
    for (const none of [[], null]) {
      hub.prometheus.on(PATH, data(none));
      const answer = await hub.ask("query_exemplars", { promql: "h" });
      expect(answer).toMatchObject({ total: 0, returned: 0, truncated: false, has_more: false, data: [] });
      expect(answer["hints"]).toEqual(expect.arrayContaining([expect.stringContaining("exemplar-storage")]));
    }
  });

  it("fails as the query tools do", async () => {
    const hub = await startQueryHub();
    expect((await hub.call("query_exemplars", { promql: " " })).structured["error"]).toBe(
      "INVALID_QUERY: Query cannot be empty",
    );
    hub.prometheus.on(PATH, error(400, "bad_data", "1:1: parse error"));
    expect((await hub.call("query_exemplars", { promql: "{" })).structured["code"]).toBe("INVALID_QUERY");
    hub.prometheus.on(PATH, data([{ exemplars: 1 }]));
    expect((await hub.call("query_exemplars", { promql: "h" })).structured["code"]).toBe("INVALID_RESPONSE");
  });
});
