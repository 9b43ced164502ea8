import { expect, it } from "vitest";
import { ANONYMOUS } from "../../../../src/core/context.ts";
import { byteLength } from "../../../../src/core/clip.ts";
import { budget } from "../../../support/modules.ts";
import { data, error } from "../../../support/prometheus-mock.ts";
import { captured, manyNames } from "../discovery.ts";
import { startQueryHub } from "../query-hub.ts";

const context = { signal: new AbortController().signal, caller: ANONYMOUS, answers: {}, state: undefined, budget };

async function startHub(datasource = {}) {
  const hub = await startQueryHub(datasource);
  const find = (kind: string) => hub.running.resources!.find(({ uri }) => uri === `prometheus://{datasource}/${kind}`)!;
  const read = async (kind: string, name = "main") => {
    const { body, mimeType } = await find(kind).read({ datasource: name }, context);
    expect(mimeType).toBe("application/json");
    expect(byteLength(String(body))).toBeLessThanOrEqual(budget.structuredBytes);
    return JSON.parse(String(body));
  };
  return { ...hub, find, read };
}

it("reads the metric names as list_metrics gives them, but more of them", async () => {
  const hub = await startHub();
  hub.prometheus.on("api/v1/label/__name__/values", await captured("metric-names"));
  expect(await hub.read("metrics")).toMatchObject({
    status: "success",
    datasource: "main",
    total: 17,
    has_more: false,
  });
  hub.prometheus.on("api/v1/label/__name__/values", data(manyNames(9_999)));
  const page = await hub.read("metrics");
  expect(page).toMatchObject({ total: 9_999, truncated: true });
  expect(page.returned).toBeGreaterThan(4_000);
});

it("reads the alerts with their counts", async () => {
  const hub = await startHub();
  hub.prometheus.on("api/v1/alerts", await captured("alerts"));
  expect(await hub.read("alerts")).toMatchObject({
    data: [{ name: "TargetDown" }, {}],
    by_state: { firing: 1, pending: 1 },
  });
});

it("lists one address for each datasource, with names that hold anything", async () => {
  const hub = await startHub({ name: "Größe/1, 50% {x}" });
  const [metrics] = (await hub.find("metrics").list?.(context)) ?? [];
  expect(metrics).toEqual({
    uri: "prometheus://Gr%C3%B6%C3%9Fe%2F1%2C%2050%25%20%7Bx%7D/metrics",
    name: "metrics of Größe/1, 50% {x}",
  });
  expect(new URL(metrics!.uri).href).toBe(metrics!.uri);
  expect(await hub.read("metrics", "Größe/1, 50% {x}")).toMatchObject({ status: "success", total: 0 });
});

it("does not know an unknown datasource, and passes on what the server says", async () => {
  const hub = await startHub();
  await expect(hub.read("metrics", "nobody")).rejects.toMatchObject({ kind: "not-found" });
  await expect(hub.read("metrics", "")).rejects.toMatchObject({ kind: "not-found" });
  hub.prometheus.on("api/v1/alerts", error(503, "unavailable", "busy"));
  await expect(hub.read("alerts")).rejects.toMatchObject({ kind: "unavailable" });
});
