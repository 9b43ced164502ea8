// The HTTP+SSE transport of 2024, for HolmesGPT and old clients: GET opens the stream, POSTs beside it carry messages.
import type { McpServer } from "@modelcontextprotocol/server";
import type { SSEServerTransport } from "@modelcontextprotocol/server-legacy/sse";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../core/caller.ts";
import { Refusal, SESSION_NOT_FOUND } from "./errors.ts";
import type { ServerFactory } from "./server.ts";
import type { StreamSlots } from "./slots.ts";
import type { View } from "./view.ts";

/** Proxies cut silent streams at 60 s, HolmesGPT at 120 s. */
const PING_EVERY_MS = 15_000;

export interface LegacySseOptions {
  readonly makeServer: ServerFactory;
  readonly streams: StreamSlots;
}

interface Client {
  readonly transport: SSEServerTransport;
  readonly mcp: McpServer;
  readonly reply: FastifyReply;
  readonly viewKey: string;
  /** As of the latest message: a client may have renewed its token. */
  readonly latest: { caller: Caller };
}

export class LegacySse {
  readonly #clients = new Map<string, Client>();
  readonly #options: LegacySseOptions;
  readonly #pings: NodeJS.Timeout;

  constructor(options: LegacySseOptions) {
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS).unref();
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Opens the stream; its first event names `messagesPath`, an absolute path as clients see it. */
  async open(reply: FastifyReply, view: View, caller: Caller, messagesPath: string): Promise<void> {
    const latest = { caller };
    this.#options.streams.take(reply.raw, caller, () => latest.caller);
    reply.hijack();
    reply.raw.setHeader("x-accel-buffering", "no");
    // Loaded at the first old client: it brings a second copy of the protocol's schemas, 50 ms and 6 MB.
    const { SSEServerTransport: Transport } = await import("@modelcontextprotocol/server-legacy/sse");
    const transport = new Transport(messagesPath, reply.raw);
    const mcp = this.#options.makeServer(view, caller);
    this.#clients.set(transport.sessionId, { transport, mcp, reply, viewKey: view.key, latest });
    reply.raw.once("close", () => this.#clients.delete(transport.sessionId));
    await mcp.connect(transport);
  }

  /** Takes one message; the answer comes on the stream. Throws Refusal for a stranger's or a malformed one. */
  async post(request: FastifyRequest, reply: FastifyReply, view: View, caller: Caller): Promise<void> {
    const client = this.#clients.get(sessionIdIn(request.query));
    if (client === undefined || client.viewKey !== view.key || client.latest.caller.id !== caller.id) {
      throw new Refusal(404, SESSION_NOT_FOUND, "session not found; open the event stream again");
    }
    client.latest.caller = caller;
    try {
      await client.transport.handleMessage(request.body);
    } catch {
      throw new Refusal(400, -32_600, "the body is no JSON-RPC message");
    }
    await reply.code(202).type("text/plain").send("Accepted");
  }

  tellToolsChanged(): void {
    for (const { mcp } of this.#clients.values()) mcp.sendToolListChanged();
  }

  close(): void {
    clearInterval(this.#pings);
    for (const { transport } of this.#clients.values()) void transport.close();
  }

  #ping(): void {
    for (const { reply } of this.#clients.values()) reply.raw.write(": ping\n\n");
  }
}

function sessionIdIn(query: unknown): string {
  const id = typeof query === "object" && query !== null && "sessionId" in query ? query.sessionId : undefined;
  return typeof id === "string" ? id : "";
}
