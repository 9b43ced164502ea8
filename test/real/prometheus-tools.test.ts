// The seed's eight tools against the real Prometheus: the envelope, times and steps, and what failures say.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { lawfulHub, type LawfulHub } from "./support/lawful-hub.ts";
import { askPrometheus } from "./support/prometheus.ts";

const ground = inject("ground");
let running: HubOnGround;
let hub: LawfulHub;
beforeAll(async () => {
  running = await startHubOnGround([{ name: "ground", url: ground.url }]);
  hub = await lawfulHub(running.url);
});
afterAll(() => running?.close());

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;
const frame = { status: "success", datasource: "ground", timestamp: expect.stringMatching(TIMESTAMP) };
const whole = { truncated: false, has_more: false };

describe("the seed's envelope", () => {
  test("query_instant wraps the whole reply of Prometheus, and says what it asked", async () => {
    const time = String(ground.startedAt - 60);
    const value = await hub.ask("query_instant", { datasource_id: "ground", promql: "up", time });
    const truth = await askPrometheus(ground.url, "query", { query: "up", time });
    expect(value).toMatchObject({ ...frame, query: "up", result_type: "vector", format: "raw", total: 2, ...whole });
    expect(value["data"]).toMatchObject({ status: "success", data: { resultType: "vector" } });
    expect(sorted(value["data"].data.result)).toEqual(sorted((truth as { result: unknown[] }).result));
  });

  test("query_range wraps the whole reply, sample by sample", async () => {
    const query = "sum by (code) (rate(shop_requests_total[5m]))";
    const range = { start: String(ground.startedAt - 3600), end: String(ground.startedAt - 60), step: "60s" };
    const value = await hub.ask("query_range", { datasource_id: "ground", promql: query, ...range });
    const truth = await askPrometheus(ground.url, "query_range", { query, ...range, step: "60" });
    expect(value).toMatchObject({ ...frame, query, result_type: "matrix", format: "raw", total: 2, ...whole });
    expect(value["resolved"]).toMatchObject({ step: 60, step_source: "given" });
    expect(sorted(value["data"].data.result)).toEqual(sorted((truth as { result: unknown[] }).result));
  });

  test("get_metric_metadata wraps it too; an unknown metric is a success with nothing in it", async () => {
    const value = await hub.ask("get_metric_metadata", { datasource_id: "ground", metric_name: "shop_requests" });
    expect(value).toMatchObject({ ...frame, data: { status: "success" } });
    expect(value["data"].data).toEqual({
      shop_requests: [{ type: "counter", help: "Requests by path and status code.", unit: "" }],
    });
    const total = await hub.ask("get_metric_metadata", { metric_name: "shop_requests_total" });
    expect(total).toMatchObject({ resolved_from: "shop_requests_total", data: { data: { shop_requests: [{}] } } });
    const unknown = await hub.ask("get_metric_metadata", { metric_name: "no_such_metric" });
    expect(unknown["data"]).toEqual({ status: "success", data: {} });
  });

  test("the others give flat lists", async () => {
    const sources = await hub.ask("list_datasources", { check: "true" });
    const asked = { reachable: true, version: expect.stringMatching(/^2\.42/) };
    expect(sources["data"]).toMatchObject([
      { id: "ground", name: "ground", url: ground.url, type: "prometheus", ...asked },
    ]);
    expect(sources).not.toHaveProperty("datasource");

    const metrics = await hub.ask("list_metrics", { datasource_id: "ground" });
    expect(metrics).toMatchObject({ ...frame, ...whole });
    expect(metrics["data"]).toEqual(await askPrometheus(ground.url, "label/__name__/values"));

    const labels = await hub.ask("get_metric_labels", { datasource_id: "ground", metric_name: "shop_requests_total" });
    expect(labels["data"]).toEqual(["code", "instance", "job", "path"]);
    expect(labels["cardinality"]).toEqual({ code: 2, instance: 2, job: 1, path: 3 });
    expect((await hub.ask("get_metric_labels", { metric_name: "no_such_metric" }))["data"]).toEqual([]);

    const values = await hub.ask("get_label_values", { datasource_id: "ground", label_name: "job" });
    expect(values["data"]).toEqual(["dead", "oddities", "shop", "wide"]);

    const found = await hub.ask("find_metrics_by_pattern", { datasource_id: "ground", pattern: "latency" });
    expect(found["data"]).toEqual(["bucket", "count", "sum"].map((end) => `shop_latency_seconds_${end}`));
  });

  test("lists go page by page to the end, nothing twice and nothing missing", async () => {
    const all: string[] = (await hub.ask("list_metrics"))["data"];
    const seen: string[] = [];
    for (let offset: number | undefined = 0; offset !== undefined;) {
      const page = await hub.ask("list_metrics", { limit: 5, offset });
      expect(page).toMatchObject({ total: all.length, has_more: page["next_offset"] !== undefined });
      seen.push(...page["data"]);
      offset = page["next_offset"];
    }
    expect(seen).toEqual(all);
  });
});

