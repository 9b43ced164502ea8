// The MCP paths: /mcp and /mcp/<module>, with /sse and /messages beside each. The view is in the URL alone.
import type { Implementation } from "@modelcontextprotocol/server";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import type { Caller } from "../core/caller.ts";
import { Denied } from "../core/denied.ts";
import type { InFlight } from "../core/in-flight.ts";
import { isObject } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import { Refusal, checkDepth, sendError } from "./errors.ts";
import { LegacySse } from "./legacy-sse.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { ServerFactory } from "./server.ts";
import { Sessions } from "./sessions.ts";
import { StreamSlots } from "./slots.ts";
import { Streamable, isListening } from "./streamable.ts";
import type { View } from "./view.ts";
import type { Views } from "./views.ts";

export interface McpOptions {
  readonly views: Views;
  readonly makeServer: ServerFactory;
  readonly info: Implementation;
  readonly log: Log;
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly stateless: boolean;
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
  readonly maxSseClients: number;
  /** What a proxy strips from the path, for example `/ops`; empty without one. */
  readonly publicPath: string;
  readonly headers: RequestHeaders;
  readonly doorkeeper: Doorkeeper;
}

/** Who may come in and how often; its methods throw Denied. */
export interface Doorkeeper {
  /** Asked before the body is read. */
  admit(request: FastifyRequest): Promise<Caller>;
  /** Is the caller of an open session or stream still welcome? */
  isStill(caller: Caller): Promise<boolean>;
  /** Counts tool calls before they begin. */
  countCalls(caller: Caller, calls: number): Promise<void>;
  /** One open stream; the function it gives ends it. */
  takeStream(caller: Caller): () => void;
  /** Told of every request that one of these refused. */
  onRefused(request: FastifyRequest, denied: Denied, caller: Caller | undefined): void;
}

/** An open stream outlives its caller's rights by at most this. */
const RECHECK_EVERY_MS = 5_000;

export interface McpDoor {
  /** Adds the routes to the porch. */
  readonly routes: (app: FastifyInstance) => void;
  readonly counts: () => { sessions: number; streams: number };
  /** The views have other tools now. */
  readonly tellToolsChanged: () => void;
  /** Ends the sessions and streams of callers who are no longer welcome, as happens every few seconds by itself. */
  readonly recheck: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const Path = z.object({ module: z.string().optional() });
const Query = z.object({ modules: z.string().optional(), readonly: z.string().optional() });

export function createMcpDoor(options: McpOptions): McpDoor {
  const { makeServer, clock, log, headers, doorkeeper } = options;
  const streams = new StreamSlots(options.maxSseClients, (caller) => doorkeeper.takeStream(caller));
  const sessions = options.stateless
    ? undefined
    : new Sessions({ makeServer, clock, maxSessions: options.maxSessions, idleMs: options.sessionIdleMs });
  const streamable = new Streamable({ makeServer, info: options.info, sessions, streams, log, headers });
  const sse = new LegacySse({ makeServer, streams });

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (request.method === "TRACE") throw methodNotAllowed("POST"); // no Request of fetch can be one: the SDK would fail
    if (request.method === "GET" && request.headers.accept?.includes("text/html") === true)
      throw new Refusal(405, -32_000, NO_PAGE, { allow: "POST" });
    const caller = callerOf(request);
    const view = viewOf(request, options.views, caller);
    if (request.method === "POST" && request.body === undefined) throw new Refusal(400, -32_700, "the body is empty");
    checkDepth(request.body);
    await doorkeeper.countCalls(caller, callsIn(request.body));
    if (isExchange(request)) reply.raw.once("close", options.inFlight.enter());
    await headers.during(request, () => streamable.serve(request, reply, view, caller));
  };
  const openSse = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const caller = callerOf(request);
    const view = viewOf(request, options.views, caller);
    await sse.open(reply, view, caller, messagesPath(request, options.publicPath));
  };
  const postSse = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const caller = callerOf(request);
    const view = viewOf(request, options.views, caller);
    checkDepth(request.body);
    await doorkeeper.countCalls(caller, callsIn(request.body));
    await headers.during(request, () => sse.post(request, reply, view, caller));
  };
  const recheck = (): Promise<void> => {
    const open = new Set([...streams.callers, ...(sessions?.callers ?? [])]);
    return endUnwelcome([...open], doorkeeper, (isUnwelcome) => {
      streams.end(isUnwelcome);
      sessions?.end(isUnwelcome);
    });
  };
  const rechecks = setInterval(() => void recheck(), RECHECK_EVERY_MS).unref();

  return {
    routes: (app) => {
      void app.register(async (scope) => {
        scope.decorateRequest("caller", null);
        scope.removeContentTypeParser("text/plain");
        scope.setErrorHandler((error: FastifyError, request, reply) => {
          if (error instanceof Denied) doorkeeper.onRefused(request, error, knownCaller(request));
          sendError(error, request, reply);
        });
        scope.addHook("onRequest", async (request) => {
          // Python's client ends its session with a DELETE that says it is JSON and has no body.
          if (request.method === "DELETE" && !hasBody(request)) delete request.headers["content-type"];
          request.setDecorator("caller", await doorkeeper.admit(request));
        });
        for (const base of ["", "/mcp", "/mcp/:module"]) {
          if (base !== "") scope.all(base, serve);
          scope.all(`${base}/sse`, only("GET", openSse));
          scope.all(`${base}/messages`, only("POST", postSse));
        }
      });
    },
    recheck,
    counts: () => ({ sessions: sessions?.count ?? 0, streams: streams.count }),
    tellToolsChanged: () => {
      streamable.tellToolsChanged();
      sessions?.tellToolsChanged();
      sse.tellToolsChanged();
    },
    close: async () => {
      clearInterval(rechecks);
      await streamable.close();
      sessions?.close();
      sse.close();
    },
  };
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Refuses other methods as /mcp does: clients that try streamable HTTP first go on to SSE at a 405. */
const only =
  (method: string, handler: Handler): Handler =>
  async (request, reply) => {
    if (request.method !== method) throw methodNotAllowed(method);
    await handler(request, reply);
  };

