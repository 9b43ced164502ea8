// The chart's dashboard: its form, and each of its queries through a Prometheus that scrapes a hub which has done something of everything.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { render } from "./support/helm.ts";
import { startBusyHub, type BusyHub } from "./support/helm-busy-hub.ts";
import { dashboardText, metricsOf, overlaps, queriesOf, readDashboard, type Query } from "./support/helm-dashboard.ts";
import { one } from "./support/helm-pod.ts";
import { askNumber, askPrometheus, askSeries, startPrometheus, type RunningPrometheus } from "./support/prometheus.ts";
import { until } from "./support/wait.ts";

const text = await dashboardText();
const dashboard = readDashboard(text);
const VALUES = { $job: "hub", $instance: "127.0.0.1:[0-9]+", $__rate_interval: "1m", $__range: "5m" };
const queries = queriesOf(dashboard, VALUES);

describe("its form", () => {
  it("each panel has an id of its own, and none lies on another or beyond the page", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(overlaps(panels)).toEqual([]);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(overlaps([...panels, ...panels.slice(-1)])).toHaveLength(1);
  });

  it("each query of a panel has a letter of its own", () => {
    const letters = dashboard.panels.map((panel) =>
      panel.type === "row" ? [] : panel.targets.map(({ refId }) => refId),
    );
    expect(letters).toEqual(letters.map((some) => [...new Set(some)]));
  });

  it.each([
    ["a key that Grafana does not know", '"gridPos"', '"gridpos"', /gridPos/],
    ["a unit that Grafana does not know", '"reqps"', '"calls"', /unit/],
    ["a query of another datasource", '"uid": "${datasource}"', '"uid": "P1"', /uid/],
  ])("%s would be found", (_, from, to, words) => {
    expect(() => readDashboard(text.replaceAll(from, to))).toThrow(words);
  });
});

it("the ConfigMap is one that Grafana's sidecar takes, and has the file unchanged, Grafana's braces included", async () => {
  const dashboard = { enabled: true, labels: { team: "ops" }, annotations: { grafana_folder: "Operations" } };
  const map = one(await render({ dashboard }), "ConfigMap");
  expect(map.metadata).toMatchObject({
    labels: { grafana_dashboard: "1", team: "ops" },
    annotations: { grafana_folder: "Operations" },
  });
  expect(map["data"]).toEqual({ "hub-ops-hub.json": text });
});

describe("through a Prometheus that scrapes a hub", () => {
  let busy: BusyHub;
  let prometheus: RunningPrometheus;
  let exposition: string;

  beforeAll(async () => {
    busy = await startBusyHub();
    const target = new URL(busy.agent.url).host;
    prometheus = await startPrometheus({
      scrapeConfigs: [{ job_name: "hub", static_configs: [{ targets: [target] }] }],
    });
    // One scrape may have begun before the work, so two.
    const scraped = async () => {
      const times = async () => (await askNumber(prometheus.url, "count_over_time(ops_hub_build_info[5m])")) ?? 0;
      const before = await times();
      await until("two more scrapes", 30_000, async () => (await times()) >= before + 2 || undefined);
    };
    for (const _ of ["counters begin", "and rise"]) {
      await busy.work();
      await scraped();
    }
    exposition = String((await busy.agent.get("/metrics")).body);
  });
  afterAll(async () => {
    await prometheus?.close();
    await busy?.close();
  });

  const ask = ({ expr, isInstant }: Query) => {
    const now = Date.now() / 1000;
    return isInstant
      ? askSeries(prometheus.url, "query", { query: expr })
      : askSeries(prometheus.url, "query_range", { query: expr, start: `${now - 10}`, end: `${now}`, step: "1" });
  };

  it.each(queries.map((query) => [query.panel, query.legend, query] as const))(
    "%s (%s) has something to show, and every label of its legend",
    async (_, __, query) => {
      const series = await ask(query);
      const numbers = series.flatMap(({ value, values }) => [...(value === undefined ? [] : [value]), ...values]);
      expect(numbers.filter(([, number]) => Number.isFinite(Number(number))).length, query.expr).toBeGreaterThan(0);
      const wanted = [...query.legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
      for (const { metric } of series) expect(Object.keys(metric)).toEqual(expect.arrayContaining(wanted));
    },
  );

  it("asks for metrics that the hub has, and leaves out none of the hub's own", () => {
    const there = [...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? "");
    const asked = new Set(queries.flatMap(metricsOf));
    expect([...asked].filter((name) => !there.includes(name))).toEqual([]);
    expect(there.filter((name) => name.startsWith("ops_hub_") && !asked.has(name))).toEqual([]);
  });

  it("the lists of jobs and instances have this hub", async () => {
    const variables = dashboard.templating.list.flatMap(({ definition = "" }) => {
      const [, match, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      return match === undefined || label === undefined ? [] : [{ match: match.replace("$job", VALUES.$job), label }];
    });
    expect(variables.map(({ label }) => label)).toEqual(["job", "instance"]);
    for (const { match, label } of variables) {
      expect(await askPrometheus(prometheus.url, `label/${label}/values`, { "match[]": match })).toHaveLength(1);
    }
  });
});
