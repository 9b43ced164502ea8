// Raw JSON-RPC over HTTP, as a client would put it on the wire: for what the SDK clients cannot say or would hide.
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";

export const MODERN = "2026-07-28";
export const LEGACY = "2025-11-25";

export interface WireReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The JSON body, or the JSON-RPC messages of an event stream (the last one). */
  json: { id?: unknown; result?: Record<string, any>; error?: { code: number; message: string; data?: unknown } };
  messages: any[];
}

export interface WireOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Sends exactly these headers (Host included) and reads the whole reply. */
export function send(
  url: string,
  { method = "POST", headers = {}, body, signal }: WireOptions = {},
): Promise<WireReply> {
  const { promise, resolve, reject } = Promise.withResolvers<WireReply>();
  const request = httpRequest(
    url,
    { method, headers, ...(signal === undefined ? {} : { signal }), agent: false },
    (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const messages = messagesOf(text, response.headers["content-type"] ?? "");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: messages.at(-1) ?? {},
          messages,
        });
      });
      response.on("error", reject);
    },
  );
  request.on("error", reject);
  request.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  return promise;
}

function messagesOf(text: string, type: string): any[] {
  if (type.startsWith("application/json")) return text === "" ? [] : [JSON.parse(text)];
  if (!type.startsWith("text/event-stream")) return [];
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)));
}

const JSON_HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

export const meta = (capabilities: Record<string, unknown> = {}) => ({
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": { name: "wire", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": capabilities,
});

/** A 2026-era request, with the headers the revision asks for. */
export function modern(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  options: WireOptions = {},
): Promise<WireReply> {
  const name = params["name"] ?? params["uri"];
  const headers = {
    ...JSON_HEADERS,
    "mcp-protocol-version": MODERN,
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": name } : {}),
    ...options.headers,
  };
  return send(url, {
    ...options,
    headers,
    body: { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta() } },
  });
}

/** A 2025-era request without a session. */
export const legacy = (url: string, body: unknown, options: WireOptions = {}): Promise<WireReply> =>
  send(url, { ...options, headers: { ...JSON_HEADERS, ...options.headers }, body });

export const call = (name: string, args: Record<string, unknown>, id: number | string = 1) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args },
});

export const initialize = (id = 0, capabilities: Record<string, unknown> = {}) => ({
  jsonrpc: "2.0",
  id,
  method: "initialize",
  params: { protocolVersion: LEGACY, capabilities, clientInfo: { name: "wire", version: "1" } },
});

/** Polls a condition without a fixed sleep; fails after two seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for: ${what}`);
}
