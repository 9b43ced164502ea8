// Why runs wait: paused deployment, no pool, the pool's own problems, full deployment and tag limits, in the order one would look.
import type { TagLimit } from "../client/infra-shapes.ts";
import type { Deployment, FlowRun, TaskRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { runHolders } from "../pools/holders.ts";
import { heldBy } from "./holding.ts";
import { idsOf, part, unique, type Hypothesis, type Missing } from "./hypothesis.ts";
import { hasNoWorker, poolCauses, poolsOf, stuckPending, type Pool } from "./pool-causes.ts";
import { tagCauses } from "./tag-causes.ts";
import { SLOT } from "./waiting.ts";

const HOLDERS = 5;
const MAX_FULL = 5;
const ORDER = [
  "deployment_paused",
  "no_pool",
  "pool_paused",
  "no_worker",
  "pool_not_ready",
  "queue_paused",
  "queue_not_polled",
  "stuck_pending",
  "pool_full",
  "queue_full",
  "deployment_full",
  "tag_full",
];

export interface Asked {
  /** Flow runs that wait for their start. */
  readonly runs: readonly FlowRun[];
  /** Flow runs that are RUNNING, whose tasks may wait. */
  readonly running?: readonly FlowRun[];
  /** Where they are known already. */
  readonly deployments?: readonly Deployment[];
  /** False saves up to three requests. */
  readonly tags?: boolean;
}

export interface Delays {
  readonly hypothesis: Hypothesis[];
  readonly pools: readonly Pool[];
  readonly waitingTasks: readonly TaskRun[];
  readonly tagLimits: readonly TagLimit[];
}

const NO_TAGS = { causes: [], waitingTasks: [], limits: [] };

/** For one run: at most eight requests. What cannot be read goes to `missing`. */
export async function whyTheyWait(call: Call, asked: Asked, missing: Missing[]): Promise<Delays> {
  const { runs, running = [], tags: readsTags = true } = asked;
  const [deployments, pools] = await Promise.all([
    asked.deployments ?? deploymentsOf(call, runs, missing),
    poolsOf(call, runs, missing),
  ]);
  const [tags, ofPools, ofDeployments] = await Promise.all([
    readsTags ? part(missing, "tag limits", tagCauses(call, { waiting: [...runs, ...deployments], running })) : NO_TAGS,
    Promise.all(pools.map((one) => part(missing, `slots of ${one.pool.name}`, poolCauses(call, one, runs)))),
    part(missing, "holders of deployment limits", deploymentsFull(call, deployments, runs, pools)),
  ]);
  const { causes, waitingTasks, limits: tagLimits } = tags ?? NO_TAGS;
  const found = [
    ...deployments.flatMap((one) => pausedDeployment(call, one, runs)),
    ...poolless(runs),
    ...stuckPending(call, runs, pools),
    ...ofPools.flatMap((list) => list ?? []),
    ...(ofDeployments ?? []),
    ...causes,
  ];
  const hypothesis = found.length === 0 && runs.length > 0 ? [notPickedUp(runs, missing)] : inOrder(found, runs);
  return { hypothesis, pools, waitingTasks, tagLimits };
}

/** Where Prefect itself has said which limit a run waits for, that comes first. */
function inOrder(found: readonly Hypothesis[], runs: readonly FlowRun[]): Hypothesis[] {
  const isTold = runs.length > 0 && runs.every((run) => run.state_name === SLOT);
  const rank = ({ cause }: Hypothesis) => (isTold && cause === "deployment_full" ? -1 : ORDER.indexOf(cause));
  return found.toSorted((a, b) => rank(a) - rank(b));
}

function notPickedUp(runs: readonly FlowRun[], missing: readonly Missing[]): Hypothesis {
  const text =
    missing.length > 0
      ? "nothing that was read explains it; parts could not be read, see missing"
      : "a worker is ONLINE and no limit is full, yet nobody picks the runs up: look at the worker's own log and at which queues it polls";
  return { cause: "not_picked_up", text, evidence: idsOf(runs) };
}

async function deploymentsOf({ api }: Call, runs: readonly FlowRun[], missing: Missing[]): Promise<Deployment[]> {
  const ids = unique(runs.map((run) => run.deployment_id)).slice(0, 200);
  if (ids.length === 0) return [];
  const asked = api.deployments.filter({ deployments: { id: { any_: ids } } }, "NAME_ASC", { limit: ids.length });
  return (await part(missing, "deployments", asked)) ?? [];
}

function pausedDeployment({ clean }: Call, one: Deployment, runs: readonly FlowRun[]): Hypothesis[] {
  if (one.paused !== true) return [];
  const own = runs.filter((run) => run.deployment_id === one.id);
  const text = `deployment ${clean.line(one.name, 200)} is paused: its schedules make no runs, and waiting ones deserve a look`;
  return [{ cause: "deployment_paused", text, evidence: [one.id, ...idsOf(own)] }];
}

function poolless(runs: readonly FlowRun[]): Hypothesis[] {
  const own = runs.filter((run) => run.work_pool_name === undefined);
  if (own.length === 0) return [];
  const text = "no work pool: the pool was deleted, or the run has no deployment and starts only where it was made";
  return [{ cause: "no_pool", text, evidence: idsOf(own) }];
}

function deploymentsFull(
  call: Call,
  deployments: readonly Deployment[],
  runs: readonly FlowRun[],
  pools: readonly Pool[],
): Promise<Hypothesis[]> {
  const full = deployments.filter(({ global_concurrency_limit: limit }) => {
    if (limit === undefined || limit.active === false) return false;
    return Math.floor(limit.active_slots ?? 0) >= limit.limit;
  });
  const isOrphaned = (one: Deployment) => pools.some((of) => of.pool.name === one.work_pool_name && hasNoWorker(of));
  return Promise.all(full.slice(0, MAX_FULL).map((one) => deploymentFull(call, one, runs, isOrphaned(one))));
}

async function deploymentFull(
  call: Call,
  one: Deployment,
  runs: readonly FlowRun[],
  isOrphaned: boolean,
): Promise<Hypothesis> {
  const limit = one.global_concurrency_limit;
  const held = await runHolders(call, { deployments: { id: { any_: [one.id] } } }, HOLDERS);
  const own = runs.filter((run) => run.deployment_id === one.id);
  const taken = `${Math.floor(limit?.active_slots ?? 0)} of ${limit?.limit ?? 0} slots are taken`;
  const who = heldBy(held, () => isOrphaned);
  const text = `deployment ${call.clean.line(one.name, 200)} is full: ${taken}, so runs wait as AwaitingConcurrencySlot${who}`;
  return { cause: "deployment_full", text, evidence: [one.id, ...idsOf(held), ...idsOf(own)] };
}
