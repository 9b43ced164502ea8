// The module behind a whole hub: HolmesGPT's `mode: sse` and newer clients see Prefect's tools only, and nobody sees another's answer.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { modules } from "../../../src/modules.ts";
import { startHub, type RunningHub } from "../../support/hub.ts";
import { startPrefectStandIn, type PrefectStandIn } from "../../support/prefect-stand-in.ts";
import { trialModule } from "../../support/trial-module.ts";

let server: PrefectStandIn;
let alone: RunningHub;
let among: RunningHub;
beforeAll(async () => {
  server = await startPrefectStandIn();
  const env = { PREFECT_API_URL: server.url };
  alone = await startHub([...modules], { ...env, MODULES: "prefect" });
  among = await startHub([prefect, trialModule().module], env);
});
afterAll(async () => {
  await Promise.all([alone.close(), among.close()]);
  await server.close();
});

async function connect({ url }: RunningHub, path: string): Promise<Client> {
  const isModern = path === "/mcp/prefect?modern";
  const client = new Client(
    { name: "holmes", version: "1" },
    { versionNegotiation: { mode: isModern ? "auto" : "legacy" } },
  );
  const address = new URL(`${url}${path.replace("?modern", "")}`);
  await client.connect(
    address.pathname.endsWith("/sse") ? new SSEClientTransport(address) : new StreamableHTTPClientTransport(address),
  );
  return client;
}

const SEEN: [path: string, hub: () => RunningHub][] = [
  ["/sse", () => alone],
  ["/mcp/prefect/sse", () => alone],
  ["/mcp/prefect", () => alone],
  ["/mcp/prefect?modern", () => alone],
  ["/sse?modules=prefect", () => among],
  ["/mcp/prefect/sse", () => among],
  ["/mcp/prefect", () => among],
];

it.each(SEEN)("%s shows the tools of Prefect and no other", async (path, hub) => {
  const client = await connect(hub(), path);
  const { tools } = await client.listTools();
  expect(tools.length).toBeGreaterThanOrEqual(16);
  expect(tools.filter(({ name }) => !name.startsWith("prefect_"))).toEqual([]);
  const { content } = await client.callTool({ name: "prefect_get_identity", arguments: {} });
  expect(JSON.stringify(content)).toContain("self_hosted"); // clients that read text only
  await client.close();
});

it("D18: gives two clients of each kind, with the same request ids, their own answers only", async () => {
  const paths = ["/sse", "/sse", "/mcp/prefect/sse", "/mcp/prefect", "/mcp/prefect", "/mcp/prefect?modern"];
  const clients = await Promise.all(paths.map((path) => connect(alone, path)));
  const names = ["etl-ok", "etl-failed", "etl-crashed", "parent", "child", "report-late-1"];
  const wrong: string[] = [];
  const ask = async (client: Client, name: string) => {
    const { structuredContent } = await client.callTool({
      name: "prefect_get_flow_run",
      arguments: { flow_run_id: server.world.seeded.runs[name] },
    });
    if ((structuredContent as { name?: string }).name !== name) wrong.push(name);
  };
  await Promise.all(
    clients.flatMap((client, i) => Array.from({ length: 12 }, (_, round) => ask(client, names[(i + round) % 6]!))),
  );
  expect(wrong).toEqual([]);
  await Promise.all(clients.map((client) => client.close()));
});

it("D19: is healthy for probes while Prefect is away, names its address there, and says why to whoever calls", async () => {
  const away = await startHub([prefect], { PREFECT_API_URL: "http://127.0.0.1:1/api" });
  const reply = await fetch(`${away.url}/health`);
  const health = await reply.text();
  expect([reply.status, health]).toEqual([200, expect.stringContaining('"status":"healthy"')]);
  expect(health).toContain("http://127.0.0.1:1/api");
  const client = await connect(away, "/mcp/prefect/sse");
  const { isError, content } = await client.callTool({ name: "prefect_get_identity", arguments: {} });
  expect([isError, JSON.stringify(content)]).toEqual([true, expect.stringContaining("unreachable at")]);
  await client.close();
  await away.close();
});

it("D13: starts no Prefect of its own without PREFECT_API_URL: the module is off and says what switches it on", async () => {
  const off = await startHub([prefect, trialModule().module]);
  const health = await (await fetch(`${off.url}/health`)).text();
  expect(health).toMatch(/prefect.*PREFECT_API_URL/);
  const client = await connect(off, "/mcp");
  expect((await client.listTools()).tools.filter(({ name }) => name.startsWith("prefect_"))).toEqual([]);
  await client.close();
  await off.close();
});
