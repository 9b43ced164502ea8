// The chart's alerts: Prometheus's own promtool takes them, they fire when they should, and every metric they ask for is one of the hub's.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { dump, load } from "js-yaml";
import { expect, it } from "vitest";
import { z } from "zod";
import { CHART, render } from "./support/helm.ts";
import { startBusyHub } from "./support/helm-busy-hub.ts";
import { one } from "./support/helm-pod.ts";

const run = promisify(execFile);
const ALERTS = join(CHART, "files/alerts.yaml");
const groups = z.object({
  groups: z.array(
    z.object({ name: z.string(), rules: z.array(z.looseObject({ alert: z.string(), expr: z.string() })) }),
  ),
});
const text = await readFile(ALERTS, "utf8");
const { rules } = groups.parse(load(text)).groups[0] ?? { rules: [] };

/** Series for a few hours, one value each minute, and which alerts must then fire. */
const TRIALS: Readonly<Record<string, { series: Record<string, string>; at: string; fires: readonly string[] }>> = {
  "a hub that is well": {
    series: {
      'ops_hub_build_info{instance="a",job="hub"}': "1x420",
      'nodejs_eventloop_lag_p99_seconds{instance="a",job="hub"}': "0.01x420",
      'ops_hub_tool_calls_total{module="prometheus",tool="t",outcome="success"}': "0+10x420",
      'ops_hub_upstream_requests_total{upstream="gitea",outcome="2xx"}': "0+10x420",
      'ops_hub_upstream_requests_total{upstream="gitea",outcome="timeout"}': "0+1x420",
      'ops_hub_upstream_requests_total{upstream="prefect",outcome="aborted"}': "0+1x420",
      'ops_hub_upstream_requests_total{upstream="model",outcome="5xx"}': "0+1x420",
      ops_hub_commands_waiting: "0x410 3x9 0x1",
      'ops_hub_reports_by_state{state="dead"}': "3x420",
      ops_hub_reports_outbox_age_seconds: "60x420",
      'ops_hub_reports_model_runs_total{result="ok"}': "0+1x420",
      'ops_hub_reports_outcomes_total{outcome="created",analysis="llm"}': "0+1x420",
    },
    at: "7h",
    fires: [],
  },
  "a hub in trouble": {
    series: {
      'ops_hub_build_info{instance="a",job="hub"}': "1x420",
      'nodejs_eventloop_lag_p99_seconds{instance="a",job="hub"}': "0.9x420",
      'ops_hub_upstream_requests_total{upstream="gitea",outcome="2xx"}': "0+9x420",
      'ops_hub_upstream_requests_total{upstream="gitea",outcome="refused"}': "0+10x420",
      ops_hub_commands_waiting: "0x400 3x20",
      'ops_hub_tool_calls_total{module="prefect",tool="u",outcome="bug"}': "0+1x420",
      'ops_hub_reports_by_state{state="dead"}': "0x410 1x10",
      ops_hub_reports_outbox_age_seconds: "0+60x420",
      'ops_hub_reports_model_runs_total{result="down"}': "0+1x420",
      'ops_hub_reports_outcomes_total{outcome="created",analysis="fallback"}': "0+1x420",
    },
    at: "7h",
    fires: rules.map(({ alert }) => alert).filter((alert) => alert !== "OpsHubAbsent"),
  },
  "no hub": { series: { up: "0x420" }, at: "7h", fires: ["OpsHubAbsent"] },
};

it("promtool takes the rules", async () => {
  await expect(run("promtool", ["check", "rules", ALERTS])).resolves.toBeDefined();
});

it.each(Object.entries(TRIALS))("with %s these alerts fire", async (_, { series, at, fires }) => {
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const alerts = rules.map(({ alert, expr }) => ({ alert, expr, isFiring: fires.includes(alert) }));
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-alerts-"));
  try {
    // ALERTS is the series in which Prometheus says what fires; labels differ, names are what counts here.
    const expected = alerts.map(({ alert, isFiring }) => ({
      expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) > 0 or vector(0)`,
      eval_time: at,
      exp_samples: [{ labels: "{}", value: isFiring ? 1 : 0 }],
    }));
    const trial = {
      rule_files: [ALERTS],
      evaluation_interval: "1m",
      tests: [{ interval: "1m", input_series, promql_expr_test: expected }],
    };
    await writeFile(join(folder, "trial.yaml"), dump(trial));
    const { stdout } = await run("promtool", ["test", "rules", join(folder, "trial.yaml")]);
    expect(stdout).toContain("SUCCESS");
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("asks only for metrics that the hub has", async () => {
  const hub = await startBusyHub();
  const exposition = String((await hub.agent.get("/metrics")).body);
  await hub.close();
  const there = new Set([...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const asked = rules.flatMap(({ expr }) => expr.match(/\b(?:ops_hub|nodejs|process)_\w+/g) ?? []);
  expect(asked.length).toBeGreaterThanOrEqual(rules.length);
  expect(asked.filter((name) => !there.has(name))).toEqual([]);
});

it("the PrometheusRule holds them unchanged, templates of Prometheus included", async () => {
  const rule = one(await render({ prometheusRule: { enabled: true } }), "PrometheusRule");
  expect(rule["spec"]).toEqual(load(text));
});
