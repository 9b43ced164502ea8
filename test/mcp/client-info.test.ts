// Every call knows which program asked, by whatever way it came: for the audit.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { defineModule } from "../../src/core/module.ts";
import { defineTool } from "../../src/core/tool.ts";
import { startHub, type RunningHub } from "../support/hub.ts";
import { call, initialize, legacy, modern } from "../support/wire.ts";

const who = (name: string, long: boolean) =>
  defineTool({
    name,
    title: "Who",
    description: "Tells which program asks. For tests.",
    access: "read",
    long,
    input: z.strictObject({}),
    output: z.looseObject({}),
    run: (_input, { client }) => ({ client: client ?? null }),
  });

const curious = defineModule({
  name: "curious",
  title: "Curious",
  instructions: "Tells which program asks.",
  settings: {},
  start: () => ({
    tools: [who("who", false), who("who_long", true)],
    check: async () => ({ ok: true, message: "fine" }),
  }),
});

let hub: RunningHub;
beforeAll(async () => void (hub = await startHub([curious])));
afterAll(() => hub.close());

const told = ({ json }: { json: any }) => json.result.structuredContent.client;

it.each(["who", "who_long"])(
  "%s: of 2026 in each request, of 2025 from its session, and else unknown",
  async (tool) => {
    const mcp = `${hub.url}/mcp`;
    const wire = { name: "wire", version: "1" };
    expect(told(await modern(mcp, "tools/call", { name: tool, arguments: {} }))).toEqual(wire);
    const id = String((await legacy(mcp, initialize())).headers["mcp-session-id"]);
    expect(told(await legacy(mcp, call(tool, {}), { headers: { "mcp-session-id": id } }))).toEqual({
      ...wire,
      session: id,
    });
    expect(told(await legacy(mcp, call(tool, {})))).toBeNull();
  },
);

it("an event stream's client is known by its session too", async () => {
  const client = new Client({ name: "holmes", version: "2" });
  await client.connect(new SSEClientTransport(new URL(`${hub.url}/sse`)));
  const { structuredContent } = await client.callTool({ name: "who" });
  expect(structuredContent).toEqual({ client: { name: "holmes", version: "2", session: expect.any(String) } });
  await client.close();
});
