// Every real client through every AUTH_MODE and both HTTP transports: a good token, one that may only read, and a bad one.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { AUTH_MODES, startAuthHub, type AuthHub } from "./support/auth-hubs.ts";
import { startPythonClients, type PythonClients } from "./support/python-clients.ts";
import { connectV1, connectV2, type Door, type Mode, type ScriptedClient } from "./support/scripted-client.ts";

const Listing = z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })) });
const READS = ["echo", "wait", "wait_long"];

let python: PythonClients;
beforeAll(async () => {
  python = await startPythonClients();
});
afterAll(() => python?.close());

const CLIENTS: Record<string, (door: Door, mode: Mode) => Promise<ScriptedClient>> = {
  "TypeScript SDK v2": connectV2,
  "TypeScript SDK v1": (door) => connectV1(door),
  "Python mcp": (door, mode) => python.connect("mcp", door, mode),
  "Python fastmcp": (door, mode) => python.connect("fastmcp", door, mode),
};

interface Combination {
  client: string;
  mode: Mode;
  kind: "http" | "sse";
}

const COMBINATIONS = Object.keys(CLIENTS).flatMap((client): Combination[] => {
  const modes: Mode[] = client === "TypeScript SDK v1" ? ["legacy"] : ["auto", "legacy", "2026-07-28"];
  return [...modes.map((mode) => ({ client, mode, kind: "http" as const })), { client, mode: "legacy", kind: "sse" }];
});

describe.each(AUTH_MODES)("AUTH_MODE=%s", (authMode) => {
  let hub: AuthHub;
  beforeAll(async () => {
    hub = await startAuthHub(authMode);
  });
  afterAll(() => hub?.close());

  describe.each(COMBINATIONS)("$client ($mode) over $kind", ({ client: name, mode, kind }) => {
    const open: ScriptedClient[] = [];
    afterEach(async () => {
      for (const client of open.splice(0)) await client.close();
    });
    const connect = async (token: string) => {
      const client = await CLIENTS[name]!({ kind, url: `${hub.url}${kind === "sse" ? "/sse" : "/mcp"}`, token }, mode);
      open.push(client);
      return client;
    };

    test("with a good token it lists, reads and writes", async () => {
      const client = await connect(hub.ada);
      const { tools } = Listing.parse(await client.ask("tools/list"));
      expect(tools.map((tool) => tool.name)).toEqual([...READS, "erase"]);
      const echo = await client.ask("tools/call", { name: "echo", arguments: { text: "here" } });
      expect(echo).toMatchObject({ structuredContent: { text: "here" } });
      const erased = await client.ask("tools/call", { name: "erase", arguments: {} });
      expect(erased).toMatchObject({ structuredContent: { erased: true } });
    });

    test("with a token that may only read it sees no writes, and cannot tell them from what is not there", async () => {
      const client = await connect(hub.ron);
      const { tools } = Listing.parse(await client.ask("tools/list"));
      expect(tools.map((tool) => tool.name)).toEqual(READS);
      const echo = await client.ask("tools/call", { name: "echo", arguments: { text: "here" } });
      expect(echo).toMatchObject({ structuredContent: { text: "here" } });
      const told = async (tool: string) => {
        const refused = client.ask("tools/call", { name: tool, arguments: {} });
        return (await refused.then(letIn, textOf)).replaceAll(tool, "TOOL");
      };
      const unknown = await told("no_such_tool");
      expect(unknown).toMatch(/^(?!let in).*TOOL/);
      expect(await told("erase")).toBe(unknown);
    });

    test("with a stranger's token it is turned away with 401, and told why", async () => {
      const before = (await hub.audit()).length;
      // Pinned to a revision, some ask nothing before the first real request.
      const asked = connect(hub.stranger).then((client) => client.ask("tools/list"));
      const refused = await asked.then(letIn, textOf);
      expect(refused).not.toContain("let in");
      expect(refused).toMatch(/401|token|credential/); // Python's show the hub's sentence, and no number
      expect(refused).not.toContain(hub.stranger);
      const told = z.array(z.looseObject({ event: z.string(), outcome: z.string() }));
      const lines = async () => told.parse((await hub.audit()).slice(before).split("\n").filter(Boolean).map(parse));
      await expect.poll(lines).not.toEqual([]);
      for (const line of await lines()) expect(line).toMatchObject({ event: "refused", outcome: "401" });
    });
  });

  test("the audit names who called, and holds no token", async () => {
    const audit = await hub.audit();
    expect(audit).toContain('"caller":"ada"');
    for (const token of [hub.ada, hub.ron, hub.stranger]) expect(audit).not.toContain(token);
  });
});

const letIn = (answer: unknown) => `let in: ${JSON.stringify(answer)}`;
const parse = (line: string): unknown => JSON.parse(line);

/** An error with all that it holds: clients wrap what the server said. */
const textOf = (error: unknown): string =>
  error instanceof Error
    ? [String(error), error.cause === undefined ? "" : textOf(error.cause)].join(" ")
    : String(error);
