// What the cluster answered, by key: a yes for a while, a no for seconds, an outage never: it is no verdict. Who asks while
// somebody asks the same gets the same answer.
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/clock.ts";
import type { BeforeAsking } from "../core/report-gate.ts";

/** Whoever had a yes within this time may ask again, whatever others at that address do. */
const FAMILIAR_MS = 3_600_000;
const MAX_ENTRIES = 1_000;

export interface RememberedOptions {
  /** 0 asks every time. */
  readonly yesMs: number;
  readonly noMs: number;
  readonly clock: Clock;
}

export class Remembered<T extends object | true> {
  readonly #isOff: boolean;
  /** Two, so that a flood of bad tokens drives no good one out. */
  readonly #yes: LRUCache<string, T>;
  readonly #no: LRUCache<string, true>;
  readonly #familiar: LRUCache<string, true>;
  readonly #asking = new Map<string, Promise<T | undefined>>();

  constructor({ yesMs, noMs, clock }: RememberedOptions) {
    const common = { max: MAX_ENTRIES, ttlResolution: 0, perf: clock };
    this.#isOff = yesMs === 0; // the cache itself takes 0 for ever
    this.#yes = new LRUCache<string, T>({ ...common, ttl: yesMs });
    this.#no = new LRUCache({ ...common, ttl: noMs });
    this.#familiar = new LRUCache({ ...common, ttl: FAMILIAR_MS });
  }

  /** How many a yes is remembered of. */
  get size(): number {
    this.#yes.purgeStale();
    return this.#yes.size;
  }

  /** Undefined is a no. @throws what `ask` and `beforeAsking` throw; that is not remembered */
  async ask(key: string, ask: () => Promise<T | undefined>, beforeAsking?: BeforeAsking): Promise<T | undefined> {
    const known = this.#yes.get(key);
    if (known !== undefined || this.#no.has(key)) return known;
    if (!this.#familiar.has(key)) await beforeAsking?.();
    const asking = this.#asking.get(key) ?? this.#answer(key, ask).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #answer(key: string, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const answer = await ask();
    if (answer === undefined) this.#familiar.delete(key);
    else this.#familiar.set(key, true);
    if (this.#isOff) return answer;
    if (answer === undefined) this.#no.set(key, true);
    else this.#yes.set(key, answer);
    return answer;
  }
}
