// The hub as it ships: every module of src/modules.ts started with the least environment, write tools included.
import { access } from "node:fs/promises";
import { readConfig, type Config } from "../../src/config.ts";
import { createHub, type Hub } from "../../src/hub.ts";
import { modules } from "../../src/modules.ts";
import { silent } from "../support/modules.ts";

export interface House {
  readonly config: Config;
  readonly hub: Hub;
}

/**
 * Nothing listens and no upstream is asked. A module that needs variables to be on says so in
 * `test/modules/<name>/minimal-env.ts`: `export const minimalEnv = { ... }`.
 */
export async function openHouse(extra: Readonly<Record<string, string>> = {}): Promise<House> {
  const own = await Promise.all(modules.map(({ name }) => minimalEnv(name)));
  const config = await readConfig(Object.assign({ ALLOW_WRITES: "all" }, ...own, extra), modules);
  const off = config.modules.filter((entry) => entry.off !== undefined);
  if (off.length > 0) {
    const lacking = off.map((entry) => `${entry.module.name} (${entry.off})`).join(", ");
    throw new Error(`off, so the laws cannot see them: ${lacking}; write test/modules/<name>/minimal-env.ts`);
  }
  const hub = await createHub({ config, version: "0.0.0-law", log: silent, clock: { now: Date.now } });
  return { config, hub };
}

async function minimalEnv(module: string): Promise<Record<string, string>> {
  const file = new URL(`../modules/${module}/minimal-env.ts`, import.meta.url);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere ? (await import(file.href)).minimalEnv : {};
}
