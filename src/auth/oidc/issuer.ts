// The issuer's keys: found by discovery, kept for ten minutes, asked for again when a token names one we do not know.
// An issuer that is down for a while does no harm: the keys we have stay good for an hour.
import { createLocalJWKSet, type CompactJWSHeaderParameters, type CryptoKey, type FlattenedJWSInput } from "jose";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { createUpstream, UpstreamError } from "../../core/upstream.ts";
import type { Watch } from "../../core/watch.ts";
import { messageOf } from "../../core/words.ts";
import { unavailable } from "../challenge.ts";
import { isSafeUrl } from "../settings.ts";

export interface IssuerOptions {
  /** As it names itself in its tokens. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly watch?: Watch | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 512 * 1024;
const FRESH_MS = 600_000;
const USABLE_MS = 3_600_000;
/** Tokens with made-up key names cost the issuer no more than a request in this time. */
const COOLDOWN_MS = 5_000;

const metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.string().max(2_048) });
const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(200) });

type FindKey = (header?: CompactJWSHeaderParameters, token?: FlattenedJWSInput) => Promise<CryptoKey>;

interface Keys {
  readonly find: FindKey;
  readonly readAt: number;
}

export class Issuer {
  readonly #options: IssuerOptions;
  #keys: Keys | undefined;
  #reading: Promise<void> | undefined;
  #triedAt = -Infinity;
  #problem: string | undefined;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  /** Runs `verify` with the keys we have, and once more with new ones when it wants those. @throws Denied 503 */
  async withKeys<T>(verify: (find: FindKey) => Promise<T>, wantsOthers: (error: unknown) => boolean): Promise<T> {
    if (this.#age() >= FRESH_MS) await this.#read();
    const { find } = this.#usable();
    try {
      return await verify(find);
    } catch (error) {
      if (!wantsOthers(error)) throw error;
      await this.#read();
      if (this.#problem !== undefined) throw this.#unavailable();
      const { find: other } = this.#usable();
      if (other === find) throw error;
      return verify(other);
    }
  }

  #age(): number {
    return this.#keys === undefined ? Infinity : this.#options.clock.now() - this.#keys.readAt;
  }

  #usable(): Keys {
    if (this.#keys === undefined || this.#age() >= USABLE_MS) throw this.#unavailable();
    return this.#keys;
  }

  #unavailable(): Error {
    return unavailable("the token's issuer does not answer, so nobody can tell whether the token is good");
  }

  /** Never rejects for what the issuer does. Who comes while it reads waits for that; soon after, nothing is read. */
  #read(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading;
    const now = this.#options.clock.now();
    if (now - this.#triedAt < COOLDOWN_MS) return Promise.resolve();
    this.#triedAt = now;
    this.#reading = this.#fetchKeys(now).finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #fetchKeys(now: number): Promise<void> {
    const { issuer, log, watch } = this.#options;
    try {
      const discovery = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
      const found = metadata.parse(await getJson(discovery, watch));
      if (found.issuer !== issuer) throw new Error("it names itself otherwise than OIDC_ISSUER does");
      if (!isSafeUrl(found.jwks_uri)) throw new Error("its keys are not on https");
      const { keys } = keySet.parse(await getJson(found.jwks_uri, watch));
      this.#keys = { find: createLocalJWKSet({ keys }), readAt: now };
      this.#problem = undefined;
    } catch (error) {
      const reason = error instanceof z.ZodError ? "it answers what no issuer would" : messageOf(error);
      this.#problem = `the issuer at OIDC_ISSUER gives no keys: ${reason}`;
      log.warn({ problem: this.#problem }, "auth");
    }
  }
}

/** @throws UpstreamError, or Error for another status than 200 or what is no JSON */
async function getJson(address: string, watch: Watch | undefined): Promise<unknown> {
  const { origin, pathname, search } = new URL(address);
  const upstream = createUpstream({
    baseUrl: origin,
    headers: () => [],
    maxResponseBytes: MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
    maxRedirects: 0,
    watch,
  });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const query = [...new URLSearchParams(search)];
    const { status, body } = await upstream.send({ method: "GET", path: pathname, query, signal });
    if (status !== 200) throw new Error(`HTTP ${status}`);
    return parseJson(body);
  } finally {
    await upstream.close();
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw new UpstreamError("garbled", "the reply is no JSON");
  }
}
