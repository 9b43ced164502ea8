// AUTH_MODE=active: the Kubernetes or OpenShift API says who a token belongs to. A yes is remembered for a while, a no
// for seconds, and an outage never: it is no verdict.
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/clock.ts";
import { Denied } from "../core/denied.ts";
import type { JsonObject } from "../core/json.ts";
import type { BeforeAsking } from "../core/report-gate.ts";
import type { Challenge } from "./challenge.ts";
import { sha256 } from "./digest.ts";
import type { KubernetesApi } from "./kubernetes/api.ts";
import type { AskWho } from "./kubernetes/ask-who.ts";
import type { KubernetesUser, Reviews } from "./kubernetes/reviews.ts";
import type { Identity, Mode } from "./mode.ts";
import { ALL } from "./rights.ts";

export interface ActiveModeOptions {
  readonly api: Pick<KubernetesApi, "url" | "secrets"> & { readonly reviews: Pick<Reviews, "close"> };
  readonly ask: Pick<AskWho, "who" | "problems">;
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly challenge: Challenge;
}

const MAX_CACHE_MS = 120_000;
const MAX_REFUSAL_MS = 5_000;
/** Whose token was good within this time may have it judged again, whatever others at that address do. */
const FAMILIAR_MS = 3_600_000;
const MAX_ENTRIES = 1_000;

class KubernetesCaller implements Identity {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly limit = ALL;
  readonly #token: string;

  constructor({ name, groups }: KubernetesUser, token: string) {
    this.id = `kubernetes:${name}`;
    this.name = name;
    this.groups = groups;
    this.#token = token;
  }

  /** For as long as somebody holds this identity (an open stream does), it can be asked about again. */
  token(): string {
    return this.#token;
  }
}

export class ActiveMode implements Mode {
  readonly #options: ActiveModeOptions;
  /** By SHA-256 of API and token. Two, so that a flood of bad tokens drives no good one out. */
  readonly #known: LRUCache<string, KubernetesCaller>;
  readonly #refused: LRUCache<string, true>;
  readonly #familiar: LRUCache<string, true>;
  readonly #asking = new Map<string, Promise<KubernetesCaller | undefined>>();

  constructor(options: ActiveModeOptions) {
    const { cacheMs, clock } = options;
    const common = { max: MAX_ENTRIES, ttlResolution: 0, perf: clock };
    this.#options = options;
    this.#known = new LRUCache({ ...common, ttl: Math.min(cacheMs, MAX_CACHE_MS) });
    this.#refused = new LRUCache({ ...common, ttl: Math.min(cacheMs, MAX_REFUSAL_MS) });
    this.#familiar = new LRUCache({ ...common, ttl: FAMILIAR_MS });
  }

  async identify(token: string, beforeAsking?: BeforeAsking): Promise<Identity> {
    const identity = await this.#find(token, beforeAsking);
    if (identity === undefined)
      throw this.#options.challenge.invalid("the cluster does not know this token (any more)");
    return identity;
  }

  async again(identity: Identity): Promise<Identity | undefined> {
    if (!(identity instanceof KubernetesCaller)) return undefined;
    return this.#find(identity.token()).catch((error: unknown) => {
      if (error instanceof Denied) return identity;
      throw error;
    });
  }

  health(): JsonObject {
    this.#known.purgeStale();
    return { cached_entries: this.#known.size };
  }

  problems(): readonly string[] {
    return this.#options.ask.problems();
  }

  secrets(): readonly string[] {
    return this.#options.api.secrets();
  }

  close(): Promise<void> {
    return this.#options.api.reviews.close();
  }

  /** Who asks about a token that is being asked about waits for the same answer. */
  async #find(token: string, beforeAsking?: BeforeAsking): Promise<KubernetesCaller | undefined> {
    const key = sha256(`${this.#options.api.url}\n${token}`).toString("hex");
    const known = this.#known.get(key);
    if (known !== undefined || this.#refused.has(key)) return known;
    if (!this.#familiar.has(key)) await beforeAsking?.();
    const asking = this.#asking.get(key) ?? this.#ask(key, token).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(key: string, token: string): Promise<KubernetesCaller | undefined> {
    const user = await this.#options.ask.who(token);
    const caller = user === undefined ? undefined : new KubernetesCaller(user, token);
    if (caller === undefined) this.#familiar.delete(key);
    else this.#familiar.set(key, true);
    if (this.#options.cacheMs === 0) return caller; // the cache itself takes 0 for ever
    if (caller === undefined) this.#refused.set(key, true);
    else this.#known.set(key, caller);
    return caller;
  }
}
