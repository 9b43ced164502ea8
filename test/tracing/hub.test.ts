// The spans and the log lines of one call, whatever way it came.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { outside } from "../support/spans.ts";
import { startTracedHub, type TracedHub } from "./traced-hub.ts";
import { CALL, REQUEST_ID, WAYS } from "./ways.ts";

const [CLIENT, TRANSPORT] = [outside(1), outside(2)];

let hub: TracedHub;
beforeAll(async () => void (hub = await startTracedHub()));
afterAll(() => hub.close());
beforeEach(() => hub.begin());

const CARRIERS = [
  ["in _meta", true, false],
  ["in the HTTP header", false, true],
  ["in both", true, true],
  ["in neither", false, false],
] as const;

describe.each(Object.entries(WAYS))("a call by %s", (_, way) => {
  it.each(way.transport === "tcp" ? CARRIERS : CARRIERS.filter(([, , inHeader]) => !inHeader))(
    "with its trace %s is one server span, and the upstream's request is below it",
    async (__, inMeta, inHeader) => {
      const called = await way.call(hub, {
        ...CALL,
        meta: inMeta ? { traceparent: CLIENT.traceparent, tracestate: "a=b" } : {},
        headers: inHeader ? { traceparent: TRANSPORT.traceparent } : {},
      });
      expect([called.answer.result?.["isError"] ?? false, called.isDirect]).toEqual([false, way.isDirect]);
      const server = hub.one("tools/call query_instant");
      const parent = inMeta ? CLIENT : inHeader ? TRANSPORT : undefined;
      expect([server.kind, server.parentId, server.hasFailed]).toEqual(["server", parent?.spanId, false]);
      if (parent !== undefined) expect(server.traceId).toBe(parent.traceId);
      expect(server.links).toEqual(inMeta && inHeader ? [TRANSPORT.traceId] : []);
      expect(server.attributes).toEqual({
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "query_instant",
        "gen_ai.tool.type": "extension",
        "jsonrpc.request.id": REQUEST_ID,
        "mcp.method.name": "tools/call",
        "network.transport": way.transport,
        "ops_hub.call.id": expect.stringMatching(/^[\da-f-]{36}$/),
        "ops_hub.module": "prometheus",
        "ops_hub.outcome": "success",
        ...(way.version === undefined ? {} : { "mcp.protocol.version": way.version }),
        ...(way.transport === "tcp" ? { "network.protocol.name": "http", "client.address": "127.0.0.1" } : {}),
        ...(called.session === undefined ? {} : { "mcp.session.id": called.session }),
      });
      const request = hub.one("POST");
      expect([request.kind, request.parentId, request.traceId]).toEqual(["client", server.spanId, server.traceId]);
      expect(hub.prometheus.requests.at(-1)?.headers).toMatchObject({
        traceparent: `00-${request.traceId}-${request.spanId}-01`,
        ...(inMeta ? { tracestate: "a=b" } : {}),
      });
    },
  );

  it("is told in the log with its call and its trace, by the hub and by the module", async () => {
    const { answer } = await way.call(hub, {
      ...CALL,
      name: "speak",
      input: { word: "hi" },
      meta: { traceparent: CLIENT.traceparent },
    });
    expect(answer.error).toBeUndefined();
    const { traceId, spanId, attributes } = hub.one("tools/call speak");
    const written = hub.lines().filter(({ msg }) => ["before", "after", "tool call"].includes(String(msg)));
    expect(written.map(({ msg }) => msg)).toEqual(["before", "after", "tool call"]);
    for (const line of written) {
      expect(line).toMatchObject({ callId: attributes["ops_hub.call.id"], trace_id: traceId, span_id: spanId });
    }
  });
});
