// The Prometheus HTTP API, one request at a time: https://prometheus.io/docs/prometheus/latest/querying/api/
import type { Clock } from "../../core/clock.ts";
import { UpstreamError, type UpstreamReply } from "../../core/upstream.ts";
import type { Watch } from "../../core/watch.ts";
import { Connections, type Connection } from "./client/connections.ts";
import { Features } from "./client/features.ts";
import { parameters } from "./client/parameters.ts";
import { Parser } from "./client/parser.ts";
import { projectReply } from "./client/project.ts";
import { brokenReply, refusedReply } from "./client/refusals.ts";
import type { Datasource } from "./datasource.ts";
import { unansweredRequest, type Asked } from "./failures.ts";
import type { Projection } from "./projection.ts";
import type { Build } from "./projections/probe.ts";

export interface ApiRequest {
  /** Below the datasource's base address, for example `api/v1/query`. Variable segments are already encoded. */
  readonly path: string;
  /** Undefined members are left out; a list repeats its name. Numbers are sent as Prometheus reads them. */
  readonly params?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** True for the endpoints that take POST forms (query, query_range, query_exemplars, format_query, labels, series). */
  readonly form?: boolean;
  /**
   * How a failure reads: `query` talks of the query; `discovery` begins with PROMETHEUS_UNAVAILABLE, as these tools of the
   * seed always did; `plain` is for all others.
   */
  readonly errors: "query" | "discovery" | "plain";
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Total deadline; default the datasource's or QUERY_TIMEOUT. */
  readonly timeoutMs?: number;
}

export interface Client {
  /**
   * Sends one request and projects the reply; large replies are parsed and projected in a worker thread.
   * @throws ToolFailure with a code of failures.ts before its text.
   */
  ask<Options, Result>(
    datasource: Datasource,
    request: ApiRequest,
    projection: Projection<Options, Result>,
    options: Options,
    ask: AskOptions,
  ): Promise<Result>;
  /** The server's build, remembered for minutes; empty when it does not tell. Never throws, ends within 5 s. */
  features(datasource: Datasource): Promise<Build>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly clock: Clock;
  readonly queryTimeoutSeconds: number;
  /** The most a decompressed reply may weigh. */
  readonly maxResponseBytes?: number;
  readonly connectTimeoutMs?: number;
  readonly watch?: Watch | undefined;
}

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** JSON.parse of 30 MB blocks for over a second; half a megabyte takes about 10 ms. */
const LARGE_BYTES = 512 * 1024;
/** What is looked at to explain a reply that cannot be read. */
const HEAD_BYTES = 4 * 1024;

export const createClient = (options: ClientOptions): Client => new HttpClient(options);

class HttpClient implements Client {
  readonly #options: ClientOptions;
  readonly #connections: Connections;
  readonly #features: Features;
  readonly #parser = new Parser();

  constructor(options: ClientOptions) {
    const { maxResponseBytes = MAX_RESPONSE_BYTES, connectTimeoutMs, watch } = options;
    this.#options = options;
    this.#connections = new Connections({ maxResponseBytes, connectTimeoutMs, watch });
    this.#features = new Features(this, options.clock);
  }

  ask<Options, Result>(
    datasource: Datasource,
    request: ApiRequest,
    projection: Projection<Options, Result>,
    options: Options,
    { signal: caller, timeoutMs }: AskOptions,
  ): Promise<Result> {
    const limitMs = timeoutMs ?? 1000 * (datasource.queryTimeoutSeconds ?? this.#options.queryTimeoutSeconds);
    const asked: Asked = { datasource, request, timeoutMs: Math.ceil(limitMs) };
    const deadline = AbortSignal.timeout(asked.timeoutMs);
    const signal = AbortSignal.any([caller, deadline]);
    return this.#connections.use(datasource, async (connection) => {
      try {
        const reply = await send(connection, asked, signal);
        if (reply.status > 299) throw refusedReply(asked, reply, this.#options.clock.now());
        return await this.#project(asked, reply, projection, options, signal);
      } catch (error) {
        if (caller.aborted) throw unansweredRequest(asked, new UpstreamError("aborted", "the caller hung up"));
        if (deadline.aborted) throw unansweredRequest(asked, new UpstreamError("timeout", "no reply in time"));
        throw error instanceof UpstreamError ? unansweredRequest(asked, error) : error;
      }
    });
  }

  features(datasource: Datasource): Promise<Build> {
    return this.#features.of(datasource);
  }

  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), this.#parser.close()]);
  }

  async #project<Options, Result>(
    asked: Asked,
    { status, headers, body }: UpstreamReply,
    projection: Projection<Options, Result>,
    options: Options,
    signal: AbortSignal,
  ): Promise<Result> {
    const head = { status, headers, body: body.slice(0, HEAD_BYTES) }; // the thread takes the body itself away
    const outcome =
      body.length > LARGE_BYTES
        ? await this.#parser.project(body, projection, options, signal)
        : projectReply(body, projection, options);
    if ("value" in outcome) return outcome.value;
    throw brokenReply(asked, head, outcome);
  }
}

/** Some proxies and backends take no POST: then GET, and from now on for this datasource. */
async function send(connection: Connection, asked: Asked, signal: AbortSignal): Promise<UpstreamReply> {
  const { path, form } = asked.request;
  const { fixed, own } = parameters(asked);
  const common = { path, signal, timeoutMs: asked.timeoutMs };
  const get = () => connection.upstream.send({ ...common, method: "GET", query: [...fixed, ...own] });
  if (form !== true || asked.datasource.httpMethod === "GET" || connection.refusesPost) return get();
  const posted = await connection.upstream.send({ ...common, method: "POST", query: fixed, form: own });
  if (!isMethodRefused(posted)) return posted;
  const got = await get();
  connection.refusesPost = !isMethodRefused(got);
  return got;
}

const isMethodRefused = ({ status }: UpstreamReply): boolean => status === 405 || status === 501;
