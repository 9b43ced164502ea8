// Requests to one Prefect: signed, checked, with one retry for reads. Nothing here knows what is asked for.
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import {
  createUpstream,
  UpstreamError,
  type Pairs,
  type Upstream,
  type UpstreamReply,
  type UpstreamTls,
} from "../../../core/upstream.ts";
import type { Watch } from "../../../core/watch.ts";
import type { Address } from "../address.ts";
import type { Login } from "../login.ts";
import { Csrf, type Token } from "./csrf.ts";
import {
  isCsrf,
  messageIn,
  parseJson,
  refused,
  secondsIn,
  troubleIn,
  unanswered,
  unreadable,
  type Asked,
  type Server,
} from "./failures.ts";

/** 200 runs with large parameters; JSON.parse of it takes about a tenth of a second. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 3_000;
/** uvicorn, which serves Prefect, ends idle connections after 5 s. */
const KEEP_ALIVE_MS = 4_000;
const MAX_WAIT_SECONDS = 10;
/** Prefect answers other versions with 400; 0.8.4 is that of Prefect 3. */
const API_VERSION: Pairs = [["x-prefect-api-version", "0.8.4"]];

export interface ApiRequest extends Asked {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below PREFECT_API_URL; variable segments already encoded. */
  readonly path: string;
  readonly query?: Pairs;
  readonly json?: unknown;
  /** Cloud's endpoints of accounts, which lie at the root of its API and not below the workspace. */
  readonly atRoot?: boolean;
}

export interface HttpOptions {
  readonly address: Address;
  readonly login: Login;
  readonly tls?: UpstreamTls;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly watch?: Watch | undefined;
}

export interface LastAnswer {
  /** Milliseconds of the clock. */
  readonly at: number;
  /** What is wrong with the server; undefined when it served us. */
  readonly trouble: string | undefined;
}

export class PrefectHttp {
  readonly #server: Server;
  readonly #upstream: Upstream;
  readonly #root: Upstream | undefined;
  readonly #csrf: Csrf;
  readonly #clock: Clock;
  #last: LastAnswer | undefined;

  constructor({ address, login, tls, timeoutMs, clock, watch }: HttpOptions) {
    const open = (baseUrl: string): Upstream =>
      createUpstream({
        baseUrl,
        headers: () => login.headers(),
        ...(tls === undefined ? {} : { tls }),
        maxResponseBytes: MAX_RESPONSE_BYTES,
        timeoutMs,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        keepAliveMs: KEEP_ALIVE_MS,
        watch,
      });
    this.#server = { url: address.api, login, isCloud: address.cloud !== undefined };
    this.#upstream = open(address.api);
    this.#root = address.cloud === undefined ? undefined : open(address.cloud.root);
    this.#csrf = new Csrf(clock);
    this.#clock = clock;
  }

  /** How the last request went; undefined before the first. */
  get last(): LastAnswer | undefined {
    return this.#last;
  }

  /** Whether the server has asked for CSRF tokens so far. */
  get wantsCsrf(): boolean {
    return this.#csrf.isNeeded;
  }

