// Laws over every metric that a full hub exposes: its name, its unit, its words, and that no label is a stranger's text.
import { rm } from "node:fs/promises";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { ANONYMOUS } from "../../src/core/caller.ts";
import { modules } from "../../src/modules.ts";
import { startAgentHub, type AgentHub } from "../support/agent-hub.ts";
import { loadFailure, readFailures } from "../support/failures.ts";
import { modern } from "../support/wire.ts";
import { openHouse } from "./house.ts";
import { breach, enforce, type Law } from "./law.ts";
import { isOurs, metricsIn, type Metric } from "./metric.ts";

const { hub, config, metrics } = await openHouse({
  PORT: "0",
  HEALTH_METRICS_PORT: "0",
  LITELLM_URL: "http://127.0.0.1:9",
});
await hub.listen();
afterAll(async () => {
  await hub.close();
  await rm(config.env["DATA_DIR"] ?? "", { recursive: true, force: true });
});

const MAX_HELP = 120;
/** Whoever may choose one of these may choose without end. */
const UNBOUNDED = /^(namespace|pod|name|id|.*_id|caller|user|path|url|session|trace|address|message|reason_text)$/;

const metric = (parts: Partial<Metric>): Metric => ({
  name: "ops_hub_samples_total",
  type: "counter",
  labels: ["kind"],
  help: "Samples by kind.",
  ...parts,
});

const LAWS: readonly Law<Metric>[] = [
  {
    claim: "metric is of the hub, of the seed, or of Node and its process, and in snake_case",
    breaches: ({ name }) => breach(!/^(ops_hub|proms_mcp|process|nodejs)(_[a-z0-9]+)+$/.test(name), "name"),
    broken: [metric({ name: "samples_total" }), metric({ name: "ops_hub_Samples_total" }), metric({ name: "ops_hub" })],
  },
];

const OUR_LAWS: readonly Law<Metric>[] = [
  {
    claim: "metric of ours ends in its unit: counters in _total, times in _seconds, and nothing else in _total",
    breaches: ({ name, type }) => [
      ...breach(type === "counter" && !name.endsWith("_total"), "a counter without _total"),
      ...breach(type !== "counter" && name.endsWith("_total"), `a ${type} with _total`),
      ...breach(type === "histogram" && !/_(seconds|bytes)$/.test(name), "a histogram without its unit"),
      ...breach(/_(duration|age|time|latency)$/.test(name), "a time without its unit"),
      ...breach(/_(ms|millis|milliseconds|minutes|hours|kb|mb|kib|mib)(_|$)/.test(name), "no base unit"),
    ],
    broken: [
      metric({ name: "ops_hub_samples" }),
      metric({ name: "ops_hub_samples_total", type: "gauge" }),
      metric({ name: "ops_hub_sample_size", type: "histogram" }),
      metric({ name: "ops_hub_sample_age", type: "gauge" }),
      metric({ name: "ops_hub_samples_ms_total" }),
    ],
  },
  {
    claim: `metric of ours says what it tells, in at most ${MAX_HELP} characters with a full stop`,
    breaches: ({ help }) => [
      ...breach(!/^[A-Z].{8,}\.$/.test(help), `help is "${help}"`),
      ...breach(help.length > MAX_HELP, `${help.length} characters`),
    ],
    broken: [
      metric({ help: "samples." }),
      metric({ help: "Samples by kind" }),
      metric({ help: `${"S".repeat(120)}.` }),
    ],
  },
  {
    claim: "metric of ours has at most four labels, in snake_case, and none that strangers choose",
    breaches: ({ labels }) => [
      ...breach(labels.length > 4, `${labels.length} labels`),
      ...labels
        .filter((label) => !/^[a-z]+(_[a-z]+)*$/.test(label) || UNBOUNDED.test(label))
        .map((it) => `label ${it}`),
    ],
    broken: [
      metric({ labels: ["a", "b", "c", "d", "e"] }),
      metric({ labels: ["Kind"] }),
      metric({ labels: ["namespace"] }),
      metric({ labels: ["report_id"] }),
    ],
  },
];

