// The running module: the catalogue read, its programs looked for, the tools made; and all that again when it changes.
import { join } from "node:path";
import { ConfigError } from "../../core/config-error.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ModuleCheck, RunningModule } from "../../core/module.ts";
import type { Tool } from "../../core/tool.ts";
import { messageOf } from "../../core/words.ts";
import { readCatalogs } from "./catalog/load.ts";
import type { Catalog } from "./catalog/types.ts";
import { Jobs } from "./jobs/jobs.ts";
import { systemTimers } from "./jobs/timers.ts";
import { createLiving, createShared, limitsOf, settle, type Living, type Shared, type Start } from "./living.ts";
import type { Env } from "./runs/env.ts";
import type { RunOutcome } from "./runs/types.ts";
import type { TurnLimits } from "./runs/turns.ts";

export async function startReleaseOps(start: Start): Promise<RunningModule> {
  const module = new ReleaseOps(start, await readCatalogs(start.settings.catalog));
  await module.check();
  return module;
}

class ReleaseOps implements RunningModule {
  readonly #start: Start;
  readonly #shared: Shared;
  readonly #limits: TurnLimits;
  #living: Living;
  #hasBegun = false;
  #lastReload: Promise<void> = Promise.resolve();
  #reloadProblems: readonly string[] = [];

  constructor(start: Start, catalog: Catalog) {
    const { settings, env, clock, log } = start;
    this.#start = start;
    this.#limits = { ...limitsOf(catalog, settings.concurrency) };
    const engine = () => this.#living.kit.engine;
    const jobs = new Jobs<RunOutcome>({
      // Asked for when a job begins, and kept by it: it ends with the catalogue it began with.
      get startRun() {
        return engine().startRun;
      },
      clock,
      timers: systemTimers,
      folder: stateFolder(env),
      log,
    });
    this.#shared = createShared(start, this.#limits, jobs);
    this.#living = createLiving(start, this.#shared, catalog);
    settle(this.#shared, this.#living);
  }

  get tools(): readonly Tool[] {
    return this.#living.tools;
  }

  get absent(): Readonly<Record<string, string>> {
    return this.#living.absent;
  }

  secrets(): readonly string[] {
    return [...this.#shared.secrets];
  }

  async begin(): Promise<void> {
    await this.#shared.jobs.restore();
    this.#hasBegun = true;
    this.#warm();
  }

  /**
   * The catalogue as it is now, all of it or nothing. What runs ends as it began.
   * @throws CatalogError with all problems, and then nothing has changed
   */
  reload(): Promise<void> {
    const next = this.#lastReload.then(() => this.#reload());
    this.#lastReload = next.catch(() => {});
    return next;
  }

  async check(): Promise<ModuleCheck> {
    const { overview } = this.#living;
    await overview.look();
    const { missing_programs: programs, missing_env: names }: JsonObject = overview.health();
    const lacking = [programs, names].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
    if (lacking.length === 0) return { ok: true, message: "all programs are there, and what they need" };
    return { ok: false, message: `missing: ${lacking.join(", ")}` };
  }

  health(): JsonObject {
    return {
      catalog: [...this.#start.settings.catalog],
      ...(this.#reloadProblems.length === 0 ? {} : { reload_problems: [...this.#reloadProblems] }),
      tools: this.tools.length,
      ...this.#living.overview.health(),
    };
  }

  async close(): Promise<void> {
    await this.#lastReload;
    if (this.#hasBegun) await this.#shared.jobs.close(); // it would write over the jobs of a hub that runs
    await this.#shared.runners.close();
  }

  async #reload(): Promise<void> {
    try {
      await this.#swap();
      this.#reloadProblems = [];
    } catch (error) {
      this.#reloadProblems = error instanceof ConfigError ? error.problems : [messageOf(error)];
      throw error;
    }
  }

  async #swap(): Promise<void> {
    const { settings } = this.#start;
    const before = this.#living;
    const next = createLiving(this.#start, this.#shared, await readCatalogs(settings.catalog), before);
    await next.overview.look();
    this.#living = next;
    try {
      this.#start.changed();
    } catch (error) {
      this.#living = before; // the hub would not have it: another module has a tool of that name, say
      throw error;
    }
    Object.assign(this.#limits, limitsOf(next.catalog, settings.concurrency));
    settle(this.#shared, next, before);
    if (this.#hasBegun) this.#warm();
  }

  #warm(): void {
    const { log } = this.#start;
    const fail = (error: unknown): void => log.error({ err: error }, "the programs could not be warmed");
    this.#shared.runners.warm().catch(fail);
  }
}

/** Beside the reports' database, whose settings these are. */
function stateFolder({ DATA_DIR, STATE_DIRECTORY, XDG_STATE_HOME, HOME }: Env): string {
  const own = DATA_DIR || STATE_DIRECTORY?.split(":")[0];
  const state = XDG_STATE_HOME || (HOME && join(HOME, ".local", "state"));
  return join(own || (state ? join(state, "ops-hub") : "data"), "release-ops");
}
