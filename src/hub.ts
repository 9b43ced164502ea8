// The composition root: settings -> modules -> registry -> doors -> porch. Closes in reverse. Only it knows everybody.
import type { Logger } from "pino";
import type { Output } from "./audit/sink.ts";
import type { Gate } from "./auth/gate.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { InFlight } from "./core/in-flight.ts";
import type { JsonObject } from "./core/json.ts";
import { createMetrics, type HubMetrics } from "./core/metrics.ts";
import type { ModuleCheck } from "./core/module.ts";
import type { Registry } from "./core/registry.ts";
import { keepFresh } from "./core/secret.ts";
import { Trail } from "./core/trail.ts";
import { createWatches } from "./core/watch.ts";
import { openEntrance, type Entrance } from "./hub/entrance.ts";
import { areReady, checkAll, moduleHealth, reloadAll } from "./hub/health.ts";
import { addMetadataRoutes } from "./http/metadata.ts";
import { createPorch, createProbePorch, type PorchOptions, type State } from "./http/porch.ts";
import { addReportRoutes } from "./http/reports.ts";
import { drain, listen, type Addresses, type Porches } from "./hub/listen.ts";
import { RequestHeaders } from "./mcp/request-headers.ts";
import { createMcpDoor, type McpDoor } from "./mcp/routes.ts";
import { createServerFactory, type ServerFactory } from "./mcp/server.ts";
import { Views } from "./mcp/views.ts";
import { Offer } from "./hub/offer.ts";
import { startModules, type Running, type Started } from "./hub/running.ts";
import { createHubRedactor, secretsOf } from "./hub/secrets.ts";

/** Mounted Secrets rotate; a value may be this much older than its file. */
const SECRETS_EVERY_MS = 5_000;

export interface HubOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Where spans go, and lines of the log find their call; the hub closes it. None: nothing is traced. */
  readonly trail?: Trail;
  /** Standard output, when it is free for an audit. */
  readonly stdout?: Output;
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
  /** Reads the files of callers and of every module again. Throws ConfigError with what is wrong; those modules go on as before. */
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
  const { config, log, clock, version, trail = new Trail() } = options;
  const metrics = createMetrics(version);
  const watch = createWatches(metrics.registry, trail);
  const inFlight = new InFlight();
  const life = { state: "starting" as State, startedAt: clock.now(), stopping: new AbortController(), url: "" };
  const publicUrl = () => config.hub.publicUrl ?? (life.url === "" ? undefined : life.url);
  const held: (() => readonly string[])[] = [];
  const redactor = createHubRedactor(config, held);
  const entrance = await openEntrance({ config, log, clock, redactor, watch, publicUrl, stdout: options.stdout });
  held.push(() => entrance.secrets());
  const { doorkeeper, limits, audit } = entrance;
  const offer = new Offer({
    config,
    log,
    clock,
    metrics,
    trail,
    enter: (caller, signal) => limits.enter(caller, signal),
    onCall: (record, call) => audit.call(record, call),
  });
  const running = await startModules({
    config,
    log,
    clock,
    metrics,
    watch,
    trail,
    registry: () => offer.reading,
    changed: offer.renew,
    redactor,
    hold: (secrets) => void held.push(secrets),
  });
  const { started } = running;
  offer.begin(started);
  for (const one of started) one.running.showLogins?.(() => entrance.gate.cached());
  const stopRefreshing = keepFresh(secretsOf(config), SECRETS_EVERY_MS);
  const views = new Views(offer.registry, started.map(viewModule));
  const info = { name: "ops-hub", title: "ops-hub", version };
  const headers = new RequestHeaders(started.flatMap(({ running }) => running.requestHeaders ?? []));
  const makeServer = createServerFactory({ info, inFlight, headers, trail });
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
    doorkeeper,
  });
  metrics.showClients(door.counts);
  offer.onChange(() => {
    views.refresh(offer.registry);
    door.tellToolsChanged();
  });
  const porch = buildPorch({ ...options, trail }, { metrics, running, life, door, inFlight, entrance });
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
      life.url = addresses.url;
      return addresses;
    },
    counts: door.counts,
    reload: async () => {
      await entrance.gate.refresh();
      await door.recheck();
      await reloadAll(started, log);
    },
    check: (signal) => checkAll(started, signal),
    close: async (hurry) => {
      life.state = "draining";
      life.stopping.abort();
      stopRefreshing();
      await drain(inFlight, config.hub.drainSeconds, hurry);
      await door.close();
      await Promise.all([porch.main.close(), porch.probes?.close()]);
      for (const { running } of started.toReversed()) await running.close?.();
      await entrance.close();
      await trail.close();
    },
  };
}

/** The seed's field is the number of remembered logins. */
const authHealth = (gate: Gate): JsonObject => ({ cached_auth_entries: gate.cached(), auth: gate.health() });

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
  readonly entrance: Entrance;
}

function buildPorch(
  options: HubOptions & { readonly trail: Trail },
  { metrics, running: { started, services }, life, door, inFlight, entrance }: Parts,
): Porches {
  const { config, log, clock, version, trail } = options;
  const porch: PorchOptions = {
    ...config.hub,
    log,
    audit: entrance.audit,
    trustProxy: config.limits.trustProxy,
    countRefused: (address) => entrance.limits.address(address),
    admitToMetrics: (request) => entrance.doorkeeper.admit(request),
    state: () => life.state,
    isReady: () => areReady(started),
    health: () => ({
      status: "healthy",
      version,
      uptime_seconds: (clock.now() - life.startedAt) / 1_000,
      ...door.counts(),
      ...authHealth(entrance.gate),
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
  const { metadata } = entrance.gate;
  if (metadata !== undefined)
    addMetadataRoutes(main, { ...metadata, modules: started.map(({ module }) => module.name) });
  addReportRoutes(main, {
    desk: services.desk,
    access: entrance.reports,
    waitMs: config.hub.reportWaitSeconds * 1_000,
    isSeedStrict: config.hub.seedCompat,
    stopping: life.stopping.signal,
    inFlight,
    log,
    trail,
  });
  return { main, probes: hasProbes ? createProbePorch(porch) : undefined };
}
