import { expect, it } from "vitest";
import { fixedClock } from "../../support/modules.ts";
import { data, error, hang, startPrometheusMock } from "../../support/prometheus-mock.ts";
import { captured, manyNames } from "./discovery.ts";
import { startQueryHub } from "./query-hub.ts";
import { startWithDatasources } from "./start.ts";

const NAMES = "api/v1/label/__name__/values";

type Hub = Pick<Awaited<ReturnType<typeof startQueryHub>>, "running">;

const complete = async ({ running }: Hub, argument: string, typed: string, given: Record<string, string> = {}) =>
  running.prompts
    ?.find(({ name }) => name === "investigate_alert")
    ?.arguments[argument]?.complete?.(typed, given, new AbortController().signal);

it("offers datasources that begin with what was typed, then those that contain it", async () => {
  const names = ["eu-prod", "prod", "Production", "staging"];
  const hub = await startWithDatasources(names.map((name) => ({ name, url: "http://nowhere.invalid" })));
  try {
    expect(await complete(hub, "datasource", "prod")).toEqual(["prod", "Production", "eu-prod"]);
    expect(await complete(hub, "datasource", "")).toEqual(names);
    const [metrics] = hub.running.resources ?? [];
    expect(await metrics?.complete?.["datasource"]?.("stag", {}, new AbortController().signal)).toEqual(["staging"]);
  } finally {
    await hub.close();
  }
});

it("asks once for the metric names, however many people type, and again after a minute", async () => {
  const prometheus = await startPrometheusMock();
  const clock = fixedClock();
  const hub = await startWithDatasources([{ name: "main", url: prometheus.url }], { clock });
  try {
    prometheus.on(NAMES, data([...manyNames(150), "other"]));
    const offers = await Promise.all(["met", "metric_000", "other", ""].map((typed) => complete(hub, "metric", typed)));
    expect(offers[0]).toEqual(manyNames(150).sort().slice(0, 100));
    expect(offers[1]).toHaveLength(10);
    expect(offers[2]).toEqual(["other"]);
    expect(offers[3]).toHaveLength(100);
    clock.at += 59_000;
    await complete(hub, "metric", "x", { datasource: "main" });
    expect(prometheus.requests).toHaveLength(1);
    clock.at += 2_000;
    await complete(hub, "metric", "x");
    expect(prometheus.requests).toHaveLength(2);
  } finally {
    await hub.close();
    await prometheus.close();
  }
});

it("offers what fires now before what could fire", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on("api/v1/alerts", await captured("alerts"));
  hub.prometheus.on("api/v1/rules", await captured("rules"));
  expect(await complete(hub, "alert", "")).toEqual(["SlowBurn", "TargetDown", "NeverTrue"]);
  expect(await complete(hub, "alert", "down")).toEqual(["TargetDown"]);
});

it("offers what it can when one of the two requests fails", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on("api/v1/alerts", error(503, "unavailable", "busy"));
  hub.prometheus.on("api/v1/rules", await captured("rules"));
  expect(await complete(hub, "alert", "")).toEqual(["NeverTrue", "SlowBurn", "TargetDown"]);
});

it("offers nothing, and does not remember it, when the server fails or hangs or the datasource is unknown", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(NAMES, error(500, "internal", "boom"));
  expect(await complete(hub, "metric", "u")).toEqual([]);
  hub.prometheus.on(NAMES, hang());
  expect(await complete(hub, "metric", "u")).toEqual([]);
  expect(await complete(hub, "metric", "u", { datasource: "nobody" })).toEqual([]);
  hub.prometheus.on(NAMES, data(["up"]));
  expect(await complete(hub, "metric", "u", { datasource: "main" })).toEqual(["up"]);
});
