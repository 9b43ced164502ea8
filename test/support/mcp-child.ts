// An MCP server on standard input and output, run as a child of its own. Its first argument says how it behaves:
// `sdk` (the official server, both eras), `old` (ends at a question before initialize, as some servers of 2025 do).
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { McpServer, type Tool } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const NAMES = ["environment", "echo", "meta", "crash", "flood", "grandchild"];
const tools = NAMES.map((name): Tool => ({
  name,
  inputSchema: { type: "object" },
  annotations: { readOnlyHint: true },
}));

function answer(name: string, args: Record<string, unknown>, meta: object = {}): string {
  if (name === "meta") return JSON.stringify(meta);
  if (name === "environment") return JSON.stringify({ env: process.env, pid: process.pid });
  if (name === "crash") process.exit(3);
  if (name === "flood") process.stdout.write("x".repeat(20_000_000)); // without an end of line
  if (name === "grandchild") return String(spawn("sleep", ["600"], { stdio: "ignore" }).pid);
  return JSON.stringify(args);
}

process.stderr.write("a child begins; password=hunter2hunter2\n");
process.stdout.write("this line is no message\n");

if (process.argv[2] === "old") {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line);
    if (method === "server/discover") process.exit(1);
    const results: Record<string, unknown> = {
      initialize: {
        protocolVersion: "2024-11-05",
        capabilities: { tools: {} },
        serverInfo: { name: "old", version: "1" },
      },
      "tools/list": { tools },
      ping: {},
    };
    const call = { content: [{ type: "text", text: answer(params?.name, params?.arguments ?? {}, params?._meta) }] };
    const result = method === "tools/call" ? call : results[method];
    if (id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
  }
} else {
  serveStdio(
    () => {
      const mcp = new McpServer({ name: "child", version: "1" }, { capabilities: { tools: {} } });
      mcp.server.setRequestHandler("tools/list", () => ({ tools }));
      mcp.server.setRequestHandler("tools/call", ({ params }, { mcpReq }) => ({
        content: [{ type: "text", text: answer(params.name, params.arguments ?? {}, mcpReq._meta) }],
      }));
      return mcp;
    },
    { transport: new StdioServerTransport(process.stdin, process.stdout) },
  );
}
