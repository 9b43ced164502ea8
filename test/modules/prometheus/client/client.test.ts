import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../../../../src/modules/prometheus/client.ts";
import type { Datasource } from "../../../../src/modules/prometheus/datasource.ts";
import {
  data,
  error,
  hang,
  page,
  redirect,
  startPrometheusMock,
  vector,
  type PrometheusMock,
} from "../../../support/prometheus-mock.ts";
import { until } from "../../../support/wire.ts";
import { ask, clock, datasource, failed, NAMES, newClient, QUERY } from "./ask.ts";

let mock: PrometheusMock;
let client: Client;
let main: Datasource;

beforeEach(async () => {
  mock = await startPrometheusMock();
  client = newClient();
  main = datasource(mock.url);
});
afterEach(async () => {
  await client.close();
  await mock.close();
});

describe("a query", () => {
  it("is a POST form with the datasource's headers, its own parameters in the URL and a timeout below ours", async () => {
    mock.on("api/v1/query", vector([[{ a: 'é "x"\n🦊' }, "NaN"]]));
    const to = datasource(mock.url, { customQuery: [["max_source_resolution", "5m"]] });
    const request = { ...QUERY, params: { query: 'a + b{c="d&e"}', time: 1_795_608_000.5, limit: undefined } };
    const reply = await ask(client, to, request);
    expect(reply).toEqual({
      status: "success",
      data: { resultType: "vector", result: [{ metric: { a: 'é "x"\n🦊' }, value: [1_795_608_000, "NaN"] }] },
    });
    const [seen] = mock.requests;
    expect(seen?.method).toBe("POST");
    expect(seen?.query.toString()).toBe("max_source_resolution=5m");
    expect(Object.fromEntries(new URLSearchParams(seen?.body))).toEqual({
      query: 'a + b{c="d&e"}',
      time: "1795608000.5",
      timeout: "28",
    });
    expect(seen?.headers).toMatchObject({ authorization: "Bearer s3cret-token", "x-scope-orgid": "tenant" });
  });

  it("keeps the caller's own timeout parameter, and sends none where the API has none", async () => {
    await ask(client, main, { ...QUERY, params: { query: "up", timeout: 5 } });
    await ask(client, main, { ...QUERY, path: "api/v1/format_query" });
    await ask(client, datasource(mock.url, { queryTimeoutSeconds: 60 }));
    await ask(client, main, QUERY, { timeoutMs: 5_000 });
    expect(mock.requests.map(({ params }) => params.get("timeout"))).toEqual(["5", null, "58", "4.5"]);
  });

  it("is a GET when the datasource says so", async () => {
    const to = datasource(mock.url, { httpMethod: "GET", customQuery: [["dedup", "true"]] });
    await ask(client, to, { ...QUERY, params: { query: "a+b" } });
    expect(mock.requests[0]).toMatchObject({ method: "GET", body: "" });
    expect(mock.requests[0]?.query.toString()).toBe("dedup=true&timeout=28&query=a%2Bb");
  });

  it("repeats the name of a list", async () => {
    await ask(client, main, { path: "api/v1/series", params: { "match[]": ["a", "b"] }, form: true, errors: "query" });
    expect(mock.requests[0]?.params.getAll("match[]")).toEqual(["a", "b"]);
  });

  it("falls back to GET after 405 and 501, and remembers it for this datasource", async () => {
    for (const status of [405, 501]) {
      const to = datasource(mock.url);
      mock.requests.length = 0;
      mock.on("api/v1/query", ({ method }) => (method === "POST" ? page(status, "no") : vector()));
      await ask(client, to);
      await ask(client, to);
      expect(mock.requests.map(({ method, params }) => `${method} ${params.get("query")}`)).toEqual([
        "POST up{",
        "GET up{",
        "GET up{",
      ]);
    }
  });

  it("does not give up POST when GET is refused as well", async () => {
    mock.on("api/v1/query", page(405, "no"));
    expect(await failed(ask(client, main))).toMatchObject({ message: "PROMETHEUS_UNAVAILABLE: HTTP 405: no" });
    await failed(ask(client, main));
    expect(mock.requests.map(({ method }) => method)).toEqual(["POST", "GET", "POST", "GET"]);
  });

  it("works below a prefix, with any number of slashes", async () => {
    const below = await startPrometheusMock({ prefix: "/prom" });
    for (const url of [below.url, `${below.url}/`]) await ask(client, datasource(url), NAMES);
    expect(below.requests.map(({ path }) => path)).toEqual([
      "/api/v1/label/__name__/values",
      "/api/v1/label/__name__/values",
    ]);
    await below.close();
  });
});

