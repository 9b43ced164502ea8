// The composition root: settings -> modules -> registry -> doors -> porch. Closes in reverse. Only it knows everybody.
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config, ModuleConfig } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { ANONYMOUS } from "./core/context.ts";
import { InFlight } from "./core/in-flight.ts";
import type { JsonObject } from "./core/json.ts";
import { createMetrics, type HubMetrics } from "./core/metrics.ts";
import type { ModuleCheck, RunningModule } from "./core/module.ts";
import { Registry } from "./core/registry.ts";
import { Secret, keepFresh } from "./core/secret.ts";
import { createPorch, createProbePorch, type PorchOptions, type State } from "./http/porch.ts";
import { createMcpDoor, type McpDoor } from "./mcp/routes.ts";
import { createServerFactory, type ServerFactory } from "./mcp/server.ts";
import { createViews, type Views } from "./mcp/view.ts";

/** structuredContent may be this large; several clients show it to the model too. */
const MAX_STRUCTURED_BYTES = 96 * 1024;

/** Mounted Secrets rotate; a value may be this much older than its file. */
const SECRETS_EVERY_MS = 5_000;

export interface HubOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Where the hub listens. `metricsUrl` is undefined when HEALTH_METRICS_PORT is 0. */
export interface Addresses {
  readonly url: string;
  readonly metricsUrl: string | undefined;
}

export interface Hub {
  readonly registry: Registry;
  readonly views: Views;
  readonly makeServer: ServerFactory;
  listen(): Promise<Addresses>;
  /** Open sessions and event streams. */
  counts(): { sessions: number; streams: number };
  /** Asks every running module whether its upstreams answer. */
  check(signal: AbortSignal): Promise<ReadonlyMap<string, ModuleCheck>>;
  /** Refuses new work, lets calls in flight end (at most DRAIN_SECONDS, or until the signal fires), and closes everything. */
  close(hurry?: AbortSignal): Promise<void>;
}

interface Started extends ModuleConfig {
  readonly running: RunningModule;
}

/** Starts the modules and builds the doors; nothing listens yet. Throws when a module cannot start. */
export async function createHub(options: HubOptions): Promise<Hub> {
  const { config, log, clock, version } = options;
  const metrics = createMetrics(version);
  const inFlight = new InFlight();
  const started = await startModules(options, metrics);
  const registry = buildRegistry(options, metrics, started);
  const stopRefreshing = keepFresh(secretsOf(config), SECRETS_EVERY_MS);
  const views = createViews(registry, started.map(viewModule));
  const info = { name: "ops-hub", title: "ops-hub", version };
  const makeServer = createServerFactory({ info, inFlight });
  const door = createMcpDoor({
    views,
    makeServer,
    info,
    log,
    clock,
    inFlight,
    stateless: config.hub.stateless,
    maxSessions: config.hub.maxSessions,
    sessionIdleMs: config.hub.sessionIdleSeconds * 1_000,
    maxSseClients: config.hub.maxSseClients,
    publicPath: config.hub.publicUrl === undefined ? "" : new URL(config.hub.publicUrl).pathname.replace(/\/$/, ""),
    callerOf: () => ANONYMOUS,
  });
  const life = { state: "starting" as State, startedAt: clock.now() };
  const porch = buildPorch(options, { metrics, started, life, door });
  return {
    registry,
    views,
    makeServer,
    listen: async () => {
      const addresses = await listen(porch, config);
      life.state = "ready";
      return addresses;
    },
    counts: door.counts,
    check: async (signal) => {
      const asked = started.map(async ({ module, running }) => [module.name, await running.check(signal)] as const);
      return new Map(await Promise.all(asked));
    },
    close: async (hurry) => {
      life.state = "draining";
      stopRefreshing();
      await drain(inFlight, config.hub.drainSeconds, hurry);
      await door.close();
      await Promise.all([porch.main.close(), porch.probes?.close()]);
      for (const { running } of started.toReversed()) await running.close?.();
    },
  };
}

const secretsOf = ({ hub, modules }: Config): Secret[] =>
  [hub, ...modules.map(({ settings }) => settings)]
    .flatMap((values) => Object.values<unknown>(values))
    .filter((value) => value instanceof Secret);

