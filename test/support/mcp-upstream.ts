// MCP servers as upstreams, by the official SDK: of 2026, of 2025 with sessions, of 2024 over SSE; and a bare one that lies.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  McpServer,
  type CallToolResult,
  type ServerContext,
  type Tool,
} from "@modelcontextprotocol/server";
import { SSEServerTransport } from "@modelcontextprotocol/server-legacy/sse";

export type Mode = "modern" | "sessions" | "sse";

export interface RemoteCall {
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly headers: IncomingMessage["headers"];
  readonly signal: AbortSignal;
}

export interface UpstreamOptions {
  readonly mode: Mode;
  readonly tools?: unknown[];
  /** Tools in one page of tools/list. */
  readonly pageSize?: number;
  readonly port?: number;
  /** Path of the endpoint; `/mcp`, or `/sse`. */
  readonly path?: string;
  /** Files of its key and certificate: it then speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  answer?(call: RemoteCall, ctx: ServerContext): CallToolResult | Promise<CallToolResult>;
}

export interface McpUpstream {
  readonly url: string;
  readonly port: number;
  readonly calls: RemoteCall[];
  /** How many clients have introduced themselves. */
  connects: number;
  tools: unknown[];
  /** Tells the clients that its tools are others. */
  tellChanged(): void;
  /** A restart as clients see it: sessions are forgotten. */
  forget(): void;
  close(): Promise<void>;
}

export const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: "object", properties: { text: { type: "string" } } },
  annotations: { readOnlyHint: true },
  ...more,
});

export const said = (text: string, more: Partial<CallToolResult> = {}): CallToolResult => ({
  content: [{ type: "text", text }],
  ...more,
});

export async function startUpstream(options: UpstreamOptions): Promise<McpUpstream> {
  const { mode, pageSize = Infinity, path = mode === "sse" ? "/sse" : "/mcp" } = options;
  const calls: RemoteCall[] = [];
  const servers = new Set<McpServer>();
  const state = { tools: options.tools ?? [tool("echo")], connects: 0, headers: {} as IncomingMessage["headers"] };
  const make = (): McpServer => {
    const mcp = new McpServer(
      { name: "stand-in", version: "9.9" },
      { capabilities: { tools: { listChanged: true }, logging: {} } },
    );
    mcp.server.setRequestHandler("tools/list", ({ params }) => {
      const from = Number(params?.cursor ?? 0);
      const next = from + pageSize;
      const page = state.tools.slice(from, next) as Tool[];
      return { tools: page, ...(next < state.tools.length ? { nextCursor: String(next) } : {}) };
    });
    mcp.server.setRequestHandler("tools/call", async ({ params }, ctx) => {
      const call = {
        name: params.name,
        args: params.arguments ?? {},
        headers: state.headers,
        signal: ctx.mcpReq.signal,
      };
      calls.push(call);
      return (await options.answer?.(call, ctx)) ?? said(JSON.stringify(params.arguments ?? {}));
    });
    return mcp;
  };
  const door = doors[mode](make, servers, () => (state.connects += 1), path);
  const { tls } = options;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    state.headers = request.headers;
    if (request.url?.split("?")[0] !== path && !request.url?.startsWith("/messages"))
      return void response.writeHead(404).end();
    void door.handle(request, response);
  };
  const http =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ key: readFileSync(tls.key), cert: readFileSync(tls.cert) }, listener);
  const port = await listen(http, options.port);
  return Object.assign(state, {
    port,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}${path}`,
    calls,
    tellChanged: () => {
      for (const mcp of servers) mcp.sendToolListChanged();
      door.tellChanged();
    },
    forget: () => door.forget(),
    close: () => closeHttp(http),
  });
}

interface Door {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
  tellChanged(): void;
  forget(): void;
}

type MakeDoor = (make: () => McpServer, servers: Set<McpServer>, onConnect: () => void, path: string) => Door;

const doors: Record<Mode, MakeDoor> = {
  modern: (make, _servers, onConnect) => {
    const handler = createMcpHandler(make, { legacy: "reject" });
    const node = toNodeHandler(handler);
    return {
      handle: async (request, response) => {
        if (request.headers["mcp-method"] === "server/discover") onConnect();
        await node(request, response);
      },
      tellChanged: () => handler.notify.toolsChanged(),
      forget: () => undefined,
    };
  },
  sessions: (make, servers, onConnect) => {
    const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
    return {
      handle: async (request, response) => {
        const id = request.headers["mcp-session-id"];
        if (typeof id === "string") {
          const known = sessions.get(id);
          if (known === undefined) return void response.writeHead(404).end("session not found");
          return known.handleRequest(request, response);
        }
        const transport = new NodeStreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (session) => {
            onConnect();
            sessions.set(session, transport);
          },
        });
        const mcp = make();
        servers.add(mcp);
        await mcp.connect(transport);
        await transport.handleRequest(request, response);
      },
      tellChanged: () => undefined,
      forget: () => sessions.clear(),
    };
  },
  sse: (make, servers, onConnect) => {
    const clients = new Map<string, SSEServerTransport>();
    return {
      handle: async (request, response) => {
        if (request.method === "GET") {
          const transport = new SSEServerTransport("/messages", response);
          const mcp = make();
          servers.add(mcp);
          clients.set(transport.sessionId, transport);
          onConnect();
          return mcp.connect(transport);
        }
        const known = clients.get(new URL(request.url ?? "", "http://x").searchParams.get("sessionId") ?? "");
        if (request.method !== "POST" || !request.url?.startsWith("/messages"))
          return void response.writeHead(405).end();
        if (known === undefined) return void response.writeHead(404).end("session not found");
        await known.handlePostMessage(request, response);
      },
      tellChanged: () => undefined,
      forget: () => clients.clear(),
    };
  },
};

/** Any HTTP server on a free port. */
export async function startHttp(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const http = createServer(handle);
  return { url: `http://127.0.0.1:${await listen(http)}`, close: () => closeHttp(http) };
}

async function listen(http: HttpServer, port = 0): Promise<number> {
  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
  return (http.address() as AddressInfo).port;
}

function closeHttp(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