describe("times and steps", () => {
  test("with promql alone it is the last hour in at most 120 steps", async () => {
    const { resolved, data } = await hub.ask("query_range", { promql: 'up{instance="shop-1"}' });
    expect(resolved).toMatchObject({ step: 30, step_source: "auto" });
    expect(Date.parse(resolved.end) - Date.parse(resolved.start)).toBe(3_600_000);
    expect(data.data.result[0].values.length).toBeLessThanOrEqual(121);
  });

  test("six hours of history get a step from the ladder, and show their gap", async () => {
    const promql = 'shop_open_carts{instance="shop-2"}';
    const start = String(ground.startedAt - ground.historySeconds);
    const value = await hub.ask("query_range", { promql, start, end: String(ground.startedAt), format: "compact" });
    expect(value["resolved"].step).toBe(300);
    const values: (number | null)[] = value["data"].series[0].values;
    expect(values.filter((point) => point === null).length).toBeGreaterThan(3);
    const finer = await hub.ask("query_range", { promql, start, max_points: "1000", format: "compact" });
    expect(finer["resolved"].step).toBe(30);
  });

  test.each([
    ["now-6h", "now-5h", 3600],
    ["-2h", "-1h", 3600],
    ["2h", "1h", 3600],
  ])("start=%s end=%s is understood and echoed", async (start, end, seconds) => {
    const { resolved } = await hub.ask("query_range", { promql: "shop_open_carts", start, end });
    expect((Date.parse(resolved.end) - Date.parse(resolved.start)) / 1000).toBe(seconds);
  });

  test("a time may come as seconds, milliseconds, a number, or RFC 3339 with and without a zone", async () => {
    const at = ground.startedAt - 600;
    const iso = new Date(at * 1000).toISOString();
    for (const time of [String(at), at, `${at}000`, iso, iso.replace("Z", "+00:00"), iso.replace(".000Z", "")]) {
      const value = await hub.ask("query_instant", { promql: 'up{instance="shop-1"}', time });
      expect(Date.parse(value["resolved"].time)).toBe(at * 1000);
      expect(value["data"].data.result[0].value).toEqual([at, "1"]);
    }
  });

  test.each([
    [
      { start: "now-7d", step: "1s" },
      "INVALID_STEP: 7 days at 1s is 604,800 points per series; the limit is 11,000. Use step >= 55s or omit step.",
    ],
    [{ step: "0" }, 'INVALID_STEP: step "0" must be a positive duration such as 30s, 5m, 1h.'],
    [
      { start: "yesterday" },
      'INVALID_TIME: cannot understand start="yesterday". Use RFC3339, Unix seconds, or now-1h.',
    ],
    [{ start: "now", end: "now-1h" }, /^INVALID_TIME_RANGE: end \S+ is before start \S+$/],
  ])("%j is refused", async (range, error) => {
    const failure = await hub.fail("query_range", { promql: "up", ...range });
    expect(failure["error"]).toEqual(typeof error === "string" ? error : expect.stringMatching(error));
  });

  test("the smallest legal step that a refusal names is accepted", async () => {
    const range = { promql: "up", start: "now-7d", end: "now" };
    const { smallest_step: step } = await hub.fail("query_range", { ...range, step: "1s" });
    expect((await hub.ask("query_range", { ...range, step }))["resolved"].step_source).toBe("given");
  });
});

