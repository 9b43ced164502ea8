// Waiting for another process: asks again and again until the answer is there, and says what was missing when time is up.
import { setTimeout as pause } from "node:timers/promises";

/** Resolves with the first answer that is not undefined; a throwing check counts as "not yet". Rejects after timeoutMs. */
export async function until<T>(what: string, timeoutMs: number, check: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let problem: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await check();
      if (answer !== undefined) return answer;
      problem = undefined;
    } catch (cause) {
      problem = cause;
    }
    await pause(200);
  }
  throw new Error(`not there after ${timeoutMs} ms: ${what}`, { cause: problem });
}
