// The pod that works through the queues: mails, which pile up, and invoices, which do not.
import type { Family } from "./exposition.ts";
import { noise } from "./noise.ts";
import { backlog } from "./plan.ts";
import { PodProcess, type Moment, type Pod } from "./pod.ts";

const MAILS_PER_SECOND = 3;
const INVOICES_PER_SECOND = 0.4;
const MEMORY_MIB = 140;

export class WorkerPod implements Pod {
  readonly name = "worker-0";
  readonly #seed: number;
  readonly #process: PodProcess;
  #depth = { mail: 0, invoice: 0 };
  #done = { mail: 0, invoice: 0 };

  constructor(seed: number, startedAt: number) {
    this.#seed = seed;
    this.#process = new PodProcess(this.name, startedAt);
  }

  advance({ tick, offset, seconds }: Moment): void {
    const random = (what: string) => noise(this.#seed, this.name + what, tick);
    const mails = backlog(offset);
    this.#depth = {
      mail: Math.floor(mails * (0.95 + 0.1 * random("mail"))),
      invoice: Math.floor(5 * random("invoice")),
    };
    // Whoever is stuck also finishes less.
    this.#done.mail += seconds * MAILS_PER_SECOND * random("mail done") * (mails > 100 ? 0.4 : 1);
    this.#done.invoice += seconds * INVOICES_PER_SECOND * random("invoice done");
    this.#process.work(seconds * 0.05 * (0.8 + 0.4 * random("cpu")), MEMORY_MIB * (0.99 + 0.02 * random("memory")));
  }

  families(): Family[] {
    const perQueue = (name: string, values: Readonly<Record<string, number>>) =>
      Object.entries(values).map(([queue, value]) => ({
        name,
        labels: { queue, pod: this.name },
        value: Math.floor(value),
      }));
    return [
      { name: "queue_depth", type: "gauge", help: "Jobs waiting.", samples: perQueue("queue_depth", this.#depth) },
      {
        name: "jobs_processed",
        type: "counter",
        help: "Jobs done.",
        samples: perQueue("jobs_processed_total", this.#done),
      },
      ...this.#process.families(),
    ];
  }
}
