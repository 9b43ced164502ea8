// Service accounts that report for their namespaces: whose token it is, and whether it could read the logs there itself.
// An answer is remembered for a minute, a no for seconds, an outage never.
import type { Clock } from "../core/clock.ts";
import { isLabelName } from "../core/kubernetes-name.ts";
import type { BeforeAsking, Reporter } from "../core/report-gate.ts";
import { unavailable } from "./challenge.ts";
import { sha256 } from "./digest.ts";
import type { KubernetesUser, Reviews } from "./kubernetes/reviews.ts";
import { Remembered } from "./remembered.ts";

const YES_MS = 60_000;
const NO_MS = 5_000;
const POD_LOGS = { verb: "get", resource: "pods", subresource: "log" };

export interface AccountsOptions {
  readonly reviews: Reviews;
  readonly audience: string;
  readonly clock: Clock;
}

export class ReportAccounts {
  readonly #options: AccountsOptions;
  readonly #users: Remembered<KubernetesUser>;
  readonly #rights: Remembered<true>;

  constructor(options: AccountsOptions) {
    this.#options = options;
    const limits = { yesMs: YES_MS, noMs: NO_MS, clock: options.clock };
    this.#users = new Remembered(limits);
    this.#rights = new Remembered(limits);
  }

  /** Undefined when the token is nobody's, or not made for us. @throws Denied 503, and what `beforeAsking` throws */
  async reporter(token: string, beforeAsking?: BeforeAsking): Promise<Reporter | undefined> {
    const key = sha256(token).toString("hex");
    const user = await this.#users.ask(key, () => this.#whose(token), beforeAsking);
    if (user === undefined) return undefined;
    const { name, groups } = user;
    const caller = { id: `report:${name}`, name, groups, rights: { key: "reports", may: () => false } };
    return { caller, mayRead: async (namespace) => this.#mayRead(key, user, namespace) };
  }

  async #whose(token: string): Promise<KubernetesUser | undefined> {
    const review = await this.#options.reviews.tokenReview(token, [this.#options.audience]);
    if (review.verdict === "refused")
      throw unavailable("the Kubernetes API does not tell this hub whose tokens these are");
    return review.verdict === "user" ? review.user : undefined;
  }

  /** A name that no namespace can have is not asked about: without one, the question would be about all of them. */
  async #mayRead(key: string, user: KubernetesUser, namespace: string): Promise<boolean> {
    if (!isLabelName(namespace)) return false;
    const may = async () =>
      (await this.#options.reviews.subjectAccessReview(user, { namespace, ...POD_LOGS })) ? true : undefined;
    return (await this.#rights.ask(`${key} ${namespace}`, may)) === true;
  }
}
