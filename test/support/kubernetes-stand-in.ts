// A kube-apiserver for tests, as strict as the real one in what this hub asks: paths, methods, parameters, selectors,
// paging, tables, Status bodies, and the refusals of the log endpoint. kubectl and @kubernetes/client-node work with it.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "../../src/core/json.ts";
import { sendLog, type Followers } from "./kubernetes/log.ts";
import { RESOURCES, type KubeObject, type LogLine, type ResourceType } from "./kubernetes/objects.ts";
import { allow, Refusal, sendJson, sendStatus } from "./kubernetes/refusal.ts";
import { fieldFilter, labelFilter } from "./kubernetes/selectors.ts";
import { columnsOf, tableOf } from "./kubernetes/table.ts";

export type { KubeObject, LogLine } from "./kubernetes/objects.ts";

export interface StandInOptions {
  /** Calls without it get 401. */
  readonly token: string;
  /** apiVersions that are served. */
  readonly serves?: readonly string[];
  readonly tls?: ServerOptions;
  /** PEM of the authority, for the kubeconfig. */
  readonly ca?: string;
}

/** What the next request gets instead of an answer; the next one with `on` in its line, when that is given. */
export type Mishap = { readonly on?: string } & (
  | { readonly kind: "status"; readonly status: number; readonly body?: string; readonly contentType?: string }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" }
);

export interface KubernetesStandIn {
  readonly url: string;
  readonly port: number;
  /** `GET /api/v1/pods?limit=500` of every request, in order. */
  readonly requests: string[];
  readonly objects: KubeObject[];
  token: string;
  /** The log of `namespace/pod/container`, or of its run before: `namespace/pod/container/previous`. */
  readonly logs: Map<string, LogLine[]>;
  /** Refused with 403: `list pods`, `get pods/log`, `get pods/log shop`. */
  readonly denied: Set<string>;
  /** Logs whose answer does not end. */
  readonly stalls: Set<string>;
  /** Taken one by one, before anything else; a `continue` that has expired is a mishap of its own. */
  readonly mishaps: Mishap[];
  expireContinue: boolean;
  /** Sends a line to the followers of a log too. */
  append(key: string, line: LogLine): void;
  /** Ends the answers of those who follow a log. */
  finish(key: string): void;
  /** A kubeconfig with one context for each name. */
  kubeconfig(contexts?: readonly string[], user?: JsonObject): string;
  close(): Promise<void>;
}

