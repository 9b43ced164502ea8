// Calls that fail, lie or come together; and what is no call.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { data, error } from "../support/prometheus-mock.ts";
import { outside } from "../support/spans.ts";
import { call, initialize, modern } from "../support/wire.ts";
import { startTracedHub, UP, type TracedHub } from "./traced-hub.ts";
import { CALL, WAYS } from "./ways.ts";

const [CLIENT, TRANSPORT] = [outside(1), outside(2)];

let hub: TracedHub;
beforeAll(async () => void (hub = await startTracedHub()));
afterAll(() => hub.close());
beforeEach(() => hub.begin());

describe("a call", () => {
  it("whose tool fails marks its span, and the upstream's request its own", async () => {
    hub.prometheus.on("api/v1/query", error(422, "execution", "many-to-many matching not allowed"));
    await WAYS["2026, directly"].call(hub, CALL);
    hub.prometheus.on("api/v1/query", UP);
    const server = hub.one("tools/call query_instant");
    expect([server.hasFailed, server.attributes["error.type"]]).toEqual([true, "tool_error"]);
    expect(server.attributes["ops_hub.outcome"]).toBe("invalid");
    expect(hub.one("POST")).toMatchObject({ hasFailed: true, attributes: { "error.type": "422" } });
  });

  it("with bad arguments is a failed span of its own", async () => {
    await WAYS["2025 in a session, directly"].call(hub, { ...CALL, input: { promql: 7, nope: "Canary-Input" } });
    const server = hub.one("tools/call query_instant");
    expect([server.hasFailed, server.attributes["ops_hub.outcome"]]).toEqual([true, "invalid"]);
    expect(hub.spans.text()).not.toContain("Canary-Input");
  });

  it("with a hostile trace begins one of its own, in every way", async () => {
    for (const way of Object.values(WAYS)) {
      hub.begin();
      const traceparent = `00-${"0".repeat(32)}-${CLIENT.spanId}-01`;
      const { answer } = await way.call(hub, { ...CALL, meta: { traceparent }, headers: { traceparent: "junk" } });
      expect(answer.result?.["isError"] ?? false).toBe(false);
      expect(hub.one("tools/call query_instant")).toMatchObject({ parentId: undefined, links: [] });
    }
  });

  it("has the trace of its own request, and never that of an earlier one on the connection or in the session", async () => {
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const ask = (body: unknown, more: Record<string, string>) =>
      fetch(`${hub.url}/mcp`, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) });
    const opened = await ask(initialize(), { traceparent: TRANSPORT.traceparent });
    await opened.text();
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    for (const _meta of [{}, { progressToken: "p" }]) {
      const { params, ...message } = call("query_instant", { promql: "up" });
      for (const more of [{ traceparent: CLIENT.traceparent }, {}] as Record<string, string>[]) {
        hub.begin();
        await (await ask({ ...message, params: { ...params, _meta } }, { ...session, ...more })).text();
        const expected = "traceparent" in more ? CLIENT.spanId : undefined;
        expect(hub.one("tools/call query_instant").parentId).toBe(expected);
      }
    }
  });

  it("with a long request id or none that is a text keeps its span light", async () => {
    const long = "x".repeat(100_000);
    const body = { name: "speak", arguments: { word: "hi" } };
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const ask = (id: unknown) =>
      fetch(`${hub.url}/mcp`, {
        method: "POST",
        headers,
        body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: body }),
      });
    expect([(await ask(long)).status, (await ask(12)).status]).toEqual([200, 200]);
    const ids = hub.recent().map(({ attributes }) => attributes["jsonrpc.request.id"]);
    expect(ids).toEqual(["x".repeat(2_048), "12"]);
  });

  it("at the same time as others has its own lines", async () => {
    const words = ["one", "two", "three", "four"];
    await Promise.all(
      words.map((word) => WAYS["2026, directly"].call(hub, { ...CALL, name: "speak", input: { word } })),
    );
    const calls = words.map(
      (word) =>
        new Set(
          hub
            .lines()
            .filter((line) => line["word"] === word)
            .map(({ callId }) => callId),
        ),
    );
    expect(calls.map(({ size }) => size)).toEqual([1, 1, 1, 1]);
    expect(new Set(calls.flatMap((ids) => [...ids])).size).toBe(4);
  });
});

describe("what is no call", () => {
  it("has no call in its lines, before, between and after calls", async () => {
    hub.log.info("mine");
    await WAYS["2026, directly"].call(hub, CALL);
    hub.log.info("mine");
    await fetch(`${hub.url}/nowhere`);
    await hub.hub.reload();
    hub.log.info("mine");
    const others = hub.lines().filter(({ msg }) => msg !== "tool call");
    expect(others.filter(({ msg }) => msg === "mine")).toHaveLength(3);
    for (const line of others) {
      for (const field of ["callId", "trace_id", "span_id"])
        expect(line, String(line["msg"])).not.toHaveProperty(field);
    }
    expect(hub.lines().filter(({ msg }) => msg === "tool call")).toHaveLength(1);
  });

  it("has no span, when it is answered from memory", async () => {
    for (const method of ["tools/list", "prompts/list", "resources/list", "server/discover"]) {
      expect((await modern(`${hub.url}/mcp`, method)).status).toBe(200);
    }
    await fetch(`${hub.url}/health`);
    const named = hub.recent();
    expect(named.filter(({ kind }) => kind === "server")).toEqual([]);
  });

  it("has a server span when it asks upstreams: a prompt", async () => {
    hub.prometheus.on("api/v1/alerts", data({ alerts: [] }));
    const asked = { name: "investigate_alert", arguments: { alert: "Down", datasource: "mock" } };
    const headers = { headers: { traceparent: TRANSPORT.traceparent } };
    const { json } = await modern(`${hub.url}/mcp`, "prompts/get", asked, headers);
    expect(json.error).toBeUndefined();
    const span = hub.one("prompts/get investigate_alert");
    expect(span).toMatchObject({ kind: "server", parentId: TRANSPORT.spanId, hasFailed: false });
    expect(span.attributes).toEqual({
      "client.address": "127.0.0.1",
      "gen_ai.prompt.name": "investigate_alert",
      "jsonrpc.request.id": "1",
      "mcp.method.name": "prompts/get",
      "mcp.protocol.version": "2026-07-28",
      "network.protocol.name": "http",
      "network.transport": "tcp",
    });
    const below = hub.recent().filter(({ kind }) => kind === "client");
    expect(below.length).toBeGreaterThan(0);
    expect(new Set(below.map(({ parentId }) => parentId))).toEqual(new Set([span.spanId]));
  });

  it("has a server span when it asks upstreams: a resource, and one that is not there", async () => {
    hub.prometheus.on("api/v1/alerts", data({ alerts: [] }));
    hub.prometheus.on("api/v1/rules", data({ groups: [] }));
    expect(
      (await modern(`${hub.url}/mcp`, "resources/read", { uri: "prometheus://mock/alerts" })).json.error,
    ).toBeUndefined();
    const found = hub.one("resources/read");
    expect([found.kind, found.hasFailed]).toEqual(["server", false]);
    expect(found.attributes).toMatchObject({
      "mcp.method.name": "resources/read",
      "mcp.resource.uri": "prometheus://mock/alerts",
    });
    hub.begin();
    const { json } = await modern(`${hub.url}/mcp`, "resources/read", { uri: "prometheus://nobody/alerts" });
    expect(hub.one("resources/read")).toMatchObject({
      hasFailed: true,
      attributes: { "error.type": String(json.error?.code) },
    });
  });
});
