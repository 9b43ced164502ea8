// The hub's own metrics: what was called, how it ended, how long it took. Names follow Prometheus's conventions.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { showGauge } from "./gauge.ts";
import type { CallRecord } from "./registry.ts";

export interface Clients {
  readonly sessions: number;
  readonly streams: number;
}

export interface HubMetrics {
  readonly registry: Registry;
  readonly onCall: (record: CallRecord) => void;
  readonly onInFlight: (module: string, change: 1 | -1) => void;
  /** Takes up what is asked at each scrape: how many clients are connected. */
  readonly showClients: (counts: () => Clients) => void;
  readonly onOutput: (module: string, tool: string, bytes: number) => void;
}

const DURATION_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Makes a registry of its own, so that two hubs in one process (tests) never share a number. */
export function createMetrics(version: string): HubMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "ops_hub_build_info",
    help: "Always 1; the label tells the version.",
    labelNames: ["version"],
    registers,
  }).set({ version }, 1);
  const calls = new Counter({
    name: "ops_hub_tool_calls_total",
    help: "Finished tool calls by outcome: success, needs-input, or the kind of the failure.",
    labelNames: ["module", "tool", "door", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "ops_hub_tool_call_duration_seconds",
    help: "How long tool calls took, whatever their outcome.",
    labelNames: ["module", "tool"],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const inFlight = new Gauge({
    name: "ops_hub_tool_calls_in_flight",
    help: "Tool calls that have started and not ended.",
    labelNames: ["module"],
    registers,
  });
  const bytes = new Counter({
    name: "ops_hub_tool_output_bytes_total",
    help: "Bytes of text in the answers of tools, as models read them.",
    labelNames: ["module", "tool"],
    registers,
  });
  return {
    registry,
    onCall: ({ module, tool, door, outcome, durationMs }) => {
      calls.inc({ module, tool, door, outcome });
      duration.observe({ module, tool }, durationMs / 1000);
    },
    onInFlight: (module, change) => inFlight.inc({ module }, change),
    showClients: (counts) => addClientGauges(registry, counts),
    onOutput: (module, tool, size) => bytes.inc({ module, tool }, size),
  };
}

function addClientGauges(register: Registry, counts: () => Clients): void {
  const sessions = { name: "ops_hub_mcp_sessions", help: "Open sessions of 2025-era MCP clients." };
  const streams = { name: "ops_hub_mcp_streams", help: "Open event streams of MCP clients." };
  showGauge(register, sessions, () => counts().sessions);
  showGauge(register, streams, () => counts().streams);
}
