// What /health shows of the programs: which are there, what runs them, which variables they lack. Names, never values.
import { availableParallelism } from "node:os";
import type { JsonObject } from "../../core/json.ts";
import { statsOf } from "./cache/stats.ts";
import type { Kit } from "./kit.ts";
import { programEnv, type Env } from "./runs/env.ts";
import type { Turns } from "./runs/turns.ts";

export interface Overview {
  /** Looks for the programs. */
  look(): Promise<void>;
  /** From memory; it looks again for the next time. */
  health(): JsonObject;
  readonly secrets: readonly string[];
}

interface Options {
  readonly kit: Kit;
  readonly env: Env;
  readonly turns: Turns;
  readonly concurrency: number;
}

export function createOverview({ kit, env, turns, concurrency }: Options): Overview {
  const { catalog, executables, runners, cache, mainStore, clock } = kit;
  const programs = [...catalog.programs.values()];
  const found = new Map<string, string | undefined>();
  const environments = new Map(programs.map((program) => [program.name, programEnv(catalog, program, env)]));
  const missing = [...new Set([...environments.values()].flatMap((one) => one.missing))];
  const optional = [...new Set([...catalog.envSets.values()].flatMap((set) => set.optional))];
  const look = async (): Promise<void> => {
    const paths = await Promise.all(programs.map((program) => executables.find(program)));
    programs.forEach(({ name }, index) => found.set(name, paths[index]?.path));
  };
  return {
    look,
    secrets: [...new Set([...environments.values()].flatMap(({ secrets }) => secrets))],
    health() {
      void look();
      const { metrics, cache_size, max_size } = statsOf(cache, mainStore, clock);
      return {
        programs: Object.fromEntries(
          programs.map(({ name, exec, runner }) => [name, { exec: found.get(name) ?? `${exec}: not found`, runner }]),
        ),
        missing_programs: programs.flatMap(({ name }) => (found.get(name) === undefined ? [name] : [])),
        missing_env: missing,
        missing_optional_env: optional.filter((name) => (env[name] ?? "") === ""),
        runners: runners.health(),
        cache: { size: cache_size, max_size, metrics },
        thread_pool: {
          size: concurrency,
          cpu_count: availableParallelism(),
          running: turns.running,
          waiting: turns.waiting,
        },
      };
    },
  };
}
