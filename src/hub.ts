// The composition root: settings -> modules -> registry -> doors -> porch. Closes in reverse. Only it knows everybody.
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { ANONYMOUS } from "./core/caller.ts";
import { InFlight } from "./core/in-flight.ts";
import { createMetrics, type HubMetrics } from "./core/metrics.ts";
import type { ModuleCheck } from "./core/module.ts";
import type { Registry } from "./core/registry.ts";
import { keepFresh } from "./core/secret.ts";
import { areReady, checkAll, moduleHealth, reloadAll } from "./health.ts";
import { createPorch, createProbePorch, type PorchOptions, type State } from "./http/porch.ts";
import { addReportRoutes } from "./http/reports.ts";
import { drain, listen, type Addresses, type Porches } from "./listen.ts";
import { RequestHeaders } from "./mcp/request-headers.ts";
import { createMcpDoor, type Doorkeeper, type McpDoor } from "./mcp/routes.ts";
import { createServerFactory, type ServerFactory } from "./mcp/server.ts";
import { Views } from "./mcp/views.ts";
import { Offer } from "./offer.ts";
import { secretsOf, startModules, type Running, type Started } from "./running.ts";

/** Mounted Secrets rotate; a value may be this much older than its file. */
const SECRETS_EVERY_MS = 5_000;

export interface HubOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Hub {
  /** As it is now: a module's tools may become others. */
  readonly registry: Registry;
  readonly views: Views;
  readonly makeServer: ServerFactory;
  /** Lets the modules begin the work they do by themselves. For a hub that does not listen (stdio). */
  begin(): Promise<void>;
  /** Begins, and serves HTTP. */
  listen(): Promise<Addresses>;
  /** Lets every module read its files again. Throws ConfigError with what is wrong; those modules go on as before. */
  reload(): Promise<void>;
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
  const offer = new Offer({ config, log, clock, metrics });
  const running = await startModules({
    config,
    log,
    clock,
    metrics,
    registry: () => offer.reading,
    changed: offer.renew,
  });
  const { started } = running;
  offer.begin(started);
  const stopRefreshing = keepFresh(secretsOf(config), SECRETS_EVERY_MS);
  const views = new Views(offer.registry, started.map(viewModule));
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
    doorkeeper: NOBODY_ASKS,
  });
  offer.onChange(() => {
    views.refresh(offer.registry);
    door.tellToolsChanged();
  });
  const life = { state: "starting" as State, startedAt: clock.now(), stopping: new AbortController() };
  const porch = buildPorch(options, { metrics, running, life, door, inFlight });
  const begin = async (): Promise<void> => {
    for (const one of started) await one.running.begin?.();
  };
  return {
    get registry() {
      return offer.registry;
    },
    views,
    makeServer,
    begin,
    listen: async () => {
      await begin();
      const addresses = await listen(porch, config.hub);
      life.state = "ready";
      return addresses;
    },
    counts: door.counts,
    reload: () => reloadAll(started, log),
    check: (signal) => checkAll(started, signal),
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

const NOBODY_ASKS: Doorkeeper = {
  admit: async () => ANONYMOUS,
  isStill: async () => true,
  countCalls: async () => undefined,
  takeStream: () => () => undefined,
};

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

function buildPorch(
  options: HubOptions,
  { metrics, running: { started, services }, life, door, inFlight }: Parts,
): Porches {
  const { config, log, clock, version } = options;
  const porch: PorchOptions = {
    ...config.hub,
    log,
    state: () => life.state,
    isReady: () => areReady(started),
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
