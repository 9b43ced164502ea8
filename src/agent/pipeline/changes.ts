// Who waits for what: lanes for work, callers for their report. Told at once by this process, looked for by the clock otherwise.
import type { ReportState } from "../../core/report-desk.ts";

export interface Change {
  readonly id: string;
  readonly state: ReportState;
}

/** Tells what this process changed. Nothing is kept: who listens later must look for itself. */
export class Changes {
  readonly #listeners = new Set<(change: Change) => void>();

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Until the returned function is called. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** One who waits, with a memory of one ring: a ring during the work before is not lost. */
export class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Resolves at a ring, after so many milliseconds, or when the signal fires; it never throws. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      const timer = setTimeout(wake, ms);
      signal.addEventListener("abort", wake, { once: true });
      this.#wake = wake;
      await promise;
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      this.#wake = undefined;
    }
    this.#isRung = false;
  }
}
