// What /health shows of the modules, and what --check-config and a reload ask of them.
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { ConfigError } from "../core/config-error.ts";
import type { JsonObject } from "../core/json.ts";
import type { ModuleCheck } from "../core/module.ts";
import { messageOf } from "../core/words.ts";
import type { Started } from "./running.ts";

/** What each module says of itself; a module that is off names the variable that would switch it on. */
export function moduleHealth(config: Config, started: readonly Started[]): JsonObject {
  const running = new Map(started.map(({ module, running }) => [module.name, running]));
  const modules = config.modules.map(({ module, off }) => {
    const health =
      off === undefined ? { state: "on", ...running.get(module.name)?.health?.() } : { state: "off", set: off };
    return [module.name, health] as const;
  });
  const summaries = started.map(({ running }) => running.summary?.() ?? {});
  return { ...Object.assign({}, ...summaries), modules: Object.fromEntries(modules) };
}

export async function areReady(started: readonly Started[]): Promise<boolean> {
  const asked = await Promise.all(started.map(async ({ running }) => (await running.isReady?.()) ?? true));
  return asked.every(Boolean);
}

export async function checkAll(
  started: readonly Started[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ModuleCheck>> {
  const asked = started.map(async ({ module, running }) => [module.name, await running.check(signal)] as const);
  return new Map(await Promise.all(asked));
}

/** Each module reads its files again, all or nothing. Throws ConfigError with what is wrong; those stay as they were. */
export async function reloadAll(started: readonly Started[], log: Logger): Promise<void> {
  const asked = started.map(async ({ module, running }) => {
    if (running.reload === undefined) return [];
    try {
      await running.reload();
      log.info({ module: module.name }, "reloaded");
      return [];
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [messageOf(error)];
      log.error({ module: module.name, problems }, "not reloaded: it goes on as before");
      return problems;
    }
  });
  const problems = (await Promise.all(asked)).flat();
  if (problems.length > 0) throw new ConfigError(problems);
}
