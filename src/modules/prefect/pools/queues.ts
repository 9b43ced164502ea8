// A pool's queues as tools show them: who may take runs from each, and what waits there, in Prefect's own counts.
import type { WorkPool, WorkQueue } from "../client/infra-shapes.ts";
import type { FlowRunFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { ageSeconds } from "../times.ts";
import { due, inState, LATE } from "../where.ts";

/** Runs that hold a slot of a pool or of its queues. */
export const HOLDING: FlowRunFilter = inState("PENDING", "RUNNING");
/** Runs that hold a slot of their deployment: that is given back only once they have ended. */
export const HOLDING_DEPLOYMENT: FlowRunFilter = inState("PENDING", "RUNNING", "CANCELLING");

const MAX_QUEUES = 200;

export interface Waiting {
  /** SCHEDULED and marked Late. */
  readonly late: number;
  /** SCHEDULED whose time has come: the Late ones, those not marked yet, those that wait for a slot. */
  readonly scheduled_due: number;
  readonly pending: number;
}

export interface QueueRow extends Waiting {
  readonly id: string;
  readonly name: string;
  readonly priority?: number;
  readonly paused: boolean;
  /** READY, NOT_READY or PAUSED. */
  readonly status?: string;
  /** Absent when it was never polled. */
  readonly last_polled_age_s?: number;
  readonly limit?: number;
  readonly active_slots?: number;
}

export const NOTHING: Waiting = { late: 0, scheduled_due: 0, pending: 0 };

/** What waits in the whole pool. */
export const waitingIn = (call: Call, pool: WorkPool): Promise<Waiting> => count(call, pool, undefined);

/** `waiting` is what waits in the whole pool: where nothing does, no queue is counted. */
export async function queueRows(call: Call, pool: WorkPool, waiting: Waiting): Promise<QueueRow[]> {
  const queues = await call.api.workPools.queues(pool.name, {}, { limit: MAX_QUEUES });
  const isIdle = waiting.scheduled_due + waiting.late + waiting.pending === 0;
  const rows = await Promise.all(
    queues.map(async (queue) => {
      const [own, slots] = await Promise.all([
        isIdle ? NOTHING : count(call, pool, queue),
        slotsOf(call, queue.concurrency_limit, queue.active_slots, pool, queue),
      ]);
      return queueRow(call, queue, own, slots);
    }),
  );
  return rows.sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
}

function queueRow({ clean, nowMs }: Call, queue: WorkQueue, waiting: Waiting, slots: number | undefined): QueueRow {
  const age = ageSeconds(queue.last_polled, nowMs);
  return {
    id: queue.id,
    name: clean.line(queue.name, 200),
    ...(queue.priority === undefined ? {} : { priority: queue.priority }),
    paused: queue.is_paused ?? false,
    ...(queue.status === undefined ? {} : { status: queue.status }),
    ...(age === undefined ? {} : { last_polled_age_s: age }),
    ...(queue.concurrency_limit === undefined ? {} : { limit: queue.concurrency_limit }),
    ...(slots === undefined ? {} : { active_slots: slots }),
    ...waiting,
  };
}

async function count({ api, nowMs }: Call, pool: WorkPool, queue: WorkQueue | undefined): Promise<Waiting> {
  const of = (flow_runs: FlowRunFilter) => api.flowRuns.count({ flow_runs, ...within(pool, queue) });
  const [late, scheduledDue, pending] = await Promise.all([of(LATE), of(due(nowMs)), of(inState("PENDING"))]);
  return { late, scheduled_due: scheduledDue, pending };
}

/** Prefect before 3.6.23 does not say how many slots are taken: the runs that hold one are counted. */
export async function slotsOf(
  { api }: Call,
  limit: number | undefined,
  told: number | undefined,
  pool: WorkPool,
  queue?: WorkQueue,
): Promise<number | undefined> {
  if (told !== undefined || limit === undefined) return told;
  return api.flowRuns.count({ flow_runs: HOLDING, ...within(pool, queue) });
}

export const within = (pool: { readonly name: string }, queue?: { readonly id: string }) => ({
  work_pools: { name: { any_: [pool.name] } },
  ...(queue === undefined ? {} : { work_pool_queues: { id: { any_: [queue.id] } } }),
});
