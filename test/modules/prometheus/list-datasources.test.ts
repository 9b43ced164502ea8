// list_datasources: the seed's array and what is new beside it; checks run side by side and end in time.
import { afterEach, expect, it } from "vitest";
import { error, hang, startPrometheusMock, type PrometheusMock } from "../../support/prometheus-mock.ts";
import { fixedClock, type TestHub } from "../../support/modules.ts";
import { startWithDatasources } from "./start.ts";

const CANARY = "c4n4ry-s3cret";
const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close();
});

async function start(datasources: unknown[], clock = fixedClock()): Promise<TestHub> {
  const hub = await startWithDatasources(datasources, { clock });
  cleanUp.push(() => hub.close());
  return hub;
}

async function mock(): Promise<PrometheusMock> {
  const prometheus = await startPrometheusMock();
  cleanUp.push(() => prometheus.close());
  return prometheus;
}

it("lists the datasources as the seed did, in the file's order, without credentials", async () => {
  const hub = await start([
    { name: "b", url: `https://u:${CANARY}@b.example:9090/prom/?x=${CANARY}`, uid: "ub", isDefault: true },
    {
      name: "a",
      url: "http://a.example",
      jsonData: { httpHeaderName1: "X-Scope-OrgID" },
      secureJsonData: { httpHeaderValue1: CANARY },
    },
    { name: "c", url: "http://c.example", secureJsonData: { httpHeaderValue1: "Bearer ${NOBODY}" } },
  ]);
  const { isError, structured, text } = await hub.call("list_datasources");
  expect(isError).toBe(false);
  expect(structured).toMatchInlineSnapshot(`
    {
      "data": [
        {
          "has_auth": true,
          "id": "b",
          "is_default": true,
          "name": "b",
          "type": "prometheus",
          "uid": "ub",
          "url": "https://b.example:9090/prom",
        },
        {
          "has_auth": true,
          "id": "a",
          "is_default": false,
          "name": "a",
          "type": "prometheus",
          "url": "http://a.example",
        },
        {
          "has_auth": false,
          "id": "c",
          "is_default": false,
          "name": "c",
          "type": "prometheus",
          "url": "http://c.example",
        },
      ],
      "has_more": false,
      "problems": [
        "datasource "c": secureJsonData.httpHeaderValue1 is left out: \${NOBODY} is not set",
      ],
      "returned": 3,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 3,
      "truncated": false,
    }
  `);
  expect(JSON.parse(text)).toEqual(structured);
  expect(text).not.toContain(CANARY);
});

it("answers with an empty list when there are none", async () => {
  const hub = await start([]);
  const { structured } = await hub.call("list_datasources");
  expect(structured).toMatchObject({ data: [], total: 0, returned: 0, truncated: false, has_more: false });
});

it("checks all of them at once and says of each whether it answers", async () => {
  const [good, refusing] = [await mock(), await mock()];
  refusing.on("api/v1/query", error(401, "unauthorized", CANARY));
  refusing.on("api/v1/status/buildinfo", { status: 404 });
  const hub = await start([
    { name: "good", url: good.url },
    {
      name: "refusing",
      url: refusing.url,
      basicAuth: true,
      basicAuthUser: "me",
      secureJsonData: { basicAuthPassword: CANARY },
    },
    { name: "closed", url: "http://127.0.0.1:1" },
  ]);
  const { structured, text } = await hub.call("list_datasources", { check: "true" });
  const data = structured["data"] as Record<string, unknown>[];
  expect(data.map(({ name, reachable, version, error }) => ({ name, reachable, version, error })))
    .toMatchInlineSnapshot(`
    [
      {
        "error": undefined,
        "name": "good",
        "reachable": true,
        "version": "2.42.0",
      },
      {
        "error": "AUTHENTICATION_FAILED: Invalid credentials",
        "name": "refusing",
        "reachable": false,
        "version": undefined,
      },
      {
        "error": "PROMETHEUS_UNAVAILABLE: connection refused",
        "name": "closed",
        "reachable": false,
        "version": undefined,
      },
    ]
  `);
  expect(text).not.toContain(CANARY);
});

it("does not let one that hangs keep the call longer than five seconds, nor change what the others answer", async () => {
  const [good, stuck] = [await mock(), await mock()];
  stuck.on("api/v1/query", hang());
  stuck.on("api/v1/status/buildinfo", hang());
  const hub = await start([
    { name: "stuck", url: stuck.url, jsonData: { queryTimeout: "120s" } },
    { name: "good", url: good.url },
  ]);
  const { structured } = await hub.call("list_datasources", { check: true });
  expect(structured["data"]).toMatchObject([
    { name: "stuck", reachable: false, error: "TIMEOUT: no answer to query=1 within 5 s" },
    { name: "good", reachable: true },
  ]);
  await expect.poll(() => stuck.requests.map(({ aborted }) => aborted)).toEqual([true, true]);
});

it("asks nobody without check, and stops asking when the call is cancelled", async () => {
  const stuck = await mock();
  stuck.on("api/v1/query", hang());
  const hub = await start([{ name: "stuck", url: stuck.url }]);
  await hub.call("list_datasources");
  expect(stuck.requests).toEqual([]);
  const caller = new AbortController();
  stuck.on("api/v1/status/buildinfo", () => {
    caller.abort();
    return hang();
  });
  const { isError, structured } = await hub.call("list_datasources", { check: true }, { signal: caller.signal });
  expect([isError, structured["code"]]).toEqual([true, "CANCELLED"]);
});

it("shows whole pages of many datasources within the budget", async () => {
  const many = Array.from({ length: 250 }, (_, i) => ({ name: `ds-${i}`, url: `http://${"h".repeat(200)}-${i}` }));
  const hub = await start(many);
  const names: string[] = [];
  for (let offset: unknown = 0; offset !== undefined;) {
    const { structured, text } = await hub.call("list_datasources", { offset });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
    names.push(...(structured["data"] as { name: string }[]).map(({ name }) => name));
    offset = structured["next_offset"];
  }
  expect(names).toEqual(many.map(({ name }) => name));
});

it("names an unknown argument", async () => {
  const hub = await start([]);
  const { isError, structured } = await hub.call("list_datasources", { chek: true });
  expect(isError).toBe(true);
  expect(structured["error"]).toBe('unknown argument "chek". Did you mean "check"? Valid: check, offset');
});
