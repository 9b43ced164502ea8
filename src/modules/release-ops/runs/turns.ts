// Whose turn it is: one command per lock, so many at once over all, so many waiting in order and for so long, the rest refused.
import { ToolFailure } from "../../../core/failure.ts";
import { Limiter } from "../../../core/limiter.ts";

/** Read at every call: a new catalogue may bring others. */
export interface TurnLimits {
  readonly concurrency: number;
  readonly queue: { readonly max: number; readonly waitMs: number };
}

export interface Turns {
  /** Throws ToolFailure unavailable ("busy") instead of waiting too long, and the signal's reason. */
  run<T>(lock: string | undefined, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

export function createTurns(limits: TurnLimits): Turns {
  const busy = (what: string): ToolFailure =>
    new ToolFailure("unavailable", `busy, retry in ${Math.ceil(limits.queue.waitMs / 1000)} s: ${what}`, {
      code: "BUSY",
    });
  const everyone = new Limiter({
    get concurrency() {
      return limits.concurrency;
    },
    get queue() {
      return limits.queue.max;
    },
    refuse: () => busy(`${limits.concurrency} commands run and ${limits.queue.max} wait`),
  });
  const locks = new Map<string, { readonly limiter: Limiter; users: number }>();
  let [running, waiting] = [0, 0];

  const locked = async <T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const refuse = (): ToolFailure => busy(`too many commands wait for ${key}`);
    const lock = locks.get(key) ?? {
      limiter: new Limiter({ concurrency: 1, queue: limits.queue.max, refuse }),
      users: 0,
    };
    locks.set(key, lock);
    lock.users += 1;
    try {
      return await lock.limiter.run(work, signal);
    } finally {
      lock.users -= 1;
      if (lock.users === 0) locks.delete(key);
    }
  };

  return {
    async run(lock, work, signal) {
      const wait = new AbortController();
      const leave = (): void => wait.abort(signal.reason);
      if (signal.aborted) leave();
      signal.addEventListener("abort", leave, { once: true });
      const patience = setTimeout(
        () => wait.abort(busy(lock === undefined ? "others run" : `another command on ${lock} runs`)),
        limits.queue.waitMs,
      );
      let isWaiting = true;
      waiting += 1;
      const stopWaiting = (): void => {
        clearTimeout(patience);
        if (isWaiting) waiting -= 1;
        isWaiting = false;
      };
      const start = async () => {
        stopWaiting();
        running += 1;
        try {
          return await work();
        } finally {
          running -= 1;
        }
      };
      const inLine = () => everyone.run(start, wait.signal);
      try {
        return await (lock === undefined ? inLine() : locked(lock, inLine, wait.signal));
      } finally {
        stopWaiting();
        signal.removeEventListener("abort", leave);
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting;
    },
  };
}
