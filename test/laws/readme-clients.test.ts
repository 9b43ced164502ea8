// README's way in for each client, used: the snippet as its client reads it, against a hub that runs.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SECTIONS } from "../../src/config/sections.ts";
import { modules } from "../../src/modules.ts";
import { startHub, type RunningHub } from "../support/hub.ts";
import { clientsOf, entryOf, type Snippet } from "../support/readme-clients.ts";
import type { Entry } from "../support/readme-files.ts";
import { send } from "../support/wire.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TOKEN = "the-token-of-this-reader";
const DEFAULT_PORT = SECTIONS.hub.port.schema.parse(undefined);
const readme = await readFile(join(ROOT, "README.md"), "utf8");
const clients = clientsOf(readme);
const snippets = clients.flatMap((client) => client.snippets);
const isLocal = ({ client }: Snippet): boolean => client === "Claude Desktop";

let folder: string;
let open: RunningHub;
let guarded: RunningHub;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-clients-"));
  const path = join(folder, "datasources.yaml");
  await writeFile(path, "datasources: [{ name: shop, type: prometheus, url: http://127.0.0.1:9/ }]\n");
  const env = { MODULES: "prometheus", GRAFANA_DATASOURCES_PATH: path };
  open = await startHub([...modules], env);
  guarded = await startHub([...modules], { ...env, AUTH_MODE: "token", AUTH_TOKEN: TOKEN });
});
afterAll(async () => {
  await open?.close();
  await guarded?.close();
  await rm(folder, { recursive: true });
});

/** What a tool of the hub says to whoever comes in as the entry says; of its address, host and port alone are ours. */
async function ask(entry: Entry, hub: RunningHub): Promise<unknown> {
  if (entry.kind === "curl") return askByCurl(entry, hub);
  const client = new Client({ name: "reader", version: "1" });
  await client.connect(transportOf(entry, hub));
  try {
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("query_instant");
    return (await client.callTool({ name: "list_datasources", arguments: {} })).structuredContent;
  } finally {
    await client.close();
  }
}

function transportOf(entry: Exclude<Entry, { kind: "curl" }>, hub: RunningHub) {
  if (entry.kind === "stdio") {
    const here = (text: string) => text.replace("/path/to/ops-hub/", ROOT).replace("/path/to", folder);
    const env = Object.entries(entry.env).map(([name, value]) => [name, here(value)]);
    const { command, args } = entry;
    return new StdioClientTransport({
      command: here(command),
      args: args.map(here),
      env: { MODULES: "prometheus", ...Object.fromEntries(env) },
      stderr: "ignore",
    });
  }
  const Transport = entry.kind === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
  return new Transport(addressOn(hub, entry.url), { requestInit: { headers: entry.headers } });
}

function addressOn(hub: RunningHub, url: string): URL {
  expect(Number(new URL(url).port)).toBe(DEFAULT_PORT);
  return new URL(url.slice(new URL(url).origin.length), hub.url);
}

async function askByCurl({ argv, url }: Extract<Entry, { kind: "curl" }>, hub: RunningHub): Promise<unknown> {
  const after = (option: string) => argv.flatMap((word, i) => (argv[i - 1] === option ? [word] : []));
  const headers = Object.fromEntries(after("-H").map((header) => header.split(": ")));
  const { status, json } = await send(addressOn(hub, url).href, { headers, body: after("-d").join("&") });
  expect(status).toBe(200);
  return json.result?.["structuredContent"];
}

it.each(snippets)("$client in $language comes in, sees the tools and calls one", async (snippet) => {
  expect(await ask(await entryOf(snippet), open)).toHaveProperty("status");
});

it.each(snippets.filter((snippet) => !isLocal(snippet)))(
  "$client in $language comes in with its token where one is asked for, and not without",
  async (snippet) => {
    expect(await ask(await entryOf(snippet, TOKEN), guarded)).toHaveProperty("status");
    await expect(ask(await entryOf(snippet), guarded)).rejects.toThrow(/401|needs a credential/);
    await expect(ask(await entryOf(snippet, "another-token-of-a-reader"), guarded)).rejects.toThrow(
      /401|token is not known/,
    );
  },
);

it("HolmesGPT comes in by SSE as well, where it appends /sse", async () => {
  const [snippet] = snippets.filter(({ client }) => client === "HolmesGPT");
  const bySse = { ...snippet!, text: snippet!.text.replace(/mode: .*/, "mode: sse") };
  const entry = await entryOf(bySse, TOKEN);
  expect(entry).toMatchObject({ kind: "sse", url: expect.stringMatching(/\/mcp\/prometheus\/sse$/) });
  expect(await ask(entry, guarded)).toHaveProperty("status");
});

