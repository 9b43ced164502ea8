// Which runner runs a program: spawn for all, and for Python programs that ask for it one zygote each, with spawn behind it.
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Log } from "../../../core/log.ts";
import { messageOf } from "../../../core/words.ts";
import type { Catalog, Program } from "../catalog/types.ts";
import { createSpawnRunner } from "../runner/spawn.ts";
import type { Runner } from "../runner/types.ts";
import { createZygoteRunner, type ZygoteRunner } from "../runner/zygote.ts";
import type { Environments } from "./env.ts";

export interface Runners {
  of(program: Program): Runner;
  /** Imports every warm program now, so that the first call does not wait. */
  warm(): Promise<void>;
  /** Preloads a key in every program that has a hook for it. @throws ToolFailure unavailable, with what a hook said */
  prepare(key: string): Promise<void>;
  /** Forgets what programs have preloaded for a key, or for all. */
  invalidate(key?: string): void;
  /** The programs of another catalogue. Those that are still the same stay warm; the others' calls may end. */
  renew(catalog: Catalog, environments: Environments): void;
  health(): JsonObject;
  close(): Promise<void>;
}

interface Warm {
  readonly runner: ZygoteRunner;
  readonly program: Program;
  readonly environments: Environments;
  /** All that it was made from. */
  readonly origin: string;
}

const HELPER = fileURLToPath(new URL("../helpers/zygote.py", import.meta.url));

export function createRunners({ clock, log }: { readonly clock: Clock; readonly log: Log }): Runners {
  const spawn = createSpawnRunner({ clock });
  let warm = new Map<string, Warm>();
  /** Also programs of earlier catalogues, as long as a call knows them. */
  const byProgram = new WeakMap<Program, ZygoteRunner>();
  const retired = new Set<ZygoteRunner>();

  const keepOrMake = (program: Program, environments: Environments): Warm | undefined => {
    const { name, runner: kind, zygote } = program;
    if (kind !== "zygote" || zygote === undefined) return undefined;
    const { python, entry, preload } = zygote;
    const env = environments.base(program);
    const origin = JSON.stringify([python, entry, preload, env]);
    const before = warm.get(name);
    if (before?.origin === origin) {
      if (before.runner.health()["state"] === "fallback") before.runner.recycle(); // what was wrong may have been mended
      return { ...before, program, environments };
    }
    const hook = preload === undefined ? {} : { preload };
    const runner = createZygoteRunner({ python, entry, helper: HELPER, ...hook, env, fallback: spawn, clock, log });
    return { runner, program, environments, origin };
  };
  const retire = (runner: ZygoteRunner): void => {
    retired.add(runner);
    const forget = () => void retired.delete(runner);
    runner.retire().then(forget, (error: unknown) => log.error({ err: error }, "a zygote did not end"));
  };
  return {
    of: (program) => byProgram.get(program) ?? spawn,
    warm: async () => void (await Promise.all([...warm.values()].map(({ runner }) => runner.warm()))),
    async prepare(key) {
      const one = async ({ runner, program, environments }: Warm): Promise<void> => {
        if (program.zygote?.preload === undefined) return;
        const { env } = await environments.of(program);
        await runner.prepare(key, env).catch((error: unknown) => {
          throw new ToolFailure("unavailable", `${program.name} could not be prepared: ${messageOf(error)}`);
        });
      };
      await Promise.all([...warm.values()].map(one));
    },
    invalidate: (key) => [...warm.values()].forEach(({ runner }) => runner.invalidate(key)),
    renew(catalog, environments) {
      const made = [...catalog.programs.values()].map((program) => keepOrMake(program, environments));
      const next = new Map(made.flatMap((one) => (one === undefined ? [] : [[one.program.name, one] as const])));
      for (const { program, runner } of next.values()) byProgram.set(program, runner);
      for (const [name, { runner }] of warm) if (next.get(name)?.runner !== runner) retire(runner);
      warm = next;
    },
    health: () => ({
      spawn: spawn.health(),
      ...Object.fromEntries([...warm].map(([name, { runner }]) => [name, runner.health()])),
    }),
    async close() {
      const zygotes = [...retired, ...[...warm.values()].map(({ runner }) => runner)];
      await Promise.all(zygotes.map((one) => one.close()));
      await spawn.close();
    },
  };
}
