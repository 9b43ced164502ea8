// The MCP paths: /mcp and /mcp/<module>, with /sse and /messages beside each. The view is in the URL alone.
import type { Implementation } from "@modelcontextprotocol/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import type { Caller } from "../core/context.ts";
import type { InFlight } from "../core/in-flight.ts";
import { isObject } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import { Refusal, checkDepth, sendError } from "./errors.ts";
import { LegacySse } from "./legacy-sse.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { ServerFactory } from "./server.ts";
import { Sessions } from "./sessions.ts";
import { StreamSlots } from "./slots.ts";
import { Streamable } from "./streamable.ts";
import type { View, Views } from "./view.ts";

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
  readonly callerOf: (request: FastifyRequest) => Caller;
}

export interface McpDoor {
  /** Adds the routes to the porch. */
  readonly routes: (app: FastifyInstance) => void;
  readonly counts: () => { sessions: number; streams: number };
  readonly close: () => Promise<void>;
}

const Path = z.object({ module: z.string().optional() });
const Query = z.object({ modules: z.string().optional(), readonly: z.string().optional() });

export function createMcpDoor(options: McpOptions): McpDoor {
  const { makeServer, clock, log, headers } = options;
  const streams = new StreamSlots(options.maxSseClients);
  const sessions = options.stateless
    ? undefined
    : new Sessions({ makeServer, clock, maxSessions: options.maxSessions, idleMs: options.sessionIdleMs });
  const streamable = new Streamable({ makeServer, info: options.info, sessions, streams, log, headers });
  const sse = new LegacySse({ makeServer, streams });

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const view = viewOf(request, options.views);
    if (request.method === "POST" && request.body === undefined) throw new Refusal(400, -32_700, "the body is empty");
    checkDepth(request.body);
    if (isExchange(request)) reply.raw.once("close", options.inFlight.enter());
    await headers.during(request, () => streamable.serve(request, reply, view, options.callerOf(request)));
  };
  const openSse = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const view = viewOf(request, options.views);
    await sse.open(reply, view, options.callerOf(request), messagesPath(request, options.publicPath));
  };
  const postSse = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const view = viewOf(request, options.views);
    checkDepth(request.body);
    await headers.during(request, () => sse.post(request, reply, view, options.callerOf(request)));
  };

  return {
    routes: (app) => {
      void app.register(async (scope) => {
        scope.removeContentTypeParser("text/plain");
        scope.setErrorHandler(sendError);
        for (const base of ["", "/mcp", "/mcp/:module"]) {
          if (base !== "") scope.all(base, serve);
          scope.all(`${base}/sse`, only("GET", openSse));
          scope.all(`${base}/messages`, only("POST", postSse));
        }
      });
    },
    counts: () => ({ sessions: sessions?.count ?? 0, streams: streams.count }),
    close: async () => {
      await streamable.close();
      sessions?.close();
      sse.close();
    },
  };
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Refuses other methods as /mcp does: clients that try streamable HTTP first go on to SSE at a 405. */
const only =
  (method: string, handler: Handler): Handler =>
  async (request, reply) => {
    if (request.method !== method) throw new Refusal(405, -32_000, "Method not allowed.", { allow: method });
    await handler(request, reply);
  };

function viewOf(request: FastifyRequest, views: Views): View {
  const { module } = Path.parse(request.params);
  const query = Query.safeParse(request.query);
  if (!query.success) throw new Refusal(400, -32_600, "each of ?modules= and ?readonly= may stand once");
  return views({
    module,
    among: query.data.modules?.split(",").filter((name) => name !== ""),
    readOnly: ["", "true", "1"].includes(query.data.readonly ?? "false"),
  });
}

/** A POST that ends by itself; a listening stream does not, and must not hold up a stop. */
function isExchange({ method, body }: FastifyRequest): boolean {
  return method === "POST" && !(isObject(body) && body["method"] === "subscriptions/listen");
}

/** The messages endpoint beside the stream, with the view's own query. */
function messagesPath(request: FastifyRequest, publicPath: string): string {
  const url = new URL(request.url, "http://hub");
  return `${publicPath}${url.pathname.replace(/\/sse\/?$/, "/messages")}${url.search}`;
}
