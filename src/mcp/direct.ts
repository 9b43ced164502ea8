// The short way for the plain tools/call, which is nearly all traffic: no SDK server, no web streams, a sixth of the CPU.
// It takes only impeccable requests that expect nothing before their answer; everything else goes through the SDK, and a
// test holds both ways to the same answer. A call that takes longer turns into an event stream with keep-alives.
import type { ServerResponse } from "node:http";
import { SERVER_INFO_META_KEY, SUPPORTED_PROTOCOL_VERSIONS, type Implementation } from "@modelcontextprotocol/server";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Caller } from "../core/context.ts";
import type { JsonObject } from "../core/json.ts";
import { present } from "../core/present.ts";
import type { Entry } from "../core/registry.ts";
import { toolResult } from "./result.ts";
import type { View } from "./view.ts";

const MODERN = "2026-07-28";
/** A quick tool that is not done by then gets a stream: proxies cut silent connections at 30 to 60 s. */
const STREAM_AFTER_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;

const Meta = z.strictObject({
  "io.modelcontextprotocol/protocolVersion": z.literal(MODERN),
  "io.modelcontextprotocol/clientInfo": z.looseObject({ name: z.string(), version: z.string() }),
  "io.modelcontextprotocol/clientCapabilities": z.record(z.string(), z.record(z.string(), z.unknown())),
});
const Call = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.int()]),
  method: z.literal("tools/call"),
  params: z.strictObject({
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    _meta: Meta.optional(),
  }),
});

export interface DirectCall {
  readonly id: string | number;
  readonly entry: Entry;
  readonly input: JsonObject;
  readonly abilities: JsonObject;
  readonly isModern: boolean;
}

/** The call, when it can be answered directly; undefined sends it through the SDK. */
export function readDirectCall(request: FastifyRequest, view: View): DirectCall | undefined {
  if (request.method !== "POST") return undefined;
  const { headers } = request;
  const parsed = Call.safeParse(request.body);
  if (!parsed.success) return undefined;
  const { id, params } = parsed.data;
  const isModern = params._meta !== undefined;
  const entry = view.registry.find(params.name);
  if (entry === undefined || entry.tool.long !== undefined || view.headerSchemas.has(params.name)) return undefined;
  const fits = isModern
    ? headers["mcp-protocol-version"] === MODERN &&
      headers["mcp-method"] === "tools/call" &&
      headers["mcp-name"] === params.name
    : acceptsBoth(headers.accept) && isKnownVersion(headers["mcp-protocol-version"]);
  if (!fits) return undefined;
  const abilities = params._meta?.["io.modelcontextprotocol/clientCapabilities"] ?? {};
  return { id, entry, input: params.arguments ?? {}, abilities, isModern };
}

const acceptsBoth = (accept = ""): boolean =>
  accept.includes("application/json") && accept.includes("text/event-stream");

const isKnownVersion = (version: string | string[] | undefined): boolean =>
  version === undefined || (typeof version === "string" && SUPPORTED_PROTOCOL_VERSIONS.includes(version));

export interface DirectOptions {
  readonly view: View;
  readonly caller: Caller;
  readonly info: Implementation;
  /** The session the call belongs to: its id is repeated to the client. */
  readonly sessionId: string | undefined;
  /** Fires when the client takes the call back by a notice. */
  readonly cancelled: AbortSignal | undefined;
}

/** Runs the call and answers it on a hijacked reply. False, with nothing written, when the tool asks the client first. */
export async function answerDirectly(call: DirectCall, reply: FastifyReply, options: DirectOptions): Promise<boolean> {
  const { view, caller } = options;
  reply.hijack();
  const { raw } = reply;
  const gone = new AbortController();
  raw.once("close", () => raw.writableFinished || gone.abort());
  options.cancelled?.addEventListener("abort", () => gone.abort(), { once: true });
  const stream = new LateStream(raw, options.sessionId);
  try {
    const { entry, input, abilities } = call;
    const outcome = await view.registry.call(entry.tool.name, input, {
      signal: gone.signal,
      caller,
      door: "mcp",
      abilities,
    });
    if (!outcome.ok && outcome.kind === "needs-input" && !stream.isOpen) return false;
    if (gone.signal.aborted || (!outcome.ok && outcome.kind === "needs-input")) stream.end();
    else stream.send(message(call, toolResult(present(entry, outcome, input, view.registry.budget)), options.info));
    return true;
  } finally {
    stream.stop();
  }
}

function message({ id, isModern }: DirectCall, result: JsonObject, info: Implementation): string {
  const era = isModern ? { resultType: "complete", _meta: { [SERVER_INFO_META_KEY]: info } } : {};
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

  /** An answer nobody waits for any more: a stream without a message. */
  end(): void {
    if (!this.isOpen) this.#open();
    this.#response.end();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #open(): void {
    this.isOpen = true;
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
