// HTTP to one upstream: pooled, bounded in time, bytes and number, and never to another host than the configured one.
// It knows no API: statuses and bodies are for the caller to judge. Nothing is retried.
import { Pool, type Dispatcher } from "undici";
import { withoutCredentials } from "./credentials.ts";
import { Limiter } from "./limiter.ts";
import { ACCEPT_ENCODING, readBody } from "./read-body.ts";
import { nextAddress } from "./redirect.ts";
import type { Secret } from "./secret.ts";
import type { Carrier } from "./trail.ts";
import { explainNetwork, UpstreamError } from "./upstream-error.ts";
import { UNWATCHED, type Watch } from "./watch.ts";

export { UpstreamError } from "./upstream-error.ts";

export type Pairs = readonly (readonly [name: string, value: string])[];

export interface UpstreamTls {
  /** PEM texts. A given CA replaces those of the system. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: Secret;
  /** The name in the certificate, when it is not the host's. */
  readonly serverName?: string;
  readonly skipVerify: boolean;
}

export interface UpstreamOptions {
  /** http or https; user, password and query are ignored, a path is kept as a prefix. */
  readonly baseUrl: string;
  /** Asked for every request, so that a rotated secret counts at once. */
  readonly headers: () => readonly (readonly [name: string, value: Secret])[];
  readonly tls?: UpstreamTls;
  /** The most a decompressed body may weigh. */
  readonly maxResponseBytes: number;
  /** From the first wait for a turn to the last byte. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs?: number;
  /** How long an idle connection is kept; it should end before the server ends it. 15 s by default. */
  readonly keepAliveMs?: number;
  /** Within the same origin; 3 by default. */
  readonly maxRedirects?: number;
  /** Requests at once. */
  readonly concurrency?: number;
  /** Requests that wait for their turn. */
  readonly queue?: number;
  /** Counts and traces them; every upstream of a hub has one. */
  readonly watch?: Watch | undefined;
}

