// Keeps one zygote alive: starts it at the first call, replaces it when it died or its files changed, and gives up when it
// cannot start or died three times in a minute.
import type { Clock } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Log } from "../../../core/log.ts";
import { messageOf } from "../../../core/words.ts";
import type { Zygote } from "./zygote-process.ts";

export interface KeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Why this machine cannot have one at all. */
  readonly unfit: string | undefined;
  readonly start: () => Promise<Zygote>;
  /** A zygote went, whatever the reason. */
  readonly onEnd: () => void;
}

export interface Keeper {
  /** Undefined when it gave up. */
  get(): Promise<Zygote | undefined>;
  /** It does not answer. */
  drop(zygote: Zygote): void;
  recycle(): void;
  health(): JsonObject;
  close(): Promise<void>;
}

const MAX_DEATHS = 3;
const DEATHS_WITHIN_MS = 60_000;
/** How often the files are looked at, at most. */
const LOOK_EVERY_MS = 1000;

export function createKeeper({ clock, log, unfit, start, onEnd }: KeeperOptions): Keeper {
  let current: Promise<Zygote | undefined> | undefined;
  let alive: Zygote | undefined;
  let reason = unfit;
  let deaths: number[] = [];
  let starts = 0;
  let lookedAt = 0;

  const giveUp = (why: string): void => {
    reason = why;
    log.warn({ reason: why }, "the zygote is off; its calls are spawned");
  };
  const release = (zygote: Zygote | undefined): void => {
    if (zygote === undefined || zygote !== alive) return;
    alive = undefined;
    current = undefined;
    zygote.end();
    onEnd();
  };
  const die = (zygote: Zygote, how: string): void => {
    // One that was released ended because we ended it.
    if (zygote !== alive) return;
    release(zygote);
    const now = clock.now();
    deaths = [...deaths.filter((at) => now - at < DEATHS_WITHIN_MS), now];
    log.warn({ how, deaths: deaths.length }, "the zygote died");
    if (deaths.length >= MAX_DEATHS)
      giveUp(`the zygote died ${MAX_DEATHS} times in ${DEATHS_WITHIN_MS / 1000} s; the last time ${how}`);
  };
  const begin = async (): Promise<Zygote | undefined> => {
    starts += 1;
    try {
      const zygote = await start();
      alive = zygote;
      lookedAt = clock.now();
      void zygote.gone.then((how) => die(zygote, how));
      return zygote;
    } catch (error) {
      giveUp(messageOf(error));
      current = undefined;
      return undefined;
    }
  };
  const lookForChanges = async (): Promise<void> => {
    const zygote = alive;
    const now = clock.now();
    if (zygote === undefined || now - lookedAt < LOOK_EVERY_MS) return;
    lookedAt = now;
    if (await zygote.isStale()) release(zygote);
  };

  return {
    async get() {
      await lookForChanges();
      if (reason !== undefined) return undefined;
      current ??= begin();
      return current;
    },
    drop: (zygote) => die(zygote, "it did not answer"),
    recycle() {
      reason = unfit;
      deaths = [];
      release(alive);
    },
    health: () => ({
      state: reason !== undefined ? "fallback" : alive === undefined ? "cold" : "warm",
      ...(reason === undefined ? {} : { reason }),
      ...(alive === undefined ? {} : { pid: alive.pid }),
      starts,
    }),
    async close() {
      reason = "the runner is closed";
      const zygote = await current;
      release(zygote);
      await zygote?.gone;
    },
  };
}