/** For the person who looks there with a browser first. */
const NO_PAGE = "this is an MCP endpoint and no page: give its address to an MCP client, such as Cursor or Claude Code";

const methodNotAllowed = (allow: string): Refusal => new Refusal(405, -32_000, "Method not allowed.", { allow });

/** Undefined before the doorkeeper has let the request in. */
const knownCaller = (request: FastifyRequest): Caller | undefined =>
  request.getDecorator<Caller | null>("caller") ?? undefined;

function callerOf(request: FastifyRequest): Caller {
  const caller = knownCaller(request);
  if (caller === undefined) throw new Error("a request came past the doorkeeper");
  return caller;
}

async function endUnwelcome(
  callers: readonly Caller[],
  doorkeeper: Doorkeeper,
  end: (isUnwelcome: (caller: Caller) => boolean) => void,
): Promise<void> {
  const asked = await Promise.all(
    callers.map(async (caller) => ({ caller, isStill: await doorkeeper.isStill(caller) })),
  );
  const gone = new Set(asked.filter(({ isStill }) => !isStill).map(({ caller }) => caller));
  if (gone.size > 0) end((caller) => gone.has(caller));
}

/** The tool calls of a body, each of a batch. */
const callsIn = (body: unknown): number => (Array.isArray(body) ? body.filter(isCall).length : Number(isCall(body)));

const isCall = (message: unknown): boolean => isObject(message) && message["method"] === "tools/call";

function viewOf(request: FastifyRequest, views: Views, { rights }: Caller): View {
  const { module } = Path.parse(request.params);
  const query = Query.safeParse(request.query);
  if (!query.success) throw new Refusal(400, -32_600, "each of ?modules= and ?readonly= may stand once");
  const among = query.data.modules?.split(",").filter((name) => name !== "");
  const readOnly = ["", "true", "1"].includes(query.data.readonly ?? "false");
  return views.of({ module, among, readOnly }, rights);
}

/** A POST that ends by itself; a listening stream does not, and must not hold up a stop. */
function isExchange({ method, body }: FastifyRequest): boolean {
  return method === "POST" && !isListening(body);
}

/** The messages endpoint beside the stream, with the view's own query. */
function messagesPath(request: FastifyRequest, publicPath: string): string {
  const url = new URL(request.url, "http://hub");
  return `${publicPath}${url.pathname.replace(/\/sse\/?$/, "/messages")}${url.search}`;
}