  /** @throws ToolFailure */
  async ask<Schema extends z.ZodType>(
    request: ApiRequest,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    return this.#noting(async () => {
      const reply = await this.#accepted(request, signal);
      const parsed = schema.safeParse(reply.body.length === 0 ? null : parseJson(reply.body));
      if (!parsed.success) throw unreadable(request, this.#server, reply);
      return parsed.data;
    });
  }

  /** Any success, unread. @throws ToolFailure */
  send(request: ApiRequest, signal: AbortSignal): Promise<UpstreamReply> {
    return this.#noting(() => this.#accepted(request, signal));
  }

  async close(): Promise<void> {
    await Promise.all([this.#upstream.close(), this.#root?.close()]);
  }

  /** A caller who hung up says nothing about the server. */
  async #noting<T>(work: () => Promise<T>): Promise<T> {
    try {
      const done = await work();
      this.#last = { at: this.#clock.now(), trouble: undefined };
      return done;
    } catch (error) {
      if (error instanceof ToolFailure && error.kind !== "cancelled") {
        this.#last = { at: this.#clock.now(), trouble: troubleIn(error) };
      }
      throw error;
    }
  }

  async #accepted(request: ApiRequest, signal: AbortSignal): Promise<UpstreamReply> {
    const reply = await this.#signed(request, signal);
    if (reply.status > 299) throw refused(request, this.#server, reply);
    return reply;
  }

  /** Undefined when the protection is off. @throws ToolFailure */
  async #csrfToken(signal: AbortSignal): Promise<Token | undefined> {
    const query: Pairs = [["client", this.#csrf.client]];
    const request: ApiRequest = { method: "GET", path: "csrf-token", query, doing: "get a CSRF token" };
    const reply = await this.#patient(request, [], signal);
    if (reply.status === 422 || reply.status === 404) return undefined; // switched off, or a server that knows none
    if (reply.status > 299) throw refused(request, this.#server, reply);
    const parsed = csrfToken.safeParse(parseJson(reply.body));
    if (!parsed.success) throw unreadable(request, this.#server, reply);
    return { token: parsed.data.token, expiresAt: Date.parse(parsed.data.expiration) };
  }

  /** A CSRF refusal comes before anything was done, so writes go out again too. */
  async #signed(request: ApiRequest, signal: AbortSignal): Promise<UpstreamReply> {
    if (request.method === "GET" || this.#server.isCloud) return this.#patient(request, [], signal);
    const fetch = () => this.#csrfToken(new AbortController().signal); // shared: one caller's end must not be that of all
    const headers = await this.#csrf.headers(fetch);
    const reply = await this.#patient(request, headers, signal);
    if (reply.status !== 403 || !isCsrf(messageIn(reply))) return reply;
    this.#csrf.refused(headers);
    const renewed = await this.#csrf.headers(fetch);
    return renewed.length === 0 ? reply : this.#patient(request, renewed, signal);
  }

  /** Once more for reads: after a connection that the server had closed, 502, 503, and a short Retry-After. */
  async #patient(request: ApiRequest, headers: Pairs, signal: AbortSignal): Promise<UpstreamReply> {
    const exchange = () => this.#exchange(request, headers, signal);
    if (request.isWrite === true) return exchange();
    let reply: UpstreamReply;
    try {
      reply = await exchange();
    } catch (error) {
      if (error instanceof Error && error.cause instanceof UpstreamError && error.cause.reason === "reset")
        return exchange();
      throw error;
    }
    const waitSeconds = waitOf(reply);
    if (waitSeconds === undefined) return reply;
    await pause(waitSeconds * 1_000, undefined, { signal }).catch((error: unknown) => {
      throw unanswered(request, this.#server, new UpstreamError("aborted", "the caller hung up", {}, { cause: error }));
    });
    return exchange();
  }

  async #exchange(request: ApiRequest, headers: Pairs, signal: AbortSignal): Promise<UpstreamReply> {
    const { method, path, query, json, atRoot = false } = request;
    const upstream = atRoot ? this.#root : this.#upstream;
    if (upstream === undefined) throw new Error("only Prefect Cloud has endpoints at the root");
    try {
      const parts = { ...(query === undefined ? {} : { query }), ...(json === undefined ? {} : { json }) };
      return await upstream.send({ method, path, signal, headers: [...API_VERSION, ...headers], ...parts });
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      throw unanswered(request, this.#server, error);
    }
  }
}

const csrfToken = z.looseObject({ token: z.string(), expiration: z.string() });

/** How long to wait before asking again; undefined when asking again is no use. */
function waitOf({ status, headers }: UpstreamReply): number | undefined {
  if (headers["prefect-maintenance"] === "true") return undefined;
  const seconds = secondsIn(headers["retry-after"]);
  if (status === 502 || status === 503) return seconds === undefined || seconds > 1 ? 0 : seconds;
  return status === 429 && seconds !== undefined && seconds <= MAX_WAIT_SECONDS ? seconds : undefined;
}