it.each(clients)("$name calls the hub by a name that it answers to", async ({ prose, snippets: [snippet] }) => {
  const entry = await entryOf(snippet!);
  if (entry.kind === "stdio") return expect(entry.command).toContain("/ops-hub/");
  const [, allowed = ""] = /`ALLOWED_HOSTS=([\w.]+)`/.exec(prose) ?? [];
  const statusWith = async (env: Record<string, string>) => {
    const hub = await startHub([], env);
    const { status } = await send(`${hub.url}/mcp`, { method: "GET", headers: { host: new URL(entry.url).host } });
    await hub.close();
    return status;
  };
  expect(await statusWith({ ALLOWED_HOSTS: allowed })).not.toBe(403);
  if (allowed !== "") expect(await statusWith({})).toBe(403);
});

describe("would notice", () => {
  const WRONG: readonly [client: string, what: string, from: string, to: string, says: RegExp][] = [
    ["Cursor", "another client's key", '"mcpServers"', '"servers"', /Unrecognized key.*servers/],
    ["Cursor", "a misspelt key", '"url"', '"uri"', /Unrecognized key.*uri/],
    ["Cursor", "a wrong path", "/mcp", "/mpc", /nothing is at .mpc/],
    ["Cursor", "another port", ":8000", ":8080", /expected 8080 to be 8000/],
    ["Cursor", "another client's placeholder", "${env:OPS_HUB_TOKEN}", "${OPS_HUB_TOKEN}", /does not fill/],
    ["Claude Code", "no transport", "--transport http ", "", /--transport/],
    ["Claude Code", "a header that takes the address", " ops-hub ", " --header x ops-hub ", /Too small/],
    ["Claude Code", "no path", "/mcp", "/", /nothing is at/],
    ["Claude Code", "a misspelt variable", "$OPS_HUB_TOKEN", "$OPS_HUB_TOKENS", /OPS_HUB_TOKENS: /],
    ["Claude Desktop", "a file that is not there", "src/main.ts", "src/index.ts", /closed/],
    ["Claude Desktop", "a flag that is not there", "--stdio", "--std", /closed/],
    ["VS Code", "another client's key", '"servers"', '"mcpServers"', /Unrecognized key.*mcpServers/],
    ["VS Code", "an input that nobody asks for", '"id": "hub"', '"id": "token"', /does not fill/],
    ["HolmesGPT", "a misspelt key", "mode:", "transport:", /Unrecognized key.*transport/],
    ["HolmesGPT", "a module that is not there", "/mcp/prometheus", "/mcp/promotheus", /no module/],
    ["HolmesGPT", "another client's placeholder", "{{ env.OPS_HUB_TOKEN }}", "${OPS_HUB_TOKEN}", /does not fill/],
    ["LibreChat", "a transport that it does not know", "streamable-http", "streamable", /Invalid option/],
    ["LibreChat", "an address that it would refuse", '["host.docker.internal:8000"]', "[]", /does not allow itself/],
    ["curl", "an answer that curl does not take", ", text/event-stream", "", /expected 406/],
    ["curl", "a misspelt header", "Authorization: ", "Authorisation: ", /expected 401/],
  ];
  it.each(WRONG)("in the snippets of %s %s", async (name, _what, from, to, says) => {
    const [{ prose, snippets: own }] = clients.filter((client) => client.name === name) as [(typeof clients)[number]];
    const swap = (text: string) => text.replace(from, () => to);
    const changed = own.map((one) => ({ ...one, text: swap(one.text), pieces: one.pieces.map(swap) }));
    expect(changed, prose).not.toEqual(own);
    const tried = changed.map(async (one) => {
      await ask(await entryOf(one), open);
      if (!isLocal(one)) await ask(await entryOf(one, TOKEN), guarded);
    });
    await expect(Promise.all(tried)).rejects.toThrow(says);
  });

  it.each(clients)("that $name has no snippet, or no row in the table of tokens", ({ name, snippets: own }) => {
    const without = own.reduce((text, one) => text.replace(`\`\`\`${one.language}\n${one.text}\n\`\`\`\n`, ""), readme);
    expect(() => clientsOf(without)).toThrow(`no snippet for ${name}`);
    expect(() => clientsOf(readme.replace(`\n| ${name} `, "\n| Nobody "))).toThrow(`${name} sends a token`);
  });
});
