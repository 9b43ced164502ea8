// The running module: the catalogue read, its programs looked for, the tools made.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import type { ModuleCheck, ModuleStart, RunningModule } from "../../core/module.ts";
import { createCache } from "./cache/cache.ts";
import { mainStore } from "./cache/stats.ts";
import { readCatalogs } from "./catalog/load.ts";
import type { CacheStore, Catalog, ToolSpec } from "./catalog/types.ts";
import { Jobs } from "./jobs/jobs.ts";
import { systemTimers } from "./jobs/timers.ts";
import { jobTools } from "./jobs/tools/index.ts";
import type { Kit } from "./kit.ts";
import { createAudit } from "./runs/audit.ts";
import type { Env } from "./runs/env.ts";
import { createEngine } from "./runs/engine.ts";
import { createExecutables } from "./runs/executables.ts";
import { createRunners } from "./runs/runners.ts";
import { createTurns } from "./runs/turns.ts";
import { planOf } from "./runs/plan.ts";
import type { RunOutcome } from "./runs/types.ts";
import { createOverview, type Overview } from "./overview.ts";
import type { SETTINGS } from "./settings.ts";
import { HELP_STORE } from "./tools/help.ts";
import { toolsOf } from "./tools/index.ts";

type Start = ModuleStart<typeof SETTINGS>;

export async function startReleaseOps(start: Start): Promise<RunningModule> {
  const catalog = await readCatalogs(start.settings.catalog);
  const { kit, overview, jobs } = build(start, catalog);
  const { engine, runners } = kit;
  const { tools, absent } = toolsOf(kit);
  const check = (...[spec, input]: Checked) => engine.pass(planOf(catalog, spec, input));
  const all = [...tools, ...jobTools({ jobs, tools: () => catalog.tools, check })];
  await overview.look();
  let hasBegun = false;
  return {
    tools: all,
    absent,
    secrets: () => overview.secrets,
    async begin() {
      await jobs.restore();
      hasBegun = true;
      runners.warm().catch((error: unknown) => start.log.error({ err: error }, "the programs could not be warmed"));
    },
    check: () => lookAround(overview),
    health: () => ({ catalog: [...start.settings.catalog], tools: all.length, ...overview.health() }),
    async close() {
      if (hasBegun) await jobs.close(); // it would write over the jobs of a hub that runs
      await runners.close();
    },
  };
}

type Checked = readonly [spec: ToolSpec, input: Readonly<Record<string, unknown>>];

const HELP: CacheStore = { ttlMs: 3_600_000, max: 100, singleFlight: true, maxEntryBytes: 1_048_576 };

interface Built {
  readonly kit: Kit;
  readonly overview: Overview;
  readonly jobs: Jobs<RunOutcome>;
}

function build({ settings, env, clock, log }: Start, catalog: Catalog): Built {
  const { policy } = catalog;
  const gate = { policy, allowsWrites: allowsWrites(env["ALLOW_WRITES"]) };
  const executables = createExecutables(catalog, env["PATH"]);
  const runners = createRunners(catalog, { clock, log, env });
  const own = settings.concurrency === 0 ? policy.maxConcurrent : settings.concurrency;
  const concurrency = own ?? Math.max(4, 2 * availableParallelism());
  const turns = createTurns({ concurrency, queue: policy.queue });
  const audit = createAudit(policy.audit, clock, log);
  const cache = createCache(new Map([[HELP_STORE, HELP], ...catalog.caches]), clock);
  const engine = createEngine({
    catalog,
    env,
    gate,
    executables,
    runners,
    turns,
    audit,
    clock,
    onSuccess: ({ invalidates }) => {
      for (const stale of invalidates) {
        cache.invalidate(stale);
        runners.invalidate(stale.value);
      }
    },
  });
  const main = mainStore(catalog);
  const jobs = new Jobs({ startRun: engine.startRun, clock, timers: systemTimers, folder: stateFolder(env), log });
  const kit: Kit = { catalog, gate, engine, cache, mainStore: main, executables, runners, audit, clock, jobs };
  return { kit, overview: createOverview({ kit, env, turns, concurrency }), jobs };
}

/** Beside the reports' database, whose settings these are. */
function stateFolder({ DATA_DIR, STATE_DIRECTORY, XDG_STATE_HOME, HOME }: Env): string {
  const own = DATA_DIR || STATE_DIRECTORY?.split(":")[0];
  const state = XDG_STATE_HOME || (HOME && join(HOME, ".local", "state"));
  return join(own || (state ? join(state, "ops-hub") : "data"), "release-ops");
}

/** The hub's own setting: here it decides which calls of a tool that both reads and writes are refused. */
const allowsWrites = (value = ""): boolean => {
  const words = value.split(",").map((word) => word.trim());
  return words.includes("all") || words.includes("release-ops");
};

async function lookAround(overview: Overview): Promise<ModuleCheck> {
  await overview.look();
  const { missing_programs: programs, missing_env: names }: JsonObject = overview.health();
  const lacking = [programs, names].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
  if (lacking.length === 0) return { ok: true, message: "all programs are there, and what they need" };
  return { ok: false, message: `missing: ${lacking.join(", ")}` };
}
