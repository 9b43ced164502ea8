// The tools of an MCP server as a table, for stand-ins of real ones: behind a port in process, or served over HTTP by the SDK.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { ToolFailure } from "../../src/core/failure.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { UpstreamPort, UpstreamReply } from "../../src/modules/upstream/port.ts";

export interface ToolReply {
  text: string;
  isError?: boolean;
  structured?: JsonObject;
}

/** `string!` is required; an entry of another generation's spelling is named with `-` and ignored. */
export type Fields = Readonly<
  Record<string, "string" | "string!" | "number" | "number!" | "numbers" | "boolean" | "-">
>;

export interface TableTool {
  readonly fields: Fields;
  readonly access: "read" | "write" | "destructive";
  /** Throws what becomes a JSON-RPC error. */
  run(args: JsonObject): Promise<ToolReply> | ToolReply;
}

export type ToolTable = Readonly<Record<string, TableTool>>;

/** Stricter than the real servers in one thing: an argument that a tool does not know is an error, so that no test passes on a typo. */
export async function callTable(table: ToolTable, name: string, args: JsonObject): Promise<ToolReply> {
  const tool = table[name];
  if (tool === undefined) throw new Error(`tool '${name}' not found: tool not found`);
  for (const [key, value] of Object.entries(args)) {
    const field = tool.fields[key];
    if (field === undefined) throw new Error(`${name} got an argument that it does not know: ${key}`);
    if (field !== "-" && !isOf(field, value))
      throw new Error(`${name} wants ${key} as ${field}, got ${JSON.stringify(value)}`);
  }
  const missing = Object.keys(tool.fields).find((key) => tool.fields[key]?.endsWith("!") && !(key in args));
  if (missing !== undefined) throw new Error(`${missing} is required`);
  return tool.run(args);
}

function isOf(field: string, value: unknown): boolean {
  if (field === "numbers") return Array.isArray(value) && value.every((one) => typeof one === "number");
  return typeof value === field.replace("!", "");
}

/** `down`: nothing is sent. `lost`: the request was sent and done, its answer is lost. `slow`: the same, after the time limit. */
export type Mishap = "down" | "lost" | "slow";

export interface FakePort extends UpstreamPort {
  readonly calls: { tool: string; args: JsonObject }[];
  /** As if the server had restarted with other tools. */
  table: ToolTable;
  isDown: boolean;
  /** The next `times` calls of this tool go so. */
  mishap(tool: string, what: Mishap, times?: number): void;
}

export function fakePort(name: string, table: ToolTable): FakePort {
  const calls: FakePort["calls"] = [];
  const mishaps: { tool: string; what: Mishap; times: number }[] = [];
  const down = () =>
    new ToolFailure("unavailable", `the MCP server ${name} cannot be reached`, { code: "UNREACHABLE" });
  return {
    name,
    calls,
    table,
    isDown: false,
    mishap: (tool, what, times = 1) => void mishaps.push({ tool, what, times }),
    has(tool) {
      return tool in this.table;
    },
    tools() {
      return Object.keys(this.table);
    },
    async ready(signal) {
      if (signal.aborted) throw new ToolFailure("cancelled", "the caller hung up", { code: "CANCELLED" });
      if (this.isDown) throw down();
    },
    async call(tool, args, signal): Promise<UpstreamReply> {
      if (signal.aborted) throw new ToolFailure("cancelled", "the caller hung up", { code: "CANCELLED" });
      calls.push({ tool, args });
      const due = mishaps.find((one) => one.times > 0 && one.tool === tool);
      if (due !== undefined) due.times -= 1;
      if (this.isDown || due?.what === "down") throw down();
      const wire = JSON.parse(JSON.stringify(args)) as JsonObject;
      const reply = await callTable(this.table, tool, wire).catch((error: Error) => ({
        text: error.message,
        isError: true,
      }));
      const details = { code: "LOST", may_have_written: true };
      if (due?.what === "lost") throw new ToolFailure("unavailable", "the connection broke off", details);
      if (due?.what === "slow") throw new ToolFailure("timeout", "no answer within 30 s", details);
      const { structured } = reply as ToolReply;
      return { isError: reply.isError === true, text: reply.text, structured };
    },
  };
}

export interface ServedTable {
  readonly url: string;
  table: ToolTable;
  readonly calls: { tool: string; args: JsonObject }[];
  /** 503 to everything, as a proxy says of a server that is down. */
  isDown: boolean;
  /** The next call of this tool is done, and the connection breaks off before its answer. */
  losesAnswerOf: string | undefined;
  close(): Promise<void>;
}

/** The table over streamable HTTP at /mcp, by the SDK's own server. */
export async function serveTable(name: string, table: ToolTable): Promise<ServedTable> {
  const served = {
    table,
    isDown: false,
    losesAnswerOf: undefined as string | undefined,
    calls: [] as ServedTable["calls"],
  };
  const http = createServer((request, response) => {
    if (served.isDown) return void response.writeHead(503).end("no server is available to handle this request");
    if (request.url !== "/mcp" || request.method !== "POST") return void response.writeHead(405).end();
    const server = sdkServer(name, served, () => void request.socket.destroy());
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: false });
    response.on("close", () => void server.close());
    void server.connect(transport).then(() => transport.handleRequest(request, response));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return Object.assign(served, {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    close: () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  });
}

function sdkServer(name: string, served: Omit<ServedTable, "url" | "close">, breakOff: () => void): Server {
  const server = new Server({ name, version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(served.table).map(([tool, { fields, access }]) => ({
      name: tool,
      description: `the tool ${tool}`,
      inputSchema: schemaOf(fields),
      annotations: { readOnlyHint: access === "read", destructiveHint: access === "destructive" },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const args = params.arguments ?? {};
    served.calls.push({ tool: params.name, args });
    const { text, isError, structured } = await callTable(served.table, params.name, args);
    if (served.losesAnswerOf === params.name) {
      served.losesAnswerOf = undefined;
      breakOff();
    }
    return {
      content: [{ type: "text", text }],
      ...(isError === true ? { isError } : {}),
      ...(structured === undefined ? {} : { structuredContent: structured }),
    };
  });
  return server;
}

function schemaOf(fields: Fields) {
  const entries = Object.entries(fields).filter(([, field]) => field !== "-");
  const properties = entries.map(([key, field]) => {
    const type = field.replace("!", "");
    return [key, type === "numbers" ? { type: "array", items: { type: "number" } } : { type }] as const;
  });
  const required = entries.filter(([, field]) => field.endsWith("!")).map(([key]) => key);
  return { type: "object" as const, properties: Object.fromEntries(properties), required };
}
