// The composition root: settings -> modules -> registry -> doors -> porch. Closes in reverse. Only it knows everybody.
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { ANONYMOUS, type OutputBudget } from "./core/context.ts";
import { InFlight } from "./core/in-flight.ts";
import type { JsonObject } from "./core/json.ts";
import { createMetrics, type HubMetrics } from "./core/metrics.ts";
import type { ModuleCheck } from "./core/module.ts";
import { Registry } from "./core/registry.ts";
import { keepFresh } from "./core/secret.ts";
import { createPorch, createProbePorch, type PorchOptions, type State } from "./http/porch.ts";
import { addReportRoutes } from "./http/reports.ts";
import { RequestHeaders } from "./mcp/request-headers.ts";
import { createMcpDoor, type McpDoor } from "./mcp/routes.ts";
import { createServerFactory, type ServerFactory } from "./mcp/server.ts";
import { createViews, type Views } from "./mcp/view.ts";
import { secretsOf, startModules, type Running, type Started } from "./running.ts";

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
  /** Lets the modules begin the work they do by themselves. For a hub that does not listen (stdio). */
  begin(): Promise<void>;
  /** Begins, and serves HTTP. */
  listen(): Promise<Addresses>;
  /** Open sessions and event streams. */
  counts(): { sessions: number; streams: number };
  /** Asks every running module whether its upstreams answer. */
  check(signal: AbortSignal): Promise<ReadonlyMap<string, ModuleCheck>>;
  /** Refuses new work, lets calls in flight end (at most DRAIN_SECONDS, or until the signal fires), and closes everything. */
  close(hurry?: AbortSignal): Promise<void>;
}

/** Starts the modules and builds the doors; nothing listens yet. Throws when a module cannot start. */
export async function createHub(options: HubOptions): Promise<Hub> {
  const { config, log, clock, version } = options;
  const metrics = createMetrics(version);
  const inFlight = new InFlight();
  const whole = { registry: Registry.of([], { clock, log, budget: budgetOf(config) }) };
  const reading = () => whole.registry.narrow(({ tool }) => tool.access === "read");
  const running = await startModules({ config, log, clock, metrics, registry: reading });
  const { started } = running;
  const registry = buildRegistry(options, metrics, started);
  whole.registry = registry;
  const stopRefreshing = keepFresh(secretsOf(config), SECRETS_EVERY_MS);
  const views = createViews(registry, started.map(viewModule));
  const info = { name: "ops-hub", title: "ops-hub", version };
  const headers = new RequestHeaders(started.flatMap(({ running }) => running.requestHeaders ?? []));
  const makeServer = createServerFactory({ info, inFlight, headers });
  const door = createMcpDoor({
    views,
    makeServer,
    info,
    log,
    clock,
    inFlight,
    headers,
    stateless: config.hub.stateless,
    maxSessions: config.hub.maxSessions,
    sessionIdleMs: config.hub.sessionIdleSeconds * 1_000,
    maxSseClients: config.hub.maxSseClients,
    publicPath: config.hub.publicUrl === undefined ? "" : new URL(config.hub.publicUrl).pathname.replace(/\/$/, ""),
    callerOf: () => ANONYMOUS,
  });
  const life = { state: "starting" as State, startedAt: clock.now(), stopping: new AbortController() };
  const porch = buildPorch(options, { metrics, running, life, door, inFlight });
  const begin = async (): Promise<void> => {
    for (const one of started) await one.running.begin?.();
  };
  return {
    registry,
    views,
    makeServer,
    begin,
    listen: async () => {
      await begin();
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
      life.stopping.abort();
      stopRefreshing();
      await drain(inFlight, config.hub.drainSeconds, hurry);
      await door.close();
      await Promise.all([porch.main.close(), porch.probes?.close()]);
      for (const { running } of started.toReversed()) await running.close?.();
    },
  };
}

function buildRegistry({ config, log, clock }: HubOptions, metrics: HubMetrics, started: readonly Started[]): Registry {
  const { allowWrites } = config.hub;
  const byName = new Map(started.map(({ module, running }) => [module.name, running]));
  const registry = Registry.of(
    started.map(({ module, running }) => ({ name: module.name, tools: running.tools, absent: running.absent })),
    {
      clock,
      log,
      budget: budgetOf(config),
      onInFlight: metrics.onInFlight,
      onCall: (record) => {
        metrics.onCall(record);
        byName.get(record.module)?.observe?.(record);
      },
    },
  );
  const mayWrite = (module: string) => allowWrites.includes("all") || allowWrites.includes(module);
  return registry.narrow(
    ({ tool, module }) => tool.access === "read" || mayWrite(module),
    ({ module }) => `it writes: the operator switches it on with ALLOW_WRITES=${module}`,
  );
}

const budgetOf = ({ hub: { maxOutputBytes } }: Config): OutputBudget => ({
  textBytes: maxOutputBytes,
  structuredBytes: Math.max(MAX_STRUCTURED_BYTES, maxOutputBytes),
});

const viewModule = ({ module, running }: Started) => ({
  name: module.name,
  title: module.title,
  instructions: module.instructions,
  prompts: running.prompts ?? [],
  resources: running.resources ?? [],
});

interface Parts {
  readonly metrics: HubMetrics;
  readonly running: Running;
  readonly life: { state: State; startedAt: number; stopping: AbortController };
  readonly door: McpDoor;
  readonly inFlight: InFlight;
}

interface Porches {
  readonly main: FastifyInstance;
  readonly probes: FastifyInstance | undefined;
}

function buildPorch(
  options: HubOptions,
  { metrics, running: { started, services }, life, door, inFlight }: Parts,
): Porches {
  const { config, log, clock, version } = options;
  const porch: PorchOptions = {
    ...config.hub,
    log,
    state: () => life.state,
    isReady: async () => {
      const asked = await Promise.all(started.map(async ({ running }) => (await running.isReady?.()) ?? true));
      return asked.every(Boolean);
    },
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
  addReportRoutes(main, {
    desk: services.desk,
    waitMs: config.hub.reportWaitSeconds * 1_000,
    isSeedStrict: config.hub.seedCompat,
    stopping: life.stopping.signal,
    inFlight,
    log,
  });
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
