// Upstreams in a whole hub: their views, their rights, and that a server that is down costs the others nothing.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { upstreamModules } from "../../../src/modules/upstream/index.ts";
import { startHub } from "../../support/hub.ts";
import { said, startHttp, startUpstream, tool, type UpstreamOptions } from "../../support/mcp-upstream.ts";
import { trialModule } from "../../support/trial-module.ts";
import { until } from "./upstream.ts";

const open: { close(): Promise<void> }[] = [];
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ops-hub-upstreams-"));
});
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
  await rm(directory, { recursive: true });
});

const serve = async (options: UpstreamOptions) => {
  const upstream = await startUpstream(options);
  open.push(upstream);
  return upstream;
};

async function hubWith(upstreams: unknown[], env: Record<string, string> = {}) {
  const path = join(directory, "upstreams.yaml");
  await writeFile(path, JSON.stringify({ upstreams }));
  const given = { UPSTREAMS_PATH: path, ...env };
  const trial = trialModule();
  const hub = await startHub([trial.module, ...(await upstreamModules(given, ["trial"]))], given);
  open.push(hub);
  return hub;
}

async function client(url: string, onChanged: () => void = () => undefined): Promise<Client> {
  const versionNegotiation = { mode: "auto" } as const;
  const listChanged = { tools: { autoRefresh: false, debounceMs: 0, onChanged } };
  const one = new Client({ name: "test", version: "1" }, { versionNegotiation, listChanged });
  await one.connect(new StreamableHTTPClientTransport(new URL(url)));
  open.push(one);
  return one;
}

const namesOf = async (one: Client): Promise<string[]> =>
  (await one.listTools(undefined, { cacheMode: "bypass" })).tools.map(({ name }) => name);

it("each has a view of its own, and its tools stand beside the hub's", async () => {
  const one = await serve({
    mode: "modern",
    tools: [tool("look")],
    answer: () => said("seen", { structuredContent: { a: 1 } }),
  });
  const two = await serve({ mode: "sse", tools: [tool("look")] });
  const hub = await hubWith([
    { name: "first", url: one.url },
    { name: "second-one", url: two.url },
  ]);
  const all = await client(`${hub.url}/mcp`);
  expect(await namesOf(all)).toEqual(expect.arrayContaining(["echo", "first_look", "second_one_look"]));
  const view = await client(`${hub.url}/mcp/first`);
  expect(await namesOf(view)).toEqual(["first_look"]);
  expect(await view.callTool({ name: "first_look", arguments: {} })).toMatchObject({
    content: [{ type: "text", text: "seen" }],
    structuredContent: { a: 1 },
  });
});

it("tools that may write need ALLOW_WRITES, too", async () => {
  const tools = [tool("look"), tool("drop", { annotations: {} })];
  const remote = await serve({ mode: "sessions", tools });
  const yaml = [{ name: "remote", url: remote.url, writes: true }];
  const shy = await hubWith(yaml);
  expect(await namesOf(await client(`${shy.url}/mcp/remote`))).toEqual(["remote_look"]);
  const bold = await hubWith(yaml, { ALLOW_WRITES: "remote" });
  expect(await namesOf(await client(`${bold.url}/mcp/remote`))).toEqual(["remote_look", "remote_drop"]);
});

it("a server that is down is told in /health, and its tools are announced when it comes", async () => {
  const gone = await startUpstream({ mode: "sessions" });
  await gone.close();
  const hub = await hubWith([{ name: "remote", url: gone.url }]);
  let changes = 0;
  const one = await client(`${hub.url}/mcp`, () => void (changes += 1));
  expect((await one.callTool({ name: "echo", arguments: { text: "hi" } })).isError).toBeUndefined();
  const health = await (await fetch(`${hub.url}/health`)).json();
  expect(health).toMatchObject({
    status: "healthy",
    modules: { remote: { connection: expect.stringMatching(/down|connecting/), tools: 0 } },
  });
  await serve({ mode: "sessions", port: gone.port });
  await until(() => changes > 0, "the client is told");
  expect(await namesOf(one)).toContain("remote_echo");
});

it("a server that takes connections and never answers keeps nobody waiting", async () => {
  const silent = await startHttp(() => undefined);
  open.push(silent);
  const good = await serve({ mode: "modern" });
  const hub = await hubWith([
    { name: "silent", url: `${silent.url}/mcp` },
    { name: "good", url: good.url },
  ]);
  expect(await namesOf(await client(`${hub.url}/mcp`))).toEqual(expect.arrayContaining(["echo", "good_echo"]));
  const { modules } = (await (await fetch(`${hub.url}/health`)).json()) as { modules: Record<string, unknown> };
  expect(modules).toMatchObject({ silent: { connection: "connecting" }, good: { connection: "connected" } });
});

it("a tool with the name of another one gives way to it", async () => {
  const remote = await serve({ mode: "sessions", tools: [tool("_long"), tool("fine")] });
  const hub = await hubWith([{ name: "wait", url: remote.url }]); // the trial module has wait_long
  const names = await namesOf(await client(`${hub.url}/mcp`));
  expect(names.filter((name) => name === "wait_long")).toHaveLength(1);
  expect(names).toContain("wait_fine");
});
