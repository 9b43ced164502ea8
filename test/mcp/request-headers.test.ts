import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineModule } from "../../src/core/module.ts";
import { defineTool } from "../../src/core/tool.ts";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, modern, send, until } from "../support/wire.ts";

const tell = (name: string, long: boolean) =>
  defineTool({
    name,
    title: "Tell headers",
    description: "Tells the headers it sees. For tests.",
    access: "read",
    long,
    input: z.strictObject({}),
    output: z.looseObject({ headers: z.record(z.string(), z.string()) }),
    // what comes later in the call sees the same
    run: async (_input, context) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { headers: { ...context.headers } };
    },
  });

const curious = defineModule({
  name: "curious",
  title: "Curious",
  instructions: "Reads one header.",
  settings: {},
  start: () => ({
    tools: [tell("tell", false), tell("tell_long", true)],
    requestHeaders: ["x-who"],
    absent: { tell_all: "set CURIOUS=true to have it" },
    check: async () => ({ ok: true, message: "fine" }),
  }),
});

let hub: RunningHub;
beforeAll(async () => void (hub = await startHub([curious, trialModule().module])));
afterAll(() => hub.close());

const who = (name: string) => ({
  headers: { "x-who": name, "x-secret": "never passed on", authorization: "Bearer t" },
});
const seen = (result: any) => result.structuredContent.headers;

describe("a header that a module asked for", () => {
  it.each(["tell", "tell_long"])("reaches %s in both eras, and no other header does", async (tool) => {
    const old = await legacy(`${hub.url}/mcp`, call(tool, {}), who("old"));
    const recent = await modern(`${hub.url}/mcp`, "tools/call", { name: tool, arguments: {} }, who("recent"));
    expect(seen(old.json.result)).toEqual({ "x-who": "old" });
    expect(seen(recent.json.result)).toEqual({ "x-who": "recent" });
  });

  it("is that of the call, not of the session's first request", async () => {
    const opened = await legacy(`${hub.url}/mcp`, initialize(), who("first"));
    const session = { "mcp-session-id": String(opened.headers["mcp-session-id"]) };
    const ask = async (id: number, name: string | undefined, tool: string) => {
      const headers = { ...session, ...(name === undefined ? {} : who(name).headers) };
      return seen((await legacy(`${hub.url}/mcp`, call(tool, {}, id), { headers })).json.result);
    };
    const answers = await Promise.all([ask(1, "a", "tell"), ask(2, "b", "tell_long"), ask(3, undefined, "tell_long")]);
    expect(answers).toEqual([{ "x-who": "a" }, { "x-who": "b" }, {}]);
  });

  it("comes with the POST beside an event stream", async () => {
    const messages: any[] = [];
    let endpoint = "";
    const stream = request(`${hub.url}/sse`, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (chunk: string) => {
        endpoint ||= /^data: (\/\S+)$/m.exec(chunk)?.[1] ?? "";
        for (const [, json] of chunk.matchAll(/^data: (\{.*\})$/gm)) messages.push(JSON.parse(json!));
      });
      response.on("error", () => undefined);
    });
    stream.on("error", () => undefined).end();
    await until(() => endpoint !== "", "the endpoint");
    const post = (body: unknown, name: string) =>
      send(`${hub.url}${endpoint}`, { headers: { "content-type": "application/json", ...who(name).headers }, body });
    await post(initialize(0), "opener");
    await post(call("tell", {}, 1), "poster");
    await until(() => messages.some(({ id }) => id === 1), "the answer");
    stream.destroy();
    expect(seen(messages.find(({ id }) => id === 1).result)).toEqual({ "x-who": "poster" });
  });
});

describe("a tool that is not there", () => {
  it("says what would switch it on", async () => {
    const reply = await legacy(`${hub.url}/mcp`, call("tell_all", {}));
    expect(reply.json.error?.message).toBe("Unknown tool: tell_all; set CURIOUS=true to have it");
  });

  it("says so of tools that write, too", async () => {
    const reply = await legacy(`${hub.url}/mcp`, call("erase", {}));
    expect(reply.json.error?.message).toBe(
      "Unknown tool: erase; it writes: the operator switches it on with ALLOW_WRITES=trial",
    );
  });
});
