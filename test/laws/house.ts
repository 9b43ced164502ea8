// The hub as it ships: every module of src/modules.ts started with the least environment, write tools included.
import { access } from "node:fs/promises";
import type { Registry } from "prom-client";
import { readConfig, type Config } from "../../src/config.ts";
import type { Module } from "../../src/core/module.ts";
import { createHub, type Hub } from "../../src/hub.ts";
import { modules } from "../../src/modules.ts";
import { silent } from "../support/modules.ts";

export interface House {
  readonly config: Config;
  readonly hub: Hub;
  /** Where modules count; those that begin later add theirs then. */
  readonly metrics: Registry;
}

/**
 * Nothing listens and no upstream is asked. A module that needs variables to be on says so in
 * `test/modules/<name>/minimal-env.ts`: `export const minimalEnv = { ... }`.
 */
export async function openHouse(extra: Readonly<Record<string, string>> = {}): Promise<House> {
  const own = await Promise.all(modules.map(({ name }) => minimalEnv(name)));
  const { overheard, metrics } = overhear(modules);
  const config = await readConfig(Object.assign({ ALLOW_WRITES: "all" }, ...own, extra), overheard);
  const off = config.modules.filter((entry) => entry.off !== undefined);
  if (off.length > 0) {
    const lacking = off.map((entry) => `${entry.module.name} (${entry.off})`).join(", ");
    throw new Error(`off, so the laws cannot see them: ${lacking}; write test/modules/<name>/minimal-env.ts`);
  }
  const hub = await createHub({ config, version: "0.0.0-law", log: silent, clock: { now: Date.now } });
  return { config, hub, metrics: metrics() };
}

/** The same modules, and what the first of them was given to count with. */
function overhear(all: readonly Module[]) {
  let given: Registry | undefined;
  const overheard = all.map((module): Module => {
    const start: Module["start"] = (start) => {
      given ??= start.metrics;
      return module.start(start);
    };
    return { ...module, start };
  });
  const metrics = (): Registry => {
    if (given === undefined) throw new Error("no module was started");
    return given;
  };
  return { overheard, metrics };
}

async function minimalEnv(module: string): Promise<Record<string, string>> {
  const file = new URL(`../modules/${module}/minimal-env.ts`, import.meta.url);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere ? (await import(file.href)).minimalEnv : {};
}
