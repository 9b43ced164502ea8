// The story of the demo's day: who serves what, the daily wave, and what goes wrong when. Times are seconds relative to the
// demo's start, so the day before it is negative, and the story is the same whenever the demo is started.

export const DAY_SECONDS = 24 * 3600;

export interface Service {
  readonly name: string;
  /** Over all pods, averaged over the day. */
  readonly requestsPerSecond: number;
  readonly medianSeconds: number;
  /** Share of answers that are 500 on a good day. */
  readonly failing: number;
  readonly memoryMiB: number;
  /** How fast memory grows and never comes back. */
  readonly leakMiBPerHour: number;
  /** How much of the incident this service feels, 0 to 1. */
  readonly suffering: number;
}

const HEALTHY = { failing: 0.002, leakMiBPerHour: 0, suffering: 0 };

export const SERVICES: readonly Service[] = [
  { ...HEALTHY, name: "storefront", requestsPerSecond: 40, medianSeconds: 0.06, memoryMiB: 240, suffering: 0.2 },
  { ...HEALTHY, name: "catalog", requestsPerSecond: 60, medianSeconds: 0.02, memoryMiB: 280 },
  {
    ...HEALTHY,
    name: "checkout",
    requestsPerSecond: 12,
    medianSeconds: 0.09,
    memoryMiB: 170,
    leakMiBPerHour: 16,
    suffering: 1,
  },
  { ...HEALTHY, name: "payments", requestsPerSecond: 6, medianSeconds: 0.15, memoryMiB: 200 },
];

export const PODS_PER_SERVICE = 2;
export const MEMORY_LIMIT_MIB = 512;

/** Fourteen hours into the day, for forty minutes: checkout fails, slows down and leaks until the kernel kills its pods. */
export const INCIDENT = { from: -10 * 3600, to: -10 * 3600 + 40 * 60 };
/** What is wrong at the start of the demo: mails pile up, and the batch exporter has stopped answering. */
export const BACKLOG_FROM = -45 * 60;
export const BATCH_DOWN_FROM = -25 * 60;

const FAILING_IN_INCIDENT = 0.35;
const SLOWER_IN_INCIDENT = 12;
const LEAKIER_IN_INCIDENT = 11;

export interface Mood {
  readonly requestsPerSecond: number;
  readonly failing: number;
  readonly medianSeconds: number;
  readonly leakMiBPerHour: number;
}

/** How a service fares at one moment. */
export function mood(service: Service, offset: number): Mood {
  const trouble = swell(offset, INCIDENT.from, INCIDENT.to) * service.suffering;
  const wave = 1 - 0.55 * Math.cos((2 * Math.PI * (offset - 4 * 3600)) / DAY_SECONDS);
  return {
    requestsPerSecond: service.requestsPerSecond * wave * (1 - 0.3 * trouble),
    failing: service.failing + FAILING_IN_INCIDENT * trouble,
    medianSeconds: service.medianSeconds * (1 + 0.3 * (wave - 1) + (SLOWER_IN_INCIDENT - 1) * trouble),
    leakMiBPerHour: service.leakMiBPerHour * (1 + (LEAKIER_IN_INCIDENT - 1) * trouble),
  };
}

/** How many mails wait: a handful, then more and more, up to what the broker holds. */
export const backlog = (offset: number): number => 12 + Math.min(3_500, Math.max(0, (offset - BACKLOG_FROM) * 0.7));

/** 0 outside, 1 inside, five minutes to rise and three to fall. */
function swell(offset: number, from: number, to: number): number {
  return clamp((offset - from) / 300) * clamp((to - offset) / 180);
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
