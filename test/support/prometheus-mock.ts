// A Prometheus to script, on loopback: as strict as the real 2.42 about methods, paths, forms and times. What is not scripted
// answers as an empty Prometheus does.
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttps, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { text as readText } from "node:stream/consumers";

export interface MockRequest {
  method: string;
  /** Below the prefix, still encoded, with its leading slash: `/api/v1/query`. */
  path: string;
  /** The URL's query and, behind it, the form. */
  params: URLSearchParams;
  /** The URL's query alone. */
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
  /** True once the client has hung up before the reply was complete. */
  aborted: boolean;
  signal: AbortSignal;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** Waits this long before it answers, unless the client hangs up. */
  delayMs?: number;
  /** Sends the head and the body, then cuts the connection. */
  cut?: boolean;
  /** Cuts the connection without an answer. */
  reset?: boolean;
}

export type Handler = Reply | ((request: MockRequest) => Reply | Promise<Reply>);

export interface PrometheusMock {
  /** With the prefix, without a trailing slash. */
  url: string;
  requests: MockRequest[];
  /** Answers `path` (with or without its leading slash) so from now on; also makes unknown paths known. */
  on(path: string, handler: Handler): void;
  /** How many connections were ever opened. */
  connections(): number;
  close(): Promise<void>;
}

export interface MockOptions {
  /** As `--web.external-url=http://host/prom/`: everything else is 404. */
  prefix?: string;
  tls?: ServerOptions;
}

const TAKES_FORMS = /^\/api\/v1\/(query|query_range|query_exemplars|format_query|labels|series)$/;
const GET_ONLY =
  /^\/api\/v1\/(label\/[^/]+\/values|metadata|targets|targets\/metadata|rules|alerts|alertmanagers|scrape_pools|status\/(buildinfo|tsdb|config|flags|runtimeinfo|walreplay))$/;

