// Reads the environment into typed settings. All problems are told at once, and then the hub refuses to start.
import { isIP } from "node:net";
import { ConfigError } from "./core/config-error.ts";
import type { Module } from "./core/module.ts";
import { readSection, type Section, type Values } from "./core/settings.ts";
import { SECTIONS, type HubSections, type HubSettings } from "./config/sections.ts";

export interface ModuleConfig {
  readonly module: Module;
  readonly settings: Values<Section>;
  /** The variable that would switch it on, when it is off. */
  readonly off: string | undefined;
}

export interface Config extends HubSections {
  readonly modules: readonly ModuleConfig[];
  readonly env: Env;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** Parses the environment for the hub and every module. Throws ConfigError naming all problems. */
export async function readConfig(env: Env, modules: readonly Module[]): Promise<Config> {
  const { values: sections, problems } = await readSections(withLevelNames(env));
  const { hub } = sections;
  const ownProblems = problems.length;
  const configs: ModuleConfig[] = [];
  for (const module of modules) {
    const section = await readSection(module.settings, env);
    problems.push(...section.problems);
    if (section.problems.length > 0) continue;
    configs.push({ module, settings: section.values, off: whyOff(module, section.values, { hub, env }) });
  }
  if (ownProblems === 0) problems.push(...crossChecks(sections, modules));
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...sections, modules: configs, env };
}

async function readSections(env: Env): Promise<{ values: HubSections; problems: string[] }> {
  const read = await Promise.all(
    Object.entries(SECTIONS).map(async ([name, section]) => ({ name, ...(await readSection<Section>(section, env)) })),
  );
  const values = Object.fromEntries(read.map((section) => [section.name, section.values]));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each section was parsed by its own fields
  return { values: values as HubSections, problems: read.flatMap((section) => section.problems) };
}

function whyOff(
  module: Module,
  settings: Values<Section>,
  { hub: { modules }, env }: { hub: HubSettings; env: Env },
): string | undefined {
  if (modules !== undefined && modules.length > 0 && !modules.includes(module.name)) return "MODULES";
  return module.off?.(settings, env);
}

function crossChecks({ hub, auth }: HubSections, modules: readonly Module[]): string[] {
  const problems: string[] = [];
  const names = modules.map((module) => module.name);
  if (!isLoopback(hub.host) && auth.mode === undefined) {
    problems.push(
      `HOST=${hub.host} is reachable from other machines and AUTH_MODE is not set; ` +
        `set AUTH_MODE (AUTH_MODE=none when everybody may call), or HOST=127.0.0.1`,
    );
  }
  if (!isLoopback(hub.host) && auth.mode?.includes("oidc") === true && hub.publicUrl === undefined) {
    problems.push("AUTH_MODE=oidc needs PUBLIC_URL, the address that clients use: their tokens are made for it");
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