async function startModules({ config, log, clock }: HubOptions, metrics: HubMetrics): Promise<Started[]> {
  const started: Started[] = [];
  for (const entry of config.modules.filter(({ off }) => off === undefined)) {
    const { module, settings } = entry;
    const start = {
      settings,
      log: log.child({ module: module.name }),
      clock,
      metrics: metrics.registry,
      env: config.env,
    };
    started.push({ ...entry, running: await module.start(start) });
  }
  return started;
}

function buildRegistry({ config, log, clock }: HubOptions, metrics: HubMetrics, started: readonly Started[]): Registry {
  const { allowWrites, maxOutputBytes } = config.hub;
  const byName = new Map(started.map(({ module, running }) => [module.name, running]));
  const registry = Registry.of(
    started.map(({ module, running }) => ({ name: module.name, tools: running.tools })),
    {
      clock,
      log,
      budget: { textBytes: maxOutputBytes, structuredBytes: Math.max(MAX_STRUCTURED_BYTES, maxOutputBytes) },
      onInFlight: metrics.onInFlight,
      onCall: (record) => {
        metrics.onCall(record);
        byName.get(record.module)?.observe?.(record);
      },
    },
  );
  const mayWrite = (module: string) => allowWrites.includes("all") || allowWrites.includes(module);
  return registry.narrow(({ tool, module }) => tool.access === "read" || mayWrite(module));
}

const viewModule = ({ module, running }: Started) => ({
  name: module.name,
  title: module.title,
  instructions: module.instructions,
  prompts: running.prompts ?? [],
  resources: running.resources ?? [],
});

interface Parts {
  readonly metrics: HubMetrics;
  readonly started: readonly Started[];
  readonly life: { state: State; startedAt: number };
  readonly door: McpDoor;
}

interface Porches {
  readonly main: FastifyInstance;
  readonly probes: FastifyInstance | undefined;
}

function buildPorch(options: HubOptions, { metrics, started, life, door }: Parts): Porches {
  const { config, log, clock, version } = options;
  const porch: PorchOptions = {
    ...config.hub,
    log,
    state: () => life.state,
    health: () => ({
      status: "healthy",
      version,
      uptime_seconds: (clock.now() - life.startedAt) / 1_000,
      ...door.counts(),
      cached_auth_entries: 0, // the seed's field; nothing is cached while AUTH_MODE can only be none
      ...moduleHealth(config, started),
    }),
    metrics: async () => ({ contentType: metrics.registry.contentType, text: await metrics.registry.metrics() }),
    onProbe: (method, path) => {
      for (const { running } of started) running.onProbe?.(method, path);
    },
  };
  const hasProbes = config.hub.metricsPort !== 0;
  const main = createPorch(porch, !hasProbes);
  door.routes(main);
  return { main, probes: hasProbes ? createProbePorch(porch) : undefined };
}

/** What each module says of itself; a module that is off names the variable that would switch it on. */
function moduleHealth(config: Config, started: readonly Started[]): JsonObject {
  const running = new Map(started.map(({ module, running }) => [module.name, running]));
  const modules = config.modules.map(({ module, off }) => {
    const health =
      off === undefined ? { state: "on", ...running.get(module.name)?.health?.() } : { state: "off", set: off };
    return [module.name, health] as const;
  });
  const summaries = started.map(({ running }) => running.summary?.() ?? {});
  return { ...Object.assign({}, ...summaries), modules: Object.fromEntries(modules) };
}

async function listen({ main, probes }: Porches, { hub }: Config): Promise<Addresses> {
  await main.listen({ host: hub.host, port: hub.port });
  if (probes === undefined) return { url: urlOf(main), metricsUrl: undefined };
  await probes.listen({ host: hub.host, port: hub.metricsPort });
  return { url: urlOf(main), metricsUrl: urlOf(probes) };
}

function urlOf(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no address");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

async function drain(inFlight: InFlight, seconds: number, hurry: AbortSignal | undefined): Promise<void> {
  const limit = AbortSignal.timeout(seconds * 1_000);
  await inFlight.idle(hurry === undefined ? limit : AbortSignal.any([limit, hurry]));
  await new Promise((resolve) => setImmediate(resolve)); // the last answers are written in this turn
}
