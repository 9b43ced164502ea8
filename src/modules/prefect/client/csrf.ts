// The token that a Prefect with CSRF protection wants for every POST, reads included: fetched once, by whoever needs it first.
// It is asked for only after a first refusal, so that servers without the protection are not asked at all.
import { randomUUID } from "node:crypto";
import type { Clock } from "../../../core/clock.ts";
import type { Pairs } from "../../../core/upstream.ts";

export interface Token {
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** A token this close to its end is not used any more. */
const MARGIN_MS = 60_000;

export class Csrf {
  /** The token is bound to it. */
  readonly client = randomUUID();
  readonly #clock: Clock;
  #token: Token | undefined;
  #fetching: Promise<Token | undefined> | undefined;
  #isNeeded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the server wanted a token so far. */
  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** The headers for a POST; fetches a new token when the known one is about to end. Rejects as `fetch` does. */
  async headers(fetch: () => Promise<Token | undefined>): Promise<Pairs> {
    if (!this.#isNeeded) return [];
    if (this.#token === undefined || this.#token.expiresAt - MARGIN_MS < this.#clock.now()) await this.#renew(fetch);
    return this.#token === undefined
      ? []
      : [
          ["prefect-csrf-token", this.#token.token],
          ["prefect-csrf-client", this.client],
        ];
  }

  /** The server refused what was sent: forgets that token, unless somebody has renewed it meanwhile. */
  refused(sent: Pairs): void {
    this.#isNeeded = true;
    if (sent[0]?.[1] === this.#token?.token) this.#token = undefined;
  }

  #renew(fetch: () => Promise<Token | undefined>): Promise<Token | undefined> {
    this.#fetching ??= fetch()
      .then((token) => {
        this.#isNeeded = token !== undefined;
        return (this.#token = token);
      })
      .finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }
}
