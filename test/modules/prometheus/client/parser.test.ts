import { createHook } from "node:async_hooks";
import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../../../../src/modules/prometheus/client.ts";
import { PROJECTIONS } from "../../../../src/modules/prometheus/projections/index.ts";
import type { buildInfo } from "../../../../src/modules/prometheus/projections/probe.ts";
import { metricLookup } from "../../../../src/modules/prometheus/projections/query-names.ts";
import { data, error, startPrometheusMock, type PrometheusMock } from "../../../support/prometheus-mock.ts";
import { datasource, failed, newClient, NAMES, whole } from "./ask.ts";

let mock: PrometheusMock;
let client: Client;
let threads = 0;
const hook = createHook({ init: (_id, type) => void (threads += type === "WORKER" ? 1 : 0) });

beforeEach(async () => {
  mock = await startPrometheusMock();
  client = newClient();
  threads = 0;
  hook.enable();
});
afterEach(async () => {
  hook.disable();
  await client.close();
  await mock.close();
});

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `metric_${i}_with_a_long_name`);
const MANY = 40_000; // over a megabyte

const lookUp = (signal = new AbortController().signal, timeoutMs = 20_000) =>
  client.ask(
    datasource(mock.url),
    NAMES,
    metricLookup,
    { names: ["metric_7_with_a_long_name", "nope"] },
    { signal, timeoutMs },
  );

describe("a large reply", () => {
  it("is projected on a thread, which is kept for the next; a small one is not", async () => {
    mock.on(NAMES.path, data(names(10)));
    const small = await lookUp();
    expect(threads).toBe(0);
    mock.on(NAMES.path, data(names(MANY)));
    const large = await lookUp();
    expect([small[0], large[0]]).toEqual([
      { name: "metric_7_with_a_long_name", exists: true, closest: [] },
      { name: "metric_7_with_a_long_name", exists: true, closest: [] },
    ]);
    await lookUp();
    expect(threads).toBe(1);
  });

  it("never needs more than two threads", async () => {
    mock.on(NAMES.path, data(names(MANY)));
    await Promise.all(Array.from({ length: 6 }, () => lookUp()));
    expect(threads).toBe(2);
  });

  it("fails as it would here: the projection's failure, the API's error, a body that is no JSON", async () => {
    mock.on(NAMES.path, data({ no: "list", filler: names(MANY) }));
    expect(await failed(lookUp())).toMatchObject({ kind: "unavailable", code: "INVALID_RESPONSE" });
    mock.on(NAMES.path, {
      body: JSON.stringify({ status: "error", errorType: "execution", error: "x", filler: names(MANY) }),
    });
    expect(await failed(lookUp())).toMatchObject({ kind: "invalid", code: "EXECUTION_ERROR" });
    mock.on(NAMES.path, { body: `["${names(MANY).join()}` });
    expect(await failed(lookUp())).toMatchObject({
      code: "INVALID_RESPONSE",
      message: expect.stringContaining('cannot be read (HTTP 200); it may have been cut short: "["metric_0_with'),
    });
    mock.on(NAMES.path, { ...error(500, "internal", "x".repeat(1_000_000)) });
    expect(await failed(lookUp())).toMatchObject({ http_status: 500 });
    expect(threads).toBe(1);
  });

  it("is a bug when its projection is not in the table", async () => {
    mock.on(NAMES.path, data(names(MANY)));
    const work = client.ask(datasource(mock.url), NAMES, whole, {}, { signal: new AbortController().signal });
    await expect(work).rejects.toThrow("the projection whole is missing in projections/index.ts");
  });

  it("is abandoned with its caller, and the next one is read all the same", async () => {
    mock.on(NAMES.path, data(names(MANY)));
    const caller = new AbortController();
    const started = createHook({ init: (_id, type) => void (type === "WORKER" && setImmediate(() => caller.abort())) });
    started.enable();
    expect(await failed(lookUp(caller.signal))).toMatchObject({ kind: "cancelled" });
    started.disable();
    expect(await lookUp()).toHaveLength(2);
    expect(threads).toBe(2);
  });
});

describe("the table of projections", () => {
  it("has every projection of the folder, each under a name of its own", async () => {
    const folder = new URL("../../../../src/modules/prometheus/projections/", import.meta.url);
    const files = (await readdir(folder)).filter((file) => file !== "index.ts");
    const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
    const exported = modules.flatMap((module) => Object.entries(module)).filter(([, value]) => isProjection(value));
    expect(exported.length).toBeGreaterThan(5);
    for (const [name, value] of exported) {
      expect((value as typeof buildInfo).name).toBe(name);
      expect(PROJECTIONS, name).toContain(value);
    }
    expect(new Set(PROJECTIONS.map(({ name }) => name)).size).toBe(PROJECTIONS.length);
  });
});

const isProjection = (value: unknown): boolean => typeof value === "object" && value !== null && "project" in value;
