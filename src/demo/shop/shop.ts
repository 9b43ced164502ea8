// The whole shop: every pod moves in steps of five seconds from the day before the demo's start to whenever it is asked.
import type { Family } from "./exposition.ts";
import { BATCH_DOWN_FROM, DAY_SECONDS, PODS_PER_SERVICE, SERVICES } from "./plan.ts";
import type { Pod } from "./pod.ts";
import { WebPod } from "./web-pod.ts";
import { WorkerPod } from "./worker-pod.ts";

export const TICK_SECONDS = 5;
/** The shop opens before the day that is told, so that its first minute already has a rate. */
const OPENS_AT = -DAY_SECONDS - 900;

export interface ShopOptions {
  readonly seed: number;
  /** When the demo starts, Unix milliseconds: time zero of the story. */
  readonly startedAt: number;
}

/** A target that is scraped: `job` and `instance` are its labels. */
export interface Target {
  readonly job: string;
  readonly instance: string;
}

export class Shop {
  /** Unix seconds. */
  readonly startedAt: number;
  readonly #pods: readonly Pod[];
  #ticks = 0;

  constructor({ seed, startedAt }: ShopOptions) {
    this.startedAt = Math.floor(startedAt / 1000);
    const opened = this.startedAt + OPENS_AT;
    const indexes = Array.from({ length: PODS_PER_SERVICE }, (_, index) => index);
    this.#pods = [
      ...SERVICES.flatMap((service) => indexes.map((index) => new WebPod(service, index, seed, opened))),
      new WorkerPod(seed, opened),
    ];
  }

  /** Moves on to this Unix time, in seconds; never back. The whole day at once takes about a second. */
  advanceTo(seconds: number): void {
    const wanted = Math.floor((seconds - this.startedAt - OPENS_AT) / TICK_SECONDS);
    while (this.#ticks < wanted) {
      this.#ticks += 1;
      const offset = OPENS_AT + this.#ticks * TICK_SECONDS;
      const moment = { tick: this.#ticks, offset, seconds: TICK_SECONDS, at: this.startedAt + offset };
      for (const pod of this.#pods) pod.advance(moment);
    }
  }

  /** What a pod, or the whole shop, shows now; undefined for a pod that is not there. */
  families(podName?: string): Family[] | undefined {
    const asked = this.#pods.filter(({ name }) => podName === undefined || name === podName);
    if (asked.length === 0) return undefined;
    const families = new Map<string, Family>();
    for (const family of asked.flatMap((pod) => pod.families())) {
      const samples = [...(families.get(family.name)?.samples ?? []), ...family.samples];
      families.set(family.name, { ...family, samples });
    }
    return [...families.values()];
  }

  targets(): Target[] {
    return this.#pods.map(({ name }) => ({ job: "shop", instance: name }));
  }
}

/** The exporter that nobody has noticed yet. */
export const BATCH_TARGET: Target = { job: "batch", instance: "batch-0" };
export const isBatchUp = (offset: number): boolean => offset < BATCH_DOWN_FROM;