describe("redirects", () => {
  it("are followed on the same host without losing the form", async () => {
    for (const status of [307, 308]) {
      mock.on("api/v1/query", redirect(status, "/elsewhere"));
      mock.on("elsewhere", ({ method, params }) => data(`${method} ${params.get("query")}`));
      expect(await ask(client, main)).toMatchObject({ data: "POST up{" });
    }
    mock.on("api/v1/label/__name__/values", redirect(302, "/elsewhere?query=x"));
    expect(await ask(client, main, NAMES)).toMatchObject({ data: "GET x" });
  });

  it("to another host are refused by name, and nothing reaches it", async () => {
    const other = await startPrometheusMock();
    for (const status of [301, 302, 307, 308]) {
      mock.on("api/v1/query", redirect(status, `${other.url}/login?rd=secret`));
      expect(await failed(ask(client, main))).toEqual({
        kind: "unavailable",
        message: `REDIRECT_REFUSED: HTTP ${status} to ${other.url}/login; set the datasource url to the final address`,
        code: "REDIRECT_REFUSED",
        datasource: "main",
        http_status: status,
        retryable: false,
      });
    }
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

describe("time and space", () => {
  it("ends with our deadline, in the words of each kind of tool", async () => {
    mock.on("api/v1/query", hang());
    mock.on("api/v1/label/__name__/values", hang());
    expect(await failed(ask(client, main, QUERY, { timeoutMs: 100 }))).toEqual({
      kind: "timeout",
      message:
        "TIMEOUT: Query timed out after 0.1s. Narrow the selector, shorten the range, or raise timeout (max 180).",
      code: "TIMEOUT",
      datasource: "main",
    });
    expect(await failed(ask(client, main, NAMES, { timeoutMs: 100 }))).toMatchObject({
      kind: "timeout",
      message: "PROMETHEUS_UNAVAILABLE: TIMEOUT: no complete reply within 0.1s. Ask for less, or try again.",
    });
    await until(() => mock.requests.every(({ aborted }) => aborted), "the end at the upstream");
  });

  it("ends with the caller, and Prometheus notices", async () => {
    mock.on("api/v1/query", hang());
    const caller = new AbortController();
    const work = failed(ask(client, main, QUERY, { signal: caller.signal }));
    await until(() => mock.requests.length === 1, "the request");
    caller.abort();
    expect(await work).toMatchObject({ kind: "cancelled", code: "CANCELLED" });
    await until(() => mock.requests[0]?.aborted === true, "the end at the upstream");
  });

  it("refuses a reply above the limit and says what to do", async () => {
    await client.close();
    client = newClient({ maxResponseBytes: 1024 * 1024 });
    mock.on("api/v1/query", { body: "x".repeat(1024 * 1024 + 1) });
    expect(await failed(ask(client, main))).toMatchObject({
      kind: "too-large",
      code: "RESULT_TOO_LARGE",
      message:
        "RESULT_TOO_LARGE: more than 1 MiB. Try topk(20, <query>) or sum by (job) (<query>), a narrower selector, or a larger step.",
    });
  });

  it("is refused when too many wait", async () => {
    mock.on("api/v1/query", hang());
    const callers = new AbortController();
    const waiting = Array.from({ length: 8 + 256 }, () => failed(ask(client, main, QUERY, { signal: callers.signal })));
    expect(await failed(ask(client, main))).toMatchObject({
      kind: "unavailable",
      code: "BUSY",
      retryable: true,
      message: "BUSY: 8 requests are under way and 256 more wait; try again in a few seconds",
    });
    await until(() => mock.requests.length === 8, "those whose turn it is");
    callers.abort();
    await Promise.all(waiting);
    expect(mock.requests).toHaveLength(8);
  });
});

describe("connections", () => {
  it("are those of the new datasource after a reload, while calls under way end in peace", async () => {
    const gate = Promise.withResolvers<void>();
    mock.on("api/v1/query", async () => (await gate.promise, vector()));
    const before = ask(client, main);
    await until(() => mock.requests.length === 1, "the first request");
    const renewed = datasource(mock.url, { headers: [] });
    await ask(client, renewed, NAMES);
    gate.resolve();
    await expect(before).resolves.toMatchObject({ status: "success" });
    expect(mock.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer s3cret-token", undefined]);
  });

  it("that cannot be made are told apart, without the address", async () => {
    const gone = await startPrometheusMock();
    await gone.close();
    expect(await failed(ask(client, datasource(gone.url)))).toMatchObject({
      kind: "unavailable",
      message: "PROMETHEUS_UNAVAILABLE: connection refused",
      retryable: true,
    });
    expect(await failed(ask(client, datasource("http://no-such-host.invalid"), NAMES))).toMatchObject({
      message: "PROMETHEUS_UNAVAILABLE: host not found",
      retryable: false,
    });
    await expect(ask(client, main)).resolves.toMatchObject({ status: "success" });
  });
});

describe("features", () => {
  it("are asked for once and remembered for five minutes", async () => {
    const builds = await Promise.all([client.features(main), client.features(main)]);
    expect(builds).toEqual([
      { version: "2.42.0", goVersion: "go1.19.8" },
      { version: "2.42.0", goVersion: "go1.19.8" },
    ]);
    clock.at += 4 * 60_000;
    await client.features(main);
    expect(mock.requests).toHaveLength(1);
    clock.at += 2 * 60_000;
    await client.features(main);
    expect(mock.requests).toHaveLength(2);
  });

  it("are empty where the backend does not tell, and asked for again after half a minute", async () => {
    mock.on("api/v1/status/buildinfo", error(500, "internal", "?"));
    expect(await client.features(main)).toEqual({});
    clock.at += 20_000;
    expect(await client.features(main)).toEqual({});
    expect(mock.requests).toHaveLength(1);
    mock.on("api/v1/status/buildinfo", data({ version: "3.1.0" }));
    clock.at += 20_000;
    expect(await client.features(main)).toEqual({ version: "3.1.0" });
  });
});
