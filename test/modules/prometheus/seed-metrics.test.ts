// The seed's five metrics: the names, labels and buckets that its dashboards ask for.
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import type { CallRecord } from "../../../src/core/registry.ts";
import type { Datasource } from "../../../src/modules/prometheus/datasource.ts";
import { findDatasource } from "../../../src/modules/prometheus/datasources/find.ts";
import { createSeedMetrics } from "../../../src/modules/prometheus/seed-metrics.ts";

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

    # HELP proms_mcp_cached_auth_entries Cached logins; 0 while the hub checks none.
    # TYPE proms_mcp_cached_auth_entries gauge
    proms_mcp_cached_auth_entries 0
    "
  `);
});
