// The porch: two Fastify servers with the limits every door shares, and the probes. It knows no MCP and no module.
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from "fastify";
import { ServerResponse, type Server } from "node:http";
import type { Socket } from "node:net";
import { Denied } from "../core/denied.ts";
import type { JsonObject } from "../core/json.ts";
import { guardEdges, pathOf, PROBES, type EdgeOptions } from "./edges.ts";
import { targetOf } from "./request-shape.ts";
import { lingerAfterRefusals } from "./linger.ts";
import { cutSlowReaders } from "./slow-readers.ts";

export type State = "starting" | "ready" | "draining";

export interface PorchOptions extends EdgeOptions {
  readonly log: FastifyBaseLogger;
  readonly maxRequestBytes: number;
  /** Whose X-Forwarded-For counts. */
  readonly trustProxy: boolean | readonly string[];
  /** Who may read /metrics on the main port. @throws Denied */
  readonly admitToMetrics: (request: FastifyRequest) => Promise<unknown>;
  readonly state: () => State;
  /** False makes /ready answer 503 although the hub serves. */
  readonly isReady: () => Promise<boolean>;
  readonly health: () => JsonObject;
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
  /** Told of each request to a probe's path. */
  readonly onProbe: (method: string, path: string) => void;
}

/** The main server: guarded edges, probes, and a place for the doors' routes. */
export function createPorch(options: PorchOptions, withMetrics: boolean): FastifyInstance {
  const app = newServer(options);
  cutSlowReaders(app);
  lingerAfterRefusals(app);
  guardEdges(app, options);
  refuseWhileDraining(app, options.state);
  addProbes(app, options, withMetrics, options.admitToMetrics);
  app.get("/", async (_request, reply) => reply.type("text/plain").send(WELCOME));
  return app;
}

/** The server on HEALTH_METRICS_PORT: probes and metrics, nothing else, no authentication. */
export function createProbePorch(options: PorchOptions): FastifyInstance {
  const app = newServer(options);
  addProbes(app, options, true, undefined);
  return app;
}

const WELCOME = `This is ops-hub. Point an MCP client at /mcp (or /mcp/<module>, or /sse for older ones).
Health: /health   Readiness: /ready
`;

function newServer({ log, maxRequestBytes, trustProxy }: PorchOptions): FastifyInstance {
  const settings: FastifyHttpOptions<Server> = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger, // nobody writes lines of a single request
    bodyLimit: maxRequestBytes,
    trustProxy: typeof trustProxy === "boolean" ? trustProxy : [...trustProxy],
    rewriteUrl: ({ url = "/" }) => pathIn(url),
    frameworkErrors: refusePath,
    routerOptions: { ignoreTrailingSlash: true },
    keepAliveTimeout: 72_000, // longer than a load balancer's 60 s, so that it is the one who closes
    forceCloseConnections: true,
    // Node swaps the two limits when headersTimeout exceeds requestTimeout, and Fastify overwrites what `http` says of
    // the second (with 0, no limit): so both are set, each where it counts.
    requestTimeout: 20_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    clientErrorHandler: (error, socket) => {
      const status = STATUS_OF_CLIENT_ERROR[error.code] ?? "400 Bad Request";
      if (socket.writable && !isAnswering(socket)) socket.end(rawRefusal(status));
      else socket.destroy();
    },
  };
  const app = Fastify(settings);
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({
      detail: "Not Found",
      error: "not found",
      hint: `nothing is at ${pathOf(request).slice(0, 100)}; MCP is at /mcp`,
    }),
  );
  return app;
}

function refusePath(_error: unknown, _request: unknown, reply: FastifyReply): void {
  void reply.code(400).send({ detail: "Bad Request", error: "bad request", hint: "the path is no valid URL path" });
}

/** Of a whole URL in the request line its path; that it names us is for the edges to see. */
function pathIn(url: string): string {
  const target = url.startsWith("/") ? undefined : targetOf(url);
  return target === undefined ? url : target.pathname + target.search;
}

const STATUS_OF_CLIENT_ERROR: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Has an answer begun on this socket? Then a refusal would land in its middle. */
function isAnswering(socket: Socket): boolean {
  const response: unknown = "_httpMessage" in socket ? socket._httpMessage : undefined;
  return response instanceof ServerResponse && response.headersSent;
}

function rawRefusal(status: string): string {
  const body = JSON.stringify({ jsonrpc: "2.0", error: { code: -32_000, message: status }, id: null });
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

function refuseWhileDraining(app: FastifyInstance, state: () => State): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (state() !== "draining" || PROBES.includes(pathOf(request))) return done();
    const body = { jsonrpc: "2.0", error: { code: -32_000, message: "the hub is stopping; try again" }, id: null };
    return reply.code(503).headers({ "retry-after": "5", connection: "close" }).send(body);
  });
}

function addProbes(
  app: FastifyInstance,
  options: PorchOptions,
  withMetrics: boolean,
  admit: PorchOptions["admitToMetrics"] | undefined,
): void {
  const onRequest: onRequestHookHandler = (request, _reply, done) => {
    options.onProbe(request.method, pathOf(request));
    done();
  };
  app.get("/health", { onRequest }, async () => options.health());
  app.get("/ready", { onRequest }, async (_request, reply) => {
    const state = options.state();
    const status = state === "ready" && !(await options.isReady()) ? "not ready" : state;
    return reply.code(status === "ready" ? 200 : 503).send({ status });
  });
  if (!withMetrics) return;
  app.get("/metrics", { onRequest, errorHandler: sendDenied(options) }, async (request, reply) => {
    await admit?.(request);
    const { contentType, text } = await options.metrics();
    return reply.type(contentType).send(text);
  });
}

const sendDenied =
  ({ audit }: PorchOptions) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    if (!(error instanceof Denied)) throw error;
    const { status, headers, message: reason } = error;
    audit.refused({ door: "http", route: `${request.method} /metrics`, status, reason, address: request.ip });
    void reply.code(status).headers(headers).send({ detail: reason });
  };
