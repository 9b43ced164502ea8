// Twelve clients of three kinds on one hub, all at once: every answer is the asker's own.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, it } from "vitest";
import { startHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";

const ROUNDS = 60;

it("mixes 2026, 2025 and SSE clients without one wrong answer", async () => {
  const hub = await startHub([trialModule().module, trialModule("other").module]);
  const connect = async (kind: string) => {
    const mode = kind === "modern" ? "auto" : "legacy";
    const client = new Client({ name: kind, version: "1" }, { versionNegotiation: { mode } });
    const transport =
      kind === "sse"
        ? new SSEClientTransport(new URL(`${hub.url}/sse`))
        : new StreamableHTTPClientTransport(new URL(`${hub.url}/mcp`));
    await client.connect(transport);
    return client;
  };
  const kinds = ["modern", "legacy", "sse"].flatMap((kind) => Array.from({ length: 4 }, () => kind));
  const clients = await Promise.all(kinds.map(connect));
  const wrong: string[] = [];
  const ask = async (client: Client, who: string, round: number) => {
    if (round % 5 === 0) {
      const { tools } = await client.listTools();
      if (tools.length !== 6) wrong.push(`${who}: ${tools.length} tools`);
      return;
    }
    const text = `${who}/${round}`;
    const name = round % 2 === 0 ? "echo" : "other_echo";
    const { structuredContent } = await client.callTool({ name, arguments: { text } });
    if (JSON.stringify(structuredContent) !== JSON.stringify({ text })) wrong.push(text);
  };
  await Promise.all(
    clients.flatMap((client, i) => Array.from({ length: ROUNDS }, (_, round) => ask(client, `${kinds[i]}${i}`, round))),
  );
  expect(wrong).toEqual([]);
  await Promise.all(clients.map((client) => client.close()));
  await hub.close();
});
