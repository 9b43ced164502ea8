// What a Prometheus is doing: alerts, rules, targets, exemplars, quantiles, the datasource itself, an expression, and a picture.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { lawfulHub, type LawfulHub } from "./support/lawful-hub.ts";
import { askSeries } from "./support/prometheus.ts";
import { INCIDENT } from "./support/shop.ts";

const ground = inject("ground");
let running: HubOnGround;
let hub: LawfulHub;
beforeAll(async () => {
  running = await startHubOnGround([{ name: "ground", url: ground.url }]);
  hub = await lawfulHub(running.url);
});
afterAll(() => running?.close());

const names = ({ data }: Record<string, any>): string[] => data.map(({ name }: { name: string }) => name);
const incident = {
  start: String(ground.startedAt + INCIDENT.from + 300),
  end: String(ground.startedAt + INCIDENT.to - 60),
};

describe("list_alerts", () => {
  test("shows the firing one before the pending one, with counts", async () => {
    const value = await hub.ask("list_alerts");
    expect(value).toMatchObject({ total: 2, by_state: { firing: 1, pending: 1 }, by_severity: { page: 1, ticket: 1 } });
    expect(value["data"]).toMatchObject([
      { name: "TargetDown", state: "firing", annotations: { summary: "dead-1 is down" } },
      { name: "SlowBurn", state: "pending" },
    ]);
    expect(value["data"][0].annotations.description).toContain("🚒");
  });

  test.each([
    [{ state: "pending" }, ["SlowBurn"]],
    [{ name: "TargetDown" }, ["TargetDown"]],
    [{ labels: 'severity="page",team=~"db.*"' }, ["TargetDown"]],
    [{ labels: '{team!="shop"}' }, ["TargetDown"]],
    [{ labels: 'severity="page",team="shop"' }, []],
    [{ limit: 1, offset: 1 }, ["SlowBurn"]],
  ])("%j gives %j", async (filter, expected) => {
    expect(names(await hub.ask("list_alerts", filter))).toEqual(expected);
  });
});

describe("list_rules", () => {
  test("shows the broken one first, with its error, and counts all", async () => {
    const value = await hub.ask("list_rules");
    expect(names(value)).toEqual([
      "broken:many_to_many",
      "TargetDown",
      "SlowBurn",
      "NeverTrue",
      "job:shop_requests:rate1m",
    ]);
    expect(value["data"][0]).toMatchObject({ health: "err", lastError: expect.stringContaining("many-to-many") });
    expect(value["data"][1]).toMatchObject({ expr: 'up{job="dead"} == 0', for: "1s", state: "firing" });
    expect(value).toMatchObject({
      by_health: { err: 1, ok: 4 },
      by_state: { firing: 1, pending: 1, inactive: 1 },
      by_type: { alerting: 3, recording: 2 },
    });
  });

  test.each([
    [{ type: "record" }, ["broken:many_to_many", "job:shop_requests:rate1m"]],
    [{ state: "inactive" }, ["NeverTrue"]],
    [{ health: "err" }, ["broken:many_to_many"]],
    [{ group: "shop-recording" }, ["job:shop_requests:rate1m"]],
    [{ name: "SlowBurn" }, ["SlowBurn"]],
  ])("%j gives %j", async (filter, expected) => {
    expect(names(await hub.ask("list_rules", filter))).toEqual(expected);
  });

  test("shows the alerts of a rule when asked", async () => {
    const value = await hub.ask("list_rules", { name: "TargetDown", with_alerts: true });
    expect(value["data"][0].alerts).toMatchObject([{ state: "firing", labels: { instance: "dead-1" } }]);
  });
});

describe("list_targets", () => {
  test("shows the dead one first with the reason, and counts per job", async () => {
    const value = await hub.ask("list_targets");
    expect(value["data"].map((each: any) => each.instance)).toEqual(["dead-1", "odd-1", "shop-1", "shop-2", "wide-1"]);
    expect(value["data"][0]).toMatchObject({ health: "down", lastError: expect.stringMatching(/connection refused$/) });
    expect(value["data"][0]).not.toHaveProperty("discoveredLabels");
    expect(value["by_job"]).toMatchObject({ dead: { down: 1 }, shop: { up: 2 } });
  });

  test("filters by health, job and pool", async () => {
    expect((await hub.ask("list_targets", { health: "up" }))["total"]).toBe(4);
    expect((await hub.ask("list_targets", { job: "shop" }))["total"]).toBe(2);
    expect((await hub.ask("list_targets", { scrape_pool: "oddities" }))["total"]).toBe(1);
  });

  test("shows the dropped one with its discovered labels", async () => {
    const value = await hub.ask("list_targets", { state: "dropped" });
    expect(value).toMatchObject({ total: 1, data: [{ discoveredLabels: { instance: "retired-1", job: "retired" } }] });
  });
});

test("query_exemplars leads to traces, newest first, page by page", async () => {
  const promql = 'shop_latency_seconds_bucket{instance="shop-1",le="0.5"}';
  const value = await hub.ask("query_exemplars", { promql, limit: 2 });
  expect(value).toMatchObject({ returned: 2, has_more: true, next_offset: 2 });
  const [first, second] = value["data"];
  expect(first).toMatchObject({
    trace_id: expect.stringMatching(/^shop-1-0\.5-\d+$/),
    value: "0.45",
    series: { le: "0.5" },
  });
  expect(Date.parse(first.time)).toBeGreaterThan(Date.parse(second.time));
  const next = await hub.ask("query_exemplars", { promql, limit: 1, offset: 1, end: first.time });
  expect(next["data"][0].trace_id).toBe(second.trace_id);
  expect(await hub.ask("query_exemplars", { promql: "up" })).toMatchObject({ total: 0, hints: expect.anything() });
});

