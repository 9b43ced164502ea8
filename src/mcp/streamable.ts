// The streamable HTTP endpoint: 2026-era exchanges, 2025-era sessions, and 2025-era calls without a session.
import { toNodeHandler, type NodeMcpRequestHandler } from "@modelcontextprotocol/node";
import {
  classifyInboundRequest,
  createMcpHandler,
  isInitializeRequest,
  type Implementation,
  type McpHttpHandler,
} from "@modelcontextprotocol/server";
import type { FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { Caller } from "../core/caller.ts";
import { isObject } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import { isLong } from "../core/tool.ts";
import { answerCall, answerList, type DirectOptions } from "./direct-answer.ts";
import { readDirect, type DirectCall, type DirectList } from "./direct.ts";
import { INTERNAL_ERROR, Refusal, SESSION_NOT_FOUND } from "./errors.ts";
import type { ServerFactory } from "./server.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { StreamSlots } from "./slots.ts";
import type { View } from "./view.ts";

export interface StreamableOptions {
  readonly makeServer: ServerFactory;
  readonly info: Implementation;
  /** Undefined: no sessions (STATELESS). */
  readonly sessions: Sessions | undefined;
  readonly streams: StreamSlots;
  readonly log: Log;
  readonly headers: RequestHeaders;
}

/** The handlers of one view: `long` opens its stream at once, so that proxies see bytes during a five-minute command. */
interface Handlers {
  readonly quick: NodeMcpRequestHandler;
  readonly long: NodeMcpRequestHandler;
  readonly both: readonly McpHttpHandler[];
}

export class Streamable {
  /** One entry a view. */
  readonly #handlers = new LRUCache<string, Handlers>({ max: 512, dispose: (handlers) => void closeAll(handlers) });
  readonly #options: StreamableOptions;

  constructor(options: StreamableOptions) {
    this.#options = options;
  }

  /** Answers one request on a hijacked reply. Throws a Refusal before anything is written. */
  async serve(request: FastifyRequest, reply: FastifyReply, view: View, caller: Caller): Promise<void> {
    const { raw: req, body } = request;
    const direct = readDirect(request, view);
    const isLegacy = direct === undefined ? isLegacyRequest(request) : !direct.isModern;
    const { sessions } = this.#options;
    const session = isLegacy ? this.#sessionOf(request, view, caller) : undefined;
    if (direct !== undefined && session?.wantsLogs !== true) {
      return this.#answerDirectly(direct, reply, view, caller, session);
    }
    if (session !== undefined && sessions !== undefined) {
      if (request.method === "GET") this.#options.streams.take(reply.raw, caller, () => session.caller);
      return this.#answer(reply, () => sessions.serve(session, req, reply.raw, body));
    }
    if (isLegacy && sessions !== undefined && isInitializeRequest(body)) {
      sessions.makeRoom();
      return this.#answer(reply, () => sessions.open(view, caller, req, reply.raw, body));
    }
    if (isListening(body)) this.#options.streams.take(reply.raw, caller);
    const { quick, long } = this.#handlersOf(view);
    const authInfo = { token: "", clientId: caller.id, scopes: [], extra: { caller } };
    const handle = isLongCall(view, body) ? long : quick;
    return this.#answer(reply, () => handle(Object.assign(req, { auth: authInfo }), reply.raw, body));
  }

  /** The session that a 2025-era request names. Throws Refusal(404) when it is not there for this caller and view. */
  #sessionOf({ headers }: FastifyRequest, view: View, caller: Caller): Session | undefined {
    const id = headers["mcp-session-id"];
    if (this.#options.sessions === undefined || typeof id !== "string") return undefined;
    const session = this.#options.sessions.find(id, view, caller);
    if (session === undefined) throw new Refusal(404, SESSION_NOT_FOUND, "session not found; initialize again");
    return session;
  }

  async #answerDirectly(
    direct: DirectCall | DirectList,
    reply: FastifyReply,
    view: View,
    caller: Caller,
    session: Session | undefined,
  ): Promise<void> {
    const { info, sessions, headers } = this.#options;
    const named = session?.mcp.server.getClientVersion();
    const version = session?.mcp.server.getNegotiatedProtocolVersion();
    const options = { view, caller, headers, info, sessionId: session?.transport.sessionId, named, version };
    if (session === undefined || sessions === undefined) {
      return this.#answer(reply, () => answer(direct, reply, { ...options, cancelled: undefined }));
    }
    const { signal, leave } = sessions.enter(session, direct.id, reply.raw);
    return this.#answer(reply, () => answer(direct, reply, { ...options, cancelled: signal }).finally(leave));
  }

  /** Lets `work` write the reply itself; if that fails, nobody is left waiting. */
  async #answer(reply: FastifyReply, work: () => Promise<void>): Promise<void> {
    reply.hijack();
    try {
      await work();
    } catch (error) {
      this.#options.log.error({ err: error }, "an MCP exchange failed");
      if (reply.raw.headersSent) reply.raw.destroy();
      else reply.raw.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify(INTERNAL_ERROR));
    }
  }

  /** Ends listening streams with a last word and aborts what still runs. */
  async close(): Promise<void> {
    await Promise.all([...this.#handlers.values()].map(closeAll));
  }

  tellToolsChanged(): void {
    for (const { both } of this.#handlers.values()) for (const handler of both) handler.notify.toolsChanged();
  }

  #handlersOf(view: View): Handlers {
    const known = this.#handlers.get(view.key);
    if (known !== undefined) return known;
    const make = (responseMode: "auto" | "sse") =>
      createMcpHandler(({ authInfo }) => this.#options.makeServer(view, callerIn(authInfo?.extra)), {
        responseMode,
        maxSubscriptions: this.#options.streams.max,
        onerror: (error) => this.#options.log.debug({ err: error }, "an MCP exchange was refused"),
      });
    const both = [make("auto"), make("sse")] as const;
    const handlers = { quick: toNodeHandler(both[0]), long: toNodeHandler(both[1]), both };
    this.#handlers.set(view.key, handlers);
    return handlers;
  }
}

