// The seed's five metrics: the names, labels and buckets that its dashboards ask for.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import type { CallRecord } from "../../../src/core/registry.ts";
import type { Datasource } from "../../../src/modules/prometheus/datasource.ts";
import { findDatasource } from "../../../src/modules/prometheus/datasources/find.ts";
import { prometheus } from "../../../src/modules/prometheus/index.ts";
import { createSeedMetrics } from "../../../src/modules/prometheus/seed-metrics.ts";
import { startHub } from "../../support/hub.ts";
import { startReviews } from "../../support/reviews-stand-in.ts";

const datasource: Datasource = {
  name: "main",
  url: "http://prom",
  isDefault: false,
  httpMethod: "POST",
  customQuery: [],
  headers: [],
  tls: { skipVerify: false },
};

const call = (outcome: string, durationMs: number): CallRecord => ({
  callId: "1",
  module: "prometheus",
  tool: "query_instant",
  door: "mcp",
  caller: "anonymous",
  outcome,
  durationMs,
});

it("exports the five metrics, failed calls as errors, and only the probes that the seed counted", async () => {
  const registry = new Registry();
  const current: Datasource[] = [];
  const datasources = { list: () => current, find: (id?: string) => findDatasource(current, id), problems: () => [] };
  const seed = createSeedMetrics(registry, datasources);
  current.push(datasource); // a reload after the start
  seed.observe(call("success", 700));
  for (const outcome of ["unavailable", "cancelled", "bug"]) seed.observe(call(outcome, 12_000));
  for (const path of ["/health", "/health", "/metrics", "/ready"]) seed.onProbe("GET", path);
  expect(await registry.metrics()).toMatchInlineSnapshot(`
    "# HELP proms_mcp_tool_requests_total Finished tool calls by tool and status (success or error).
    # TYPE proms_mcp_tool_requests_total counter
    proms_mcp_tool_requests_total{tool="query_instant",status="success"} 1
    proms_mcp_tool_requests_total{tool="query_instant",status="error"} 3

    # HELP proms_mcp_tool_request_duration_seconds How long tool calls took.
    # TYPE proms_mcp_tool_request_duration_seconds histogram
    proms_mcp_tool_request_duration_seconds_bucket{le="0.5",tool="query_instant"} 0
    proms_mcp_tool_request_duration_seconds_bucket{le="1",tool="query_instant"} 1
    proms_mcp_tool_request_duration_seconds_bucket{le="5",tool="query_instant"} 1
    proms_mcp_tool_request_duration_seconds_bucket{le="10",tool="query_instant"} 1
    proms_mcp_tool_request_duration_seconds_bucket{le="30",tool="query_instant"} 4
    proms_mcp_tool_request_duration_seconds_bucket{le="60",tool="query_instant"} 4
    proms_mcp_tool_request_duration_seconds_bucket{le="+Inf",tool="query_instant"} 4
    proms_mcp_tool_request_duration_seconds_sum{tool="query_instant"} 36.7
    proms_mcp_tool_request_duration_seconds_count{tool="query_instant"} 4

    # HELP proms_mcp_server_requests_total Requests to /health and /metrics by method.
    # TYPE proms_mcp_server_requests_total counter
    proms_mcp_server_requests_total{method="GET",endpoint="/health"} 2
    proms_mcp_server_requests_total{method="GET",endpoint="/metrics"} 1

    # HELP proms_mcp_datasources_configured Prometheus datasources in use.
    # TYPE proms_mcp_datasources_configured gauge
    proms_mcp_datasources_configured 1

    # HELP proms_mcp_cached_auth_entries Logins that are remembered; 0 while the hub checks none.
    # TYPE proms_mcp_cached_auth_entries gauge
    proms_mcp_cached_auth_entries 0
    "
  `);
});

const NAMES = [
  "proms_mcp_tool_requests_total",
  "proms_mcp_tool_request_duration_seconds",
  "proms_mcp_server_requests_total",
  "proms_mcp_datasources_configured",
  "proms_mcp_cached_auth_entries",
];

/** A hub with this module alone, which tells its metrics to whoever may ask. */
async function open(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "ops-seed-metrics-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "datasources.yaml");
  await writeFile(path, JSON.stringify({ datasources: [{ name: "main", type: "prometheus", url: "http://prom" }] }));
  await writeFile(join(folder, "token"), "own-token");
  const account = { KUBERNETES_SERVICE_ACCOUNT_PATH: folder };
  const hub = await startHub([prometheus], { GRAFANA_DATASOURCES_PATH: path, ...account, ...env });
  onTestFinished(() => hub.close());
  const ask = async (path: string, token = "none") => {
    const reply = await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: reply.status, text: await reply.text() };
  };
  return { ask, number: async (name: string, token: string) => numberIn((await ask("/metrics", token)).text, name) };
}

const numberIn = (text: string, name: string) => new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1];

it.each([
  ["true", NAMES],
  ["false", []],
])("PROMS_MCP_METRICS=%s: a hub shows them all, or none of them", async (shown, names) => {
  const { ask } = await open({ PROMS_MCP_METRICS: shown });
  const { text } = await ask("/metrics");
  const said = [...text.matchAll(/^# TYPE (proms_mcp_\w+)/gm)].map(([, name]) => name);
  expect(said.toSorted()).toEqual(names.toSorted());
});

it("proms_mcp_cached_auth_entries is the number of logins that the hub remembers, as in /health", async () => {
  const api = await startReviews();
  onTestFinished(() => api.close());
  api.accounts
    .set("own-token", { username: "system:serviceaccount:hub:hub", isDelegator: true })
    .set("alice-token", { username: "alice" })
    .set("bob-token", { username: "bob" });
  const { ask, number } = await open({ AUTH_MODE: "active", OPENSHIFT_API_URL: api.url });
  const name = "proms_mcp_cached_auth_entries";
  expect(await number(name, "alice-token")).toBe("1");
  expect((await ask("/metrics", "wrong-token")).status).toBe(401);
  expect(await number(name, "alice-token")).toBe("1");
  expect(await number(name, "bob-token")).toBe("2");
  expect(JSON.parse((await ask("/health")).text)).toMatchObject({ cached_auth_entries: 2 });
});

it("proms_mcp_cached_auth_entries is 0 while logins are not remembered", async () => {
  const token = "static-token-0123456789";
  const { number } = await open({ AUTH_MODE: "token", AUTH_TOKEN: token });
  expect(await number("proms_mcp_cached_auth_entries", token)).toBe("0");
});
