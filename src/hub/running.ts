// Starts the modules one after the other, each seeing what those before it offer, and knows every secret of the house.
import type { Logger } from "pino";
import type { Config, ModuleConfig } from "../config.ts";
import type { Clock } from "../core/clock.ts";
import type { HubMetrics } from "../core/metrics.ts";
import type { RunningModule, Services } from "../core/module.ts";
import type { Redactor } from "../core/redact.ts";
import type { Registry } from "../core/registry.ts";
import type { Trail } from "../core/trail.ts";
import type { Watches } from "../core/watch.ts";

export interface Started extends ModuleConfig {
  readonly running: RunningModule;
}

export interface Running {
  readonly started: readonly Started[];
  readonly services: Services;
}

export interface StartOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: HubMetrics;
  readonly watch: Watches;
  readonly trail: Trail;
  readonly registry: () => Registry;
  /** Called when a module's tools have become others. */
  readonly changed: () => void;
  /** One for the whole hub. */
  readonly redactor: Redactor;
  /** Takes what a module knows of secrets. */
  readonly hold: (secrets: () => readonly string[]) => void;
}

export async function startModules(options: StartOptions): Promise<Running> {
  const { config, log, clock, metrics, watch, trail, registry, changed, redactor, hold } = options;
  const started: Started[] = [];
  let services: Services = {};
  const { env, hub } = config;
  const publicUrl = hub.publicUrl?.replace(/\/+$/, "");
  const common = { clock, metrics: metrics.registry, watch, trail, env, redactor, registry, publicUrl, changed };
  for (const entry of config.modules.filter(({ off }) => off === undefined)) {
    const { module, settings } = entry;
    // oxlint-disable-next-line no-await-in-loop -- each sees the services of those before it
    const running = await module.start({ ...common, settings, services, log: log.child({ module: module.name }) });
    started.push({ ...entry, running });
    hold(() => running.secrets?.() ?? []);
    services = { ...running.services, ...services };
  }
  return { started, services };
}
