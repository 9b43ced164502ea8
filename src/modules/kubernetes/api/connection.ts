// HTTP to one cluster: one pool for as long as the TLS material stays the same, credentials asked for every request.
// Its own and not core/upstream.ts, because logs stream, exec plugins bring certificates late, and kubeconfigs name proxies.
import type { AgentOptions, RequestOptions } from "node:https";
import type { Readable } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent, ProxyAgent, type Dispatcher } from "undici";
import { ToolFailure } from "../../../core/failure.ts";
import type { Pairs } from "../../../core/upstream.ts";
import { explainNetwork, UpstreamError } from "../../../core/upstream-error.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import { UNWATCHED, type Watch } from "../../../core/watch.ts";
import type { ConfigSource } from "./kubeconfig.ts";

export interface ConnectionRequest {
  /** Below the server's address; variable segments already encoded. */
  readonly path: string;
  readonly query: Pairs;
  readonly headers: Pairs;
  readonly signal: AbortSignal;
}

export interface ConnectionReply {
  readonly status: number;
  readonly contentEncoding: string | undefined;
  readonly body: Readable;
}

export interface Connection {
  /**
   * Any status is a reply. Whoever gets it must read or destroy its body.
   * @throws UpstreamError (that of the signal, if it was aborted with one), ToolFailure
   */
  open(request: ConnectionRequest): Promise<ConnectionReply>;
  /** What was sent as Authorization last, so that it can be taken out of logs. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

interface Credentials {
  readonly server: string;
  readonly headers: Pairs;
  /** Of the TLS options and the proxy. */
  readonly dispatcher: Dispatcher;
}

type DispatcherOptions = ReturnType<KubeConfig["createDispatcherOptions"]>;

export const openConnection = (context: string, source: ConfigSource, watch = UNWATCHED): Connection =>
  new ClusterConnection(context, source, watch);

class ClusterConnection implements Connection {
  readonly #context: string;
  readonly #source: ConfigSource;
  readonly #watch: Watch;
  readonly #old = new Set<Dispatcher>();
  #config: KubeConfig | undefined;
  #asking: Promise<Credentials> | undefined;
  #options: DispatcherOptions | undefined;
  #dispatcher: Dispatcher | undefined;
  #secrets: readonly string[] = [];

  constructor(context: string, source: ConfigSource, watch: Watch) {
    this.#context = context;
    this.#source = source;
    this.#watch = watch;
  }

  async open(request: ConnectionRequest): Promise<ConnectionReply> {
    const reply = await this.#send(request);
    if (reply.status !== 401) return reply;
    // a token that was rotated, or that an exec plugin would renew: once more with everything read anew
    reply.body.resume();
    this.#config = undefined;
    return this.#send(request);
  }

  secrets(): readonly string[] {
    return this.#secrets;
  }

