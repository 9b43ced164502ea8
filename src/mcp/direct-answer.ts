// Answers what direct.ts let through, without the SDK: one JSON body, or a stream kept alive when a call takes longer.
import type { ServerResponse } from "node:http";
import { SERVER_INFO_META_KEY, type Implementation } from "@modelcontextprotocol/server";
import type { FastifyReply } from "fastify";
import type { Caller } from "../core/caller.ts";
import type { JsonObject } from "../core/json.ts";
import { clientIn } from "./call.ts";
import { carrierIn } from "../core/trail.ts";
import { MODERN, type DirectCall, type DirectList } from "./direct.ts";
import type { RequestHeaders } from "./request-headers.ts";
import { toolResult } from "./result.ts";
import { LISTS } from "./server.ts";
import type { View } from "./view.ts";

/** A quick tool that is not done by then gets a stream: proxies cut silent connections at 30 to 60 s. */
const STREAM_AFTER_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;

/** Answers tools/list from the view's ready-made text, on a hijacked reply. */
export function answerList(list: DirectList, reply: FastifyReply, { view, info, sessionId }: DirectOptions): void {
  reply.hijack();
  const era = list.isModern
    ? `,${JSON.stringify({ resultType: "complete", ...LISTS, _meta: serverMeta(info) }).slice(1, -1)}`
    : "";
  const json = `{"result":{"tools":${view.toolsJson}${era}},"jsonrpc":"2.0","id":${JSON.stringify(list.id)}}`;
  const stream = new LateStream(reply.raw, sessionId);
  stream.send(json);
  stream.stop();
}

const serverMeta = (info: Implementation) => ({ [SERVER_INFO_META_KEY]: info });

export interface DirectOptions {
  readonly view: View;
  readonly caller: Caller;
  readonly headers: RequestHeaders;
  readonly info: Implementation;
  /** The session the call belongs to: its id is repeated to the client. */
  readonly sessionId: string | undefined;
  /** How the session's client called itself. */
  readonly named: object | undefined;
  /** The protocol's version that the session agreed on. */
  readonly version: string | undefined;
  /** Fires when the client takes the call back by a notice. */
  readonly cancelled: AbortSignal | undefined;
}

/** Runs a call and answers it, on a hijacked reply. */
export async function answerCall(call: DirectCall, reply: FastifyReply, options: DirectOptions): Promise<void> {
  const { view, caller } = options;
  const { entry, input, abilities } = call;
  reply.hijack();
  const { raw } = reply;
  const gone = new AbortController();
  raw.once("close", () => raw.writableFinished || gone.abort());
  options.cancelled?.addEventListener("abort", () => gone.abort(), { once: true });
  const stream = new LateStream(raw, options.sessionId);
  try {
    const client = clientIn(call.client ?? options.named, options.sessionId);
    const { current: headers, trace } = options.headers;
    const carriers = [carrierIn(call.meta ?? {}), trace];
    const version = call.isModern ? MODERN : options.version;
    const origin = { requestId: String(call.id), transport: "tcp" as const, version, carriers };
    const request = { signal: gone.signal, caller, door: "mcp" as const, abilities, client, headers, origin };
    const outcome = await view.registry.call(entry.tool.name, input, request);
    if (!outcome.ok && outcome.kind === "needs-input") throw new Error(`${entry.tool.name} asks and does not say so`);
    if (gone.signal.aborted) stream.end();
    else stream.send(message(call, toolResult(view.registry.present(entry, outcome, input)), options.info));
  } finally {
    stream.stop();
  }
}

function message({ id, isModern }: DirectCall, result: JsonObject, info: Implementation): string {
  const era = isModern ? { resultType: "complete", _meta: serverMeta(info) } : {};
  return JSON.stringify({ result: { ...result, ...era }, jsonrpc: "2.0", id });
}

/** A response that is one JSON body when it comes soon, and an event stream kept alive when it does not. */
class LateStream {
  readonly #response: ServerResponse;
  readonly #headers: Record<string, string>;
  #timer: NodeJS.Timeout;
  isOpen = false;

  constructor(response: ServerResponse, sessionId: string | undefined) {
    this.#response = response;
    this.#headers = sessionId === undefined ? {} : { "mcp-session-id": sessionId };
    this.#timer = setTimeout(() => this.#open(), STREAM_AFTER_MS);
  }

  send(json: string): void {
    if (this.isOpen) {
      this.#response.end(`event: message\ndata: ${json}\n\n`);
      return;
    }
    const length = String(Buffer.byteLength(json));
    this.#response.writeHead(200, { ...this.#headers, "content-type": "application/json", "content-length": length });
    this.#response.end(json);
  }

  /** An answer nobody waits for any more: a stream without a message, or nothing when the client has gone. */
  end(): void {
    if (this.#response.destroyed) return;
    if (!this.isOpen) this.#open();
    this.#response.end();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #open(): void {
    this.isOpen = true;
    clearTimeout(this.#timer);
    this.#response.writeHead(200, {
      ...this.#headers,
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    this.#beat();
  }

  #beat(): void {
    if (!this.#response.writable) return;
    this.#response.write(": keepalive\n\n");
    this.#timer = setTimeout(() => this.#beat(), KEEP_ALIVE_MS);
  }
}
