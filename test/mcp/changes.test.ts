// Tools may become others while the hub runs: clients are told, and old sessions see the new ones.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError } from "../../src/core/config-error.ts";
import { defineModule } from "../../src/core/module.ts";
import { defineTool, type Tool } from "../../src/core/tool.ts";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { modern, until } from "../support/wire.ts";

const named = (name: string): Tool =>
  defineTool({
    name,
    title: name,
    description: "Does nothing. For tests.",
    access: "read",
    input: z.strictObject({}),
    output: z.looseObject({}),
    run: () => ({ said: name }),
  });

interface File {
  tools: string[];
  problem?: string;
}

/** Its tools stand in a file, so to speak. */
function readingModule(file: File) {
  return defineModule({
    name: "reading",
    title: "Reading",
    instructions: "Reads a file.",
    settings: {},
    start: ({ changed }) => {
      let tools = file.tools.map(named);
      return {
        get tools() {
          return tools;
        },
        reload: async () => {
          if (file.problem !== undefined) throw new ConfigError([file.problem]);
          const before = tools;
          tools = file.tools.map(named);
          try {
            changed();
          } catch (error) {
            tools = before;
            throw error;
          }
        },
        check: async () => ({ ok: true, message: "fine" }),
      };
    },
  });
}

const file: File = { tools: [] };
let hub: RunningHub;
beforeEach(async () => {
  Object.assign(file, { tools: ["old"], problem: undefined });
  hub = await startHub([readingModule(file), trialModule().module]);
});
afterEach(() => hub.close());

const listed = async (): Promise<string[]> => {
  const { json } = await modern(`${hub.url}/mcp/reading`, "tools/list");
  return (json.result as any).tools.map((tool: { name: string }) => tool.name);
};

it.each([
  ["a session", () => new StreamableHTTPClientTransport(new URL(`${hub.url}/mcp/reading`))],
  ["an event stream", () => new SSEClientTransport(new URL(`${hub.url}/mcp/reading/sse`))],
])("tells %s that the list has changed, and it sees and calls the new tools", async (_what, transport) => {
  const client = new Client({ name: "test", version: "1" });
  let told = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void (told += 1));
  await client.connect(transport());
  expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(["old"]);
  await until(() => hub.hub.counts().streams === 1, "the client's stream");

  file.tools = ["new"];
  await hub.hub.reload();
  await until(() => told === 1, "the notice");
  expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(["new"]);
  expect((await client.callTool({ name: "new" })).structuredContent).toEqual({ said: "new" });
  await expect(client.callTool({ name: "old" })).rejects.toThrow("Unknown tool");
  await client.close();
});

it("tells those who listen by the revision of 2026", async () => {
  const listening = modern(`${hub.url}/mcp/reading`, "subscriptions/listen", {
    notifications: { toolsListChanged: true },
  });
  await until(() => hub.hub.counts().streams === 1, "the listener");
  file.tools = ["new"];
  await hub.hub.reload();
  await hub.close();
  expect((await listening).text).toContain("notifications/tools/list_changed");
});

it("stays as it was when the new file is bad, or names a tool that another module has", async () => {
  file.problem = "file.yaml:3:1: no such runner";
  await expect(hub.hub.reload()).rejects.toThrow("file.yaml:3:1: no such runner");
  expect(await listed()).toEqual(["old"]);
  Object.assign(file, { tools: ["new", "echo"], problem: undefined });
  await expect(hub.hub.reload()).rejects.toThrow("two tools share a name: echo");
  expect(await listed()).toEqual(["old"]);
  file.tools = ["new"];
  await hub.hub.reload();
  expect(await listed()).toEqual(["new"]);
});
