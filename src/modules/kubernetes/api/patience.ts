// A stream with an end: one that stalls, breaks off, or flows for too long, ends as if it were over. What came until then is worth showing.
import type { Readable } from "node:stream";

export interface PatienceLimits {
  /** Without a byte. */
  readonly idleMs: number;
  readonly totalMs: number;
}

export class Patience {
  readonly #body: Readable;
  readonly #limits: PatienceLimits;
  /** Why it ended before its end. */
  lost: "stalled" | "slow" | "broken" | undefined;

  constructor(body: Readable, limits: PatienceLimits) {
    this.#body = body;
    this.#limits = limits;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const lose = (why: "stalled" | "slow"): void => {
      this.lost ??= why;
      this.#body.destroy();
    };
    const total = setTimeout(lose, this.#limits.totalMs, "slow");
    const idle = setTimeout(lose, this.#limits.idleMs, "stalled");
    let hasBegun = false;
    try {
      for await (const chunk of this.#body) {
        hasBegun = true;
        idle.refresh();
        yield chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
      }
    } catch (error) {
      if (this.lost === undefined && !hasBegun) throw error;
      this.lost ??= "broken";
    } finally {
      clearTimeout(total);
      clearTimeout(idle);
    }
  }
}