const byName = (all: readonly Metric[]) => new Map(all.map((one) => [one.name, one]));

describe("the laws", () => {
  enforce(LAWS, byName(metricsIn(metrics)));
  enforce(OUR_LAWS, byName(metricsIn(metrics).filter(isOurs)));

  it("look at all that a full hub has: the seed's five, those of every module, and those of the model", () => {
    const names = metricsIn(metrics).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("proms_mcp_"))).toHaveLength(5);
    expect(names).toEqual(
      expect.arrayContaining([
        "ops_hub_tool_calls_total",
        "ops_hub_upstream_requests_total",
        "ops_hub_commands_total",
        "ops_hub_reports_by_state",
        "ops_hub_model_cost_usd_total",
        "nodejs_version_info",
      ]),
    );
  });
});

describe("strangers", () => {
  /** Everything that somebody outside may name, named so. */
  async function bother(agent: AgentHub, word: string): Promise<void> {
    const mcp = `${agent.url}/mcp`;
    await modern(mcp, "tools/call", { name: `tool_${word}`, arguments: {} });
    await modern(mcp, "tools/call", { name: "pods_get", arguments: { namespace: word, name: word } });
    await modern(mcp, "tools/call", { name: "query_instant", arguments: { promql: word, datasource_id: word } });
    const signal = new AbortController().signal;
    await agent.hub.registry.call(`tool_${word}`, {}, { signal, caller: ANONYMOUS, door: "internal" });
    await modern(mcp, `resources/${word}`, {});
    await fetch(`${agent.url}/${word}`);
    await fetch(`${agent.url}/health?${word}`, { headers: { "user-agent": word, origin: `http://${word}` } });
    await agent.report({ namespace: word, pod_name: word, container_name: word, metadata: { team: word } });
  }

  it("name tools, namespaces, pods, models' words and paths as they like: no label has it", async () => {
    const [failure] = (await readFailures()).filter(({ name }) => name.endsWith("npm-eresolve"));
    const said = {
      id: "canary-id",
      model: "canary-model",
      choices: [
        { finish_reason: "canary-reason", message: { tool_calls: [{ id: "1", function: { name: "canary_tool" } }] } },
      ],
      usage: { prompt_tokens: "canary", completion_tokens: 1 },
    };
    const agent = await startAgentHub({
      modules: [...modules],
      script: () => ({ status: 200, body: said }),
      env: { RATE_LIMIT_ADDRESS_PER_MINUTE: "0", STORM_THRESHOLD: "1000", REPORT_WAIT_SECONDS: "30" },
    });
    onTestFinished(() => agent.close());
    loadFailure(failure!, agent.kubernetes);
    await agent.report(failure!.report);
    for (let round = 0; round < 5; round += 1) await bother(agent, `canary${round}`);
    const { body } = await agent.get("/metrics");
    const lines = String(body).split("\n");
    const series = lines.filter((line) => /^(ops_hub|proms_mcp)_/.test(line));
    expect(series.filter((line) => line.includes("canary"))).toEqual([]);
    const values = (label: string) =>
      new Set(series.flatMap((line) => new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1] ?? []));
    const [tools, names] = [agent.hub.registry.entries.map(({ tool }) => tool.name), modules.map(({ name }) => name)];
    expect([...values("tool")].filter((tool) => !tools.includes(tool))).toEqual(["unknown"]);
    expect([...values("module")].filter((module) => !names.includes(module))).toEqual(["none"]);
    expect([...values("upstream")].toSorted()).toEqual(["gitea", "kubernetes", "model"]);
    expect(values("model").size).toBe(1);
    expect(values("method")).toEqual(new Set(["GET"]));
    expect(series.filter((line) => line.startsWith("ops_hub_tool_calls_total")).length).toBeLessThan(10);
  });
});
