// Requests to Gitea's API: signed, checked, read page by page. Writes are paced and never repeated.
import type { z } from "zod";
import { Secret } from "../../../core/secret.ts";
import {
  createUpstream,
  UpstreamError,
  type Pairs,
  type Upstream,
  type UpstreamReply,
} from "../../../core/upstream.ts";
import { messageIn, parseJson, refused, unanswered, unreadable, type Asked } from "./failures.ts";
import { createPace, type Pace } from "./pace.ts";
import { limits } from "./shapes.ts";
import { withoutToken } from "./text.ts";
import type { GiteaOptions } from "../client.ts";

/** 50 issues of 65,000 characters, escaped. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** MAX_RESPONSE_ITEMS of a Gitea that does not tell; a larger limit is silently cut to it. */
const DEFAULT_PAGE = 50;
const API = "api/v1/";

export interface Ask extends Asked {
  /** Below api/v1; variable segments already encoded. */
  readonly path: string;
  readonly query?: Pairs;
  readonly json?: unknown;
  readonly signal: AbortSignal;
}

/** What to read of a list: `count` entries from `offset` on. */
export interface Window {
  readonly offset: number;
  readonly count: number;
}

export interface Listed<Item> {
  readonly items: readonly Item[];
  /** All that match, as Gitea counts them; undefined when it does not tell. */
  readonly total: number | undefined;
}

export class GiteaHttp {
  readonly #upstream: Upstream;
  readonly #token: Secret | undefined;
  readonly #pace: Pace;
  #pageCap: number | undefined;

  constructor({ host, token, tls, timeoutMs, clock, writesPerSecond, watch }: GiteaOptions) {
    this.#token = token;
    this.#pace = createPace(clock, writesPerSecond, 2 * writesPerSecond);
    this.#upstream = createUpstream({
      baseUrl: host,
      headers: () => (token === undefined ? [] : [["authorization", new Secret(`token ${token.reveal().trim()}`)]]),
      ...(tls === undefined ? {} : { tls }),
      maxResponseBytes: MAX_RESPONSE_BYTES,
      timeoutMs,
      watch,
    });
  }

  /** @throws GiteaFailure */
  async ask<Schema extends z.ZodType>(ask: Ask, schema: Schema): Promise<z.output<Schema>> {
    return (await this.#read(ask, schema)).value;
  }

  /** For what answers without a body. @throws GiteaFailure */
  async tell(ask: Ask): Promise<void> {
    await this.#send(ask);
  }

  /** Reads as many pages as the window needs, in steps this server grants. @throws GiteaFailure */
  async list<Schema extends z.ZodType>(
    ask: Ask,
    schema: z.ZodArray<Schema>,
    window: Window,
  ): Promise<Listed<z.output<Schema>>> {
    return this.#pages(ask, schema, window, await this.#cap(ask.signal));
  }

  async #pages<Schema extends z.ZodType>(
    ask: Ask,
    schema: z.ZodArray<Schema>,
    { offset, count }: Window,
    size: number,
  ): Promise<Listed<z.output<Schema>>> {
    const skip = offset % size;
    const items: z.output<Schema>[] = [];
    for (let page = Math.floor(offset / size) + 1; ; page++) {
      const query: Pairs = [...(ask.query ?? []), ["page", String(page)], ["limit", String(size)]];
      const { value, reply } = await this.#read({ ...ask, query }, schema);
      const total = totalOf(reply);
      const isShort = value.length < size && (page - 1) * size + value.length < (total ?? 0);
      // The server grants less than it told, or tells nothing: all pages lie elsewhere.
      if (isShort && value.length > 0) return this.#pages(ask, schema, { offset, count }, value.length);
      items.push(...value);
      if (value.length < size || items.length >= skip + count) return { items: items.slice(skip, skip + count), total };
    }
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  /** How many entries a page may have here. Asked once; a limit above it would shift every page. */
  async #cap(signal: AbortSignal): Promise<number> {
    if (this.#pageCap !== undefined) return this.#pageCap;
    const ask: Ask = { method: "GET", path: "settings/api", doing: "read the API's limits", signal };
    const reply = await this.#exchange(ask);
    if (reply.status >= 500) return DEFAULT_PAGE; // ask again next time
    const parsed = limits.safeParse(parseJson(this.#textOf(reply)));
    this.#pageCap = parsed.success ? Math.min(DEFAULT_PAGE, parsed.data.max_response_items) : DEFAULT_PAGE;
    return this.#pageCap;
  }

  async #read<Schema extends z.ZodType>(
    ask: Ask,
    schema: Schema,
  ): Promise<{ value: z.output<Schema>; reply: UpstreamReply }> {
    const reply = await this.#send(ask);
    const parsed = schema.safeParse(parseJson(this.#textOf(reply)));
    if (!parsed.success) throw unreadable(ask, reply);
    return { value: parsed.data, reply };
  }

  async #send(ask: Ask): Promise<UpstreamReply> {
    const reply = await this.#exchange(ask);
    if (reply.status > 299) throw refused(ask, reply, messageIn(this.#textOf(reply)));
    return reply;
  }

  async #exchange({ method, path, query, json, doing, signal }: Ask): Promise<UpstreamReply> {
    try {
      if (method !== "GET") await this.#pace.turn(signal);
    } catch (error) {
      throw unanswered(
        { method: "GET", doing },
        new UpstreamError("aborted", "the caller hung up", {}, { cause: error }),
      );
    }
    try {
      const parts = { ...(query === undefined ? {} : { query }), ...(json === undefined ? {} : { json }) };
      return await this.#upstream.send({ method, path: `${API}${path}`, signal, ...parts });
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const { reason, message, facts } = error; // of a redirect it names an address that Gitea or a proxy made
      throw unanswered({ method, doing }, new UpstreamError(reason, withoutToken(message, this.#token), facts));
    }
  }

  /** Neither an issue nor a proxy's error page gets our token through. */
  #textOf({ body }: UpstreamReply): string {
    return withoutToken(new TextDecoder().decode(body), this.#token);
  }
}

function totalOf({ headers }: UpstreamReply): number | undefined {
  const total = /^\d{1,15}$/.exec(headers["x-total-count"] ?? "")?.[0];
  return total === undefined ? undefined : Number(total);
}
