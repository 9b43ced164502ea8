// Every way by which a client can call a tool of a running hub, with the bytes in the test's hands.
import { request } from "node:http";
import { InMemoryTransport, type JSONRPCMessage } from "@modelcontextprotocol/server";
import { ANONYMOUS } from "../../src/core/caller.ts";
import type { RunningHub } from "../support/hub.ts";
import { initialize, LEGACY, legacy, meta, MODERN, send, until } from "../support/wire.ts";

export interface WayCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
  /** What goes into `_meta`. */
  readonly meta: Record<string, unknown>;
  /** Of the HTTP request, where there is one. */
  readonly headers: Record<string, string>;
}

export interface Called {
  /** The JSON-RPC answer. */
  readonly answer: { result?: Record<string, unknown>; error?: { code: number } };
  /** It came as one body with its length, which the SDK never tells. */
  readonly isDirect: boolean;
  readonly session?: string | undefined;
}

export interface Way {
  readonly call: (hub: RunningHub, call: WayCall) => Promise<Called>;
  /** The protocol's version that the hub can know. */
  readonly version: string | undefined;
  readonly transport: "tcp" | "pipe";
  readonly isDirect: boolean;
}

export const REQUEST_ID = "req-7";
/** Of the hub of traced-hub.ts. */
export const CALL: WayCall = { name: "query_instant", input: { promql: "up" }, meta: {}, headers: {} };
/** A progress token sends a call through the SDK. */
const VIA_SDK = { progressToken: "p" };

const message = ({ name, input }: WayCall, _meta: Record<string, unknown> | undefined) => ({
  jsonrpc: "2.0" as const,
  id: REQUEST_ID,
  method: "tools/call",
  params: { name, arguments: input, ...(_meta === undefined ? {} : { _meta }) },
});

const filled = (given: Record<string, unknown>) => (Object.keys(given).length === 0 ? undefined : given);

const modern =
  (more: Record<string, unknown>): Way["call"] =>
  async ({ url }, call) => {
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": MODERN,
      "mcp-method": "tools/call",
      "mcp-name": call.name,
      ...call.headers,
    };
    const body = message(call, { ...meta(), ...more, ...call.meta });
    const reply = await send(`${url}/mcp`, { headers, body });
    return { answer: reply.json, isDirect: reply.headers["content-length"] !== undefined };
  };

const old =
  (more: Record<string, unknown>, inSession: boolean): Way["call"] =>
  async ({ url }, call) => {
    const opened = inSession ? await legacy(`${url}/mcp`, initialize()) : undefined;
    const session = opened === undefined ? undefined : String(opened.headers["mcp-session-id"]);
    const headers = { ...call.headers, ...(session === undefined ? {} : { "mcp-session-id": session }) };
    const reply = await legacy(`${url}/mcp`, message(call, filled({ ...more, ...call.meta })), { headers });
    return { answer: reply.json, isDirect: reply.headers["content-length"] !== undefined, session };
  };

/** Opens the stream without any trace; the call's headers are those of its POST. */
const sse: Way["call"] = async ({ url }, call) => {
  const messages: (Called["answer"] & { id?: unknown })[] = [];
  let endpoint = "";
  const stream = request(`${url}/sse`, { agent: false }, (response) => {
    response.setEncoding("utf8").on("data", (chunk: string) => {
      endpoint ||= /^data: (\/\S+)$/m.exec(chunk)?.[1] ?? "";
      for (const [, json = ""] of chunk.matchAll(/^data: (\{.*\})$/gm)) messages.push(JSON.parse(json));
    });
    response.on("error", () => undefined);
  });
  stream.on("error", () => undefined).end();
  await until(() => endpoint !== "", "the endpoint");
  const post = (body: unknown, headers = {}) =>
    send(`${url}${endpoint}`, { headers: { "content-type": "application/json", ...headers }, body });
  await post(initialize());
  await post(message(call, filled(call.meta)), call.headers);
  const answered = () => messages.find(({ id }) => id === REQUEST_ID);
  await until(() => answered() !== undefined, "the answer");
  stream.destroy();
  return {
    answer: answered() ?? {},
    isDirect: false,
    session: new URL(endpoint, url).searchParams.get("sessionId") ?? "",
  };
};

/** As main.ts serves standard input and output. */
const pipe: Way["call"] = async ({ hub }, call) => {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const answers: JSONRPCMessage[] = [];
  ours.onmessage = (answer) => void answers.push(answer);
  const view = hub.views.of({ module: undefined, among: undefined, readOnly: false });
  const server = hub.makeServer(view, ANONYMOUS);
  await server.connect(theirs);
  await ours.start();
  await ours.send({ ...initialize(), jsonrpc: "2.0" });
  await until(() => answers.length === 1, "the greeting");
  await ours.send(message(call, filled(call.meta)));
  await until(() => answers.length === 2, "the answer");
  await server.close();
  const [, answer = {}] = answers;
  return { answer, isDirect: false };
};

const overHttp = (call: Way["call"], version: string | undefined, isDirect: boolean): Way => ({
  call,
  version,
  transport: "tcp",
  isDirect,
});

export const WAYS = {
  "2026, directly": overHttp(modern({}), MODERN, true),
  "2026, through the SDK": overHttp(modern(VIA_SDK), MODERN, false),
  "2025 without a session, directly": overHttp(old({}, false), undefined, true),
  "2025 without a session, through the SDK": overHttp(old(VIA_SDK, false), undefined, false),
  "2025 in a session, directly": overHttp(old({}, true), LEGACY, true),
  "2025 in a session, through the SDK": overHttp(old(VIA_SDK, true), LEGACY, false),
  "the event stream of 2024": overHttp(sse, LEGACY, false),
  "a pipe": { call: pipe, version: LEGACY, transport: "pipe", isDirect: false },
} satisfies Record<string, Way>;
