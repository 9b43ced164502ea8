// Asks a Kubernetes or OpenShift API who a token belongs to, and what somebody may. One question, one answer: who asks
// decides what a refusal means. Nothing is remembered here, and nothing of a reply's text comes out.
import { z } from "zod";
import { createUpstream, UpstreamError, type Upstream, type UpstreamReply } from "../../core/upstream.ts";
import { Secret } from "../../core/secret.ts";
import type { Watch } from "../../core/watch.ts";
import { unavailable } from "../challenge.ts";

/** As the API's own `user.Info`: handed back whole to a SubjectAccessReview, since scoped tokens carry their scopes in `extra`. */
export interface KubernetesUser {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export type Review =
  | { readonly verdict: "user"; readonly user: KubernetesUser }
  /** The token is no login. */
  | { readonly verdict: "nobody" }
  /** The API does not answer this question (to us): the status says whether it is 401, 403 or 404. */
  | { readonly verdict: "refused"; readonly status: number };

export interface ResourceAttributes {
  readonly namespace: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly group?: string;
  readonly name?: string;
}

export interface ReviewsOptions {
  readonly apiUrl: string;
  /** PEM; the system's authorities when undefined. */
  readonly ca: string | undefined;
  /** Our own service account's token as it is now; undefined when we have none. */
  ownToken(): Promise<Secret | undefined>;
  readonly watch?: Watch | undefined;
}

/** Every question throws Denied 503 when the API cannot be reached, is busy, or answers what no such API would. */
export interface Reviews {
  /** With our own token, which needs the right of `system:auth-delegator`. With audiences, the token must be for one of them. */
  tokenReview(token: string, audiences?: readonly string[]): Promise<Review>;
  /** With the token itself. */
  selfSubjectReview(token: string): Promise<Review>;
  /** OpenShift's `users/~`, with the token itself. */
  openshiftUser(token: string): Promise<Review>;
  /** With our own token: may this user do that? */
  subjectAccessReview(user: KubernetesUser, attributes: ResourceAttributes): Promise<boolean>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 256 * 1024;
const AUTHENTICATION = "apis/authentication.k8s.io/v1";
const AUTHORIZATION = "apis/authorization.k8s.io/v1";

const words = z.array(z.string().max(1_024)).max(10_000).nullish();
const userInfo = z.looseObject({
  username: z.string().max(1_024).optional(),
  uid: z.string().max(1_024).optional(),
  groups: words,
  extra: z.record(z.string(), words).nullish(),
});
const tokenReviewReply = z.looseObject({
  status: z
    .looseObject({ authenticated: z.boolean().optional(), user: userInfo.optional(), audiences: words })
    .optional(),
});
const selfReply = z.looseObject({ status: z.looseObject({ userInfo: userInfo.optional() }).optional() });
const openshiftReply = z.looseObject({
  metadata: z.looseObject({ name: z.string().max(1_024).optional(), uid: z.string().max(1_024).optional() }).optional(),
  groups: words,
});
const accessReply = z.looseObject({
  status: z.looseObject({ allowed: z.boolean().optional(), denied: z.boolean().optional() }).optional(),
});

export const createReviews = (options: ReviewsOptions): Reviews => new ApiReviews(options);

class ApiReviews implements Reviews {
  readonly #options: ReviewsOptions;
  readonly #api: Upstream;

  constructor(options: ReviewsOptions) {
    const { apiUrl, ca, watch } = options;
    this.#options = options;
    this.#api = createUpstream({
      baseUrl: apiUrl,
      headers: () => [],
      tls: { skipVerify: false, ...(ca === undefined ? {} : { ca }) },
      maxResponseBytes: MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
      maxRedirects: 0,
      watch,
    });
  }

  async tokenReview(token: string, audiences: readonly string[] = []): Promise<Review> {
    const own = await this.#options.ownToken();
    if (own === undefined) return { verdict: "refused", status: 401 };
    const spec = { token, ...(audiences.length === 0 ? {} : { audiences }) };
    const reply = await this.#create(`${AUTHENTICATION}/tokenreviews`, "TokenReview", own, spec);
    if (!isDone(reply)) return refused(reply);
    const { status } = parse(reply, tokenReviewReply);
    if (status?.authenticated !== true || status.user === undefined) return { verdict: "nobody" };
    // a reviewer that knows no audiences leaves them out: then the token may be for anyone
    const isForUs = audiences.length === 0 || audiences.some((one) => status.audiences?.includes(one));
    return isForUs ? found(status.user) : { verdict: "nobody" };
  }

  async selfSubjectReview(token: string): Promise<Review> {
    const reply = await this.#create(`${AUTHENTICATION}/selfsubjectreviews`, "SelfSubjectReview", new Secret(token));
    if (!isDone(reply)) return refused(reply);
    const info = parse(reply, selfReply).status?.userInfo;
    return info === undefined ? { verdict: "nobody" } : found(info);
  }

  async openshiftUser(token: string): Promise<Review> {
    const reply = await this.#send("GET", "apis/user.openshift.io/v1/users/~", new Secret(token));
    if (!isDone(reply)) return refused(reply);
    const { metadata, groups } = parse(reply, openshiftReply);
    return found({ username: metadata?.name, uid: metadata?.uid, groups });
  }

  async subjectAccessReview(user: KubernetesUser, attributes: ResourceAttributes): Promise<boolean> {
    const own = await this.#options.ownToken();
    if (own === undefined) throw unavailable("the hub has no service account to ask the Kubernetes API with");
    const { name, uid, groups, extra } = user;
    const spec = { user: name, groups, extra, ...(uid === undefined ? {} : { uid }), resourceAttributes: attributes };
    const reply = await this.#create(`${AUTHORIZATION}/subjectaccessreviews`, "SubjectAccessReview", own, spec);
    if (!isDone(reply)) throw unavailable("the Kubernetes API does not tell this hub what callers may do");
    const { status } = parse(reply, accessReply);
    return status?.allowed === true && status.denied !== true;
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  #create(path: string, kind: string, token: Secret, spec?: object): Promise<UpstreamReply> {
    const apiVersion = path.split("/").slice(1, 3).join("/");
    return this.#send("POST", path, token, { apiVersion, kind, ...(spec === undefined ? {} : { spec }) });
  }

  async #send(method: "GET" | "POST", path: string, token: Secret, json?: object): Promise<UpstreamReply> {
    const headers = [["authorization", `Bearer ${token.reveal()}`]] as const;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const reply = await this.#api.send({ method, path, headers, signal, ...(json === undefined ? {} : { json }) });
      if (isDone(reply) || [401, 403, 404].includes(reply.status)) return reply;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
    }
    throw unavailable("the Kubernetes API that knows the callers does not answer");
  }
}

const isDone = ({ status }: UpstreamReply): boolean => status === 200 || status === 201;

const refused = ({ status }: UpstreamReply): Review => ({ verdict: "refused", status });

/** Some proxies answer a login page with 200: that is no verdict either. */
function parse<T>({ body }: UpstreamReply, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString("utf8")));
  } catch {
    throw unavailable("the Kubernetes API that knows the callers answers in a way it never should");
  }
}

/** Nobody is called nothing, and who is called system:anonymous did not log in. */
function found({ username = "", uid, groups, extra }: z.output<typeof userInfo>): Review {
  if (username === "" || username === "system:anonymous") return { verdict: "nobody" };
  const extras = Object.entries(extra ?? {}).map(([key, values]) => [key, values ?? []] as const);
  return { verdict: "user", user: { name: username, uid, groups: groups ?? [], extra: Object.fromEntries(extras) } };
}
