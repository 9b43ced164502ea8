// The cache in numbers, as the seed's mcp_cache_stats gives them, with ours beside. The seed had one store; the first numbers
// are those of the store that is warmed.
import type { Clock } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Cache } from "./cache.ts";
import type { Store } from "./store.ts";

const NO_STORE = { max: 50, ttlMs: 604_800_000 };

/** The store of the warm tools, else the first. */
export function mainStore(catalog: Catalog): string | undefined {
  const warm = [...catalog.tools.values()].find(({ cache }) => cache?.warm === true);
  return warm?.cache?.store ?? [...catalog.caches.keys()][0];
}

export function statsOf(cache: Cache, main: string | undefined, clock: Clock): JsonObject {
  const store = main === undefined ? undefined : cache.stores.get(main);
  const { max, ttlMs } = store?.settings ?? NO_STORE;
  const entries = entriesOf(store, clock); // before the numbers, since looking drops what is too old
  return {
    metrics: metricsOf(store),
    cache_size: entries.length,
    max_size: max,
    ttl_seconds: Math.round(ttlMs / 1_000),
    ttl_human: human(ttlMs),
    entries,
    stores: Object.fromEntries([...cache.stores].map(([name, one]) => [name, storeOf(one)])),
  };
}

function entriesOf(store: Store | undefined, clock: Clock): JsonObject[] {
  const now = clock.now();
  return (store?.entries() ?? []).map(({ tool, tags, storedAt, ttlMs, bytes, hits }) => ({
    release: tags["release"] ?? Object.values(tags).join(","),
    cached: true,
    ttl_human: human(ttlMs),
    tool,
    age_seconds: Math.round((now - storedAt) / 1_000),
    expires_in_seconds: Math.max(0, Math.round((storedAt + ttlMs - now) / 1_000)),
    bytes,
    hits,
  }));
}

function metricsOf(store: Store | undefined): JsonObject {
  const zero = { hits: 0, misses: 0, evictions: 0, manual_invalidations: 0, expirations: 0, coalesced: 0, failures: 0 };
  const { hits, misses, evictions, manual_invalidations, expirations, coalesced, failures } = store?.counters ?? zero;
  const total = hits + misses;
  const rate = total === 0 ? 0 : (hits / total) * 100;
  return {
    hits,
    misses,
    evictions,
    manual_invalidations,
    hit_rate: `${rate.toFixed(2)}%`,
    total_requests: total,
    expirations,
    coalesced,
    failures,
  };
}

const storeOf = (store: Store): JsonObject => ({
  size: store.entries().length,
  max_size: store.settings.max,
  ttl_seconds: Math.round(store.settings.ttlMs / 1_000),
  ...metricsOf(store),
});

/** `7 days`, as in the seed. */
export function human(milliseconds: number): string {
  const units = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
  ] as const;
  const [word, size] = units.find((unit) => milliseconds >= unit[1] && milliseconds % unit[1] === 0) ?? [
    "second",
    1_000,
  ];
  const count = Math.round(milliseconds / size);
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
