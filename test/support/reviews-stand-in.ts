// The part of a Kubernetes or OpenShift API that knows who callers are and what they may, on loopback. It refuses what an
// API server refuses: another content type, an unknown or missing member, a wrong kind, a token that is none, a lack of rights.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTls } from "node:https";
import { z } from "zod";

export interface Account {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Of a bound service account token; the API's own when absent. */
  readonly audiences?: readonly string[];
  /** May create TokenReviews and SubjectAccessReviews. */
  readonly isDelegator?: boolean;
  /** May not even ask who it is. */
  readonly isMute?: boolean;
}

export interface ReviewsStandIn {
  readonly url: string;
  /** By token. */
  readonly accounts: Map<string, Account>;
  /** `alice pods/log get shop`, as far as anybody may anything. */
  readonly allowed: Set<string>;
  /** Each request as `POST tokenreviews as <username>`. */
  readonly requests: string[];
  /** What a SubjectAccessReview asked, whole. */
  readonly asked: unknown[];
  /** Answers the next requests instead: returns whether it did. */
  mishap: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

export interface StandInOptions {
  /** Is there a SelfSubjectReview (Kubernetes 1.28)? */
  readonly selfReviews?: boolean;
  readonly isOpenshift?: boolean;
  /** False: an API that knows nothing of audiences. */
  readonly knowsAudiences?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
}

const OWN_AUDIENCE = "https://kubernetes.default.svc";

class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

const review = <T extends z.ZodRawShape>(group: string, kind: string, more: T) =>
  z.strictObject({
    apiVersion: z.literal(`${group}.k8s.io/v1`),
    kind: z.literal(kind),
    metadata: z.strictObject({}).optional(),
    ...more,
  });

const tokenReview = review("authentication", "TokenReview", {
  spec: z.strictObject({ token: z.string().min(1), audiences: z.array(z.string()).optional() }),
});
const selfReview = review("authentication", "SelfSubjectReview", {});
const accessReview = review("authorization", "SubjectAccessReview", {
  spec: z.strictObject({
    user: z.string().min(1),
    uid: z.string().optional(),
    groups: z.array(z.string()).optional(),
    extra: z.record(z.string().regex(/^[^A-Z]+$/), z.array(z.string())).optional(),
    resourceAttributes: z.strictObject({
      namespace: z.string().min(1),
      verb: z.string().min(1),
      resource: z.string().regex(/^[a-z]+$/),
      subresource: z.string().optional(),
      group: z.string().optional(),
      name: z.string().optional(),
    }),
  }),
});

export async function startReviews(options: StandInOptions = {}): Promise<ReviewsStandIn> {
  const { selfReviews = true, isOpenshift = false, knowsAudiences = true, tls } = options;
  const state = {
    accounts: new Map<string, Account>(),
    allowed: new Set<string>(),
    requests: [] as string[],
    asked: [] as unknown[],
    mishap: undefined as ReviewsStandIn["mishap"],
  };
  const routes: Record<string, (body: unknown, caller: Account) => object> = {
    "POST /apis/authentication.k8s.io/v1/tokenreviews": (body, caller) => {
      mayReview(caller, "tokenreviews");
      const { spec } = parse(tokenReview, body);
      return { ...created(body), status: tokenStatus(state.accounts.get(spec.token), spec.audiences, knowsAudiences) };
    },
    "POST /apis/authorization.k8s.io/v1/subjectaccessreviews": (body, caller) => {
      mayReview(caller, "subjectaccessreviews");
      const { spec } = parse(accessReview, body);
      state.asked.push(spec);
      const { namespace, verb, resource, subresource } = spec.resourceAttributes;
      const what = subresource === undefined ? resource : `${resource}/${subresource}`;
      return { ...created(body), status: { allowed: state.allowed.has(`${spec.user} ${what} ${verb} ${namespace}`) } };
    },
  };
  if (selfReviews) {
    routes["POST /apis/authentication.k8s.io/v1/selfsubjectreviews"] = (body, caller) => {
      if (caller.isMute === true) throw forbidden(caller, "create", "selfsubjectreviews");
      parse(selfReview, body);
      return { ...created(body), status: { userInfo: userInfo(caller) } };
    };
  }
  if (isOpenshift) {
    routes["GET /apis/user.openshift.io/v1/users/~"] = (_body, caller) => {
      if (caller.isMute === true) throw forbidden(caller, "get", "users");
      const { username: name, uid, groups = [] } = caller;
      return { kind: "User", apiVersion: "user.openshift.io/v1", metadata: { name, uid }, groups, identities: null };
    };
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (state.mishap?.(request, response) === true) return;
    try {
      const answer = await handle(request, routes, state);
      send(response, request.method === "POST" ? 201 : 200, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status: code, reason, message } = error;
      send(response, code, {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message,
        reason,
        code,
      });
    }
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void serve(request, response);
  const server = tls === undefined ? createServer(listener) : createTls(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(state, {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** As an API server: first who, then what, then whether that path exists. */
async function handle(
  request: IncomingMessage,
  routes: Record<string, (body: unknown, caller: Account) => object>,
  state: { accounts: Map<string, Account>; requests: string[] },
): Promise<object> {
  const { method = "", url = "", headers } = request;
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
  const caller = state.accounts.get(token ?? "");
  const isHere = caller !== undefined && (caller.audiences ?? [OWN_AUDIENCE]).includes(OWN_AUDIENCE);
  state.requests.push(`${method} ${url.split("/").at(-1) ?? ""} as ${isHere ? caller.username : "nobody"}`);
  const text = await read(request);
  if (!isHere) throw new Refusal(401, "Unauthorized", "Unauthorized");
  const route = routes[`${method} ${url}`];
  if (route === undefined) throw new Refusal(404, "NotFound", "the server could not find the requested resource");
  if (method === "GET") return route(undefined, caller);
  if (headers["content-type"] !== "application/json") {
    throw new Refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format");
  }
  return route(JSON.parse(text), caller);
}

function tokenStatus(account: Account | undefined, wanted: readonly string[] | undefined, knowsAudiences: boolean) {
  if (account === undefined) return { user: {}, error: "[invalid bearer token, Token has been invalidated]" };
  if (!knowsAudiences) return { authenticated: true, user: userInfo(account) };
  const audiences = (wanted ?? [OWN_AUDIENCE]).filter((one) => (account.audiences ?? [OWN_AUDIENCE]).includes(one));
  if (audiences.length === 0) return { user: {}, error: "[invalid bearer token, token audiences are invalid]" };
  return { authenticated: true, user: userInfo(account), audiences };
}

function mayReview(caller: Account, resource: string): void {
  if (caller.isDelegator !== true) throw forbidden(caller, "create", resource);
}

const forbidden = ({ username }: Account, verb: string, resource: string) =>
  new Refusal(403, "Forbidden", `User "${username}" cannot ${verb} resource "${resource}" at the cluster scope`);

const userInfo = ({ username, uid, groups, extra }: Account) => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  ...(groups === undefined ? {} : { groups }),
  ...(extra === undefined ? {} : { extra }),
});

const created = (body: unknown): object => ({
  ...z.looseObject({}).parse(body),
  metadata: { creationTimestamp: null },
});

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, "BadRequest", `strict decoding error: ${parsed.error.message}`);
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
