import { describe, expect, it } from "vitest";
import { data, error, hang, matrix, page, scalar, vector } from "../../support/prometheus-mock.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

const FORMATS = ["auto", "raw", "compact", "summary"];

describe("query_instant", () => {
  it("answers in the seed's envelope, double wrapped, and sends one form", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query", vector([[{ __name__: "up", job: "api" }, "1"]], NOON));
    expect(await hub.ask("query_instant", { datasource_id: "main", promql: "up" })).toMatchInlineSnapshot(`
      {
        "data": {
          "data": {
            "result": [
              {
                "metric": {
                  "__name__": "up",
                  "job": "api",
                },
                "value": [
                  1795608000,
                  "1",
                ],
              },
            ],
            "resultType": "vector",
          },
          "status": "success",
        },
        "datasource": "main",
        "format": "raw",
        "has_more": false,
        "query": "up",
        "resolved": {
          "time": "2026-11-25T12:00:00.000Z",
        },
        "result_type": "vector",
        "returned": 1,
        "series_total": 1,
        "status": "success",
        "timestamp": "2026-11-25T12:00:00.000000+00:00",
        "total": 1,
        "truncated": false,
      }
    `);
    expect(hub.paths()).toEqual(["/api/v1/query"]);
    expect(hub.prometheus.requests[0]?.method).toBe("POST");
    expect(hub.sent(0)).toEqual({ query: "up", timeout: "28", limit: "100001" });
  });

  it("sends each time as Unix seconds and echoes it as RFC3339", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query", scalar(NOON, "1"));
    const answer = await hub.ask("query_instant", { promql: "1", time: "2026-11-25T10:00:00", timeout: "7" });
    expect(hub.sent(0)).toMatchObject({ time: String(NOON - 7200), timeout: "6.3" });
    expect(answer["resolved"]).toEqual({ time: "2026-11-25T10:00:00.000Z" });
    expect(answer["notes"]).toEqual(['time="2026-11-25T10:00:00" has no offset and was read as UTC']);
    const future = await hub.ask("query_instant", { promql: "1", time: NOON + 7200 });
    expect(future["notes"]).toEqual(["time is 2h in the future; it is now 2026-11-25T12:00:00.000Z"]);
  });

  it.each(FORMATS)("keeps NaN, infinities, strings and range vectors in the format %s", async (format) => {
    const hub = await startQueryHub();
    const replies: [string, ReturnType<typeof data>, RegExp][] = [
      ["0/0", scalar(NOON, "NaN"), /"NaN"/],
      ["1/0", scalar(NOON, "+Inf"), /"\+Inf"/],
      ['"abc"', data({ resultType: "string", result: [NOON, "abc"] }), /"abc"/],
      [
        "up[5s]",
        matrix([
          [
            { job: "a" },
            [
              [NOON - 1.5, "1"],
              [NOON, "NaN"],
            ],
          ],
        ]),
        /"job":"a"/,
      ],
      ["vector(0)/0", vector([[{}, "NaN"]], NOON), /"NaN"/],
    ];
    for (const [promql, reply, shown] of replies) {
      hub.prometheus.on("api/v1/query", reply);
      const answer = await hub.ask("query_instant", { promql, format });
      expect(answer).toMatchObject({ total: 1, returned: 1, truncated: false });
      expect(JSON.stringify(answer["data"])).toMatch(shown);
      expect(JSON.stringify(answer)).not.toContain("null");
    }
  });

  it.each([
    ["", "INVALID_QUERY: Query cannot be empty"],
    ["  \n", "INVALID_QUERY: Query cannot be empty"],
    ["x".repeat(10_001), "INVALID_QUERY: Query too long (max 10000 characters)"],
    ["🚒".repeat(60_000), "INVALID_QUERY: Query too long (max 10000 characters)"],
  ])("refuses a query it can judge by itself without asking anyone (%#)", async (promql, message) => {
    const hub = await startQueryHub();
    const answer = await hub.call("query_instant", { promql });
    expect(answer.isError).toBe(true);
    expect(JSON.parse(answer.text)).toMatchObject({ status: "error", error: message, code: "INVALID_QUERY" });
    expect(hub.prometheus.requests).toHaveLength(0);
  });

  it("stays within the text budget whatever the query's length", async () => {
    const hub = await startQueryHub();
    const series = Array.from(
      { length: 3000 },
      (_, i) => [{ id: `${i}`, zone: "ü".repeat(30) }, "1"] as [Record<string, string>, string],
    );
    hub.prometheus.on("api/v1/query", vector(series, NOON));
    for (const filler of [" ", '"', "🚒", "\u0001"]) {
      for (const format of FORMATS) {
        const promql = `up ${filler.repeat(9997)}`;
        const { text, structured } = await hub.call("query_instant", { promql, format });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
        expect(JSON.parse(text)).toEqual(structured);
        expect(structured).toMatchObject({ total: 3000, truncated: true, has_more: true });
        expect(structured["query"] === promql).toBe(filler === " " || filler === '"' ? filler === " " : false);
      }
    }
  });

  it("shows Prometheus's own words and position for a bad query", async () => {
    const hub = await startQueryHub();
    const reason = "1:4: parse error: unexpected end of input inside braces";
    hub.prometheus.on("api/v1/query", error(400, "bad_data", `invalid parameter "query": ${reason}`));
    const { isError, structured } = await hub.call("query_instant", { promql: "up{" });
    expect(isError).toBe(true);
    expect(structured).toMatchObject({ error: `INVALID_QUERY: ${reason}`, code: "INVALID_QUERY", query: "up{" });
    hub.prometheus.on("api/v1/query", error(422, "execution", "many-to-many matching not allowed"));
    expect((await hub.call("query_instant", { promql: "a*b" })).structured).toMatchObject({
      error: expect.stringContaining("EXECUTION_ERROR: many-to-many matching not allowed"),
    });
    hub.prometheus.on("api/v1/query", page(502, "<html>bad gateway</html>"));
    expect((await hub.call("query_instant", { promql: "a" })).structured).toMatchObject({ retryable: true });
  });

  it("reports a failure that comes with HTTP 200 as a failure", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query", error(200, "execution", "it broke"));
    const { isError, structured } = await hub.call("query_instant", { promql: "up" });
    expect(isError).toBe(true);
    expect(structured["error"]).toContain("it broke");
  });

  it("gives up after its deadline and when it is cancelled, and hangs up", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query", hang());
    const late = await hub.call("query_instant", { promql: "up", timeout: 1 });
    expect(late.structured).toMatchObject({ code: "TIMEOUT", retryable: true });
    const abort = new AbortController();
    const call = hub.call("query_instant", { promql: "up" }, { signal: abort.signal });
    await expect.poll(() => hub.prometheus.requests.length).toBe(2);
    abort.abort();
    expect((await call).isError).toBe(true);
    await expect.poll(() => hub.prometheus.requests.every(({ aborted }) => aborted)).toBe(true);
  });

  it("counts the series when the reply is too large, and only then", async () => {
    const hub = await startQueryHub();
    const reply = `{"status":"success","data":{"resultType":"vector","result":[${'{"metric":{"a":"b"},"value":[1,"1"]},'.repeat(600_000)}`;
    hub.prometheus.on("api/v1/query", ({ params }) =>
      params.get("query")?.startsWith("count(") ? vector([[{}, "200000"]], NOON) : { body: reply },
    );
    const { isError, structured } = await hub.call("query_instant", { promql: "up # all" });
    expect(isError).toBe(true);
    expect(structured["code"]).toBe("RESULT_TOO_LARGE");
    expect(structured["error"]).toContain(
      "count() says 200000 series. Try topk(20, up # all) or sum by (job) (up # all).",
    );
    expect(structured["series_total"]).toBe(200_000);
    expect(hub.sent(1)).toEqual({ query: "count(up # all\n)", timeout: "4.5" });
    expect(hub.prometheus.requests).toHaveLength(2);
  });

  it("explains an empty answer with one request more", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/label/__name__/values", data(["http_requests_total", "up"]));
    const unknown = await hub.ask("query_instant", { promql: "sum(rate(http_request_total[5m]))" });
    expect(unknown).toMatchObject({
      status: "success",
      total: 0,
      truncated: false,
      hints: ['No metric is called "http_request_total" in this datasource.'],
      did_you_mean: { http_request_total: ["http_requests_total"] },
    });
    expect(hub.paths()).toEqual(["/api/v1/query", "/api/v1/label/__name__/values"]);
    const filtered = await hub.ask("query_instant", { promql: 'up{job="x"} > 3' });
    expect(filtered["hints"]).toEqual([
      expect.stringContaining('The metric "up" exists; perhaps no series of it meets job="x"'),
      expect.stringContaining("A comparison keeps only the series that meet it"),
    ]);
  });

  it("answers without hints about metrics when their list cannot be had", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/label/__name__/values", page(500, "no"));
    const answer = await hub.ask("query_instant", { promql: "up" });
    expect(answer).toMatchObject({
      total: 0,
      hints: ["Nothing matched at that time: try another time or a wider range."],
    });
  });

  it("shows warnings and infos of the server", async () => {
    const hub = await startQueryHub();
    const result = { resultType: "vector", result: [{ metric: {}, value: [NOON, "1"] }] };
    hub.prometheus.on("api/v1/query", data(result, { warnings: ["store gateway down"], infos: ["not a counter"] }));
    expect(await hub.ask("query_instant", { promql: "x" })).toMatchObject({
      warnings: ["store gateway down"],
      infos: ["not a counter"],
    });
  });
});
