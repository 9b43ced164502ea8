// The results that tools may give again: one run for all who ask for the same at the same time, and nothing comes back once
// it was declared stale, not even from a run that began before.
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../../core/clock.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import type { CacheStore } from "../catalog/types.ts";
import type { RunOutcome } from "../runs/types.ts";
import { createStore, type Entry, type Store } from "./store.ts";

/** Where a result stands. */
export interface Ref {
  readonly store: string;
  readonly key: string;
  readonly tool: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly ttlMs: number;
}

/** What is stale. Without `store`, in all of them; without `value`, everything; without `param`, under any name. */
export interface Stale {
  readonly store?: string;
  readonly param?: string;
  readonly value?: string;
}

export type Load = (signal: AbortSignal) => Promise<RunOutcome>;

export interface Cache {
  readonly stores: ReadonlyMap<string, Store>;
  /** Counts a hit; undefined when it is not there, and then nothing is counted. */
  hit(ref: Ref): RunOutcome | undefined;
  /** Runs `load`, or waits for one that runs already. With `refresh` only a new one will do. */
  load(ref: Ref, load: Load, options: { signal: AbortSignal; refresh: boolean }): Promise<RunOutcome>;
  /** How many entries went. */
  invalidate(stale: Stale): number;
  /** New stores. What stands in an unchanged one stays, but for the results of tools that have changed. */
  renew(settings: ReadonlyMap<string, CacheStore>, hasChanged: (tool: string) => boolean): void;
}

interface Flight {
  readonly ref: Ref;
  readonly result: Promise<RunOutcome>;
  readonly stop: AbortController;
  waiting: number;
  isStale: boolean;
}

export function createCache(settings: ReadonlyMap<string, CacheStore>, clock: Clock): Cache {
  const stores = new Map<string, Store>();
  /** All that run; those that others may join stand in `joinable`, too. */
  const flights = new Set<Flight>();
  const joinable = new Map<string, Flight>();

  const land = (flight: Flight): void => {
    flights.delete(flight);
    if (joinable.get(flight.ref.key) === flight) joinable.delete(flight.ref.key);
  };
  const take = async (flight: Flight, load: Load): Promise<RunOutcome> => {
    const store = stores.get(flight.ref.store);
    try {
      const outcome = await load(flight.stop.signal);
      const isKept = outcome.ok && !outcome.facts.truncated && !flight.isStale && !flight.stop.signal.aborted;
      if (isKept) store?.set(flight.ref.key, { ...flight.ref, outcome });
      if (!outcome.ok && store !== undefined) store.counters.failures += 1;
      return outcome;
    } catch (error) {
      if (store !== undefined) store.counters.failures += 1;
      throw error;
    } finally {
      land(flight);
    }
  };
  const start = (ref: Ref, load: Load): Flight => {
    const { promise, resolve } = Promise.withResolvers<RunOutcome>();
    const flight: Flight = { ref, result: promise, stop: new AbortController(), waiting: 0, isStale: false };
    flights.add(flight);
    if (stores.get(ref.store)?.settings.singleFlight === true) joinable.set(ref.key, flight);
    resolve(take(flight, load));
    return flight;
  };
  const wait = async (flight: Flight, signal: AbortSignal): Promise<RunOutcome> => {
    flight.waiting += 1;
    try {
      return await untilAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      // Nobody wants it any more: it is ended, and who comes now gets a run of its own.
      if (flight.waiting === 0 && flights.has(flight)) {
        land(flight);
        flight.stop.abort(signal.reason);
      }
    }
  };

  const setStale = (isMeant: (ref: Ref) => boolean): void => {
    for (const flight of flights) {
      if (!isMeant(flight.ref)) continue;
      flight.isStale = true;
      if (joinable.get(flight.ref.key) === flight) joinable.delete(flight.ref.key);
    }
  };
  const renew: Cache["renew"] = (next, hasChanged) => {
    const before = new Map(stores);
    stores.clear();
    for (const [name, one] of next) {
      const old = before.get(name);
      stores.set(name, old !== undefined && isDeepStrictEqual(old.settings, one) ? old : createStore(one, clock));
    }
    for (const store of stores.values()) store.remove(({ tool }) => hasChanged(tool));
    setStale(({ store, tool }) => stores.get(store) !== before.get(store) || hasChanged(tool));
  };
  renew(settings, () => false);

  return {
    stores,
    renew,
    hit(ref) {
      const store = stores.get(ref.store);
      const entry = store?.get(ref.key);
      if (store === undefined || entry === undefined) return undefined;
      store.counters.hits += 1;
      entry.hits += 1;
      return asCached(entry.outcome, (clock.now() - entry.storedAt) / 1_000);
    },
    async load(ref, load, { signal, refresh }) {
      signal.throwIfAborted();
      const store = stores.get(ref.store);
      const running = refresh ? undefined : joinable.get(ref.key);
      if (running !== undefined) {
        if (store !== undefined) {
          store.counters.hits += 1;
          store.counters.coalesced += 1;
        }
        return asCached(await wait(running, signal), 0);
      }
      if (store !== undefined) store.counters.misses += 1;
      return wait(start(ref, load), signal);
    },
    invalidate(stale) {
      const isMeant = (tags: Entry["tags"]): boolean =>
        stale.value === undefined ||
        (stale.param === undefined ? Object.values(tags).includes(stale.value) : tags[stale.param] === stale.value);
      setStale(({ store, tags }) => (stale.store === undefined || store === stale.store) && isMeant(tags));
      const meant = [...stores].filter(([name]) => stale.store === undefined || name === stale.store);
      return meant.reduce((sum, [, store]) => sum + store.remove(({ tags }) => isMeant(tags)), 0);
    },
  };
}

const asCached = (outcome: RunOutcome, seconds: number): RunOutcome =>
  outcome.ok
    ? { ...outcome, facts: { ...outcome.facts, cached: true, age_s: Math.round(seconds * 10) / 10, queue_ms: 0 } }
    : outcome;
