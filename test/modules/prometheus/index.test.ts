// The module as the hub runs it: its tools in order, its health, its check, its metrics, and a file that changes meanwhile.
import { writeFile } from "node:fs/promises";
import { Registry as MetricsRegistry } from "prom-client";
import { afterEach, expect, it, vi } from "vitest";
import { prometheus } from "../../../src/modules/prometheus/index.ts";
import { startModule } from "../../support/modules.ts";
import { error, startPrometheusMock } from "../../support/prometheus-mock.ts";
import { startWithDatasources } from "./start.ts";

const CANARY = "c4n4ry-s3cret";
const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close();
});

const start: typeof startWithDatasources = async (...given) => {
  const hub = await startWithDatasources(...given);
  cleanUp.push(() => hub.close());
  return hub;
};
const signal = new AbortController().signal;

it("offers its tools in the contract's order, all of them reading only", async () => {
  const { registry } = await start([]);
  expect(registry.entries.map(({ tool }) => tool.name)).toMatchInlineSnapshot(`
    [
      "list_datasources",
      "list_metrics",
      "get_metric_metadata",
      "query_instant",
      "query_range",
      "get_metric_labels",
      "get_label_values",
      "find_metrics_by_pattern",
      "find_series",
      "list_alerts",
      "list_rules",
      "list_targets",
      "query_exemplars",
      "query_histogram",
      "get_tsdb_stats",
      "check_datasource",
      "validate_promql",
      "render_chart",
    ]
  `);
  expect(registry.entries.every(({ tool }) => tool.access === "read")).toBe(true);
});

it("has instructions that fit and end on the rule", () => {
  expect(Buffer.byteLength(prometheus.instructions)).toBeLessThanOrEqual(1_500);
  expect(prometheus.instructions).toMatch(/Never guess metric or label names: look them up first\.$/);
});

it("shows in health which datasources there are and what is wrong in the file, and no secret", async () => {
  const { running } = await start([
    { name: "a", url: `http://u:${CANARY}@a`, jsonData: { tlsSkipVerify: true } },
    { name: "b", url: `b:${CANARY}` },
  ]);
  expect(running.summary?.()).toEqual({ datasources_configured: 1 });
  expect(running.health?.()).toMatchInlineSnapshot(`
    {
      "datasources": [
        "a",
      ],
      "problems": [
        "datasource "a": certificates are not verified (tlsSkipVerify); anyone in between can read its credentials",
        "datasource "b": skipped: url must start with http:// or https:// and name a host",
      ],
    }
  `);
});

it("starts without a file and says so in health and check", async () => {
  const hub = await startModule(prometheus, { GRAFANA_DATASOURCES_PATH: "/nowhere/ds.yaml" });
  cleanUp.push(() => hub.close());
  const problem =
    "datasource file /nowhere/ds.yaml (GRAFANA_DATASOURCES_PATH) does not exist; there are no datasources";
  expect(hub.running.health?.()).toEqual({ datasources: [], problems: [problem] });
  expect(await hub.running.check(signal)).toEqual({ ok: true, message: `0 of 0 datasources answer; ${problem}` });
});

it("checks every datasource and names those that do not answer", async () => {
  const [good, bad] = [await startPrometheusMock(), await startPrometheusMock()];
  cleanUp.push(
    () => good.close(),
    () => bad.close(),
  );
  bad.on("api/v1/query", error(503, "unavailable", "starting"));
  const both = await start([
    { name: "good", url: good.url },
    { name: "bad", url: bad.url },
  ]);
  const result = await both.running.check(signal);
  expect(result.ok).toBe(false);
  expect(result.message).toMatch(/^1 of 2 datasources answer; bad: /);
  const one = await start([{ name: "good", url: good.url }]);
  expect(await one.running.check(signal)).toEqual({ ok: true, message: "1 of 1 datasources answer" });
  const skipping = await start([{ name: "good", url: good.url }, "text"]);
  expect((await skipping.running.check(signal)).ok).toBe(false);
});

it("counts its calls under the seed's names, unless PROMS_MCP_METRICS is off", async () => {
  const metrics = new MetricsRegistry();
  const hub = await start([], { metrics });
  await hub.call("list_datasources");
  await hub.call("check_datasource", { datasource_id: "none" });
  expect(await metrics.metrics()).toContain('proms_mcp_tool_requests_total{tool="check_datasource",status="error"} 1');
  const without = new MetricsRegistry();
  await start([], { metrics: without, env: { PROMS_MCP_METRICS: "false" } });
  expect(await without.metrics()).toBe("\n");
});

it.each([
  [{ QUERY_TIMEOUT: "0" }, "QUERY_TIMEOUT must be at least 1 seconds"],
  [{ QUERY_TIMEOUT: "181" }, "QUERY_TIMEOUT must be at most 180 seconds"],
  [{ QUERY_TIMEOUT: "1.5" }, "QUERY_TIMEOUT must be a whole number of seconds"],
  [{ PROMS_MCP_METRICS: "maybe" }, "PROMS_MCP_METRICS must be true or false"],
])("refuses %j", async (env, message) => {
  await expect(startModule(prometheus, env as Record<string, string>)).rejects.toThrow(message);
});

it("reads the file again while it runs", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const hub = await start([{ name: "a", url: "http://a" }]);
    await writeFile(hub.path, "datasources: [{name: b, type: prometheus, url: http://b}]");
    vi.advanceTimersByTime(5_000);
    vi.useRealTimers();
    await expect.poll(() => hub.running.health?.()).toEqual({ datasources: ["b"], problems: [] });
  } finally {
    vi.useRealTimers();
  }
});
