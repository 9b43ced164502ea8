import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createMetrics, type HubMetrics } from "../../src/core/metrics.ts";
import { ANONYMOUS } from "../../src/core/caller.ts";
import { ToolFailure } from "../../src/core/failure.ts";
import { Registry } from "../../src/core/registry.ts";
import { defineTool } from "../../src/core/tool.ts";
import { budget, fixedClock, silent } from "../support/modules.ts";

/** The lines of one metric, without its help. */
const lines = async ({ registry }: HubMetrics, name: string): Promise<string[]> =>
  (await registry.metrics()).split("\n").filter((line) => new RegExp(`^${name}[{ ]`).test(line));

const record = { callId: "c", module: "trial", tool: "echo", door: "mcp", caller: "anonymous", outcome: "success" };

describe("the hub's metrics", () => {
  it("count and time each finished call", async () => {
    const metrics = createMetrics("1.2.3");
    metrics.onCall({ ...record, durationMs: 20 });
    metrics.onCall({ ...record, durationMs: 400 });
    metrics.onCall({ ...record, outcome: "timeout", durationMs: 10_000 });
    const labels = 'module="trial",tool="echo"';
    expect(await lines(metrics, "ops_hub_tool_calls_total")).toEqual([
      `ops_hub_tool_calls_total{${labels},door="mcp",outcome="success"} 2`,
      `ops_hub_tool_calls_total{${labels},door="mcp",outcome="timeout"} 1`,
    ]);
    const buckets = await lines(metrics, "ops_hub_tool_call_duration_seconds_bucket");
    expect(buckets).toContain(`ops_hub_tool_call_duration_seconds_bucket{le="0.025",${labels}} 1`);
    expect(buckets).toContain(`ops_hub_tool_call_duration_seconds_bucket{le="0.5",${labels}} 2`);
    expect(await lines(metrics, "ops_hub_tool_call_duration_seconds_count")).toEqual([
      `ops_hub_tool_call_duration_seconds_count{${labels}} 3`,
    ]);
    expect(await lines(metrics, "ops_hub_tool_call_duration_seconds_sum")).toEqual([
      `ops_hub_tool_call_duration_seconds_sum{${labels}} 10.42`,
    ]);
  });

  it("know which calls have begun and not ended", async () => {
    const metrics = createMetrics("1.2.3");
    for (const change of [1, 1, -1] as const) metrics.onInFlight("trial", change);
    expect(await lines(metrics, "ops_hub_tool_calls_in_flight")).toEqual([
      'ops_hub_tool_calls_in_flight{module="trial"} 1',
    ]);
  });

  it("ask at each scrape how many clients are connected", async () => {
    const metrics = createMetrics("1.2.3");
    const counts = { sessions: 2, streams: 1 };
    metrics.showClients(() => counts);
    expect(await lines(metrics, "ops_hub_mcp_sessions")).toEqual(["ops_hub_mcp_sessions 2"]);
    counts.sessions = 5;
    expect(await lines(metrics, "ops_hub_mcp_sessions")).toEqual(["ops_hub_mcp_sessions 5"]);
    expect(await lines(metrics, "ops_hub_mcp_streams")).toEqual(["ops_hub_mcp_streams 1"]);
  });

  it("name the version and the Node, and share nothing with another hub of the process", async () => {
    const [one, other] = [createMetrics("1.2.3"), createMetrics("4.5.6")];
    one.onCall({ ...record, durationMs: 1 });
    expect(await lines(one, "ops_hub_build_info")).toEqual(['ops_hub_build_info{version="1.2.3"} 1']);
    expect(await lines(other, "ops_hub_build_info")).toEqual(['ops_hub_build_info{version="4.5.6"} 1']);
    expect(await lines(other, "ops_hub_tool_calls_total")).toEqual([]);
    expect(await lines(one, "nodejs_version_info")).toEqual([expect.stringContaining(process.version)]);
  });
});

describe("the bytes of answers", () => {
  it("are those of the text that a model reads, of successes and of failures", async () => {
    const metrics = createMetrics("1.2.3");
    const tool = defineTool({
      name: "echo",
      title: "Echo",
      description: "For tests.",
      access: "read",
      input: z.strictObject({ text: z.string().max(10).describe("text") }),
      output: z.looseObject({ text: z.string() }),
      text: ({ text }) => text,
      run: ({ text }) => {
        if (text === "no") throw new ToolFailure("not-found", "none");
        return { text };
      },
    });
    const options = { clock: fixedClock(), log: silent, budget, onOutput: metrics.onOutput };
    const registry = Registry.of([{ name: "trial", tools: [tool] }], options);
    const [entry] = registry.entries;
    if (entry === undefined) throw new Error("there is no tool");
    const answer = async (text: string): Promise<string> => {
      const signal = new AbortController().signal;
      const outcome = await registry.call("echo", { text }, { signal, caller: ANONYMOUS, door: "mcp" });
      if (!outcome.ok && outcome.kind === "needs-input") throw new Error(outcome.message);
      return registry.present(entry, outcome, { text }).text;
    };
    const counted = () => lines(metrics, "ops_hub_tool_output_bytes_total");
    expect(await answer("é😀")).toBe("é😀");
    expect(await counted()).toEqual(['ops_hub_tool_output_bytes_total{module="trial",tool="echo"} 6']);
    const failure = await answer("no");
    expect(await counted()).toEqual([
      `ops_hub_tool_output_bytes_total{module="trial",tool="echo"} ${6 + Buffer.byteLength(failure)}`,
    ]);
  });
});