export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base address; variable segments already encoded. */
  readonly path: string;
  readonly query?: Pairs;
  readonly form?: Pairs;
  readonly json?: unknown;
  readonly headers?: Pairs;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface UpstreamReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed, in memory of its own; of a refusal without the credentials that we sent. */
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Upstream {
  /** @throws UpstreamError when there is no reply; any status is a reply, except a redirect that is not followed. */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CONCURRENCY = 8;
const QUEUE = 256;
/** Below the idle limits of common proxies, so that they rarely close a connection that we are about to use. */
const KEEP_ALIVE_MS = 15_000;
const MAX_REDIRECTS = 3;

export const createUpstream = (options: UpstreamOptions): Upstream => new PooledUpstream(options);

class PooledUpstream implements Upstream {
  readonly #options: UpstreamOptions;
  readonly #base: string;
  readonly #pool: Pool;
  readonly #limiter: Limiter;

  constructor(options: UpstreamOptions) {
    const { origin, pathname } = new URL(options.baseUrl);
    const { concurrency = CONCURRENCY, queue = QUEUE } = options;
    this.#options = options;
    this.#base = `${origin}${pathname}`.replace(/\/+$/, "");
    this.#pool = openPool(origin, options, concurrency);
    const refuse = (): UpstreamError =>
      new UpstreamError("busy", `${concurrency} requests are under way and ${queue} more wait`);
    this.#limiter = new Limiter({ concurrency, queue, refuse });
  }

  async send(request: UpstreamRequest): Promise<UpstreamReply> {
    const { watch = UNWATCHED } = this.#options;
    const timeoutMs = Math.max(0, Math.ceil(request.timeoutMs ?? this.#options.timeoutMs));
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([request.signal, deadline]);
    const explained = (error: unknown): unknown => {
      if (error instanceof UpstreamError) return error;
      if (request.signal.aborted && !isTimeout(request.signal.reason)) {
        return new UpstreamError("aborted", "the caller hung up", {}, { cause: error });
      }
      if (request.signal.aborted || deadline.aborted) {
        return new UpstreamError("timeout", `no complete reply within ${timeoutMs / 1000}s`, {}, { cause: error });
      }
      return explainNetwork(error) ?? error;
    };
    const stopWaiting = waitIn(watch);
    let isSent = false;
    try {
      return await this.#limiter.run(() => {
        stopWaiting();
        isSent = true;
        const url = addressOf(this.#base, request);
        return watch.request({ method: request.method, url }, (carrier) =>
          this.#exchange({ request, url, carrier, signal }).catch((error: unknown) => {
            throw explained(error);
          }),
        );
      }, signal);
    } catch (error) {
      const told = explained(error);
      if (!isSent && told instanceof UpstreamError) watch.unsent(told.reason);
      throw told;
    } finally {
      stopWaiting();
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #exchange({ url, ...exchange }: Exchange): Promise<UpstreamReply> {
    const { request, signal } = exchange;
    for (let hops = 0; ; hops++) {
      const { statusCode, headers, body } = await this.#ask({ ...exchange, url });
      const location = textOf(headers["location"]);
      if (statusCode < 300 || statusCode > 399 || location === undefined) {
        const maxBytes = request.maxBytes ?? this.#options.maxResponseBytes;
        const bytes = await readBody(body, textOf(headers["content-encoding"]), maxBytes, signal);
        const told = statusCode < 400 ? bytes : withoutCredentials(bytes, this.#options.headers());
        return { status: statusCode, headers: plainHeaders(headers), body: told };
      }
      await body.dump({ limit: 16_384, signal });
      url = nextAddress({ from: url, method: request.method, status: statusCode, location });
      const { maxRedirects = MAX_REDIRECTS } = this.#options;
      if (hops >= maxRedirects) {
        throw new UpstreamError("redirect", `more than ${maxRedirects} redirects`, { status: statusCode });
      }
    }
  }

  #ask({ request, url, carrier, signal }: Exchange): Promise<Dispatcher.ResponseData> {
    const [contentType, body] = bodyOf(request);
    const headers: Record<string, string> = {
      accept: "application/json",
      "accept-encoding": ACCEPT_ENCODING,
      "user-agent": "ops-hub",
      ...carrier,
      ...lowerCase(request.headers ?? []),
      ...lowerCase(this.#options.headers().map(([name, value]) => [name, value.reveal()])),
      ...(contentType === undefined ? {} : { "content-type": contentType }),
    };
    const path = `${url.pathname}${url.search}`;
    return this.#pool.request({ method: request.method, path, headers, body: body ?? null, signal });
  }
}

interface Exchange {
  readonly request: UpstreamRequest;
  readonly url: URL;
  readonly carrier: Carrier;
  readonly signal: AbortSignal;
}

/** The signal of a caller that had set itself a time. */
const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === "TimeoutError";

/** Notes that a request waits; the function it gives notes the end of that, once. */
function waitIn(watch: Watch): () => void {
  let isWaiting = true;
  watch.waiting(1);
  return () => {
    if (isWaiting) watch.waiting(-1);
    isWaiting = false;
  };
}

function openPool(origin: string, { tls, connectTimeoutMs, keepAliveMs }: UpstreamOptions, connections: number): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs ?? KEEP_ALIVE_MS,
    headersTimeout: 0, // the total deadline of `send` stands for both
    bodyTimeout: 0,
    allowH2: false, // a cancelled request then ends its connection, which every server notices
    connect: {
      timeout: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      rejectUnauthorized: tls?.skipVerify !== true,
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls?.key === undefined ? {} : { key: tls.key.reveal() }),
      ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    },
  });
}

/** URL parsers walk up at dot segments, also encoded ones; none may leave the prefix. */
function addressOf(base: string, { path, query = [] }: UpstreamRequest): URL {
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) throw new Error("a path must not contain dot segments");
  const url = new URL(`${base}/${path.replace(/^\/+/, "")}`);
  if (query.length > 0) url.search = String(searchParams(query));
  return url;
}

function bodyOf({ form, json }: UpstreamRequest): [contentType?: string, body?: string] {
  if (form !== undefined) return ["application/x-www-form-urlencoded", String(searchParams(form))];
  if (json !== undefined) return ["application/json", JSON.stringify(json)];
  return [];
}

const searchParams = (pairs: Pairs): URLSearchParams =>
  new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]));

const lowerCase = (pairs: Pairs): Record<string, string> =>
  Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));

const textOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;

const plainHeaders = (headers: Dispatcher.ResponseData["headers"]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), textOf(value) ?? ""]));
