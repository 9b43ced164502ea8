// Starts the modules one after the other, each seeing what those before it offer, and knows every secret of the house.
import type { Logger } from "pino";
import type { Config, ModuleConfig } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import type { HubMetrics } from "./core/metrics.ts";
import type { RunningModule, Services } from "./core/module.ts";
import { createRedactor, type Redactor } from "./core/redact.ts";
import type { Registry } from "./core/registry.ts";
import { Secret } from "./core/secret.ts";

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
  readonly registry: () => Registry;
  /** Called when a module's tools have become others. */
  readonly changed: () => void;
}

export async function startModules({ config, log, clock, metrics, registry, changed }: StartOptions): Promise<Running> {
  const started: Started[] = [];
  let services: Services = {};
  const redactor = redactorOf(config, started);
  const { env, hub } = config;
  const publicUrl = hub.publicUrl?.replace(/\/+$/, "");
  const common = { clock, metrics: metrics.registry, env, redactor, registry, publicUrl, changed };
  for (const entry of config.modules.filter(({ off }) => off === undefined)) {
    const { module, settings } = entry;
    // oxlint-disable-next-line no-await-in-loop -- each sees the services of those before it
    const running = await module.start({ ...common, settings, services, log: log.child({ module: module.name }) });
    started.push({ ...entry, running });
    services = { ...running.services, ...services };
  }
  return { started, services };
}

/** The hub's own secrets may stand in the logs it reads: those of its settings, of its environment, and what modules hold. */
function redactorOf(config: Config, started: readonly Started[]): Redactor {
  const secrets = secretsOf(config);
  const named = Object.entries(config.env).flatMap(([name, value = ""]) => (SECRET_NAME.test(name) ? [value] : []));
  return createRedactor({
    exact: () => [
      ...named,
      ...secrets.map((secret) => secret.reveal()),
      ...started.flatMap(({ running }) => running.secrets?.() ?? []),
    ],
  });
}

const SECRET_NAME = /(^|_)(KEY|TOKEN|PASSWORD|SECRET|AUTH_STRING)$/;

export const secretsOf = ({ hub, modules }: Config): Secret[] =>
  [hub, ...modules.map(({ settings }) => settings)]
    .flatMap((values) => Object.values<unknown>(values))
    .filter((value) => value instanceof Secret);