async function answer(direct: DirectCall | DirectList, reply: FastifyReply, options: DirectOptions): Promise<void> {
  if (direct.method === "tools/call") await answerCall(direct, reply, options);
  else answerList(direct, reply, options);
}

function isLegacyRequest(request: FastifyRequest): boolean {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" ? { value } : {};
  };
  const { value: version } = header("mcp-protocol-version");
  const { value: method } = header("mcp-method");
  const { value: name } = header("mcp-name");
  const outcome = classifyInboundRequest({
    httpMethod: request.method,
    body: request.body,
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
    ...(name === undefined ? {} : { mcpNameHeader: name }),
  });
  return outcome.kind === "legacy";
}

/** A call that may be silent for long. One that asks for progress gets its stream at once, too. */
function isLongCall(view: View, body: unknown): boolean {
  if (!isObject(body) || body["method"] !== "tools/call" || !isObject(body["params"])) return false;
  const { name, arguments: input, _meta: meta } = body["params"];
  const entry = typeof name === "string" ? view.registry.find(name) : undefined;
  if (entry === undefined) return false;
  return isLong(entry.tool, isObject(input) ? input : {}) || (isObject(meta) && meta["progressToken"] !== undefined);
}

const closeAll = ({ both }: Handlers) => Promise.all(both.map((handler) => handler.close()));

function callerIn(extra: unknown): Caller {
  const caller = isObject(extra) ? extra["caller"] : undefined;
  if (isCaller(caller)) return caller;
  throw new Error("an exchange reached the server without its caller");
}

const isCaller = (value: unknown): value is Caller =>
  isObject(value) && typeof value["id"] === "string" && isObject(value["rights"]);

/** A stream that stays open for notices. */
export const isListening = (body: unknown): boolean => isObject(body) && body["method"] === "subscriptions/listen";
