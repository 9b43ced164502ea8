// What the hub offers: the tools of its running modules, as ALLOW_WRITES leaves them; made again when a module has others.
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Clock } from "../core/clock.ts";
import type { OutputBudget } from "../core/context.ts";
import type { HubMetrics } from "../core/metrics.ts";
import { Registry, type RegistryOptions } from "../core/registry.ts";
import type { Tool } from "../core/tool.ts";
import type { Started } from "./running.ts";

/** structuredContent may be this large; several clients show it to the model too. */
const MAX_STRUCTURED_BYTES = 96 * 1024;

export interface OfferOptions extends Pick<RegistryOptions, "enter" | "onCall" | "trail"> {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: HubMetrics;
}

export class Offer {
  readonly #options: OfferOptions;
  readonly #listeners: (() => void)[] = [];
  #modules: readonly Started[] = [];
  #registry: Registry;

  constructor(options: OfferOptions) {
    this.#options = options;
    this.#registry = buildRegistry(options, []);
  }

  get registry(): Registry {
    return this.#registry;
  }

  /** Without the tools that write, whatever ALLOW_WRITES says: for the agent. */
  get reading(): Registry {
    return this.#registry.narrow(({ tool }) => tool.access === "read");
  }

  /** @throws when two tools share a name */
  begin(modules: readonly Started[]): void {
    this.#modules = modules;
    this.#registry = buildRegistry(this.#options, modules);
  }

  /** @throws when two tools share a name; then all is as before */
  readonly renew = (): void => {
    if (this.#modules.length === 0) return; // not begun: what changed meanwhile will be seen then
    this.#registry = buildRegistry(this.#options, this.#modules);
    for (const listener of this.#listeners) listener();
  };

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

function buildRegistry(options: OfferOptions, modules: readonly Started[]): Registry {
  const { config, log, clock, metrics, enter, onCall, trail } = options;
  const byName = new Map(modules.map(({ module, running }) => [module.name, running]));
  const registry = Registry.of(
    modules.map(({ module, running }) => ({
      name: module.name,
      tools: running.yields === true ? giveWay(module.name, modules, log) : running.tools,
      absent: running.absent,
    })),
    {
      clock,
      log,
      budget: budgetOf(config),
      onInFlight: metrics.onInFlight,
      onOutput: metrics.onOutput,
      onCall: (record, call) => {
        metrics.onCall(record);
        byName.get(record.module)?.observe?.(record);
        onCall?.(record, call);
      },
      ...(enter === undefined ? {} : { enter }),
      ...(trail === undefined ? {} : { trail }),
    },
  );
  const { allowWrites } = config.hub;
  const mayWrite = (module: string) => allowWrites.includes("all") || allowWrites.includes(module);
  return registry.narrow(
    ({ tool, module }) => tool.access === "read" || mayWrite(module),
    ({ module }) => `it writes: the operator switches it on with ALLOW_WRITES=${module}`,
  );
}

/** What is left of a yielding module's tools. */
function giveWay(name: string, modules: readonly Started[], log: Logger): readonly Tool[] {
  const own = modules.findIndex(({ module }) => module.name === name);
  const first = modules.filter(({ running }, i) => running.yields !== true || i < own);
  const taken = new Set(first.flatMap(({ running }) => running.tools.map((tool) => tool.name)));
  const tools = modules[own]?.running.tools ?? [];
  const left = tools.filter((tool) => taken.has(tool.name)).map((tool) => tool.name);
  if (left.length > 0) log.warn({ module: name, tools: left }, "another module has tools of these names: left out");
  return tools.filter((tool) => !taken.has(tool.name));
}

const budgetOf = ({ hub: { maxOutputBytes } }: Config): OutputBudget => ({
  textBytes: maxOutputBytes,
  structuredBytes: Math.max(MAX_STRUCTURED_BYTES, maxOutputBytes),
});