describe("query_histogram", () => {
  test("computes quantiles as Prometheus does with the PromQL that it shows", async () => {
    const range = { ...incident, step: "60s" };
    const value = await hub.ask("query_histogram", {
      ...range,
      metric_name: "shop_latency_seconds",
      quantiles: "[0.5, 0.99]",
      matchers: 'job="shop"',
      by: ["instance"],
      window: "5m",
      format: "raw",
    });
    expect(value["histogram"]).toMatchObject({ metric: "shop_latency_seconds", kind: "classic", highest_bucket: 2.5 });
    expect(value).toMatchObject({ total: 4, resolved: { window: 300, step: 60 } });
    const [median, high]: string[] = value["promql"];
    expect(median).toMatch(/^histogram_quantile\(0\.5, .*rate\(shop_latency_seconds_bucket\{job="shop"\}\[5m\]\)\)\)$/);
    const shown: { metric: Record<string, string>; values: unknown[] }[] = value["data"].data.result;
    for (const [quantile, query] of Object.entries({ "0.5": median!, "0.99": high! })) {
      const truth = await askSeries(ground.url, "query_range", { ...range, step: "60", query });
      const ours = shown.filter(({ metric }) => metric["quantile"] === quantile);
      const byInstance = (series: typeof shown) =>
        Object.fromEntries(series.map(({ metric, values }) => [metric["instance"], values]));
      expect(byInstance(ours)).toEqual(byInstance(truth));
      expect(Object.keys(byInstance(ours))).toEqual(["shop-1", "shop-2"]);
    }
  });

  test("says when a quantile stands at the highest bucket, and how to go on when there is no histogram", async () => {
    const value = await hub.ask("query_histogram", {
      metric_name: "shop_latency_seconds_bucket",
      quantiles: [1],
      ...incident,
    });
    expect(value["saturation"]).toEqual([expect.stringContaining('le="2.5"')]);
    const none = await hub.ask("query_histogram", { metric_name: "shop_latency" });
    expect(none).toMatchObject({ total: 0, hints: [expect.stringContaining("no histogram shop_latency")] });
  });
});

test("check_datasource finds nothing wrong", async () => {
  const { data, findings } = await hub.ask("check_datasource", { datasource_id: "ground" });
  expect(findings).toEqual([]);
  expect(data).toMatchObject({
    ok: true,
    url: ground.url,
    query: { ok: true },
    auth: { sends: [], result: "not needed" },
    build: { version: expect.stringMatching(/^2\.42/) },
  });
  expect(Math.abs(data.clock.skew_seconds)).toBeLessThanOrEqual(5);
});

describe("validate_promql", () => {
  test("gives the server's verdict, the metrics and the number of series", async () => {
    const promql = "sum by (job) (rate(shop_requests_total[5m])) + on (job) group_left shop_open_cart";
    const value = await hub.ask("validate_promql", { promql });
    expect(value).toMatchObject({ valid: true, server: { verdict: "valid" }, grammar: { problems: [] } });
    expect(value["metrics"]).toMatchObject([
      { name: "shop_open_cart", exists: false, did_you_mean: expect.arrayContaining(["shop_open_carts"]) },
      { name: "shop_requests_total", exists: true },
    ]);
    expect((await hub.ask("validate_promql", { promql: "shop_requests_total" }))["estimated_series"]).toBe(12);
  });

  test("an invalid expression is an answer, not a failure; the server knows what the grammar does not", async () => {
    const value = await hub.ask("validate_promql", { promql: "rate(up)" });
    expect(value).toMatchObject({ valid: false, server: { verdict: "invalid" }, grammar: { problems: [] } });
    expect(value["server"].error).toMatch(/^INVALID_QUERY: 1:6: parse error: expected type range vector/);
    const broken = await hub.ask("validate_promql", { promql: "sum(up" });
    expect(broken["valid"]).toBe(false);
    expect(broken["grammar"].problems).not.toEqual([]);
  });
});

describe("render_chart", () => {
  test.each([
    [{}, 800],
    [{ width: "1600", theme: "dark", title: "Fehler 🚒", unit: "req/s" }, 1600],
    [{ width: 320, start: "now-6h" }, 320],
  ])("%j is a PNG of its size, with statistics as text", async (input, width) => {
    const promql = "sum by (code) (rate(shop_requests_total[5m]))";
    const { value, image } = await hub.call("render_chart", { promql, ...input });
    expect(value).toMatchObject({ total: 2, chart: { width, lines: 2, left_out: 0 } });
    expect(value["data"].series[0].stats).toMatchObject({ min: expect.any(Number), max: expect.any(Number) });
    expect(image?.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    expect([image?.readUInt32BE(16), image?.readUInt32BE(20)]).toEqual([width, value["chart"].height]);
    expect(image?.length).toBeGreaterThan(5_000);
  });

  test("nothing to draw is said in words, without a picture", async () => {
    const { value, image, isError } = await hub.call("render_chart", { promql: "no_such_metric" });
    expect([isError, image]).toEqual([false, undefined]);
    expect(value).toMatchObject({ total: 0, chart: { note: "nothing to draw" } });
  });
});
