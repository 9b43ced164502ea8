// AUTH_MODE=token: bearer tokens that the operator hands out, known to us by their hashes.
import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { JsonObject } from "../core/json.ts";
import type { Secret } from "../core/secret.ts";
import { sha256 } from "./digest.ts";
import type { Identity, Mode } from "./mode.ts";
import { ALL, type Grant } from "./rights.ts";
import type { TokenEntry } from "./token-file.ts";
import type { WatchedFile } from "./watched-file.ts";

export interface TokenModeOptions {
  /** AUTH_TOKEN, whose caller is `default`. */
  readonly secret: Secret | undefined;
  readonly file: WatchedFile<readonly TokenEntry[]> | undefined;
  readonly clock: Clock;
}

/** The name of AUTH_TOKEN's caller. */
export const DEFAULT_NAME = "default";

class Holder implements Identity {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[] = [];
  readonly limit: Grant;
  readonly digest: Buffer;
  readonly expires: number;

  constructor({ name, limit, digest, expires }: TokenEntry) {
    this.id = `token:${name}`;
    this.name = name;
    this.limit = limit;
    this.digest = digest;
    this.expires = expires ?? Infinity;
  }
}

export class TokenMode implements Mode {
  readonly #options: TokenModeOptions;
  #holders: readonly Holder[];

  constructor(options: TokenModeOptions) {
    this.#options = options;
    this.#holders = this.#list();
  }

  identify(token: string): Promise<Identity | undefined> {
    return Promise.resolve(this.#find(sha256(token)));
  }

  again(identity: Identity): Promise<Identity | undefined> {
    return Promise.resolve(identity instanceof Holder ? this.#find(identity.digest) : undefined);
  }

  async refresh(): Promise<void> {
    const { secret, file } = this.#options;
    const changes = await Promise.all([secret?.refresh(), file?.refresh()]);
    if (changes.includes(true)) this.#holders = this.#list();
  }

  health(): JsonObject {
    const now = this.#options.clock.now();
    return { tokens: this.#holders.filter(({ expires }) => expires > now).length };
  }

  problems(): readonly string[] {
    return this.#options.file?.problems ?? [];
  }

  secrets(): readonly string[] {
    const { secret } = this.#options;
    return secret === undefined ? [] : [secret.reveal()];
  }

  /** Looks at every holder, also after a match, so that the time tells nothing of where or whether there was one. */
  #find(digest: Buffer): Holder | undefined {
    let found: Holder | undefined;
    for (const holder of this.#holders) if (timingSafeEqual(holder.digest, digest)) found = holder;
    return found !== undefined && found.expires > this.#options.clock.now() ? found : undefined;
  }

  #list(): readonly Holder[] {
    const { secret, file } = this.#options;
    const own =
      secret === undefined
        ? []
        : [{ name: DEFAULT_NAME, digest: sha256(secret.reveal()), limit: ALL, expires: undefined }];
    return [...own, ...(file?.value ?? [])].map((entry) => new Holder(entry));
  }
}