export async function startKubernetes(options: StandInOptions): Promise<KubernetesStandIn> {
  const followers: Followers = new Map();
  const held = new Set<ServerResponse>();
  const serves = options.serves ?? ["v1", "apps/v1", "batch/v1", "tekton.dev/v1"];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    standIn.requests.push(`${request.method} ${request.url}`);
    const next = standIn.mishaps.findIndex(({ on = "" }) => `${request.method} ${request.url}`.includes(on));
    const [mishap] = next < 0 ? [] : standIn.mishaps.splice(next, 1);
    if (mishap !== undefined) return stumble(mishap, request, response, held);
    try {
      answer({ standIn, serves, followers, request, response });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      sendStatus(response, error);
    }
  };
  const server = options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = options.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  const { ca } = options;
  const authority = ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const standIn: KubernetesStandIn = {
    url,
    port,
    requests: [],
    objects: [],
    token: options.token,
    logs: new Map(),
    denied: new Set(),
    stalls: new Set(),
    mishaps: [],
    expireContinue: false,
    append(key, line) {
      standIn.logs.set(key, [...(standIn.logs.get(key) ?? []), line]);
      for (const send of followers.get(key) ?? []) send(line);
    },
    finish(key) {
      for (const send of followers.get(key) ?? []) send();
    },
    kubeconfig: (contexts = ["test"], user = { token: standIn.token }) =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "stand-in", cluster: { server: url, ...authority } }],
        users: [{ name: "hub", user }],
        contexts: contexts.map((name) => ({ name, context: { cluster: "stand-in", user: "hub", namespace: "shop" } })),
        "current-context": contexts[0],
      }),
    close: () =>
      new Promise((resolve) => {
        for (const response of held) response.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return standIn;
}

interface Exchange {
  readonly standIn: KubernetesStandIn;
  readonly serves: readonly string[];
  readonly followers: Followers;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function stumble(mishap: Mishap, request: IncomingMessage, response: ServerResponse, held: Set<ServerResponse>): void {
  if (mishap.kind === "hang") return void held.add(response);
  if (mishap.kind === "reset") return void request.socket.destroy();
  response.writeHead(mishap.status, { "content-type": mishap.contentType ?? "text/plain" }).end(mishap.body ?? "");
}

function answer(exchange: Exchange): void {
  const { standIn, serves, request, response } = exchange;
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://stand-in");
  if (request.headers.authorization !== `Bearer ${standIn.token}`) {
    throw new Refusal(401, "Unauthorized", "Unauthorized");
  }
  if (request.method !== "GET") {
    throw new Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
  }
  const segments = pathname.split("/").slice(1).map(decodeURIComponent);
  if (pathname === "/version") return sendJson(response, { major: "1", minor: "36", gitVersion: "v1.36.0" });
  if (pathname === "/api") return sendJson(response, { kind: "APIVersions", versions: ["v1"] });
  if (pathname === "/apis") return sendJson(response, groupList(serves));
  const isCore = segments[0] === "api";
  if (!isCore && segments[0] !== "apis") throw new Refusal(404, "", "404 page not found");
  const apiVersion = isCore ? segments[1] : segments.slice(1, 3).join("/");
  if (apiVersion === undefined || !serves.includes(apiVersion)) throw new Refusal(404, "", "404 page not found");
  const rest = segments.slice(isCore ? 2 : 3);
  if (rest.length === 0) return sendJson(response, resourceList(apiVersion));
  serve(exchange, apiVersion, rest, searchParams);
}

function groupList(serves: readonly string[]): JsonObject {
  const groups = serves
    .filter((one) => one.includes("/"))
    .map((groupVersion) => {
      const [name = "", version = ""] = groupVersion.split("/");
      const versions = [{ groupVersion, version }];
      return { name, versions, preferredVersion: versions[0] };
    });
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

function resourceList(apiVersion: string): JsonObject {
  const listed = RESOURCES.filter((one) => one.apiVersion === apiVersion).map(
    ({ name, kind, namespaced, shortNames }) => ({
      name,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: ["get", "list"],
      ...(shortNames === undefined ? {} : { shortNames }),
    }),
  );
  const log = { name: "pods/log", singularName: "", namespaced: true, kind: "Pod", verbs: ["get"] };
  const resources = apiVersion === "v1" ? [...listed, log] : listed;
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersion, resources };
}

/** `rest` is `pods`, `namespaces/shop/pods`, `namespaces/shop/pods/web-1`, `.../log`, `nodes/node-1`. */
function serve(exchange: Exchange, apiVersion: string, rest: readonly string[], query: URLSearchParams): void {
  const isNested = rest[0] === "namespaces" && rest.length > 2;
  const namespace = isNested ? rest[1] : undefined;
  const [plural = "", name, subresource, ...more] = isNested ? rest.slice(2) : rest;
  const type = RESOURCES.find((one) => one.apiVersion === apiVersion && one.name === plural);
  const isPlaced = type !== undefined && (type.namespaced ? namespace !== undefined || name === undefined : !isNested);
  if (type === undefined || !isPlaced || more.length > 0 || (subresource ?? "log") !== "log") {
    throw new Refusal(404, "NotFound", "the server could not find the requested resource", {});
  }
  authorize(exchange.standIn, { type, namespace, name, subresource });
  if (name === undefined) return list(exchange, type, namespace, query);
  const found = exchange.standIn.objects.find(
    (one) =>
      one.apiVersion === apiVersion &&
      one.kind === type.kind &&
      one.metadata.name === name &&
      one.metadata.namespace === namespace,
  );
  if (found === undefined) {
    const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [];
    const resource = group === "" ? plural : `${plural}.${group}`;
    throw new Refusal(404, "NotFound", `${resource} "${name}" not found`, { name, group, kind: plural });
  }
  if (subresource === "log")
    return sendLog(exchange.response, { ...exchange.standIn, followers: exchange.followers }, found, query);
  allow(query, []);
  const columns = columnsOf(type.kind);
  sendJson(exchange.response, wantsTable(exchange.request) ? tableOf(columns, [found]) : found);
}

interface Access {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

function authorize({ denied }: KubernetesStandIn, { type, namespace, name, subresource }: Access): void {
  const verb = name === undefined ? "list" : "get";
  const resource = subresource === undefined ? type.name : `${type.name}/${subresource}`;
  if (!denied.has(`${verb} ${resource}`) && !denied.has(`${verb} ${resource} ${namespace ?? "*"}`)) return;
  const [group = ""] = type.apiVersion.includes("/") ? type.apiVersion.split("/") : [];
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const what = name === undefined ? type.name : `${type.name} "${name}"`;
  const user = `User "system:serviceaccount:hub:ops-hub" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  throw new Refusal(403, "Forbidden", `${what} is forbidden: ${user}`, { name, kind: type.name });
}

const wantsTable = ({ headers }: IncomingMessage): boolean => (headers.accept ?? "").includes("as=Table");

function list(
  { standIn, request, response }: Exchange,
  type: ResourceType,
  namespace: string | undefined,
  query: URLSearchParams,
): void {
  allow(query, ["limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "timeoutSeconds"]);
  const selected = standIn.objects
    .filter((one) => one.apiVersion === type.apiVersion && one.kind === type.kind)
    .filter((one) => namespace === undefined || one.metadata.namespace === namespace)
    .filter(labelFilter(query.get("labelSelector") ?? ""))
    .filter(fieldFilter(query.get("fieldSelector") ?? "", type))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const limit = Number(query.get("limit") ?? 0);
  const from = query.get("continue");
  if (from !== null && standIn.expireContinue) {
    standIn.expireContinue = false;
    throw new Refusal(
      410,
      "Expired",
      "The provided continue parameter is too old to display a consistent list result.",
    );
  }
  const start = from === null ? 0 : Number(Buffer.from(from, "base64url").toString());
  const end = limit > 0 ? Math.min(selected.length, start + limit) : selected.length;
  const left = selected.length - end;
  const isSelected = query.has("labelSelector") || query.has("fieldSelector");
  const metadata = {
    resourceVersion: "1000",
    ...(left > 0 ? { continue: Buffer.from(String(end)).toString("base64url") } : {}),
    ...(left > 0 && !isSelected ? { remainingItemCount: left } : {}),
  };
  const page = selected.slice(start, end);
  if (wantsTable(request)) return sendJson(response, tableOf(columnsOf(type.kind), page, metadata));
  const items = page.map((object) => Object.fromEntries(Object.entries(object).filter(([key]) => !isTypeMeta(key))));
  sendJson(response, { kind: `${type.kind}List`, apiVersion: type.apiVersion, metadata, items });
}

/** In a list, only the list itself says what its items are. */
const isTypeMeta = (key: string): boolean => key === "apiVersion" || key === "kind";

const keyOf = ({ metadata: { namespace = "", name } }: KubeObject): string => `${namespace}/${name}`;
