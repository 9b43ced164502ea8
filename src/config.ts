// Reads the environment into typed settings. All problems are told at once, and then the hub refuses to start.
import { isIP } from "node:net";
import { z } from "zod";
import { ConfigError } from "./core/config-error.ts";
import type { Module } from "./core/module.ts";
import {
  bytes,
  choice,
  count,
  flag,
  list,
  port,
  readSection,
  seconds,
  setting,
  type Section,
  type Values,
} from "./core/settings.ts";

export const HUB_SETTINGS = {
  host: setting(
    "HOST",
    z.string().max(253).default("127.0.0.1"),
    "Address to listen on. Anything but loopback needs `AUTH_MODE` set.",
  ),
  port: setting("PORT", port(8000), "Port of everything but metrics; 0 takes a free one."),
  metricsPort: setting(
    "HEALTH_METRICS_PORT",
    port(8080),
    "Port of /health, /ready and /metrics without authentication; 0 switches it off and serves /metrics on `PORT`.",
  ),
  authMode: setting(
    "AUTH_MODE",
    choice(["none"], "none").optional(),
    "Who may call. Only `none` exists so far; unset means none, and is allowed on loopback alone.",
  ),
  modules: setting(
    "MODULES",
    list(),
    "Comma list of the modules to start; unset starts every module whose settings are there.",
  ),
  allowWrites: setting("ALLOW_WRITES", list(), "Comma list of the modules whose write tools are offered, or `all`."),
  maxOutputBytes: setting(
    "MAX_OUTPUT_BYTES",
    bytes(2_048, 1_048_576, 24_576),
    "Most bytes of text in one tool's answer.",
  ),
  logLevel: setting(
    "LOG_LEVEL",
    choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"], "info"),
    "Least level that is logged: trace, debug, info, warn, error, fatal or silent, in any case; `WARNING` and `CRITICAL` are understood too.",
  ),
  stateless: setting("STATELESS", flag(false), "True switches sessions of 2025-era clients off, for several replicas."),
  maxSessions: setting("MAX_SESSIONS", count(1, 100_000, 2_000), "Most sessions of 2025-era clients at a time."),
  sessionIdleSeconds: setting(
    "SESSION_IDLE_SECONDS",
    seconds(10, 86_400, 900),
    "A session without a request for this long is closed.",
  ),
  maxSseClients: setting(
    "MAX_SSE_CLIENTS",
    count(1, 100_000, 2_000),
    "Most open event streams (legacy SSE, listening sessions) at a time.",
  ),
  maxRequestBytes: setting("MAX_REQUEST_BYTES", bytes(1_024, 67_108_864, 4_194_304), "Most bytes of one request body."),
  drainSeconds: setting(
    "DRAIN_SECONDS",
    seconds(0, 3_600, 25),
    "How long calls in flight may still run after SIGTERM.",
  ),
  reportAuth: setting(
    "REPORT_AUTH",
    choice(["none"], "none"),
    "Who may report failures. Only `none` exists so far: everyone who reaches the port.",
  ),
  reportWaitSeconds: setting(
    "REPORT_WAIT_SECONDS",
    seconds(0, 3_600, 120),
    "How long `POST /report-failure` waits for the issue before it answers 202.",
  ),
  seedCompat: setting(
    "SEED_COMPAT",
    flag(false),
    "True leaves only `status` and `result` in the answer of `POST /report-failure`, as the seed's agent has it.",
  ),
  publicUrl: setting(
    "PUBLIC_URL",
    z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
    "Address that clients use, when a proxy stands in front: its host and origin pass, its path prefixes the SSE endpoint.",
  ),
  allowedHosts: setting(
    "ALLOWED_HOSTS",
    list(),
    "Comma list of further Host names that pass, such as hub.example.com or *.example.com.",
  ),
  allowedOrigins: setting(
    "ALLOWED_ORIGINS",
    list(),
    "Comma list of further browser origins that pass, such as https://console.example.com.",
  ),
} satisfies Section;

export type HubSettings = Values<typeof HUB_SETTINGS>;

export interface ModuleConfig {
  readonly module: Module;
  readonly settings: Values<Section>;
  /** The variable that would switch it on, when it is off. */
  readonly off: string | undefined;
}

export interface Config {
  readonly hub: HubSettings;
  readonly modules: readonly ModuleConfig[];
  readonly env: Env;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** Parses the environment for the hub and every module. Throws ConfigError naming all problems. */
export async function readConfig(env: Env, modules: readonly Module[]): Promise<Config> {
  const hub = await readSection(HUB_SETTINGS, withLevelNames(env));
  const problems = [...hub.problems];
  const configs: ModuleConfig[] = [];
  for (const module of modules) {
    const section = await readSection(module.settings, env);
    problems.push(...section.problems);
    if (section.problems.length > 0) continue;
    configs.push({ module, settings: section.values, off: whyOff(module, section.values, { hub: hub.values, env }) });
  }
  if (hub.problems.length === 0) problems.push(...crossChecks(hub.values, modules));
  if (problems.length > 0) throw new ConfigError(problems);
  return { hub: hub.values, modules: configs, env };
}

function whyOff(
  module: Module,
  settings: Values<Section>,
  { hub: { modules }, env }: { hub: HubSettings; env: Env },
): string | undefined {
  if (modules !== undefined && modules.length > 0 && !modules.includes(module.name)) return "MODULES";
  return module.off?.(settings, env);
}

function crossChecks(hub: HubSettings, modules: readonly Module[]): string[] {
  const problems: string[] = [];
  const names = modules.map((module) => module.name);
  if (!isLoopback(hub.host) && hub.authMode === undefined) {
    problems.push(
      `HOST=${hub.host} is reachable from other machines and AUTH_MODE is not set; ` +
        `set AUTH_MODE (AUTH_MODE=none when everybody may call), or HOST=127.0.0.1`,
    );
  }
  for (const name of hub.modules.filter((word) => !names.includes(word))) {
    problems.push(`MODULES names "${name}", which is none of ${names.join(", ")}`);
  }
  for (const name of hub.allowWrites.filter((word) => word !== "all" && !names.includes(word))) {
    problems.push(`ALLOW_WRITES names "${name}", which is none of all, ${names.join(", ")}`);
  }
  for (const origin of hub.allowedOrigins.filter((word) => !isOrigin(word))) {
    problems.push(`ALLOWED_ORIGINS has "${origin}", which is no origin such as https://console.example.com`);
  }
  if (hub.port !== 0 && hub.port === hub.metricsPort)
    problems.push(`PORT and HEALTH_METRICS_PORT are both ${hub.port}`);
  return problems;
}

/** Python's level names, which the seed systems took. */
function withLevelNames(env: Env): Env {
  const level = env["LOG_LEVEL"]?.trim().toLowerCase();
  const names: Record<string, string> = { warning: "warn", critical: "fatal" };
  return level !== undefined && level in names ? { ...env, LOG_LEVEL: names[level] } : env;
}

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
