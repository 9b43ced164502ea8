// An MCP server with one search, as strict as it must be: it wants its session and version back, and answers as JSON or as a stream.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";

export interface DocsOptions {
  streams?: boolean;
  /** Answers nothing at all from this method on. */
  hangsAt?: string;
  status?: number;
  tools?: object[];
  /** Of tools/call. */
  result?: object;
}

const SEARCH = { name: "search_prefect", inputSchema: { type: "object", properties: { query: {}, top_k: {} } } };
export const FOUND = {
  query: "retries",
  results: [
    {
      snippet: "Set retries=2; see https://bot:canary@docs.example.com",
      title: "Retries",
      link: "https://docs.example.com/retries",
      score: 0.9,
    },
    { snippet: "x".repeat(5_000), title: "Long", id: "2" },
  ],
};

export async function startDocs(options: DocsOptions = {}) {
  const calls: { method: string; params: any }[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { id, method, params } = JSON.parse(await readText(incoming));
    calls.push({ method, params });
    if (options.hangsAt === method) return;
    const { headers } = incoming;
    const isKnown = headers["mcp-session-id"] === "s-1" && headers["mcp-protocol-version"] === "2025-06-18";
    if (options.status !== undefined || incoming.url !== "/mcp" || (method !== "initialize" && !isKnown))
      return void response.writeHead(options.status ?? 400).end("no");
    if (id === undefined) return void response.writeHead(202).end();
    const result: Record<string, object> = {
      initialize: { protocolVersion: "2025-06-18", capabilities: {}, serverInfo: { name: "docs", version: "1" } },
      "tools/list": { tools: options.tools ?? [{ name: "other", inputSchema: { type: "object" } }, SEARCH] },
      "tools/call": options.result ?? {
        content: [{ type: "text", text: JSON.stringify(FOUND) }],
        structuredContent: FOUND,
      },
    };
    const message = JSON.stringify({ jsonrpc: "2.0", id, result: result[method] });
    const type = options.streams ? "text/event-stream" : "application/json";
    response.writeHead(200, { "content-type": type, "mcp-session-id": "s-1" });
    response.end(
      options.streams
        ? `event: message\ndata: {"jsonrpc":"2.0","method":"ping"}\n\nevent: message\ndata: ${message}\n\n`
        : message,
    );
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    calls,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
