// Who may knock: Host and Origin are checked before anything is read, so that no web page can reach the hub through a
// person's browser (DNS rebinding). Probes are exempt: the kubelet sends the pod's address as Host.
import { isIP } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { Audit } from "../core/audit.ts";
import { oneLine } from "../core/clip.ts";
import { Denied } from "../core/denied.ts";
import { answerCors } from "./cors.ts";
import { shapeProblem, targetOf } from "./request-shape.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
export const PROBES = ["/health", "/ready", "/metrics"];

export interface EdgeOptions {
  /** The address we listen on. */
  readonly host: string;
  readonly publicUrl: string | undefined;
  /** Names, or `*.example.com`. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly audit: Audit;
  /** Counts a refused request of an address. @throws Denied 429 */
  readonly countRefused: (address: string) => Promise<void>;
}

/** Refuses strangers and malformed requests with a JSON-RPC body, and answers the preflights of browsers. */
export function guardEdges(app: FastifyInstance, options: EdgeOptions): void {
  const isHost = hostCheck(options);
  const refuse = async (denied: Denied, request: FastifyRequest, reply: FastifyReply) => {
    const { status, message, headers } = await options.countRefused(request.ip).then(() => denied, asDenied);
    const route = `${request.method} ${pathOf(request)}`;
    options.audit.refused({ door: "http", route, status, reason: message, address: request.ip });
    const body = { jsonrpc: "2.0", error: { code: -32_000, message }, id: null };
    void reply
      .code(status)
      .headers({ ...headers, connection: "close" })
      .send(body);
  };
  const passed = new LRUCache<string, true>({ max: 100 });
  app.addHook("onRequest", (request, reply, done) => {
    const malformed = targetProblem(request, isHost) ?? shapeProblem(request);
    if (malformed !== undefined) return void refuse(malformed, request, reply);
    if (PROBES.includes(pathOf(request))) return done();
    const { host = "", origin = "" } = request.headers;
    const key = `${host}\n${origin}`; // no header holds a line break
    const stranger = passed.has(key) ? undefined : strangerProblem(request, isHost, options);
    if (stranger !== undefined) return void refuse(stranger, request, reply);
    passed.set(key, true);
    if (!answerCors(request, reply, options.allowedOrigins)) done();
  });
}

const asDenied = (error: unknown): Denied => {
  if (error instanceof Denied) return error;
  throw error;
};

export const pathOf = ({ url }: FastifyRequest): string => (url.split("?")[0] ?? "").replace(/(?<=.)\/$/, "");

type IsHost = (name: string) => boolean;

/** The request line's own host counts more than the header: both must name us, and the same. */
function targetProblem({ originalUrl, headers }: FastifyRequest, isHost: IsHost): Denied | undefined {
  if (originalUrl.startsWith("/")) return undefined;
  const target = targetOf(originalUrl);
  if (target === undefined) return new Denied(400, "the request line must name a path, such as /mcp");
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(originalUrl)?.[1]?.toLowerCase();
  if (authority === headers.host?.toLowerCase() && isHost(bare(target.hostname))) return undefined;
  return new Denied(421, "the request line names another host; send the path alone, such as /mcp");
}

function strangerProblem(request: FastifyRequest, isHost: IsHost, options: EdgeOptions): Denied | undefined {
  const host = request.headers.host ?? "";
  const address = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (address === undefined || address.host === "" || !isHost(bare(address.hostname))) {
    return new Denied(403, `Host "${oneLine(host, 100)}" is not allowed; the operator can add it to ALLOWED_HOSTS`);
  }
  const { origin } = request.headers;
  if (origin === undefined || isOwnOrigin(origin, address, options)) return undefined;
  return new Denied(403, `Origin "${oneLine(origin, 100)}" is not allowed; the operator can add it to ALLOWED_ORIGINS`);
}

/** The hub's own origin: our scheme and port, and the name it was asked by or another of this machine. */
function isOwnOrigin(origin: string, asked: URL, { publicUrl, allowedOrigins }: EdgeOptions): boolean {
  if (allowedOrigins.includes(origin)) return true;
  if (publicUrl !== undefined && new URL(publicUrl).origin === origin) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, port, hostname } = new URL(origin);
  const isSameName = hostname === asked.hostname || (isLoopbackName(hostname) && isLoopbackName(asked.hostname));
  return isSameName && protocol === "http:" && port === asked.port;
}

function hostCheck({ host, publicUrl, allowedHosts }: EdgeOptions): IsHost {
  const own = publicUrl === undefined ? [] : [bare(new URL(publicUrl).hostname)];
  const names = [...LOOPBACK, ...own, ...allowedHosts.map((name) => bare(name.toLowerCase()))];
  const isOpen = !isLoopbackName(host);
  return (name) =>
    names.some(
      (known) => known === name || known === "*" || (known.startsWith("*.") && name.endsWith(known.slice(1))),
    ) ||
    (isOpen && (name === bare(host) || isIP(name) !== 0 || isClusterName(name)));
}

/** Names that only a cluster's own DNS resolves: a web page cannot rebind them. */
const isClusterName = (name: string): boolean => !name.includes(".") || /\.svc(\.cluster\.local)?$/.test(name);

const isLoopbackName = (name: string): boolean => LOOPBACK.includes(bare(name)) || /^127\.\d+\.\d+\.\d+$/.test(name);

const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, "$1");
