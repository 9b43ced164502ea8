// A hub with all its modules that has done a little of everything, so that each of its metrics has something to show.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modules } from "../../../src/modules.ts";
import { startAgentHub, type AgentHub } from "../../support/agent-hub.ts";
import { initialize, legacy, LEGACY, modern } from "../../support/wire.ts";
import { addFailedPod } from "./agent-process.ts";

const CATALOG = `version: 1
caches: { shelf: { ttl: 1h } }
env_sets: { base: { pass: [PATH] } }
programs: { echo: { exec: echo, env: [base] } }
tools:
  say: { description: Says a word., program: echo, params: { word: { required: true, pattern: "[a-z]+" } },
         argv: [{ pos: word }], risk: read, cache: { store: shelf, key: [word] } }
`;

export interface BusyHub {
  readonly agent: AgentHub;
  /** A little of everything: a call, one that fails, a command of which the second result comes from the cache, a report. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export async function startBusyHub(): Promise<BusyHub> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-busy-"));
  await writeFile(join(folder, "tools.yaml"), CATALOG);
  const agent = await startAgentHub({
    modules: [...modules],
    env: { RELEASE_OPS_CATALOG: join(folder, "tools.yaml"), PATH: "/usr/bin:/bin" },
  });
  const listening = new AbortController();
  let words = 0;
  const call = async (name: string, args: object) => {
    const { status, text } = await modern(`${agent.url}/mcp`, "tools/call", { name, arguments: args });
    if (status !== 200) throw new Error(`${name} answered ${status}: ${text}`);
  };
  try {
    agent.gitea.fail("POST", /issues$/, { status: 503 });
    await report(agent, 0);
    await listen(agent.url, listening.signal);
  } catch (cause) {
    await agent.close();
    throw cause;
  }
  return {
    agent,
    async work() {
      await call("pods_list", { namespace: "ci" });
      await call("pods_get", { namespace: "ci", name: "nobody" });
      const word = "word".repeat(++words);
      for (const _ of ["run", "kept"]) await call("say", { word });
      await report(agent, words);
    },
    async close() {
      listening.abort();
      await agent.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Until there is an issue, or the tracker has refused it. */
async function report(agent: AgentHub, n: number): Promise<void> {
  const { status, body } = await agent.report(addFailedPod(agent.kubernetes, "ci", n));
  if (status > 202) throw new Error(`the report was answered ${status}: ${JSON.stringify(body)}`);
}

/** A session of a 2025-era client, and its event stream, until the signal. */
async function listen(url: string, signal: AbortSignal): Promise<void> {
  const opened = await legacy(`${url}/mcp`, initialize());
  const session = String(opened.headers["mcp-session-id"]);
  const headers = { accept: "text/event-stream", "mcp-session-id": session, "mcp-protocol-version": LEGACY };
  const stream = await fetch(`${url}/mcp`, { headers, signal });
  if (stream.status !== 200) throw new Error(`the stream answered ${stream.status}`);
}