describe("failures", () => {
  test.each([
    ["up{", "1:4: parse error: unexpected end of input inside braces"],
    ["rate(up)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['{__name__=~"("}', "1:2: parse error: error parsing regexp: missing closing ): `^(?:()$`"],
    ['{__name__=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ])("%s is refused with Prometheus's own message and place", async (promql, message) => {
    for (const tool of ["query_instant", "query_range", "render_chart"]) {
      const failure = await hub.fail(tool, { promql });
      expect(failure).toMatchObject({ error: `INVALID_QUERY: ${message}`, code: "INVALID_QUERY", query: promql });
      expect(failure).toMatchObject({ http_status: 400, error_type: "bad_data", retryable: false });
      expect(failure["hint"]).toContain("^");
    }
  });

  test("an empty and a too long query never reach Prometheus", async () => {
    for (const promql of ["", "  \n"]) {
      expect((await hub.fail("query_instant", { promql }))["error"]).toBe("INVALID_QUERY: Query cannot be empty");
    }
    const limit = `vector(1)${" ".repeat(9_991)}`;
    expect((await hub.ask("query_instant", { promql: limit }))["total"]).toBe(1);
    const tooLong = await hub.fail("query_instant", { promql: `${limit} ` });
    expect(tooLong["error"]).toBe("INVALID_QUERY: Query too long (max 10000 characters)");
    expect(tooLong["hint"]).toContain("10001");
    // Characters, not bytes or UTF-16 units.
    expect((await hub.ask("query_instant", { promql: `vector(1) # ${"🚒".repeat(9_988)}` }))["total"]).toBe(1);
  });

  test("an execution error keeps the reason that Prometheus gives", async () => {
    const promql = "shop_requests_total + on (job) shop_requests_total";
    const failure = await hub.fail("query_instant", { promql });
    expect(failure["error"]).toMatch(/^EXECUTION_ERROR: found duplicate series for the match group .*many-to-many/);
    expect(failure).toMatchObject({ http_status: 422, error_type: "execution" });
  });

  test("an unknown datasource, argument or pattern is answered with what there is", async () => {
    expect((await hub.fail("list_metrics", { datasource_id: "grond" }))["error"]).toBe(
      "Datasource not found: grond. Available: ground",
    );
    expect((await hub.fail("query_instant", { querry: "up" }))["error"]).toMatch(
      /unknown argument "querry"\. Valid: .*promql/,
    );
    expect((await hub.fail("find_metrics_by_pattern", { pattern: "(" }))["error"]).toMatch(
      /^Invalid regex pattern: missing closing \)/,
    );
  });

  test("an empty result is a success with a hint, also for names that 2.42 cannot have", async () => {
    const empty = await hub.ask("query_instant", { promql: '{__name__="métrique"}' });
    expect(empty).toMatchObject({ total: 0, hints: [expect.stringContaining("métrique")] });
    const newer = await hub.fail("query_instant", { promql: '{"métrique.é"}' });
    expect(newer["error"]).toMatch(/^INVALID_QUERY: 1:2: parse error: unexpected string/);
    const misspelt = await hub.ask("query_instant", { promql: "shop_request_total" });
    expect(JSON.stringify([misspelt["hints"], misspelt["did_you_mean"]])).toContain("shop_requests_total");
  });
});

const sorted = (result: unknown[]): string[] => result.map((each) => JSON.stringify(each)).sort();
