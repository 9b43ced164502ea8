#!/usr/bin/env node
// Starts the hub: reads env and argv, listens, closes on SIGTERM. The only file that touches `process`.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import pino, { type Logger } from "pino";
import { z } from "zod";
import { readConfig, type Config } from "./config.ts";
import { hashToken } from "./auth/hash-token.ts";
import { ANONYMOUS } from "./core/caller.ts";
import { ConfigError } from "./core/config-error.ts";
import { ToolFailure } from "./core/failure.ts";
import { messageOf } from "./core/words.ts";
import { createHub, type Hub } from "./hub.ts";
import { modulesFor } from "./modules.ts";

const USAGE = `ops-hub [--stdio] [--check-config] [--help] [--version]
ops-hub hash-token

Without arguments: serves MCP over HTTP at http://127.0.0.1:8000/mcp (HOST, PORT).
  --stdio         serve one client over standard input and output instead
  --check-config  read all settings, ask the upstreams whether they answer, and exit
                  (0 fine, 1 an upstream does not answer, 2 bad settings)
  hash-token      read a token on standard input, print its entry for AUTH_TOKENS_PATH
  --version       print the version
  --help          print this

Settings are environment variables; README lists them all.
`;

const EXIT_BAD_SETTINGS = 2;
const CHECK_LIMIT_MS = 15_000;
const ignore = (): void => undefined;
const clock = { now: () => Date.now() };

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) return print(USAGE);
  const version = await readVersion();
  if (options.version) return print(`ops-hub ${version}\n`);
  if (options.command === "hash-token") return printHash(await text(process.stdin));
  const config = await readConfig(process.env, await modulesFor(process.env));
  const log = createLog(config.hub.logLevel, options.stdio || options["check-config"]);
  process.on("unhandledRejection", (error) => log.error({ err: error }, "a promise failed and nobody listened"));
  process.on("SIGHUP", ignore); // from now on it means: read the files again; nothing is old yet
  const isOutputFree = !options.stdio && !options["check-config"];
  const hub = await createHub({ config, version, log, clock, ...(isOutputFree ? { stdout: process.stdout } : {}) });
  if (options["check-config"]) return check(hub, config);
  if (options.stdio) return serveOneClient(hub, log);
  const { url, metricsUrl } = await hub.listen();
  log.info({ url: `${url}/mcp`, metrics: metricsUrl, tools: hub.registry.entries.length }, "ops-hub is ready");
  stopOnSignals(hub, log);
}

function readArguments() {
  const flag = { type: "boolean", default: false } as const;
  const options = { stdio: flag, "check-config": flag, version: flag, help: { ...flag, short: "h" } } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [command, ...more] = positionals;
    if (more.length > 0 || (command !== undefined && command !== "hash-token")) {
      throw new Error(`unknown command "${positionals.join(" ")}"; there is hash-token`);
    }
    return { ...values, command };
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}

function printHash(token: string): void {
  try {
    print(hashToken(token));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Where standard output belongs to the answer, the log goes to standard error. */
function createLog(level: string, isOutputTaken: boolean): Logger {
  return pino(
    { name: "ops-hub", level, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(isOutputTaken ? 2 : 1),
  );
}

/** First signal: refuse new calls, let running ones end. Second: end at once. */
function stopOnSignals(hub: Hub, log: Logger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, "stopping; calls in flight may end first");
    hub.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "stopping failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.off("SIGHUP", ignore);
  process.on("SIGHUP", () => void hub.reload().catch(ignore)); // each problem is in the log
}

async function serveOneClient(hub: Hub, log: Logger): Promise<void> {
  await hub.begin();
  const view = hub.views.of({ module: undefined, among: undefined, readOnly: false });
  const transport = new StdioServerTransport(process.stdin, process.stdout);
  serveStdio(() => hub.makeServer(view, ANONYMOUS), {
    transport,
    onerror: (error) => log.debug({ err: error }, "a message was refused"),
  });
  process.stdin.once("close", () => void hub.close());
  stopOnSignals(hub, log);
}

async function check(hub: Hub, { modules: configured }: Config): Promise<void> {
  const results = await hub.check(AbortSignal.timeout(CHECK_LIMIT_MS));
  for (const { module, off } of configured) {
    const result = results.get(module.name);
    print(`${module.name}: ${result?.message ?? `off (${off})`}\n`);
    if (result?.ok === false) process.exitCode = 1;
  }
  await hub.close();
}

/** What the operator can mend in one line; the stack of what only we can. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof ToolFailure) return `ops-hub cannot start: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  return "syscall" in error ? `ops-hub cannot start: ${error.message}` : String(error.stack);
}

function print(text: string): void {
  process.stdout.write(text);
}

main().catch((error: unknown) => {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(error instanceof ConfigError ? EXIT_BAD_SETTINGS : 1);
});
