// Who may knock: Host and Origin are checked before anything is read, so that no web page can reach the hub through a
// person's browser (DNS rebinding). Probes are exempt: the kubelet sends the pod's address as Host.
import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { oneLine } from "../core/clip.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
export const PROBES = ["/health", "/ready", "/metrics"];

export interface EdgeOptions {
  /** The address we listen on. */
  readonly host: string;
  readonly publicUrl: string | undefined;
  /** Names, or `*.example.com`. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** Refuses strangers with 403 and a JSON-RPC body. */
export function guardEdges(app: FastifyInstance, options: EdgeOptions): void {
  const isHost = hostCheck(options);
  const passed = new LRUCache<string, true>({ max: 100 });
  app.addHook("onRequest", (request, reply, done) => {
    const { host = "", origin = "" } = request.headers;
    const key = `${host}\n${origin}`; // no header holds a line break
    if (passed.has(key) || PROBES.includes(pathOf(request))) return done();
    const problem = refusal(request, isHost, options);
    if (problem !== undefined) {
      const body = { jsonrpc: "2.0", error: { code: -32_000, message: problem }, id: null };
      return reply.code(403).header("connection", "close").send(body);
    }
    passed.set(key, true);
    return done();
  });
}

export const pathOf = ({ url }: FastifyRequest): string => (url.split("?")[0] ?? "").replace(/(?<=.)\/$/, "");

function refusal(request: FastifyRequest, isHost: (name: string) => boolean, options: EdgeOptions): string | undefined {
  const host = request.headers.host ?? "";
  const address = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (address === undefined || address.host === "" || !isHost(bare(address.hostname))) {
    return `Host "${oneLine(host, 100)}" is not allowed; the operator can add it to ALLOWED_HOSTS`;
  }
  const { origin } = request.headers;
  if (origin === undefined || isOwnOrigin(origin, address, options)) return undefined;
  return `Origin "${oneLine(origin, 100)}" is not allowed; the operator can add it to ALLOWED_ORIGINS`;
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

function hostCheck({ host, publicUrl, allowedHosts }: EdgeOptions): (name: string) => boolean {
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
