// One work pool looked into, and what keeps runs in it from starting, in the order in which one would look.
import type { WorkPool } from "../client/infra-shapes.ts";
import type { Call } from "../kit.ts";
import { ageSeconds, spoken } from "../times.ts";
import { howFull, isFull } from "./full.ts";
import { NOTHING, queueRows, slotsOf, waitingIn, type QueueRow, type Waiting } from "./queues.ts";

const MAX_WORKERS = 200;
/** Prefect runs these itself: they have no workers. */
export const WITHOUT_WORKERS = /:(push|managed)$/;

export interface WorkerRow {
  readonly name: string;
  /** ONLINE, or OFFLINE after three missed heartbeats. */
  readonly status: string;
  readonly heartbeat_age_s?: number;
}

export type PoolProblemCode =
  "pool_paused" | "no_worker" | "pool_not_ready" | "pool_full" | "queue_paused" | "queue_not_polled" | "queue_full";

export interface PoolProblem {
  readonly code: PoolProblemCode;
  readonly text: string;
  /** The queue it is about; absent when it holds for the whole pool. */
  readonly queue?: string;
}

export interface PoolVerdict {
  /** One line. */
  readonly verdict: string;
  /** What hinders most first; empty when nothing does. */
  readonly problems: readonly PoolProblem[];
  readonly workers: readonly WorkerRow[];
  readonly workersOnline: number;
  readonly queues: readonly QueueRow[];
  readonly waiting: Waiting;
  readonly activeSlots: number | undefined;
}

/** Five requests, and three more for each queue when anything waits; two when nothing is to be counted. */
export async function poolVerdict(call: Call, pool: WorkPool, countsWaiting = true): Promise<PoolVerdict> {
  const [workers, waiting, activeSlots] = await Promise.all([
    workerRows(call, pool),
    countsWaiting ? waitingIn(call, pool) : NOTHING,
    slotsOf(call, pool.concurrency_limit, pool.active_slots, pool),
  ]);
  const queues = await queueRows(call, pool, waiting);
  const workersOnline = workers.filter(({ status }) => status === "ONLINE").length;
  const facts = { workers, workersOnline, queues, waiting, activeSlots };
  const problems = [...poolProblems(pool, facts, call), ...queues.flatMap((queue) => queueProblems(pool, queue))];
  return { ...facts, problems, verdict: sentence(pool, facts, problems) };
}

async function workerRows({ api, clean, nowMs }: Call, pool: WorkPool): Promise<WorkerRow[]> {
  const workers = await api.workPools.workers(pool.name, {}, { limit: MAX_WORKERS });
  return workers
    .map(({ name, status, last_heartbeat_time: heard }) => {
      const age = ageSeconds(heard, nowMs);
      return {
        name: clean.line(name, 200),
        status: status ?? "unknown",
        ...(age === undefined ? {} : { heartbeat_age_s: age }),
      };
    })
    .sort((a, b) => (a.heartbeat_age_s ?? Infinity) - (b.heartbeat_age_s ?? Infinity));
}

type Facts = Pick<PoolVerdict, "workers" | "workersOnline" | "queues" | "waiting" | "activeSlots">;

function poolProblems(pool: WorkPool, facts: Facts, { clean }: Call): PoolProblem[] {
  const { workers, workersOnline, activeSlots } = facts;
  const name = `work pool ${clean.line(pool.name, 200)}`;
  const problems: PoolProblem[] = [];
  if (pool.is_paused === true) problems.push({ code: "pool_paused", text: `${name} is paused` });
  const needsWorker = !WITHOUT_WORKERS.test(pool.type ?? "");
  if (needsWorker && workersOnline === 0) {
    const [last] = workers;
    const seen =
      last === undefined
        ? "it never had one, or they were removed"
        : `${last.name} was last heard ${last.heartbeat_age_s === undefined ? "never" : `${spoken(last.heartbeat_age_s)} ago`}`;
    problems.push({ code: "no_worker", text: `${name} has no ONLINE worker (${seen})` });
  } else if (pool.status === "NOT_READY") {
    problems.push({ code: "pool_not_ready", text: `${name} is NOT_READY` });
  }
  const slots = { limit: pool.concurrency_limit, active_slots: activeSlots };
  if (isFull(slots)) problems.push({ code: "pool_full", text: `${name} is full: ${howFull(slots)}` });
  return problems;
}

function queueProblems(pool: WorkPool, queue: QueueRow): PoolProblem[] {
  const of = { queue: queue.name };
  const name = `queue ${queue.name}`;
  const problems: PoolProblem[] = [];
  if (queue.paused) problems.push({ code: "queue_paused", text: `${name} is paused`, ...of });
  else if (queue.status === "NOT_READY" && !WITHOUT_WORKERS.test(pool.type ?? "")) {
    const age = queue.last_polled_age_s;
    const when = age === undefined ? "was never polled" : `was last polled ${spoken(age)} ago`;
    problems.push({ code: "queue_not_polled", text: `${name} is NOT_READY: it ${when}`, ...of });
  }
  const { limit, active_slots } = queue;
  if (isFull({ limit, active_slots })) {
    problems.push({ code: "queue_full", text: `${name} is full: ${howFull({ limit, active_slots })}`, ...of });
  }
  return problems;
}

const SPOKEN_PROBLEMS = 3;

function sentence(pool: WorkPool, facts: Facts, problems: readonly PoolProblem[]): string {
  const { late, scheduled_due: due, pending } = facts.waiting;
  const waits = [
    ...(due > 0 ? [`${due} due (${late} Late)`] : []),
    ...(pending > 0 ? [`${pending} PENDING, which never become Late and hold slots`] : []),
  ];
  const backlog = waits.length === 0 ? "nothing waits" : `waiting: ${waits.join(", ")}`;
  // A queue that nobody polls is no news where no worker is.
  const isDead = problems.some(({ code }) => code === "no_worker" || code === "pool_paused");
  const told = problems.filter(({ code }) => !isDead || code !== "queue_not_polled");
  if (told.length === 0) {
    const workers = WITHOUT_WORKERS.test(pool.type ?? "") ? "no worker needed" : `${facts.workersOnline} ONLINE`;
    return `ready (workers: ${workers}); ${backlog}`;
  }
  const more = told.length > SPOKEN_PROBLEMS ? `; and ${told.length - SPOKEN_PROBLEMS} more` : "";
  const texts = told.slice(0, SPOKEN_PROBLEMS).map(({ text }) => text);
  return `${texts.join("; ")}${more}; ${backlog}`;
}
