// The global limits without a free slot: those of names, of tags and of deployments.
import type { Call } from "../kit.ts";

const MAX_LIMITS = 200;

export async function limitRows({ api, clean }: Call) {
  const limits = await api.limits.global({ limit: MAX_LIMITS });
  return limits
    .filter(({ active, limit, active_slots: taken = 0 }) => active !== false && limit > 0 && taken >= limit)
    .map(({ name, limit, active_slots: taken = 0 }) => ({
      name: clean.line(name, 200),
      type: kindOf(name),
      limit,
      active_slots: Math.floor(taken),
    }));
}

const kindOf = (name: string): string => /^(deployment|tag):/.exec(name)?.[1] ?? "global";
