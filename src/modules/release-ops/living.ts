// One catalogue at work: its tools, and the engine behind them. What outlives a catalogue (caches, warm programs, locks,
// jobs) is shared by all there are, one after the other.
import { isDeepStrictEqual } from "node:util";
import { availableParallelism } from "node:os";
import type { ModuleStart } from "../../core/module.ts";
import type { Tool } from "../../core/tool.ts";
import { createCache, type Cache } from "./cache/cache.ts";
import { mainStore } from "./cache/stats.ts";
import { programPrint, toolPrint } from "./catalog/print.ts";
import type { CacheStore, Catalog, ToolSpec } from "./catalog/types.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { JobInput } from "./jobs/types.ts";
import { jobTools } from "./jobs/tools/index.ts";
import type { Kit } from "./kit.ts";
import { addGauges, createCommandMeter, type CommandMeter } from "./meters.ts";
import { createOverview, type Overview } from "./overview.ts";
import { createAudit } from "./runs/audit.ts";
import { callInputOf, type Asking } from "./runs/confirm.ts";
import { createEngine, type Engine } from "./runs/engine.ts";
import { createEnvironments, type Environments } from "./runs/env.ts";
import { createExecutables } from "./runs/executables.ts";
import type { Gate } from "./runs/gate.ts";
import { planOf } from "./runs/plan.ts";
import { createRunners, type Runners } from "./runs/runners.ts";
import { createTurns, type TurnLimits, type Turns } from "./runs/turns.ts";
import type { Plan, RunOutcome } from "./runs/types.ts";
import type { SETTINGS } from "./settings.ts";
import { HELP_STORE } from "./tools/help.ts";
import { toolsOf } from "./tools/index.ts";

export type Start = ModuleStart<typeof SETTINGS>;

export interface Living {
  readonly catalog: Catalog;
  readonly kit: Kit;
  readonly environments: Environments;
  readonly overview: Overview;
  readonly tools: readonly Tool[];
  readonly absent: Readonly<Record<string, string>>;
}

export interface Shared {
  readonly cache: Cache;
  readonly runners: Runners;
  readonly turns: Turns;
  readonly meter: CommandMeter;
  readonly jobs: Jobs<RunOutcome>;
  /** Every secret that a program was given. */
  readonly secrets: Set<string>;
  readonly limits: TurnLimits;
}

const HELP: CacheStore = { ttlMs: 3_600_000, max: 100, singleFlight: true, maxEntryBytes: 1_048_576 };

export const limitsOf = ({ policy }: Catalog, asked: number): TurnLimits => ({
  concurrency: (asked === 0 ? policy.maxConcurrent : asked) ?? Math.max(4, 2 * availableParallelism()),
  queue: policy.queue,
});

export function createShared(start: Start, limits: TurnLimits, jobs: Jobs<RunOutcome>): Shared {
  const { clock, log, metrics, trail } = start;
  const cache = createCache(new Map(), clock);
  const turns = createTurns(limits);
  addGauges(metrics, { cache, turns });
  return {
    cache,
    runners: createRunners({ clock, log }),
    turns,
    meter: createCommandMeter(metrics, trail),
    jobs,
    secrets: new Set(),
    limits,
  };
}

/** Changes nothing of what is shared; `settle` does. */
export function createLiving(start: Start, shared: Shared, catalog: Catalog, before?: Living): Living {
  const { clock, env, log } = start;
  const { cache, runners, turns, meter, jobs, limits } = shared;
  const { policy } = catalog;
  const environments = createEnvironments(catalog, env, shared.secrets);
  const gate: Gate = { policy, allowsWrites: allowsWrites(env["ALLOW_WRITES"]) };
  const executables = createExecutables(catalog, env["PATH"]);
  const hasSameAudit = before !== undefined && isDeepStrictEqual(before.catalog.policy.audit, policy.audit);
  const audit = hasSameAudit ? before.kit.audit : createAudit(policy.audit, clock, log);
  const onSuccess = ({ invalidates }: Plan): void => {
    for (const stale of invalidates) {
      cache.invalidate(stale);
      runners.invalidate(stale.value);
    }
  };
  const parts = { catalog, gate, executables, runners, audit, meter, clock };
  const engine = createEngine({ ...parts, environments, turns, onSuccess });
  const kit: Kit = {
    catalog,
    gate,
    executables,
    runners,
    audit,
    clock,
    engine,
    cache,
    mainStore: mainStore(catalog),
    jobs,
  };
  const { tools, absent } = toolsOf(kit);
  return {
    catalog,
    kit,
    environments,
    overview: createOverview({ kit, environments, turns, limits }),
    tools: [...tools, ...jobToolsOf(jobs, catalog, engine)],
    absent,
  };
}

const jobToolsOf = (jobs: Jobs<RunOutcome>, catalog: Catalog, engine: Engine): Tool[] =>
  jobTools({
    jobs,
    tools: () => catalog.tools,
    inputOf: (spec: ToolSpec) => callInputOf(catalog.policy, spec),
    admit: (spec: ToolSpec, input: JobInput, asking: Asking) => ({
      ...input,
      ...engine.admit(planOf(catalog, spec, input), asking),
    }),
  });

/** Makes what is shared that of this catalogue: what has not changed stays as it is. */
export function settle({ cache, runners }: Shared, { catalog, environments }: Living, before?: Living): void {
  const hasChanged = (tool: string): boolean =>
    before === undefined || printOf(before.catalog, tool) !== printOf(catalog, tool);
  cache.renew(new Map([[HELP_STORE, HELP], ...catalog.caches]), hasChanged);
  runners.renew(catalog, environments);
}

function printOf(catalog: Catalog, tool: string): string {
  const spec = catalog.tools.get(tool);
  if (spec !== undefined) return toolPrint(catalog, spec);
  return [...catalog.programs.values()].map((program) => programPrint(catalog, program)).join(); // help is about programs
}

/** The hub's own setting: here it decides which calls of a tool that both reads and writes are refused. */
const allowsWrites = (value = ""): boolean => {
  const words = value.split(",").map((word) => word.trim());
  return words.includes("all") || words.includes("release-ops");
};
