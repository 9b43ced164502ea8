// Turns: so many at once, so many more wait in order, the rest is refused.

export interface Limits {
  readonly concurrency: number;
  /** How many may wait for their turn. */
  readonly queue: number;
  /** What the next one is told. */
  refuse(): Error;
}

export class Limiter {
  readonly #limits: Limits;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Runs `work` when it has its turn. Throws `refuse()`, the signal's reason while it waits, or what the work throws. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #turn(signal: AbortSignal): Promise<void> | void {
    signal.throwIfAborted();
    if (this.#running < this.#limits.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.size >= this.#limits.queue) throw this.#limits.refuse();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.add(enter);
    });
  }

  /** The turn goes straight to the one who waited longest, so that nobody overtakes. */
  #passOn(): void {
    const [enter] = this.#waiting;
    if (enter === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(enter);
    enter();
  }
}
