// Counts the work that has started and not ended, so that a stop can wait for it.

export class InFlight {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  get count(): number {
    return this.#count;
  }

  /** Notes one piece of work; the returned function ends it (calling it twice does no harm). */
  enter(): () => void {
    this.#count += 1;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#count -= 1;
      if (this.#count === 0) for (const wake of this.#waiting) wake();
    };
  }

  /** Resolves to true when nothing is in flight, to false when the signal fires first. */
  async idle(signal: AbortSignal): Promise<boolean> {
    if (this.#count === 0) return true;
    if (signal.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wake = () => resolve(true);
    const stop = () => resolve(false);
    this.#waiting.add(wake);
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await promise;
    } finally {
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", stop);
    }
  }
}
