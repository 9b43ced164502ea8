// Values that break naive clients: NaN and infinities in every format, and labels and help texts that mean harm, through every tool.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ODD_HELP, ODD_LABELS, ODD_VALUES } from "./support/exporters.ts";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { lawfulHub, type LawfulHub } from "./support/lawful-hub.ts";

const ground = inject("ground");
let running: HubOnGround;
let hub: LawfulHub;
beforeAll(async () => {
  running = await startHubOnGround([{ name: "ground", url: ground.url }]);
  hub = await lawfulHub(running.url);
});
afterAll(() => running?.close());

describe.each(["auto", "raw", "compact", "summary"])("values in format=%s", (format) => {
  test.each([
    ["0/0", "scalar", "NaN"],
    ["1/0", "scalar", "+Inf"],
    ["-1/0", "scalar", "-Inf"],
    ['"abc"', "string", "abc"],
    ["vector(0)/0", "vector", "NaN"],
  ])("%s is a %s of %s", async (promql, kind, shown) => {
    const value = await hub.ask("query_instant", { promql, format });
    expect(value).toMatchObject({ result_type: kind, total: 1, returned: 1, truncated: false });
    const data = JSON.stringify(value["data"]);
    expect(data).toContain(`"${shown}"`);
    expect(data).not.toContain("null");
  });

  test("up[5s] is a matrix of its samples", async () => {
    const value = await hub.ask("query_instant", { promql: 'up{job="dead"}[5s]', format });
    expect(value).toMatchObject({ result_type: "matrix", total: 1 });
    expect(JSON.stringify(value["data"])).not.toContain("null");
  });

  test("odd numbers survive in a range as well", async () => {
    const value = await hub.ask("query_range", { promql: "odd_value", start: "now-2s", step: "1s", format });
    const data = JSON.stringify(value["data"]);
    for (const odd of ["NaN", "+Inf", "-Inf"]) expect(data).toContain(`"${odd}"`);
    expect(data).toContain("5e-324");
  });
});

test("raw keeps every digit of a number", async () => {
  const value = await hub.ask("query_instant", { promql: "odd_value", format: "raw" });
  const result: { metric: { kind: string }; value: [number, string] }[] = value["data"].data.result;
  expect(Object.fromEntries(result.map(({ metric, value }) => [metric.kind, value[1]]))).toEqual(ODD_VALUES);
});

describe("hostile text", () => {
  test("label values come back exactly, through queries, series, label values and as matchers", async () => {
    const raw = await hub.ask("query_instant", { promql: "odd_label" });
    const fromQuery: { metric: Record<string, string> }[] = raw["data"].data.result;
    expect(Object.fromEntries(fromQuery.map(({ metric }) => [metric["case"], metric["value"]]))).toEqual(ODD_LABELS);
    const series = await hub.ask("find_series", { match: "odd_label" });
    expect(Object.fromEntries(series["data"].map((each: any) => [each.case, each.value]))).toEqual(ODD_LABELS);
    const values = await hub.ask("get_label_values", { label_name: "value", metric_name: "odd_label" });
    expect(values["data"].toSorted()).toEqual(Object.values(ODD_LABELS).sort());
    for (const odd of Object.values(ODD_LABELS)) {
      const one = await hub.ask("query_instant", { promql: `odd_label{value=${JSON.stringify(odd)}}` });
      expect(one["total"]).toBe(1);
    }
  });

  test("a HELP text that gives orders arrives as a value, never as our prose", async () => {
    const value = await hub.ask("get_metric_metadata", { metric_name: "odd_help" });
    expect(value["data"].data.odd_help).toEqual([{ type: "gauge", help: ODD_HELP, unit: "" }]);
    const { data, ...ours } = value;
    expect(JSON.stringify(ours)).not.toContain("Ignore all previous");
    expect(data).toBeDefined();
  });
});
