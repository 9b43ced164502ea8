// From Cloud's numbers for each minute to the stretches of time in which it turned requests away.
import type { z } from "zod";
import type { rateUsage } from "../client/infra-shapes.ts";
import { msOf } from "../times.ts";

export type Period = {
  readonly start: string;
  readonly end: string;
  readonly duration_minutes: number;
  readonly keys_affected: {
    readonly key: string;
    readonly total_denied: number;
    readonly peak_denied_per_minute: number;
  }[];
};

/** Minutes are not told to the millisecond. */
const NEXT_MINUTE_MS = 61_000;

/** Oldest first. A minute counts when more of any key was requested than granted. */
export function throttlingIn({ minutes, keys }: z.output<typeof rateUsage>): Period[] {
  const denied = minutes
    .map((at, i) => ({
      at,
      keys: Object.entries(keys).flatMap(([key, { requested, granted }]) => {
        const count = (requested[i] ?? 0) - (granted[i] ?? requested[i] ?? 0);
        return count > 0 ? [{ key, count }] : [];
      }),
    }))
    .filter((minute) => minute.keys.length > 0)
    .toSorted((a, b) => (msOf(a.at) ?? 0) - (msOf(b.at) ?? 0));
  const groups: (typeof denied)[] = [];
  for (const minute of denied) {
    const last = groups.at(-1)?.at(-1);
    const isNext = last !== undefined && (msOf(minute.at) ?? 0) - (msOf(last.at) ?? 0) <= NEXT_MINUTE_MS;
    if (isNext) groups.at(-1)?.push(minute);
    else groups.push([minute]);
  }
  return groups.map((group) => ({
    start: group[0]?.at ?? "",
    end: group.at(-1)?.at ?? "",
    duration_minutes: group.length,
    keys_affected: countsOf(group.flatMap((minute) => minute.keys)),
  }));
}

function countsOf(all: readonly { key: string; count: number }[]): Period["keys_affected"] {
  const byKey = new Map<string, number[]>();
  for (const { key, count } of all) byKey.set(key, [...(byKey.get(key) ?? []), count]);
  return [...byKey]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, counts]) => ({
      key,
      total_denied: counts.reduce((sum, count) => sum + count, 0),
      peak_denied_per_minute: Math.max(...counts),
    }));
}
