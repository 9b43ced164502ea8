// Calls of other MCP servers' tools as an operator sees them: the trace goes on in `_meta`, over every transport, and each call counts.
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { ProtocolError, type CallToolResult, type ServerContext } from "@modelcontextprotocol/server";
import type { CallRequest } from "../../../src/core/context.ts";
import { said, startUpstream, type Mode, type RemoteCall, type UpstreamOptions } from "../../support/mcp-upstream.ts";
import { outcomesOf, traced, type Traced } from "../../support/spans.ts";
import { untraced } from "../../support/untraced.ts";
import { run, until } from "./upstream.ts";

const CHILD = fileURLToPath(new URL("../../support/mcp-child.ts", import.meta.url));
const EXPECTED = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

type Meta = Record<string, unknown>;
type Answer = (call: RemoteCall, ctx: ServerContext) => CallToolResult | Promise<CallToolResult>;

/** A remote server, and the hub's module for it; `metas` is what came with each call beside the protocol's own. */
async function open(mode: Mode, answer: Answer = () => said("done"), seen: Traced | null = traced(), more = {}) {
  const metas: Meta[] = [];
  const options: UpstreamOptions = {
    mode,
    answer: (call, ctx) => {
      metas.push({ ...ctx.mcpReq._meta });
      return answer(call, ctx);
    },
  };
  const upstream = await startUpstream(options);
  onTestFinished(() => upstream.close());
  const remote = await run({ url: upstream.url, ...more }, {}, undefined, seen?.given ?? untraced);
  onTestFinished(() => remote.close());
  const count = () => outcomesOf(seen?.metrics ?? new Registry(), "remote");
  const call = (name: string, given: object = {}, request: Partial<CallRequest> = {}) =>
    remote.call(name, given, request);
  return { call, upstream, metas, count };
}

const traceMembers = (meta: Meta | undefined) =>
  Object.keys(meta ?? {}).filter((name) => /trace/.test(name) && !name.includes("/"));

describe.each(["modern", "sessions", "sse"] as const)("a server of %s", (mode) => {
  it("finds in _meta the span that its own come below, beside the token for progress", async () => {
    const seen = traced();
    const { call, metas, count } = await open(mode, undefined, seen);
    const progress = () => undefined;
    expect((await call("remote_echo", { text: "canary" }, { progress })).isError).toBe(false);
    const { spans } = seen;
    const span = spans.one("tools/call echo");
    expect(span).toMatchObject({ kind: "client", hasFailed: false });
    expect(spans.path(span)).toEqual(["tools/call echo", "execute_tool remote_echo"]);
    expect(span.attributes).toEqual({
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "echo",
      "ops_hub.upstream": "remote",
    });
    expect(metas[0]).toMatchObject({ traceparent: `00-${span.traceId}-${span.spanId}-01` });
    expect(metas[0]).toHaveProperty("progressToken");
    expect(await count()).toEqual({ ok: 1 });
    expect(spans.text()).not.toContain("canary");
  });

  it("finds nothing of it while the hub traces nothing", async () => {
    const { call, metas } = await open(mode, undefined, null);
    await call("remote_echo");
    expect(metas.map(traceMembers)).toEqual([[]]);
  });
});

it("a trace from outside goes on through the hub, with what its vendors say", async () => {
  const { call, metas } = await open("sessions");
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const carrier = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: "vendor=1" };
  await call("remote_echo", {}, { origin: { transport: "tcp", carriers: [carrier] } });
  expect(metas[0]).toMatchObject({ traceparent: expect.stringContaining(trace), tracestate: "vendor=1" });
});

it.each(["sdk", "old"])("a child of kind %s on a pipe is told the trace, and nothing without one", async (kind) => {
  const meta = async (seen: Traced | undefined) => {
    const given = seen?.given ?? untraced;
    const remote = await run({ command: execPath, args: [CHILD, kind] }, {}, undefined, given);
    onTestFinished(() => remote.close());
    await until(() => remote.names().length > 0, "the child has told its tools");
    return JSON.parse((await remote.call("remote_meta")).text) as Meta;
  };
  const seen = traced();
  expect((await meta(seen))["traceparent"]).toMatch(EXPECTED);
  expect(await outcomesOf(seen.metrics, "remote")).toEqual({ ok: 1 });
  expect(traceMembers(await meta(undefined))).toEqual([]);
});

describe("a call that brings no result", () => {
  it.each<[string, Answer, string, string]>([
    ["the tool fails", () => said("canary", { isError: true }), "tool_error", "tool_error"],
    [
      "the server has a code for it",
      () => {
        throw new ProtocolError(-32_602, "canary");
      },
      "tool_error",
      "-32602",
    ],
    ["the server is silent", () => new Promise(() => undefined), "timeout", "timeout"],
  ])("since %s fails its span, without the server's words", async (_what, answer, outcome, type) => {
    const seen = traced();
    const { call, count } = await open("sessions", answer, seen, { timeout_seconds: 1 });
    expect((await call("remote_echo")).isError).toBe(true);
    const { hasFailed, attributes } = seen.spans.one("tools/call echo");
    expect([hasFailed, attributes["error.type"]]).toEqual([true, type]);
    expect(await count()).toEqual({ [outcome]: 1 });
    expect(seen.spans.text()).not.toContain("canary");
  });

  it("since its caller hung up is told as that", async () => {
    const seen = traced();
    const { call, upstream, count } = await open("sessions", () => new Promise(() => undefined), seen);
    const stop = new AbortController();
    const answer = call("remote_echo", {}, { signal: stop.signal });
    await until(() => upstream.calls.length === 1, "the call arrives");
    stop.abort();
    expect((await answer).isError).toBe(true);
    await expect.poll(() => seen.spans.named("tools/call echo").length).toBe(1);
    expect(seen.spans.one("tools/call echo").attributes["error.type"]).toBe("aborted");
    expect(await count()).toEqual({ aborted: 1 });
  });

  it("since the server has gone counts as failed", async () => {
    const seen = traced();
    const { call, upstream, count } = await open("sessions", undefined, seen);
    await upstream.close();
    expect((await call("remote_echo")).isError).toBe(true);
    expect(seen.spans.one("tools/call echo").attributes["error.type"]).toBe("failed");
    expect(await count()).toEqual({ failed: 1 });
  });
});

it("a call that is asked again in a new session is one call, and its trace is the same both times", async () => {
  const seen = traced();
  const { call, upstream, metas, count } = await open("sessions", undefined, seen);
  await call("remote_echo");
  upstream.forget();
  expect((await call("remote_echo")).isError).toBe(false);
  expect(metas.map(({ traceparent }) => String(traceparent).split("-")[2])).toEqual(
    seen.spans.named("tools/call echo").map(({ spanId }) => spanId),
  );
  expect(await count()).toEqual({ ok: 2 });
});
