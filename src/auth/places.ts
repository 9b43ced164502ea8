// So many places for each caller: whoever finds none waits a moment for one.

interface Room {
  taken: number;
  readonly waiting: Set<() => void>;
}

export class Places {
  readonly #size: number;
  /** Only of callers who have a place. */
  readonly #rooms = new Map<string, Room>();

  /** @param size 0 is without end */
  constructor(size: number) {
    this.#size = size === 0 ? Infinity : size;
  }

  /** Gives the place back, once however often it is called; undefined when all are taken. */
  take(key: string): (() => void) | undefined {
    const room = this.#rooms.get(key) ?? { taken: 0, waiting: new Set() };
    if (room.taken >= this.#size) return undefined;
    room.taken += 1;
    this.#rooms.set(key, room);
    return this.#leaving(key, room);
  }

  /** Undefined when none got free in time. Those who wait are served in order. @throws the signal's reason */
  async wait(key: string, waitMs: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    signal.throwIfAborted();
    const free = this.take(key);
    const room = this.#rooms.get(key);
    if (free !== undefined || room === undefined) return free;
    const { promise, resolve, reject } = Promise.withResolvers<(() => void) | undefined>();
    const enter = (): void => resolve(this.#leaving(key, room));
    const giveUp = (end: () => void) => (): void => {
      room.waiting.delete(enter); // at once: a place that gets free in this very turn is for somebody else
      end();
    };
    const leave = giveUp(() => reject(signal.reason));
    const timer = setTimeout(
      giveUp(() => resolve(undefined)),
      waitMs,
    );
    signal.addEventListener("abort", leave, { once: true });
    room.waiting.add(enter);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    });
  }

  /** The place goes straight to the one who waited longest. */
  #leaving(key: string, room: Room): () => void {
    let isMine = true;
    return () => {
      if (!isMine) return;
      isMine = false;
      const [enter] = room.waiting;
      if (enter !== undefined) {
        room.waiting.delete(enter);
        enter();
        return;
      }
      room.taken -= 1;
      if (room.taken === 0) this.#rooms.delete(key);
    };
  }
}
