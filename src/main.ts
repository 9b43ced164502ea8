#!/usr/bin/env node
// Starts the hub: reads env and argv, listens, closes on SIGTERM. The only file that touches `process`.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Logger } from "pino";
import { hashToken } from "./auth/hash-token.ts";
import type { Config } from "./config.ts";
import { ANONYMOUS } from "./core/caller.ts";
import { ConfigError } from "./core/config-error.ts";
import { ToolFailure } from "./core/failure.ts";
import { Trail } from "./core/trail.ts";
import { messageOf } from "./core/words.ts";
import type { Hub } from "./hub.ts";
import { readArguments, USAGE, type Options } from "./hub/arguments.ts";

const EXIT_BAD_SETTINGS = 2;
const CHECK_LIMIT_MS = 15_000;
const ignore = (): void => undefined;
const clock = { now: () => Date.now() };

/** The hub with all its modules takes half a second of CPU to load: only what needs it does. */
async function load() {
  const [{ pino }, { readConfig }, { createHub }, { modulesFor }, { openTracer }] = await Promise.all([
    import("pino"),
    import("./config.ts"),
    import("./hub.ts"),
    import("./modules.ts"),
    import("./tracing/open.ts"),
  ]);
  return { pino, readConfig, createHub, modulesFor, openTracer };
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options.help) return print(USAGE);
  if (options.version) return print(`ops-hub ${await readVersion()}\n`);
  if (options.command === "hash-token") return orSayWhy(async () => print(hashToken(await text(process.stdin))));
  if (options.command === "probe") return orSayWhy(() => askHub(options));
  return startHub(options);
}

async function startHub(options: Options): Promise<void> {
  const { pino, readConfig, createHub, modulesFor, openTracer } = await load();
  const config = await readConfig(process.env, await modulesFor(process.env));
  const version = await readVersion();
  const onProblem = (problem: string) => log.warn({ problem }, "traces could not be sent");
  const tracer = await openTracer({ settings: config.tracing, version, onProblem });
  const trail = new Trail(options["check-config"] ? undefined : tracer); // its settings are checked, nothing is sent
  const isOutputFree = !options.stdio && !options["check-config"];
  // Where standard output belongs to the answer, the log goes to standard error.
  const log = pino(
    {
      name: "ops-hub",
      level: config.hub.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => trail.fields(),
    },
    pino.destination(isOutputFree ? 1 : 2),
  );
  process.on("unhandledRejection", (error) => log.error({ err: error }, "a promise failed and nobody listened"));
  process.on("SIGHUP", ignore); // from now on it means: read the files again; nothing is old yet
  const stdout = isOutputFree ? { stdout: process.stdout } : {};
  const hub = await createHub({ config, version, log, clock, trail, ...stdout });
  if (options["check-config"]) return check(hub, config);
  if (options.stdio) return serveOneClient(hub, log);
  const { url, metricsUrl } = await hub.listen();
  log.info({ url: `${url}/mcp`, metrics: metricsUrl, tools: hub.registry.entries.length }, "ops-hub is ready");
  stopOnSignals(hub, log);
}

/** Commands whose failures are for whoever calls: one line, and 1. */
async function orSayWhy(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

async function askHub({ question, wait }: Options): Promise<void> {
  const { probe } = await import("./hub/probe.ts");
  const hubPid = Number(process.env["MAINPID"] ?? ""); // systemd gives it to what it starts beside the hub
  const isGone = hubPid > 0 ? () => !isRunning(hubPid) : undefined;
  return probe({ question, wait, env: process.env, isGone });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"; // another user's
  }
}

async function readVersion(): Promise<string> {
  const [{ z }, text] = await Promise.all([
    import("zod"),
    readFile(new URL("../package.json", import.meta.url), "utf8"),
  ]);
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** First signal: refuse new calls, let running ones end. Second: end at once. */
function stopOnSignals(hub: Hub, log: Logger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, "stopping; calls in flight may end first");
    closeAndExit(hub, log);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.off("SIGHUP", ignore);
  process.on("SIGHUP", () => void hub.reload().catch(ignore)); // each problem is in the log
}

/** Does not wait for what still holds the process, such as a collector of traces that hangs. */
function closeAndExit(hub: Hub, log: Logger): void {
  hub.close().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, "stopping failed");
      process.exit(1);
    },
  );
}

async function serveOneClient(hub: Hub, log: Logger): Promise<void> {
  const { StdioServerTransport, serveStdio } = await import("@modelcontextprotocol/server/stdio");
  await hub.begin();
  const view = hub.views.of({ module: undefined, among: undefined, readOnly: false });
  const transport = new StdioServerTransport(process.stdin, process.stdout);
  serveStdio(() => hub.makeServer(view, ANONYMOUS), {
    transport,
    onerror: (error) => log.debug({ err: error }, "a message was refused"),
  });
  process.stdin.once("close", () => closeAndExit(hub, log));
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
