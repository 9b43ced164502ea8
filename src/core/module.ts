// What a module is: one folder that brings tools. It becomes part of the hub by one line in modules.ts.
import type { Registry as MetricsRegistry } from "prom-client";
import type { Clock } from "./clock.ts";
import type { JsonObject } from "./json.ts";
import type { Log } from "./log.ts";
import type { Prompt, Resource } from "./prompt.ts";
import type { CallRecord } from "./registry.ts";
import type { Section, Values } from "./settings.ts";
import type { Tool } from "./tool.ts";

export interface ModuleStart<S extends Section> {
  readonly settings: Values<S>;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: MetricsRegistry;
  /** For files that refer to variables, such as Grafana's; settings come through the section. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ModuleCheck {
  readonly ok: boolean;
  /** One line for a person. */
  readonly message: string;
}

export interface RunningModule {
  readonly tools: readonly Tool[];
  readonly prompts?: readonly Prompt[];
  readonly resources?: readonly Resource[];
  /** Asks the upstreams whether they answer; bounded by the signal. */
  check(signal: AbortSignal): Promise<ModuleCheck>;
  /** What /health shows of this module, from memory, without asking anyone. No secrets. */
  health?(): JsonObject;
  /** Numbers at the top of /health, where the seed systems had them. */
  summary?(): Readonly<Record<string, number>>;
  /** Sees every finished call of this module's tools. */
  observe?(call: CallRecord): void;
  /** Sees every request to /health, /ready and /metrics. */
  onProbe?(method: string, path: string): void;
  close?(): Promise<void>;
}

export interface ModuleDefinition<S extends Section> {
  /** kebab-case; also its view: /mcp/<name>. */
  readonly name: string;
  readonly title: string;
  /** What a model must know to use these tools well, at most 1,500 bytes; part of the server instructions. */
  readonly instructions: string;
  readonly settings: S;
  /** Names the variable that would switch the module on, when it is off. */
  off?(settings: Values<S>): string | undefined;
  start(start: ModuleStart<S>): Promise<RunningModule> | RunningModule;
}

/** A module with its types erased, as the hub keeps it. */
export type Module = ModuleDefinition<Section>;

/** Checks the definition's types and erases them. */
export function defineModule<const S extends Section>(definition: ModuleDefinition<S>): Module {
  return definition; // config.ts parses the settings with this very section
}
