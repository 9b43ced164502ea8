// When a server may be tried again: at once, then after 1, 2, 4, 8, 16 and 30 seconds. That is six times in the first minute and
// twice in any later one; a connection that held for a minute begins anew.

const FIRST_MS = 1_000;
const MOST_MS = 30_000;
const HELD_MS = 60_000;

export class Backoff {
  #tries = 0;
  #lastTry = 0;
  #connectedAt: number | undefined;

  tried(now: number): void {
    this.#tries += 1;
    this.#lastTry = now;
  }

  connected(now: number): void {
    this.#connectedAt = now;
  }

  lost(now: number): void {
    if (this.#connectedAt !== undefined && now - this.#connectedAt >= HELD_MS) this.#tries = 0;
    this.#connectedAt = undefined;
  }

  /** Milliseconds until the next try is due. */
  waitMs(now: number): number {
    if (this.#tries === 0) return 0;
    return Math.max(0, this.#lastTry + Math.min(FIRST_MS * 2 ** (this.#tries - 1), MOST_MS) - now);
  }
}