  async close(): Promise<void> {
    const all = [...this.#old, ...(this.#dispatcher === undefined ? [] : [this.#dispatcher])];
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  async #send({ path, query, headers, signal }: ConnectionRequest): Promise<ConnectionReply> {
    const credentials = await this.#credentials(signal);
    const { origin, pathname } = new URL(credentials.server);
    const whole = `${pathname.replace(/\/+$/, "")}/${path}`;
    const search = query.length === 0 ? "" : `?${searchOf(query).toString()}`;
    return this.#watch.request({ method: "GET", url: new URL(whole, origin) }, async (carrier) => {
      const asked = credentials.dispatcher.request({
        origin,
        method: "GET",
        path: `${whole}${search}`,
        headers: { "user-agent": "ops-hub", ...carrier, ...Object.fromEntries([...headers, ...credentials.headers]) },
        signal,
      });
      const reply = await asked.catch((error: unknown) => {
        throw explain(error, signal);
      });
      const encoding = reply.headers["content-encoding"];
      return {
        status: reply.statusCode,
        contentEncoding: Array.isArray(encoding) ? encoding.join(", ") : encoding,
        body: reply.body,
      };
    });
  }

  /** Calls that come at the same time share one run of an exec plugin; who has waited in vain leaves the next a new one. */
  async #credentials(signal: AbortSignal): Promise<Credentials> {
    const asking = (this.#asking ??= this.#ask());
    try {
      return await untilAborted(asking, signal);
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
  }

  async #ask(): Promise<Credentials> {
    const config = (this.#config ??= await this.#load());
    config.setCurrentContext(this.#context);
    const cluster = config.getCurrentCluster();
    const user = config.getCurrentUser();
    if (cluster === null) throw misconfigured(`context "${this.#context}" names no cluster of the kubeconfig`);
    // the library refuses http addresses without this, which kubectl does not
    if (cluster.server.startsWith("http:")) Object.assign(cluster, { skipTLSVerify: true });
    const given: RequestOptions = { headers: {} };
    try {
      await config.applyToHTTPSOptions(given);
    } catch (error) {
      const source = user?.exec === undefined || user.exec === null ? "credential files" : "exec plugin";
      throw new ToolFailure(
        "denied",
        `the ${source} of kubeconfig user "${user?.name ?? "none"}" gave no credentials; the operator runs kubectl with the same kubeconfig as the hub's user to see why`,
        { code: "NO_CREDENTIALS" },
        { cause: error },
      );
    }
    const headers = headersOf(given);
    this.#secrets = headers.flatMap(([name, value]) => (name === "authorization" ? [value.replace(/^\w+ /, "")] : []));
    return {
      server: cluster.server,
      headers,
      dispatcher: this.#dispatcherFor(config.createDispatcherOptions(cluster, tlsOf(given))),
    };
  }

  async #load(): Promise<KubeConfig> {
    try {
      return await this.#source.load();
    } catch (error) {
      throw misconfigured("the kubeconfig cannot be read any more; the operator checks KUBECONFIG", error);
    }
  }

  #dispatcherFor(options: DispatcherOptions): Dispatcher {
    if (this.#dispatcher !== undefined && isDeepStrictEqual(options, this.#options)) return this.#dispatcher;
    if (this.#dispatcher !== undefined) this.#retire(this.#dispatcher);
    this.#options = options;
    this.#dispatcher = makeDispatcher(options);
    return this.#dispatcher;
  }

  /** Requests under way may end. */
  #retire(dispatcher: Dispatcher): void {
    this.#old.add(dispatcher);
    void dispatcher.close().finally(() => this.#old.delete(dispatcher));
  }
}

/** As it is counted; what no network does goes on as it is. */
function explain(error: unknown, { aborted, reason }: AbortSignal): unknown {
  if (!aborted) return explainNetwork(error) ?? error;
  return reason instanceof UpstreamError
    ? reason
    : new UpstreamError("aborted", "the caller hung up", {}, { cause: error });
}

/** Deadlines are the caller's. */
const POOL = { connections: 16, headersTimeout: 0, bodyTimeout: 0, allowH2: false } as const;
const CONNECT_TIMEOUT_MS = 5_000;

function makeDispatcher(options: DispatcherOptions): Dispatcher {
  switch (options.type) {
    case "socks":
      throw misconfigured("the kubeconfig names a SOCKS proxy, which is not supported; use an HTTP proxy");
    case "proxy":
      return new ProxyAgent({ ...POOL, uri: options.uri, requestTls: { ...options.requestTls } });
    case "agent":
      return new Agent({ ...POOL, connect: { ...options.connect, timeout: CONNECT_TIMEOUT_MS } });
    case "none":
      return new Agent({ ...POOL, connect: { timeout: CONNECT_TIMEOUT_MS } });
  }
}

/** What of the request options the dispatcher needs; their agent is of the old kind, and their timeouts are not ours. */
const tlsOf = ({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions): AgentOptions => ({
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key }),
  ...(pfx === undefined ? {} : { pfx }),
  ...(passphrase === undefined ? {} : { passphrase }),
  ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  ...(servername === undefined ? {} : { servername }),
});

const searchOf = (query: Pairs): URLSearchParams =>
  new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));

function headersOf({ headers, auth }: RequestOptions): Pairs {
  const given = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    String(value).trim(),
  ]);
  const basic = typeof auth === "string" ? `Basic ${Buffer.from(auth).toString("base64")}` : undefined;
  return basic === undefined ? given : [...given, ["authorization", basic]];
}

const misconfigured = (message: string, cause?: unknown): ToolFailure =>
  new ToolFailure("unavailable", message, { code: "MISCONFIGURED" }, { cause });
