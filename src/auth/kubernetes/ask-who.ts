// Which question an API answers: TokenReview needs our own rights there, SelfSubjectReview a Kubernetes of 1.28, users/~
// an OpenShift. Found out at the first login, and again after an outage or a refusal.
import { Denied } from "../../core/denied.ts";
import type { Log } from "../../core/log.ts";
import { unavailable } from "../challenge.ts";
import type { ActiveMethod } from "../settings.ts";
import type { KubernetesUser, Review, Reviews } from "./reviews.ts";

type Method = Exclude<ActiveMethod, "auto">;

export interface AskWhoOptions {
  readonly reviews: Reviews;
  readonly method: ActiveMethod;
  /** When set, only a TokenReview can tell whether a token is for us. */
  readonly audience: string | undefined;
  readonly log: Log;
}

const ORDER: readonly Method[] = ["tokenreview", "selfsubjectreview", "openshift"];

export class AskWho {
  readonly #options: AskWhoOptions;
  readonly #candidates: readonly Method[];
  #decided: Method | undefined;
  #problem: string | undefined;

  constructor(options: AskWhoOptions) {
    const { method, audience } = options;
    this.#options = options;
    if (method !== "auto") this.#candidates = [method];
    else this.#candidates = audience === undefined ? ORDER : ["tokenreview"];
  }

  /** Undefined when the token is no login. @throws Denied 503 when the API cannot tell now */
  async who(token: string): Promise<KubernetesUser | undefined> {
    try {
      return await this.#who(token);
    } catch (error) {
      if (error instanceof Denied) this.#decided = undefined;
      throw error;
    }
  }

  problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  async #who(token: string): Promise<KubernetesUser | undefined> {
    const refusals: string[] = [];
    let isKnownBad = false;
    const others = this.#candidates.filter((method) => method !== this.#decided);
    for (const method of this.#decided === undefined ? others : [this.#decided, ...others]) {
      // oxlint-disable-next-line no-await-in-loop -- the next is asked only when this one is not answered
      const review = await this.#ask(method, token);
      if (review.verdict !== "refused") {
        this.#decide(method);
        return review.verdict === "user" ? review.user : undefined;
      }
      refusals.push(`${method} ${review.status}`);
      // 401 to the caller's own token is about the token, whatever is at that path; 403 is about the token's rights
      if (method !== "tokenreview" && review.status !== 404) isKnownBad = true;
      if (method !== "tokenreview" && review.status === 401) return undefined;
    }
    if (isKnownBad) return undefined;
    this.#decided = undefined;
    this.#tell(`the API at OPENSHIFT_API_URL does not tell who callers are (${refusals.join(", ")}); ${HINT}`);
    throw unavailable("the Kubernetes API does not tell this hub who callers are; the operator finds more in /health");
  }

  #ask(method: Method, token: string): Promise<Review> {
    const { reviews, audience } = this.#options;
    if (method === "tokenreview") return reviews.tokenReview(token, audience === undefined ? [] : [audience]);
    return method === "openshift" ? reviews.openshiftUser(token) : reviews.selfSubjectReview(token);
  }

  #decide(method: Method): void {
    this.#problem = undefined;
    if (this.#decided === method) return;
    this.#decided = method;
    this.#options.log.info({ method }, "how the Kubernetes API is asked who callers are");
  }

  #tell(problem: string): void {
    if (this.#problem !== problem) this.#options.log.warn({ problem }, "auth");
    this.#problem = problem;
  }
}

const HINT = "TokenReviews need a service account that is bound to the cluster role system:auth-delegator";
