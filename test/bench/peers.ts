// What the hub is measured against: a bare Fastify JSON route (the floor) and the SDK's own McpServer with the same tools.
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import Fastify from "fastify";
import { z } from "zod";
import { defineModule, type Module } from "../../src/core/module.ts";
import { defineTool } from "../../src/core/tool.ts";

export interface Peer {
  url: string;
  close(): Promise<void>;
}

const TOOL_COUNT = 60;

/** Seven fields, as a tool of ours has on average. */
const fields = {
  text: z.string().max(1_000).describe("Any text"),
  datasource_id: z.string().max(200).optional().describe("Datasource name"),
  start: z.string().max(64).optional().describe("RFC 3339, Unix seconds or now-1h"),
  end: z.string().max(64).optional().describe("RFC 3339, Unix seconds or now"),
  limit: z.number().int().min(1).max(10_000).default(500).describe("Most entries"),
  offset: z.number().int().min(0).max(1_000_000).default(0).describe("First entry"),
  with_metadata: z.boolean().default(false).describe("Add type and help"),
};
const output = z.looseObject({ text: z.string() });

export const benchModule = (): Module =>
  defineModule({
    name: "bench",
    title: "Bench",
    instructions: "For the benchmark.",
    settings: {},
    start: () => ({
      tools: Array.from({ length: TOOL_COUNT }, (_, i) =>
        defineTool({
          name: `tool_${i}`,
          title: `Tool ${i}`,
          description: "Gives back its text. ".repeat(10),
          access: "read",
          input: z.strictObject(fields),
          output,
          run: ({ text }) => ({ text }),
        }),
      ),
      check: async () => ({ ok: true, message: "fine" }),
    }),
  });

/** A JSON route that parses and answers what a tools/call does, with no MCP in between. */
export async function startFloor(upstream?: string): Promise<Peer> {
  const app = Fastify();
  app.post("/mcp", async ({ body }) => {
    const { name, arguments: input } = Call.parse(body).params;
    const value = name === "query_instant" ? await query(upstream, String(input["promql"])) : { text: input["text"] };
    const result = { content: [{ type: "text", text: JSON.stringify(value) }], structuredContent: value };
    return { jsonrpc: "2.0", id: 1, result };
  });
  return { url: `${await app.listen({ port: 0, host: "127.0.0.1" })}/mcp`, close: () => app.close() };
}

const Call = z.object({ params: z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }) });

async function query(upstream: string | undefined, promql: string): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({ query: promql });
  const reply = await fetch(`${upstream}/api/v1/query`, { method: "POST", body });
  return { status: "success", data: await reply.json() };
}

/** As the SDK's guide has it: McpServer and registerTool, a fresh one for each request. */
export async function startSdkServer(upstream?: string): Promise<Peer> {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "sdk", version: "1" });
    for (let i = 0; i < TOOL_COUNT; i++) {
      const config = {
        title: `Tool ${i}`,
        description: "Gives back its text. ".repeat(10),
        inputSchema: z.object(fields),
        outputSchema: output,
      };
      server.registerTool(`tool_${i}`, config, ({ text }) => ({
        content: [{ type: "text", text: JSON.stringify({ text }) }],
        structuredContent: { text },
      }));
    }
    const inputSchema = z.object({ datasource_id: z.string(), promql: z.string() });
    server.registerTool(
      "query_instant",
      { title: "Query", description: "Runs PromQL.", inputSchema },
      async ({ promql }) => {
        const value = await query(upstream, promql);
        return { content: [{ type: "text", text: JSON.stringify(value) }], structuredContent: value };
      },
    );
    return server;
  });
  const answer = toNodeHandler(handler);
  const app = Fastify();
  app.all("/mcp", async (request, reply) => {
    reply.hijack();
    await answer(request.raw, reply.raw, request.body);
  });
  return { url: `${await app.listen({ port: 0, host: "127.0.0.1" })}/mcp`, close: () => app.close() };
}
