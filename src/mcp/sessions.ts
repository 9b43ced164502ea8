// Sessions of 2025-era clients: without them neither cancellation nor questions to the client work. Each belongs to one
// caller and one view, ends when idle, and there is a cap.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeStreamableHTTPServerTransport } from "@modelcontextprotocol/node";
import type { McpServer } from "@modelcontextprotocol/server";
import type { Clock } from "../core/clock.ts";
import type { Caller } from "../core/caller.ts";
import { isObject } from "../core/json.ts";
import { Refusal } from "./errors.ts";
import type { ServerFactory } from "./server.ts";
import type { View } from "./view.ts";

/** At the cap, a session unused this long makes room for a new one. */
const EVICTABLE_AFTER_MS = 60_000;

export interface SessionOptions {
  readonly makeServer: ServerFactory;
  readonly clock: Clock;
  readonly maxSessions: number;
  readonly idleMs: number;
}

export interface Session {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly mcp: McpServer;
  readonly viewKey: string;
  /** As of the latest request: a client may have renewed its token. */
  caller: Caller;
  lastUsed: number;
  /** The client has set a log level: its calls go through the SDK, which filters and sends the lines. */
  wantsLogs: boolean;
  /** Exchanges and streams that are open now; while there are any, the session is not idle. */
  open: number;
  /** Calls answered without the SDK, by request id, so that a notice can still cancel them. */
  readonly direct: Map<string | number, AbortController>;
}

export class Sessions {
  readonly #byId = new Map<string, Session>();
  readonly #options: SessionOptions;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sweep = setInterval(() => this.closeIdle(), Math.max(1_000, options.idleMs / 4)).unref();
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Opens a session and lets it answer the `initialize` request. */
  async open(view: View, caller: Caller, req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void this.#byId.set(id, session),
      onsessionclosed: (id) => void this.#byId.delete(id),
    });
    const now = this.#options.clock.now();
    const mcp = this.#options.makeServer(view, caller);
    const session: Session = {
      transport,
      mcp,
      viewKey: view.key,
      caller,
      lastUsed: now,
      open: 0,
      direct: new Map(),
      wantsLogs: false,
    };
    await mcp.connect(transport);
    await this.#exchange(session, req, res, body);
  }

  /** Throws Refusal(503) when the cap is reached and no session has been idle for long. */
  makeRoom(): void {
    if (this.#byId.size < this.#options.maxSessions) return;
    const longUnused = this.#options.clock.now() - EVICTABLE_AFTER_MS;
    const [oldest] = [...this.#byId]
      .filter(([, session]) => session.open === 0 && session.lastUsed < longUnused)
      .sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
    if (oldest === undefined) {
      throw new Refusal(503, -32_000, "too many sessions are open; try again in a minute", { "retry-after": "60" });
    }
    this.#end(...oldest);
  }

  /** The session of that id, if it is this caller's and this view's. */
  find(id: string, view: View, caller: Caller): Session | undefined {
    const session = this.#byId.get(id);
    if (session?.viewKey !== view.key || session.caller.id !== caller.id) return undefined;
    session.caller = caller;
    return session;
  }

  /** Notes a call that is answered without the SDK. `signal` fires when the client takes it back. */
  enter(session: Session, id: string | number, res: ServerResponse): { signal: AbortSignal; leave: () => void } {
    const cancelled = new AbortController();
    session.direct.set(id, cancelled);
    this.#hold(session, res);
    return { signal: cancelled.signal, leave: () => void session.direct.delete(id) };
  }

  /** One request within a session. A client that leaves before its answer cancels what it asked. */
  async serve(session: Session, req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    res.once("close", () => {
      if (!res.writableFinished) cancel(session.transport, body);
    });
    cancelDirect(session, body);
    if (isObject(body) && body["method"] === "logging/setLevel") session.wantsLogs = true;
    await this.#exchange(session, req, res, body);
  }

  get callers(): Iterable<Caller> {
    return [...this.#byId.values()].map(({ caller }) => caller);
  }

  /** Ends the sessions of callers who are no longer welcome. */
  end(isUnwelcome: (caller: Caller) => boolean): void {
    for (const [id, session] of this.#byId) if (isUnwelcome(session.caller)) this.#end(id, session);
  }

  tellToolsChanged(): void {
    for (const { mcp } of this.#byId.values()) mcp.sendToolListChanged();
  }

  closeIdle(): void {
    const oldest = this.#options.clock.now() - this.#options.idleMs;
    for (const [id, session] of this.#byId) {
      if (session.open === 0 && session.lastUsed < oldest) this.#end(id, session);
    }
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const [id, session] of this.#byId) this.#end(id, session);
  }

  async #exchange(session: Session, req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    this.#hold(session, res);
    await session.transport.handleRequest(req, res, body);
  }

  /** Keeps the session from being idle until the response closes. */
  #hold(session: Session, res: ServerResponse): void {
    session.open += 1;
    session.lastUsed = this.#options.clock.now();
    res.once("close", () => {
      session.open -= 1;
      session.lastUsed = this.#options.clock.now();
    });
  }

  #end(id: string, session: Session): void {
    this.#byId.delete(id);
    void session.transport.close();
  }
}

/** A cancellation notice for a call that the SDK does not know of. */
function cancelDirect(session: Session, body: unknown): void {
  if (!isObject(body) || body["method"] !== "notifications/cancelled" || !isObject(body["params"])) return;
  const id = body["params"]["requestId"];
  if (typeof id === "string" || typeof id === "number") session.direct.get(id)?.abort();
}

/** Tells the server that the requests of this body are no longer wanted, as the client's own notice would. */
function cancel(transport: NodeStreamableHTTPServerTransport, body: unknown): void {
  for (const message of Array.isArray(body) ? body : [body]) {
    if (!isObject(message) || !("method" in message)) continue;
    const id = message["id"];
    if (typeof id !== "string" && typeof id !== "number") continue;
    const params = { requestId: id, reason: "the client closed the connection" };
    transport.onmessage?.({ jsonrpc: "2.0", method: "notifications/cancelled", params });
  }
}
