// Which runner runs a program: spawn for all, and for Python programs that ask for it one zygote each, with spawn behind it.
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Log } from "../../../core/log.ts";
import type { Catalog, Program } from "../catalog/types.ts";
import { createSpawnRunner } from "../runner/spawn.ts";
import type { Runner } from "../runner/types.ts";
import { createZygoteRunner, type ZygoteRunner } from "../runner/zygote.ts";
import { programEnv, type Env } from "./env.ts";

export interface Runners {
  of(program: Program): Runner;
  /** Imports every warm program now, so that the first call does not wait. */
  warm(): Promise<void>;
  /** Forgets what programs have preloaded for a key, or for all. */
  invalidate(key?: string): void;
  health(): JsonObject;
  close(): Promise<void>;
}

export function createRunners(
  catalog: Catalog,
  { clock, log, env }: { readonly clock: Clock; readonly log: Log; readonly env: Env },
): Runners {
  const spawn = createSpawnRunner({ clock });
  const zygotes = new Map<string, ZygoteRunner>();
  for (const program of catalog.programs.values()) {
    const { name, runner, zygote } = program;
    if (runner !== "zygote" || zygote === undefined) continue;
    const { python, entry, preload } = zygote;
    const helper = fileURLToPath(new URL("../helpers/zygote.py", import.meta.url));
    const { base } = programEnv(catalog, program, env);
    const hook = preload === undefined ? {} : { preload };
    zygotes.set(name, createZygoteRunner({ python, entry, helper, ...hook, env: base, fallback: spawn, clock, log }));
  }
  return {
    of: ({ name }) => zygotes.get(name) ?? spawn,
    warm: async () => void (await Promise.all([...zygotes.values()].map((one) => one.warm()))),
    invalidate: (key) => [...zygotes.values()].forEach((one) => one.invalidate(key)),
    health: () => ({
      spawn: spawn.health(),
      ...Object.fromEntries([...zygotes].map(([name, one]) => [name, one.health()])),
    }),
    async close() {
      await Promise.all([...zygotes.values()].map((one) => one.close()));
      await spawn.close();
    },
  };
}
