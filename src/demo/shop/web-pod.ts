// One pod of one service: counts requests and times them, leaks memory, and starts again from zero when the kernel kills it.
import type { Family, Sample } from "./exposition.ts";
import { noise, traceId } from "./noise.ts";
import { MEMORY_LIMIT_MIB, mood, PODS_PER_SERVICE, type Service } from "./plan.ts";
import { PodProcess, type Moment, type Pod } from "./pod.ts";

const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Infinity];
const CPU_SECONDS_PER_REQUEST = 0.006;
/** Of the requests that did not fail; `failing` says how many did. */
const MIX = [
  { method: "GET", status: "200", share: 0.77 },
  { method: "GET", status: "404", share: 0.015 },
  { method: "POST", status: "201", share: 0.215 },
];
const FAILED_MIX = [
  { method: "GET", status: "500", share: 0.6 },
  { method: "POST", status: "500", share: 0.4 },
];

export class WebPod implements Pod {
  readonly name: string;
  readonly #service: Service;
  readonly #seed: number;
  readonly #process: PodProcess;
  // Fractions are kept, and pages show whole numbers: rounding down keeps every counter and every bucket monotonic.
  #requests = new Map<string, number>();
  #buckets = BUCKETS.map(() => 0);
  #seconds = 0;
  #leakedMiB: number;
  #last = { median: 0, tick: 0, at: 0 };

  constructor(service: Service, index: number, seed: number, startedAt: number) {
    this.name = `${service.name}-${index}`;
    this.#service = service;
    this.#seed = seed;
    this.#process = new PodProcess(this.name, startedAt);
    // The second pod was started a little later, so that the kernel does not take both at once.
    this.#leakedMiB = service.leakMiBPerHour * (2 - 0.5 * index);
  }

  advance({ tick, offset, seconds, at }: Moment): void {
    const { requestsPerSecond, failing, medianSeconds, leakMiBPerHour } = mood(this.#service, offset);
    const swing = (what: string, by: number) => 1 + by * (2 * noise(this.#seed, this.name + what, tick) - 1);
    const count = (requestsPerSecond / PODS_PER_SERVICE) * seconds * swing("requests", 0.25);
    const failed = Math.min(1, failing * swing("failing", 0.6));
    const median = medianSeconds * swing("median", 0.15);
    for (const { method, status, share } of MIX) this.#count(method, status, count * (1 - failed) * share);
    for (const { method, status, share } of FAILED_MIX) this.#count(method, status, count * failed * share);
    this.#buckets = this.#buckets.map((sum, index) => sum + count * shareBelow(BUCKETS[index] ?? Infinity, median));
    this.#seconds += count * median * MEAN_TO_MEDIAN;
    this.#leakedMiB += (leakMiBPerHour * seconds) / 3600;
    const memoryMiB = (this.#service.memoryMiB + this.#leakedMiB) * swing("memory", 0.01);
    this.#process.work(count * CPU_SECONDS_PER_REQUEST * swing("cpu", 0.2), memoryMiB);
    this.#last = { median, tick, at };
    if (memoryMiB >= MEMORY_LIMIT_MIB) this.#die(at);
  }

  families(): Family[] {
    return [...this.#traffic(), ...this.#process.families()];
  }

  #count(method: string, status: string, by: number): void {
    const key = `${method} ${status}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + by);
  }

  #die(at: number): void {
    this.#requests = new Map([...this.#requests.keys()].map((key) => [key, 0]));
    this.#buckets = BUCKETS.map(() => 0);
    this.#seconds = 0;
    this.#leakedMiB = 0;
    this.#process.restart(at, this.#service.memoryMiB);
  }

  #traffic(): Family[] {
    const labels = { service: this.#service.name, pod: this.name };
    const requests = [...this.#requests].map(([key, value]) => {
      const [method = "", status = ""] = key.split(" ");
      return { name: "http_requests_total", labels: { ...labels, method, status }, value: Math.floor(value) };
    });
    return [
      { name: "http_requests", type: "counter", help: "Requests answered, by method and status.", samples: requests },
      {
        name: "http_request_duration_seconds",
        type: "histogram",
        help: "Time to answer a request.",
        samples: this.#durations(labels),
      },
    ];
  }

  #durations(labels: { service: string; pod: string }): Sample[] {
    const name = "http_request_duration_seconds";
    const exemplar = this.#exemplar();
    const home = BUCKETS.findIndex((bound) => exemplar.value <= bound);
    const buckets = BUCKETS.map((bound, index) => ({
      name: `${name}_bucket`,
      labels: { ...labels, le: bound === Infinity ? "+Inf" : String(bound) },
      value: Math.floor(this.#buckets[index] ?? 0),
      ...(index === home ? { exemplar } : {}),
    }));
    const count = Math.floor(this.#buckets.at(-1) ?? 0);
    return [
      ...buckets,
      { name: `${name}_sum`, labels, value: Number(this.#seconds.toFixed(3)) },
      { name: `${name}_count`, labels, value: count },
    ];
  }

  #exemplar() {
    const { median, tick, at } = this.#last;
    const chance = noise(this.#seed, `${this.name}exemplar`, tick);
    const value = Number((median * (chance / (1 - chance)) ** (1 / SHAPE)).toFixed(4));
    return { labels: { trace_id: traceId(this.#seed, this.name, tick) }, value, time: at };
  }
}

// Durations follow a log-logistic distribution: a long tail, and a closed form for the share below a bound.
const SHAPE = 3;
const MEAN_TO_MEDIAN = Math.PI / SHAPE / Math.sin(Math.PI / SHAPE);
const shareBelow = (bound: number, median: number): number =>
  bound === Infinity ? 1 : 1 / (1 + (bound / median) ** -SHAPE);
