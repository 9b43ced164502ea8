// One way to drive every real MCP client: the SDK clients of both generations in this process, the Python ones through python-clients.ts.
import { fileURLToPath } from "node:url";
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SSEClientTransportV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export type Method =
  | "tools/list"
  | "tools/call"
  | "prompts/list"
  | "prompts/get"
  | "resources/list"
  | "resources/templates/list"
  | "resources/read"
  | "completion/complete";

export interface ScriptedClient {
  /** The negotiated revision; undefined where the client does not tell. */
  protocol: string | undefined;
  serverName: string | undefined;
  instructions: string | undefined;
  /** Asks with the client's own method for it. Once the signal aborts, the client cancels in its own way and this rejects. */
  ask(method: Method, params?: object, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * What to connect to: an HTTP address, with a bearer token where one is asked for, or the hub as a process of its own.
 * `login`: by OAuth (Python's; for the SDK's see auth-login.ts).
 */
export type Door =
  | { kind: "http"; url: string; token?: string; login?: true }
  | { kind: "sse"; url: string; token?: string }
  | { kind: "stdio"; env: Record<string, string> };

export type Mode = "auto" | "legacy" | "2026-07-28";

/** How a client starts the hub as a process: command line and environment. */
export const stdioServer = (env: Record<string, string>) => ({
  command: process.execPath,
  args: [fileURLToPath(new URL("../../../src/main.ts", import.meta.url)), "--stdio"],
  env: { PATH: process.env["PATH"] ?? "", MODULES: "prometheus", ...env },
});

const INFO = { name: "real-test", version: "1" };

/** As a client's configuration file has it: a header with every request. */
const withToken = ({ token }: { token?: string }) =>
  token === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${token}` } } };

export async function connectV2(door: Door, mode: Mode): Promise<ScriptedClient> {
  const client = new Client(INFO, {
    versionNegotiation: { mode: mode === "2026-07-28" ? { pin: mode } : mode },
  });
  const transport =
    door.kind === "http"
      ? new StreamableHTTPClientTransport(new URL(door.url), withToken(door))
      : door.kind === "sse"
        ? new SSEClientTransport(new URL(door.url), withToken(door))
        : new StdioClientTransport({ ...stdioServer(door.env), stderr: "ignore" });
  await client.connect(transport);
  const methods: Record<Method, (params: any, options: { signal?: AbortSignal }) => Promise<unknown>> = {
    "tools/list": (params, options) => client.listTools(params, options),
    "tools/call": (params, options) => client.callTool(params, options),
    "prompts/list": (params, options) => client.listPrompts(params, options),
    "prompts/get": (params, options) => client.getPrompt(params, options),
    "resources/list": (params, options) => client.listResources(params, options),
    "resources/templates/list": (params, options) => client.listResourceTemplates(params, options),
    "resources/read": (params, options) => client.readResource(params, options),
    "completion/complete": (params, options) => client.complete(params, options),
  };
  return {
    protocol: client.getNegotiatedProtocolVersion(),
    serverName: client.getServerVersion()?.name,
    instructions: client.getInstructions(),
    ask: (method, params, signal) => methods[method](params, signal === undefined ? {} : { signal }),
    close: () => client.close(),
  };
}

export async function connectV1(door: Door): Promise<ScriptedClient> {
  const client = new ClientV1(INFO);
  const transport =
    door.kind === "http"
      ? new StreamableHTTPClientTransportV1(new URL(door.url), withToken(door))
      : door.kind === "sse"
        ? new SSEClientTransportV1(new URL(door.url), withToken(door))
        : new StdioClientTransportV1({ ...stdioServer(door.env), stderr: "ignore" });
  await client.connect(transport);
  const methods: Record<Method, (params: any, options: { signal?: AbortSignal }) => Promise<unknown>> = {
    "tools/list": (params, options) => client.listTools(params, options),
    "tools/call": (params, options) => client.callTool(params, undefined, options),
    "prompts/list": (params, options) => client.listPrompts(params, options),
    "prompts/get": (params, options) => client.getPrompt(params, options),
    "resources/list": (params, options) => client.listResources(params, options),
    "resources/templates/list": (params, options) => client.listResourceTemplates(params, options),
    "resources/read": (params, options) => client.readResource(params, options),
    "completion/complete": (params, options) => client.complete(params, options),
  };
  return {
    protocol: transport instanceof StreamableHTTPClientTransportV1 ? transport.protocolVersion : undefined,
    serverName: client.getServerVersion()?.name,
    instructions: client.getInstructions(),
    ask: (method, params, signal) => methods[method](params, signal === undefined ? {} : { signal }),
    close: () => client.close(),
  };
}
