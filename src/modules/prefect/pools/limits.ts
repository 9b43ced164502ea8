// Limits of every kind in one shape: those of names, tags, deployments, work pools and queues.
import type { GlobalLimit } from "../client/shapes.ts";
import type { WorkPool } from "../client/infra-shapes.ts";
import type { Call } from "../kit.ts";
import { namesOf } from "../runs/names.ts";
import { isFull } from "./full.ts";
import { runHolders, slotHolders, taskHolders } from "./holders.ts";
import { HOLDING, slotsOf, within } from "./queues.ts";

const MAX = 200;
const HOLDERS = 10;

export interface Limit {
  readonly kind: "global" | "tag" | "deployment" | "work_pool" | "work_queue";
  readonly name: string;
  readonly limit: number;
  readonly active_slots: number;
  readonly saturated: boolean;
  readonly active: boolean;
  /** What it is about: an id of a deployment, names of pool and queue, ids of task runs. */
  readonly of: {
    readonly deployment?: string;
    readonly pool?: string;
    readonly queue?: string;
    readonly tasks?: readonly string[];
  };
}

/** Fullest first. */
export async function allLimits(call: Call): Promise<Limit[]> {
  const [named, pools] = await Promise.all([namedLimits(call), poolLimits(call)]);
  return [...named, ...pools].sort(
    (a, b) =>
      Number(b.saturated) - Number(a.saturated) || b.active_slots - a.active_slots || (a.name < b.name ? -1 : 1),
  );
}

/** Limits of tags stand in both lists of Prefect 3, under one name. */
export async function namedLimits(call: Call): Promise<Limit[]> {
  const { api, clean } = call;
  const [globals, tags] = await Promise.all([api.limits.global({ limit: MAX }), api.limits.tags({ limit: MAX })]);
  const names = await namesOf(
    call,
    globals.map((one) => ({ deployment_id: deploymentIn(one) })),
  );
  const own = globals
    .filter(({ name }) => !name.startsWith("tag:"))
    .map((one) => {
      const id = deploymentIn(one);
      const name = id === undefined ? one.name : (names.deployment(id) ?? `${id} (deployment deleted)`);
      const kind = id === undefined ? ("global" as const) : ("deployment" as const);
      const of = id === undefined ? {} : { deployment: id };
      return limit(kind, clean.line(name, 400), one.limit, one.active_slots ?? 0, of, one.active ?? true);
    });
  const tagged = tags.map(({ tag, concurrency_limit: most, active_slots: tasks }) =>
    limit("tag", clean.line(tag, 200), most, tasks.length, { tasks }),
  );
  return [...own, ...tagged];
}

function limit(kind: Limit["kind"], name: string, most: number, taken: number, of: Limit["of"], active = true): Limit {
  const saturated = isFull({ limit: most, active_slots: taken, active });
  return { kind, name, limit: most, active_slots: Math.floor(taken), saturated, active, of };
}

const deploymentIn = ({ name }: GlobalLimit): string | undefined => /^deployment:(.+)$/.exec(name)?.[1];

async function poolLimits(call: Call): Promise<Limit[]> {
  const pools = await call.api.workPools.filter({}, { limit: MAX });
  return (await Promise.all(pools.map((pool) => limitsOf(call, pool)))).flat();
}

async function limitsOf(call: Call, pool: WorkPool): Promise<Limit[]> {
  const { api, clean } = call;
  const [taken, queues] = await Promise.all([
    slotsOf(call, pool.concurrency_limit, pool.active_slots, pool),
    api.workPools.queues(pool.name, {}, { limit: MAX }),
  ]);
  const limited = queues.filter((queue) => queue.concurrency_limit !== undefined);
  const slots = await Promise.all(
    limited.map((queue) => slotsOf(call, queue.concurrency_limit, queue.active_slots, pool, queue)),
  );
  const { concurrency_limit: most } = pool;
  return [
    ...(most === undefined
      ? []
      : [limit("work_pool", clean.line(pool.name, 200), most, taken ?? 0, { pool: pool.name })]),
    ...limited.map((queue, i) =>
      limit("work_queue", clean.line(`${pool.name}/${queue.name}`, 400), queue.concurrency_limit ?? 0, slots[i] ?? 0, {
        pool: pool.name,
        queue: queue.id,
      }),
    ),
  ];
}

export async function withHolders(call: Call, { of, ...row }: Limit) {
  if (row.active_slots === 0) return row;
  if (row.kind === "global") return { ...row, holders_note: "Prefect does not tell who holds a global limit" };
  return { ...row, holders: await holdersOf(call, of) };
}

function holdersOf(call: Call, { deployment, pool, queue, tasks }: Limit["of"]) {
  if (tasks !== undefined) return taskHolders(call, tasks, HOLDERS);
  if (deployment !== undefined) return runHolders(call, { deployments: { id: { any_: [deployment] } } }, HOLDERS);
  if (pool === undefined) return [];
  if (queue === undefined) return slotHolders(call, { name: pool }, HOLDERS);
  return runHolders(call, within({ name: pool }, { id: queue }), HOLDERS, HOLDING);
}
