// A Prometheus for machines without one: replays a captured day for the queries it knows, and is as strict as Prometheus 2.42 about
// methods, forms, paths and parameters.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../core/clock.ts";
import { listenOnLoopback, type Listening } from "./loopback.ts";
import type { Capture } from "./replay/capture.ts";
import { Discovery } from "./replay/discovery.ts";
import { readForm } from "./replay/form.ts";
import { ApiError } from "./replay/parameters.ts";
import { Queries } from "./replay/queries.ts";

type Answer = (parameters: URLSearchParams, now: number) => unknown;

interface Endpoint {
  readonly answer: Answer;
  /** POST forms are taken too. */
  readonly form?: boolean;
  /** Says so when the form cannot be read; the others go on without it, as in Prometheus. */
  readonly complains?: boolean;
}

const VALUES = /^\/api\/v1\/label\/([^/]*)\/values$/;
const PROBES = new Map([
  ["/-/healthy", "Prometheus Server is Healthy.\n"],
  ["/-/ready", "Prometheus Server is Ready.\n"],
]);

export async function startStandIn({ capture, clock }: { capture: Capture; clock: Clock }): Promise<Listening> {
  const endpoints = makeEndpoints(capture);
  const server = createServer((request, response) => {
    serve(endpoints, clock, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  return listenOnLoopback(server);
}

function makeEndpoints(capture: Capture): (path: string) => Endpoint | undefined {
  const queries = new Queries(capture);
  const discovery = new Discovery(capture, queries);
  const fixed = new Map<string, Endpoint>([
    ["query", { answer: (parameters, now) => queries.instant(parameters, now), form: true }],
    ["query_range", { answer: (parameters, now) => queries.range(parameters, now), form: true }],
    ["format_query", { answer: (parameters) => queries.format(parameters), form: true }],
    ["query_exemplars", { answer: (parameters, now) => discovery.exemplars(parameters, now), form: true }],
    ["labels", { answer: (parameters, now) => discovery.labels(parameters, now), form: true, complains: true }],
    ["series", { answer: (parameters, now) => discovery.series(parameters, now), form: true, complains: true }],
    ["metadata", { answer: (parameters) => discovery.metadata(parameters) }],
    ["targets", { answer: (parameters, now) => discovery.targets(parameters, now) }],
    ["rules", { answer: (parameters, now) => discovery.rules(parameters, now) }],
    ["alerts", { answer: (_, now) => discovery.alerts(now) }],
    ["status/tsdb", { answer: (_, now) => discovery.tsdb(now) }],
    ["status/buildinfo", { answer: () => discovery.buildinfo() }],
  ]);
  return (path) => {
    const label = VALUES.exec(path)?.[1];
    if (label === undefined) return fixed.get(path.replace(/^\/api\/v1\//, ""));
    return { answer: (parameters, now) => discovery.values(unescaped(label), parameters, now) };
  };
}

async function serve(
  find: (path: string) => Endpoint | undefined,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? "/", "http://loopback");
  const probe = PROBES.get(pathname);
  const endpoint = pathname.startsWith("/api/v1/") ? find(pathname) : undefined;
  const methods = ["GET", ...(endpoint?.form ? ["POST"] : [])];
  const isAllowed = methods.includes(request.method ?? "");
  if (probe === undefined && endpoint === undefined) return plain(response, 404, "404 page not found\n");
  if (!isAllowed) {
    response.setHeader("allow", ["GET", "OPTIONS", ...methods.slice(1)].join(", "));
    return plain(response, 405, "Method Not Allowed\n");
  }
  if (endpoint === undefined) return plain(response, 200, probe ?? "");
  const form = await readForm(request, search.slice(1));
  try {
    if (form.problem !== undefined && endpoint.complains) {
      throw new ApiError(`error parsing form values: ${form.problem}`);
    }
    json(response, 200, { status: "success", data: endpoint.answer(form.parameters, clock.now()) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    json(response, error.status, { status: "error", errorType: error.errorType, error: error.message });
  }
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  response.end(text);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
