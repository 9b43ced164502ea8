// npm run demo: a hub on loopback with something real to ask. Starts a Prometheus (or its stand-in), points a hub at it,
// says how to connect, and asks one question itself. With main.ts of the hub the only file that touches `process`.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import pino from "pino";
import { readConfig } from "../config.ts";
import { messageOf } from "../core/words.ts";
import { createHub, type Hub } from "../hub.ts";
import { modules } from "../modules.ts";
import { startFailedBuild } from "./failed-build/index.ts";
import { alertsQuestion, askAlerts, askChart } from "./ask.ts";
import { QUESTIONS } from "./questions.ts";
import { startUpstream } from "./upstream.ts";

const CHART_FILE = "demo-chart.png";
const ISSUE_FILE = "demo-issue.md";
const START_LIMIT_MS = 60_000;
const PREFERRED_PORT = 8000;
const clock = { now: () => Date.now() };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  say("Starting the demo ...");
  const port = await freePort(Number(process.env["PORT"] ?? PREFERRED_PORT));
  const hubUrl = `http://127.0.0.1:${port}`;
  const upstream = await startUpstream({
    clock,
    path: process.env["PATH"] ?? "",
    hubMetricsUrl: `${hubUrl}/metrics`,
    signal: AbortSignal.timeout(START_LIMIT_MS),
  });
  process.once("exit", upstream.kill);
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-demo-"));
  const build = await startFailedBuild(directory, modelSettings(process.env));
  const hub = await startHub(port, { directory, prometheusUrl: upstream.url, env: build.env });
  let isStopping = false;
  const stop = async () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    say("\nStopping ...");
    await hub.close();
    await Promise.all([upstream.close(), build.close()]);
    await rm(directory, { recursive: true, force: true });
    process.exit(0);
  };
  process.on("SIGINT", () => void stop());
  process.on("SIGTERM", () => void stop());
  say(greeting(hubUrl, upstream.description));
  await showAnAnswer(hubUrl);
  say("\nA Tekton build fails. Its finally-task posts the run's name to /report-failure:\n");
  say(await build.play(hubUrl, ISSUE_FILE));
  say(`\n  the whole issue: ${resolve(ISSUE_FILE)}`);
  say("\nThe hub keeps running; Ctrl-C stops it.");
}

/** The preferred port, or any other when it is taken. */
async function freePort(preferred: number): Promise<number> {
  for (const candidate of [preferred, 0]) {
    const server = createServer();
    try {
      await once(server.listen(candidate, "127.0.0.1"), "listening");
    } catch {
      continue;
    }
    const address = server.address();
    server.close();
    await once(server, "close");
    if (typeof address === "object" && address !== null) return address.port;
  }
  throw new Error("no port is free");
}

/** Who has a model may let it write the issue. */
const modelSettings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (/^(LITELLM|LLM)_/.test(name) && value ? [[name, value]] : [])),
  );

interface Behind {
  readonly directory: string;
  readonly prometheusUrl: string;
  readonly env: Readonly<Record<string, string>>;
}

async function startHub(port: number, { directory, prometheusUrl, env: more }: Behind): Promise<Hub> {
  const path = join(directory, "datasources.json");
  await writeFile(path, JSON.stringify({ datasources: [{ name: "demo", type: "prometheus", url: prometheusUrl }] }));
  const env = {
    ...more,
    PORT: String(port),
    HEALTH_METRICS_PORT: "0",
    GRAFANA_DATASOURCES_PATH: path,
    LOG_LEVEL: "warn",
  };
  const config = await readConfig(env, modules);
  const log = pino({ name: "ops-hub", level: config.hub.logLevel }, pino.destination(2));
  const hub = await createHub({ config, version: "demo", log, clock });
  await hub.listen();
  return hub;
}

const greeting = (url: string, upstream: string): string => `
  ops-hub is running.   MCP endpoint: ${url}/mcp
  Behind it: ${upstream}.

Connect a client:
  Claude Code   claude mcp add --transport http ops-hub ${url}/mcp
  Cursor        .cursor/mcp.json   {"mcpServers":{"ops-hub":{"url":"${url}/mcp"}}}
  VS Code       .vscode/mcp.json   {"servers":{"ops-hub":{"type":"http","url":"${url}/mcp"}}}
  HolmesGPT     mcp_servers: {ops-hub: {description: Prometheus, config: {url: "${url}/mcp/prometheus", mode: streamable-http}}}

Ask it:
${QUESTIONS.slice(0, 3)
  .map(({ question }) => `  - ${question}`)
  .join("\n")}
`;

/** Two questions, asked as any client would. */
async function showAnAnswer(url: string): Promise<void> {
  const client = new Client({ name: "ops-hub-demo", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  try {
    const chart = await askChart(client);
    await writeFile(CHART_FILE, chart.png);
    say(`Two of them, asked over MCP as your client would:\n`);
    say(`${chart.question} (render_chart)\n  see ${resolve(CHART_FILE)}\n`);
    say(`${alertsQuestion()} (list_alerts; a Prometheus that has just started needs half a minute to know)`);
    say(await askAlerts(client));
  } finally {
    await client.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`The demo could not start: ${messageOf(error)}\n`);
  process.exit(1);
});
