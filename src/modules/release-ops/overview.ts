// What /health shows of the programs: which are there, what runs them, which variables they lack. Names, never values.
import { availableParallelism } from "node:os";
import type { JsonObject } from "../../core/json.ts";
import { statsOf } from "./cache/stats.ts";
import type { Kit } from "./kit.ts";
import type { Environments } from "./runs/env.ts";
import type { TurnLimits, Turns } from "./runs/turns.ts";

export interface Overview {
  /** Looks for the programs and for what they need. */
  look(): Promise<void>;
  /** From memory; it looks again for the next time. */
  health(): JsonObject;
}

interface Options {
  readonly kit: Kit;
  readonly environments: Environments;
  readonly turns: Turns;
  readonly limits: TurnLimits;
}

export function createOverview({ kit, environments, turns, limits }: Options): Overview {
  const { catalog, executables, runners, cache, mainStore, clock } = kit;
  const programs = [...catalog.programs.values()];
  const found = new Map<string, string | undefined>();
  let missing: readonly string[] = [];
  const look = async (): Promise<void> => {
    const paths = await Promise.all(programs.map((program) => executables.find(program)));
    programs.forEach(({ name }, index) => found.set(name, paths[index]?.path));
    const seen = await Promise.all(programs.map((program) => environments.of(program)));
    missing = [...new Set(seen.flatMap((one) => [...one.missing, ...Object.keys(one.unreadable)]))];
  };
  return {
    look,
    health() {
      void look();
      const { metrics, cache_size, max_size } = statsOf(cache, mainStore, clock);
      return {
        programs: Object.fromEntries(
          programs.map(({ name, exec, runner }) => [name, { exec: found.get(name) ?? `${exec}: not found`, runner }]),
        ),
        missing_programs: programs.flatMap(({ name }) => (found.get(name) === undefined ? [name] : [])),
        missing_env: missing,
        missing_optional_env: environments.missingOptional(),
        runners: runners.health(),
        cache: { size: cache_size, max_size, metrics },
        thread_pool: {
          size: limits.concurrency,
          cpu_count: availableParallelism(),
          running: turns.running,
          waiting: turns.waiting,
        },
      };
    },
  };
}
