// The metrics of the seed (proms-mcp) under their own names, so that its dashboards keep working. Unlike there,
// status="error" counts every failed call.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { CallRecord } from "../../core/registry.ts";
import type { Datasources } from "./datasource.ts";

export interface SeedMetrics {
  observe(call: CallRecord): void;
  onProbe(method: string, path: string): void;
  showLogins(count: () => number): void;
}

/** Registers the five metrics. Durations are in seconds. */
export function createSeedMetrics(registry: Registry, datasources: Datasources): SeedMetrics {
  const registers = [registry];
  const calls = new Counter({
    name: "proms_mcp_tool_requests_total",
    help: "Finished tool calls by tool and status (success or error).",
    labelNames: ["tool", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "proms_mcp_tool_request_duration_seconds",
    help: "How long tool calls took.",
    labelNames: ["tool"],
    buckets: [0.5, 1, 5, 10, 30, 60],
    registers,
  });
  const probes = new Counter({
    name: "proms_mcp_server_requests_total",
    help: "Requests to /health and /metrics by method.",
    labelNames: ["method", "endpoint"],
    registers,
  });
  const configured: Gauge = new Gauge({
    name: "proms_mcp_datasources_configured",
    help: "Prometheus datasources in use.",
    registers,
    collect: () => configured.set(datasources.list().length), // at each scrape, since the file may have changed
  });
  let logins: (() => number) | undefined;
  const cached: Gauge = new Gauge({
    name: "proms_mcp_cached_auth_entries",
    help: "Logins that are remembered; 0 while the hub checks none.",
    registers,
    collect: () => cached.set(logins?.() ?? 0),
  });
  return {
    observe: ({ tool, outcome, durationMs }) => {
      calls.inc({ tool, status: outcome === "success" ? "success" : "error" });
      durations.observe({ tool }, durationMs / 1_000);
    },
    onProbe: (method, path) => {
      if (path === "/health" || path === "/metrics") probes.inc({ method, endpoint: path });
    },
    showLogins: (count) => void (logins = count),
  };
}
