// The real timers, for waits of any length: Node's own fire at once beyond 24 days.
import { setTimeout as delay } from "node:timers/promises";
import type { Timers } from "./types.ts";

const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  async sleep(milliseconds, signal) {
    for (let left = milliseconds; left > 0; left -= MAX_TIMER_MS) {
      await delay(Math.min(left, MAX_TIMER_MS), undefined, { signal });
    }
  },
};
