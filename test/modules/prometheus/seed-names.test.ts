// A client of the seed system moves over unchanged: its eight names and parameters.
import { expect, it } from "vitest";
import { startQueryHub } from "./query-hub.ts";

const SEED: Record<string, { required: string[]; optional?: string[] }> = {
  list_datasources: { required: [] },
  list_metrics: { required: ["datasource_id"] },
  get_metric_metadata: { required: ["datasource_id", "metric_name"] },
  query_instant: { required: ["datasource_id", "promql"], optional: ["time"] },
  query_range: { required: ["datasource_id", "promql", "start", "end", "step"] },
  get_metric_labels: { required: ["datasource_id", "metric_name"] },
  get_label_values: { required: ["datasource_id", "label_name"], optional: ["metric_name"] },
  find_metrics_by_pattern: { required: ["datasource_id", "pattern"] },
};

it("has the seed's tools and parameters, and requires nothing that the seed did not", async () => {
  const { registry } = await startQueryHub();
  for (const [name, { required, optional = [] }] of Object.entries(SEED)) {
    const entry = registry.find(name);
    expect(Object.keys(entry?.properties ?? {}), name).toEqual(expect.arrayContaining([...required, ...optional]));
    expect(required, name).toEqual(expect.arrayContaining((entry?.inputSchema["required"] as string[]) ?? []));
    for (const parameter of [...required, ...optional]) {
      expect(entry?.properties[parameter], `${name}.${parameter}`).toMatchObject({ type: "string" });
    }
  }
});

it("only reads, and names an unknown argument with the valid ones", async () => {
  const hub = await startQueryHub();
  expect(hub.registry.entries.filter(({ tool }) => tool.access !== "read")).toEqual([]);
  const { isError, text } = await hub.call("get_label_values", { label_name: "job", metricname: "up" });
  expect(isError).toBe(true);
  expect(text).toMatch(/metricname.*Valid: datasource_id, label_name, metric_name/s);
});

it("answers a discovery call written as for the seed in the seed's shape", async () => {
  const hub = await startQueryHub();
  const shape = async (tool: string, input: object) =>
    (await hub.ask(tool, { datasource_id: "main", ...input }))["data"];
  expect(await shape("list_metrics", {})).toEqual([]);
  expect(await shape("get_metric_labels", { metric_name: "up" })).toEqual([]);
  expect(await shape("get_label_values", { label_name: "job", metric_name: null })).toEqual([]);
  expect(await shape("find_metrics_by_pattern", { pattern: "" })).toEqual([]);
  expect(await shape("get_metric_metadata", { metric_name: "up" })).toEqual({ status: "success", data: {} });
});
