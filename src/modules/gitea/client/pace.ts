// How fast we write: a bucket of tokens, refilled evenly. Whoever finds it empty waits in line, or leaves when the signal fires.
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../../core/clock.ts";

export interface Pace {
  /** Resolves when the next write may start. Throws the signal's reason. */
  turn(signal: AbortSignal): Promise<void>;
}

/** `perSecond` writes a second in the long run, `burst` at once after a rest. */
export function createPace(clock: Clock, perSecond: number, burst: number): Pace {
  const intervalMs = 1_000 / perSecond;
  let nextMs = Number.NEGATIVE_INFINITY; // when the bucket would be full again, less its size: the earliest start of the next write
  return {
    turn: async (signal) => {
      const now = clock.now();
      const startMs = Math.max(nextMs, now - (burst - 1) * intervalMs);
      nextMs = startMs + intervalMs;
      if (startMs > now) await pause(startMs - now, undefined, { signal });
    },
  };
}
