// README's snippets in the hands of real programs: curl as a shell starts it, and HolmesGPT's own MCP library over both transports.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { clientsOf, entryOf, type Snippet } from "../support/readme-clients.ts";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { startPythonClients, type PythonClients } from "./support/python-clients.ts";

const TOKEN = "the-token-of-this-reader";
const clients = clientsOf(await readFile(new URL("../../README.md", import.meta.url), "utf8"));

let hub: HubOnGround;
let python: PythonClients;
beforeAll(async () => {
  const { url } = inject("ground");
  hub = await startHubOnGround([{ name: "ground", url }], { AUTH_MODE: "token", AUTH_TOKEN: TOKEN });
  python = await startPythonClients();
});
afterAll(async () => {
  await python?.close();
  await hub?.close();
});

/** The snippet with its token, its address replaced by ours. */
function snippetOf(name: string): Snippet {
  const [snippet] = clients.find((client) => client.name === name)!.snippets;
  return { ...snippet!, text: snippet!.text.replace("http://127.0.0.1:8000", hub.url) };
}

const Answer = z.looseObject({
  result: z.looseObject({ structuredContent: z.looseObject({ status: z.string(), total: z.number() }) }),
});

test("curl prints what a real Prometheus says, and why it may not without its token", async () => {
  const { text, pieces } = snippetOf("curl");
  const curl = async (line: string) => {
    const env = { PATH: process.env["PATH"] ?? "", NO_PROXY: "*", OPS_HUB_TOKEN: TOKEN };
    return JSON.parse((await promisify(execFile)("sh", ["-euc", line], { env })).stdout);
  };
  const { structuredContent } = Answer.parse(await curl([text, ...pieces].join(" "))).result;
  expect(structuredContent).toMatchObject({ status: "success", total: 5 });
  expect(await curl(text)).toMatchObject({ error: { message: expect.stringContaining("needs a credential") } });
});

test.each(["streamable-http", "sse"])("HolmesGPT's library asks a real Prometheus in mode %s", async (mode) => {
  const snippet = snippetOf("HolmesGPT");
  const entry = await entryOf({ ...snippet, text: snippet.text.replace(/mode: .*/, `mode: ${mode}`) }, TOKEN);
  if (entry.kind !== "http" && entry.kind !== "sse") throw new Error("HolmesGPT goes to an address");
  const token = entry.headers["Authorization"]?.replace("Bearer ", "") ?? "";
  const client = await python.connect("mcp", { kind: entry.kind, url: entry.url, token }, "legacy");
  const answer = await client.ask("tools/call", { name: "query_instant", arguments: { promql: "up" } });
  await client.close();
  expect(Answer.parse({ result: answer }).result.structuredContent).toMatchObject({ status: "success", total: 5 });
});
