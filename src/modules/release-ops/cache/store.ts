// One store of the catalogue: what is kept, for how long, and what happened to it. The clock decides, not use: an entry that
// is read often grows old all the same.
import { LRUCache } from "lru-cache";
import type { Clock } from "../../../core/clock.ts";
import type { CacheStore } from "../catalog/types.ts";
import type { RunOutcome } from "../runs/types.ts";

export interface Entry {
  readonly outcome: RunOutcome;
  readonly tool: string;
  /** The arguments in its key, by name. */
  readonly tags: Readonly<Record<string, string>>;
  readonly storedAt: number;
  readonly ttlMs: number;
  readonly bytes: number;
  hits: number;
}

export interface Counters {
  hits: number;
  misses: number;
  evictions: number;
  manual_invalidations: number;
  expirations: number;
  coalesced: number;
  failures: number;
}

export interface Store {
  readonly settings: CacheStore;
  readonly counters: Counters;
  get(key: string): Entry | undefined;
  set(key: string, entry: Omit<Entry, "storedAt" | "hits" | "bytes">): void;
  /** Least recently used first; what is too old has gone. */
  entries(): readonly Entry[];
  /** How many went. */
  remove(isMeant: (entry: Entry) => boolean): number;
}

export function createStore(settings: CacheStore, clock: Clock): Store {
  const counters: Counters = {
    hits: 0,
    misses: 0,
    evictions: 0,
    manual_invalidations: 0,
    expirations: 0,
    coalesced: 0,
    failures: 0,
  };
  const kept = new LRUCache<string, Entry>({
    max: settings.max,
    ttl: Math.max(1, settings.ttlMs),
    ttlResolution: 0,
    updateAgeOnGet: false,
    perf: clock,
    dispose: (_entry, _key, reason) => {
      if (reason === "evict") counters.evictions += 1;
      else if (reason === "expire") counters.expirations += 1;
    },
  });
  return {
    settings,
    counters,
    get: (key) => kept.get(key),
    set(key, entry) {
      const bytes = Buffer.byteLength(entry.outcome.output);
      if (bytes > settings.maxEntryBytes || entry.ttlMs <= 0) return;
      kept.purgeStale(); // a place that is free anyway need not cost a younger entry its own
      kept.set(key, { ...entry, storedAt: clock.now(), bytes, hits: 0 }, { ttl: entry.ttlMs });
    },
    entries() {
      kept.purgeStale(); // it forgets lazily
      return [...kept.rvalues()].filter((entry) => entry !== undefined);
    },
    remove(isMeant) {
      kept.purgeStale();
      const keys = [...kept.entries()].flatMap(([key, entry]) => (isMeant(entry) ? [key] : []));
      for (const key of keys) kept.delete(key);
      return keys.length;
    },
  };
}