/** Starts it on a free port. */
export async function startPrometheusMock({ prefix = "", tls }: MockOptions = {}): Promise<PrometheusMock> {
  const handlers = new Map<string, Handler>();
  const requests: MockRequest[] = [];
  const listener: RequestListener = (incoming, response) => {
    void serve(incoming, response, prefix, requests, handlers).catch(() => response.destroy());
  };
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  let connections = 0;
  server.on("connection", () => void (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}${prefix}`,
    requests,
    on: (path, handler) => void handlers.set(path.replace(/^\/?/, "/"), handler),
    connections: () => connections,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  prefix: string,
  requests: MockRequest[],
  handlers: Map<string, Handler>,
): Promise<void> {
  const request = await receive(incoming, response, prefix);
  requests.push(request);
  const url = new URL(incoming.url ?? "/", "http://mock");
  const isBelow = url.pathname.startsWith(`${prefix}/`);
  const handler = handlers.get(request.path);
  const refusal = isBelow ? refuse(request, handler !== undefined) : NOT_FOUND;
  const scripted = handler ?? emptyReply(request.path);
  const reply = refusal ?? (typeof scripted === "function" ? await scripted(request) : scripted);
  await send(response, reply, request.signal);
}

async function receive(incoming: IncomingMessage, response: ServerResponse, prefix: string): Promise<MockRequest> {
  const url = new URL(incoming.url ?? "/", "http://mock");
  const hungUp = new AbortController();
  const request: MockRequest = {
    method: incoming.method ?? "",
    path: url.pathname.slice(url.pathname.startsWith(`${prefix}/`) ? prefix.length : 0),
    params: new URLSearchParams(url.searchParams),
    query: url.searchParams,
    headers: incoming.headers,
    body: "",
    aborted: false,
    signal: hungUp.signal,
  };
  response.on("close", () => {
    request.aborted = !response.writableFinished;
    if (request.aborted) hungUp.abort();
  });
  request.body = await readText(incoming);
  // Go's ParseForm looks at nothing else; a JSON body is simply no form.
  if (incoming.headers["content-type"]?.split(";")[0]?.trim() === "application/x-www-form-urlencoded") {
    for (const [name, value] of new URLSearchParams(request.body)) request.params.append(name, value);
  }
  return request;
}

async function send(response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  if (reply.delayMs !== undefined) await delay(reply.delayMs, undefined, { signal });
  if (reply.reset === true) return void response.destroy();
  response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
  const body = reply.body ?? "";
  if (typeof body === "string" || body instanceof Uint8Array) {
    if (reply.cut !== true) return void response.end(body);
    response.write(body, () => response.destroy());
    return;
  }
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (!response.write(chunk)) await drained(response, signal);
  }
  if (reply.cut === true) response.destroy();
  else response.end();
}

const drained = (response: ServerResponse, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    response.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

// ---- what the real one refuses -----------------------------------------------------------------------------------------

const plain = (status: number, body: string): Reply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const NOT_FOUND = plain(404, "404 page not found\n");

function refuse({ method, path, params }: MockRequest, isScripted: boolean): Reply | undefined {
  if (GET_ONLY.test(path)) {
    if (method !== "GET") return plain(405, "Method Not Allowed\n");
    const name = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
    if (name !== undefined && !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(decodeURIComponent(name))) {
      return error(400, "bad_data", `invalid label name: ${JSON.stringify(decodeURIComponent(name))}`);
    }
    return undefined;
  }
  if (TAKES_FORMS.test(path)) {
    if (method !== "GET" && method !== "POST") return plain(405, "Method Not Allowed\n");
    return badParameter(path.slice("/api/v1/".length), params);
  }
  return isScripted ? undefined : NOT_FOUND;
}

function badParameter(endpoint: string, params: URLSearchParams): Reply | undefined {
  const bad = (name: string, why: string): Reply => error(400, "bad_data", `invalid parameter "${name}": ${why}`);
  for (const name of ["start", "end", "time"]) {
    const value = params.get(name);
    if (value === null ? endpoint === "query_range" && name !== "time" : !isTime(value)) {
      return bad(name, `cannot parse "${value ?? ""}" to a valid timestamp`);
    }
  }
  if (endpoint === "series" && !params.has("match[]")) return error(400, "bad_data", "no match[] parameter provided");
  if (endpoint === "query_range") {
    const [start, end, step] = ["start", "end", "step"].map((name) => toSeconds(params.get(name) ?? ""));
    if (step === undefined || Number.isNaN(step)) {
      return bad("step", `cannot parse "${params.get("step") ?? ""}" to a valid duration`);
    }
    if ((end ?? 0) < (start ?? 0)) return bad("end", "end timestamp must not be before start time");
    if (step <= 0) {
      return bad("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
    }
    if (((end ?? 0) - (start ?? 0)) / step > 11_000) {
      const advice = "Try decreasing the query resolution (?step=XX)";
      return error(400, "bad_data", `exceeded maximum resolution of 11,000 points per timeseries. ${advice}`);
    }
  }
  if (/^(query|format_query)/.test(endpoint) && (params.get("query") ?? "").trim() === "") {
    return bad("query", "1:1: parse error: no expression found in input");
  }
  return undefined;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const isTime = (text: string): boolean => NUMBER.test(text) || RFC3339.test(text);

function toSeconds(text: string): number {
  if (NUMBER.test(text)) return Number(text);
  const duration = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
  return duration === null ? Date.parse(text) / 1000 : Number(duration[1]) * (units[duration[2] ?? ""] ?? 1);
}

/** An empty Prometheus 2.42. */
function emptyReply(path: string): Reply | ((request: MockRequest) => Reply) {
  const name = path.slice("/api/v1/".length);
  if (name === "query")
    return ({ params }) => (params.get("query") === "1" ? scalar(Date.now() / 1000, "1") : vector());
  if (name === "query_range") return matrix();
  if (name === "format_query") return ({ params }) => data(params.get("query"));
  if (name === "metadata") return data({});
  if (name === "targets") return data({ activeTargets: [], droppedTargets: [] });
  if (name === "rules") return data({ groups: [] });
  if (name === "alerts") return data({ alerts: [] });
  if (name === "status/buildinfo") return data({ version: "2.42.0", revision: "", goVersion: "go1.19.8" });
  return data([]);
}

// ---- replies to script with ----------------------------------------------------------------------------------------------

type Labels = Record<string, string>;

/** `data` in the envelope of a success; `more` for warnings, infos and the like. */
export const data = (value: unknown, more: Record<string, unknown> = {}): Reply => ({
  body: JSON.stringify({ status: "success", data: value, ...more }),
});

/** An instant vector; all samples at `time` (Unix seconds). */
export const vector = (samples: [labels: Labels, value: string][] = [], time = 1_795_608_000): Reply =>
  data({ resultType: "vector", result: samples.map(([metric, value]) => ({ metric, value: [time, value] })) });

export const matrix = (series: [labels: Labels, values: [time: number, value: string][]][] = []): Reply =>
  data({ resultType: "matrix", result: series.map(([metric, values]) => ({ metric, values })) });

export const scalar = (time: number, value: string): Reply => data({ resultType: "scalar", result: [time, value] });

/** As the API says it: `error(422, "execution", "many-to-many matching not allowed")`. */
export const error = (status: number, errorType: string, message: string): Reply => ({
  status,
  body: JSON.stringify({ status: "error", errorType, error: message }),
});

/** Any text of any type, for example a proxy's HTML page. */
export const page = (status: number, body: string, type = "text/html; charset=utf-8"): Reply => ({
  status,
  headers: { "content-type": type },
  body,
});

export const redirect = (status: number, location: string): Reply => ({ status, headers: { location } });

/** Never answers; notices when the client hangs up (`requests[n].aborted`). */
export const hang = (): Reply => ({ delayMs: 2 ** 31 - 1 });

/** Sends one blank every few milliseconds, for ever. */
export const drip = (everyMs = 20): Reply => ({ body: drops(everyMs) });

async function* drops(everyMs: number): AsyncGenerator<string> {
  for (;;) {
    yield " ";
    await delay(everyMs);
  }
}
