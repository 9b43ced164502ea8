// What keeps runs in their work pools: the pools' own problems, with the runs that each of them concerns.
import type { WorkPool } from "../client/infra-shapes.ts";
import type { FlowRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { slotHolders } from "../pools/holders.ts";
import { poolVerdict, type PoolProblem, type PoolProblemCode, type PoolVerdict } from "../pools/verdict.ts";
import { isPending } from "../runs/states.ts";
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
export async function poolsOf(call: Call, given: readonly (string | undefined)[], missing: Missing[]): Promise<Pool[]> {
  const names = unique(given);
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

/** Where no run waits at all: of which queue one would like to know, undefined for all. */
export interface Idle {
  readonly queue: string | undefined;
}

/** What is to be told of the pool: what holds back runs that no worker has taken yet, or `idle` the trouble that it has anyway. */
export async function poolCauses(
  call: Call,
  one: Pool,
  runs: readonly FlowRun[],
  idle: Idle | undefined,
): Promise<Hypothesis[]> {
  const { pool, verdict } = one;
  const own = runs.filter((run) => run.work_pool_name === pool.name);
  const isDead = verdict.problems.some(({ code }) => DEAD.includes(code));
  const concerned = verdict.problems
    .filter(({ code }) => !isDead || code !== "queue_not_polled")
    .map((problem) => ({ ...problem, waits: heldBackBy(problem, own) }))
    .filter(({ code, queue, waits }) =>
      idle === undefined
        ? waits.length > 0 || (code === "no_worker" && own.length > 0)
        : !FULL.includes(code) && (queue === undefined || (idle.queue ?? queue) === queue),
    );
  const holders = concerned.some(({ code }) => FULL.includes(code)) ? await slotHolders(call, pool, HOLDERS) : [];
  return concerned.map(({ code, text, queue, waits }) => {
    const held = FULL.includes(code) ? holders : [];
    const who = heldBy(held, () => hasNoWorker(one));
    const where = queue === undefined ? "" : `work pool ${call.clean.line(pool.name, 200)}: `;
    const evidence = unique([...idsOf(held), ...idsOf(waits.length === 0 ? own : waits)]);
    return { cause: code, text: `${where}${text}${who}`, holds_back: waits.length, evidence };
  });
}

/** A PENDING run was taken from its queue, by a worker, and holds a slot: nothing of that holds it back. */
const heldBackBy = ({ queue }: PoolProblem, own: readonly FlowRun[]): FlowRun[] =>
  own.filter((run) => !isPending(run) && (queue === undefined || run.work_queue_name === queue));

/** A worker took them, but they never reported back. */
export function stuckPending({ clean, nowMs }: Call, runs: readonly FlowRun[], pools: readonly Pool[]): Hypothesis[] {
  const pending = runs.filter(isPending);
  const [oldest] = pending.toSorted((a, b) => (age(b) ?? 0) - (age(a) ?? 0));
  if (oldest === undefined) return [];
  const pool = pools.find((one) => one.pool.name === oldest.work_pool_name);
  const isZombie = (age(oldest) ?? 0) > ZOMBIE_PENDING_S || (pool !== undefined && hasNoWorker(pool));
  const more = pending.length === 1 ? "" : ` (and ${pending.length - 1} more)`;
  const text =
    `${clean.line(oldest.name, 200)}${more} is PENDING for ${spoken(age(oldest) ?? 0)}: a worker took it, but its process did not ` +
    `start or did not report; PENDING never becomes Late and holds its slots${isZombie ? "; perhaps a zombie" : ""}`;
  return [{ cause: "stuck_pending", text, holds_back: pending.length, evidence: idsOf(pending) }];

  function age(run: FlowRun): number | undefined {
    return ageSeconds(run.state?.timestamp, nowMs);
  }
}
