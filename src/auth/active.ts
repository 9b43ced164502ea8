// AUTH_MODE=active: the Kubernetes or OpenShift API says who a token belongs to. A yes is remembered for a while, a no
// for seconds, and an outage never: it is no verdict.
import type { Clock } from "../core/clock.ts";
import { Denied } from "../core/denied.ts";
import type { BeforeAsking } from "../core/report-gate.ts";
import type { Challenge } from "./challenge.ts";
import { sha256 } from "./digest.ts";
import type { KubernetesApi } from "./kubernetes/api.ts";
import type { AskWho } from "./kubernetes/ask-who.ts";
import type { KubernetesUser, Reviews } from "./kubernetes/reviews.ts";
import type { Identity, Mode } from "./mode.ts";
import { Remembered } from "./remembered.ts";
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
  /** By SHA-256 of API and token. */
  readonly #callers: Remembered<KubernetesCaller>;

  constructor(options: ActiveModeOptions) {
    const { cacheMs, clock } = options;
    this.#options = options;
    this.#callers = new Remembered({
      yesMs: Math.min(cacheMs, MAX_CACHE_MS),
      noMs: Math.min(cacheMs, MAX_REFUSAL_MS),
      clock,
    });
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

  cached(): number {
    return this.#callers.size;
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

  #find(token: string, beforeAsking?: BeforeAsking): Promise<KubernetesCaller | undefined> {
    const key = sha256(`${this.#options.api.url}\n${token}`).toString("hex");
    return this.#callers.ask(key, () => this.#ask(token), beforeAsking);
  }

  async #ask(token: string): Promise<KubernetesCaller | undefined> {
    const user = await this.#options.ask.who(token);
    return user === undefined ? undefined : new KubernetesCaller(user, token);
  }
}
