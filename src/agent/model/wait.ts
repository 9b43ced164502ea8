// A pause that ends early when nobody waits any more.
import { setTimeout as sleep } from "node:timers/promises";

/** @throws the signal's reason */
export async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
