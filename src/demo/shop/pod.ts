// What every pod has, whatever it does: a name, a step through time, and a process with memory and CPU.
import type { Family } from "./exposition.ts";
import { MEMORY_LIMIT_MIB } from "./plan.ts";

const MIB = 1024 * 1024;

export interface Moment {
  /** Counts the steps. */
  readonly tick: number;
  /** Seconds relative to the demo's start. */
  readonly offset: number;
  /** Length of this step. */
  readonly seconds: number;
  /** Unix seconds at the end of this step. */
  readonly at: number;
}

export interface Pod {
  readonly name: string;
  advance(moment: Moment): void;
  families(): Family[];
}

/** The part of a page that process exporters add. */
export class PodProcess {
  readonly #pod: string;
  #startedAt: number;
  #cpuSeconds = 0;
  #memoryMiB = 0;

  constructor(pod: string, startedAt: number) {
    this.#pod = pod;
    this.#startedAt = startedAt;
  }

  work(cpuSeconds: number, memoryMiB: number): void {
    this.#cpuSeconds += cpuSeconds;
    this.#memoryMiB = memoryMiB;
  }

  restart(at: number, memoryMiB: number): void {
    this.#startedAt = at;
    this.#cpuSeconds = 0;
    this.#memoryMiB = memoryMiB;
  }

  families(): Family[] {
    const labels = { pod: this.#pod };
    const family = (name: string, type: "counter" | "gauge", help: string, value: number): Family => {
      const sample = { name: type === "counter" ? `${name}_total` : name, labels, value };
      return { name, type, help, samples: [sample] };
    };
    return [
      family("process_cpu_seconds", "counter", "CPU time spent.", Number(this.#cpuSeconds.toFixed(2))),
      family("process_resident_memory_bytes", "gauge", "Memory in use.", Math.round(this.#memoryMiB * MIB)),
      family("process_start_time_seconds", "gauge", "Start of the process, Unix seconds.", this.#startedAt),
      family("pod_memory_limit_bytes", "gauge", "Above this the kernel kills the pod.", MEMORY_LIMIT_MIB * MIB),
    ];
  }
}
