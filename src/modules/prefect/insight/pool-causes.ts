// What keeps runs in their work pools: the pools' own problems, with the runs that each of them concerns.
import type { WorkPool } from "../client/infra-shapes.ts";
import type { FlowRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { slotHolders } from "../pools/holders.ts";
import { poolVerdict, type PoolProblemCode, type PoolVerdict } from "../pools/verdict.ts";
import { ageSeconds, spoken } from "../times.ts";
import { heldBy, ZOMBIE_PENDING_S } from "./holding.ts";
import { idsOf, part, unique, type Hypothesis, type Missing } from "./hypothesis.ts";

const MAX_POOLS = 10;
const HOLDERS = 5;
const FULL: readonly PoolProblemCode[] = ["pool_full", "queue_full"];
/** They explain why no queue is polled. */
const DEAD: readonly PoolProblemCode[] = ["pool_paused", "no_worker"];

export interface Pool {
  readonly pool: WorkPool;
  readonly verdict: PoolVerdict;
}

/** One request for all pools, and two for each. */
export async function poolsOf(call: Call, runs: readonly FlowRun[], missing: Missing[]): Promise<Pool[]> {
  const names = unique(runs.map((run) => run.work_pool_name));
  for (const name of names.slice(MAX_POOLS))
    missing.push({ what: `work pool ${name}`, why: "too many pools for one call; give work_pool" });
  const asked = names.slice(0, MAX_POOLS);
  if (asked.length === 0) return [];
  const reading = call.api.workPools.filter({ work_pools: { name: { any_: asked } } }, { limit: asked.length });
  const pools = (await part(missing, "work pools", reading)) ?? [];
  const looked = await Promise.all(
    pools.map(async (pool) => {
      const verdict = await part(missing, `work pool ${pool.name}`, poolVerdict(call, pool, false));
      return verdict === undefined ? [] : [{ pool, verdict }];
    }),
  );
  return looked.flat();
}

export const hasNoWorker = ({ verdict }: Pool): boolean => verdict.problems.some(({ code }) => code === "no_worker");

export async function poolCauses(call: Call, one: Pool, runs: readonly FlowRun[]): Promise<Hypothesis[]> {
  const { pool, verdict } = one;
  const own = runs.filter((run) => run.work_pool_name === pool.name);
  const queues = new Set(own.map((run) => run.work_queue_name));
  const isDead = verdict.problems.some(({ code }) => DEAD.includes(code));
  const problems = verdict.problems
    .filter(({ queue }) => queue === undefined || queues.has(queue))
    .filter(({ code }) => !isDead || code !== "queue_not_polled");
  const isFull = problems.some(({ code }) => FULL.includes(code));
  const holders = isFull ? await slotHolders(call, pool, HOLDERS) : [];
  return problems.map(({ code, text, queue }) => {
    const waits = queue === undefined ? own : own.filter((run) => run.work_queue_name === queue);
    const held = FULL.includes(code) ? holders : [];
    const who = heldBy(held, () => hasNoWorker(one));
    const where = queue === undefined ? "" : `work pool ${call.clean.line(pool.name, 200)}: `;
    return { cause: code, text: `${where}${text}${who}`, evidence: unique([...idsOf(held), ...idsOf(waits)]) };
  });
}

/** A worker took them, but they never reported back. */
export function stuckPending({ clean, nowMs }: Call, runs: readonly FlowRun[], pools: readonly Pool[]): Hypothesis[] {
  const pending = runs.filter((run) => run.state_type === "PENDING");
  const [oldest] = pending.toSorted((a, b) => (age(b) ?? 0) - (age(a) ?? 0));
  if (oldest === undefined) return [];
  const pool = pools.find((one) => one.pool.name === oldest.work_pool_name);
  const isZombie = (age(oldest) ?? 0) > ZOMBIE_PENDING_S || (pool !== undefined && hasNoWorker(pool));
  const more = pending.length === 1 ? "" : ` (and ${pending.length - 1} more)`;
  const text =
    `${clean.line(oldest.name, 200)}${more} is PENDING for ${spoken(age(oldest) ?? 0)}: a worker took it, but its process did not ` +
    `start or did not report; PENDING never becomes Late and holds its slots${isZombie ? "; perhaps a zombie" : ""}`;
  return [{ cause: "stuck_pending", text, evidence: idsOf(pending) }];

  function age(run: FlowRun): number | undefined {
    return ageSeconds(run.state?.timestamp, nowMs);
  }
}
