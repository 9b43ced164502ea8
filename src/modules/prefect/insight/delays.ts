// Why runs wait: paused deployment, no pool, the pool's own problems, full deployment and tag limits. What holds back the most runs comes
// first, then goes the order in which one would look.
import type { TagLimit, WorkPool } from "../client/infra-shapes.ts";
import type { Deployment, FlowRun, TaskRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { deploymentsOf, flowsOf, namesFrom, type Names } from "../runs/names.ts";
import { isPending } from "../runs/states.ts";
import { deploymentCauses, poolless } from "./deployment-causes.ts";
import { idsOf, part, type Hypothesis, type Missing } from "./hypothesis.ts";
import { poolCauses, poolsOf, stuckPending, type Pool } from "./pool-causes.ts";
import { tagCauses } from "./tag-causes.ts";
import { SLOT } from "./waiting.ts";

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
  "no_schedule",
];

export interface Asked {
  /** Flow runs that wait for their start. */
  readonly runs: readonly FlowRun[];
  /** Flow runs that are RUNNING, whose tasks may wait. */
  readonly running?: readonly FlowRun[];
  /** Those of the runs, and the one that the question is about. */
  readonly deployments: readonly Deployment[];
  readonly names: Names;
  /** False saves up to three requests. */
  readonly tags?: boolean;
  /** What the question is about: its own trouble is told also where nothing waits. */
  readonly pool?: WorkPool | undefined;
  readonly deployment?: Deployment | undefined;
}

export interface Delays {
  readonly hypothesis: Hypothesis[];
  readonly pools: readonly Pool[];
  readonly waitingTasks: readonly TaskRun[];
  /** Of tags that these runs have or wait for. */
  readonly tagLimits: readonly TagLimit[];
}

const NO_TAGS = { causes: [], waitingTasks: [], limits: [] };

/** For one run: at most eight requests. What cannot be read goes to `missing`. */
export async function whyTheyWait(call: Call, asked: Asked, missing: Missing[]): Promise<Delays> {
  const { runs, running = [], deployments, names, tags: readsTags = true, pool, deployment } = asked;
  const pools = await poolsOf(call, [pool?.name ?? deployment?.work_pool_name, ...poolNames(runs)], missing);
  const untaken = runs.filter((run) => !isPending(run));
  const idle = runs.length > 0 ? undefined : { queue: deployment?.work_queue_name };
  const [tags, ofPools, ofDeployments] = await Promise.all([
    readsTags ? part(missing, "tag limits", tagCauses(call, { waiting: [...runs, ...deployments], running })) : NO_TAGS,
    Promise.all(pools.map((one) => part(missing, `slots of ${one.pool.name}`, poolCauses(call, one, runs, idle)))),
    part(
      missing,
      "holders of deployment limits",
      deploymentCauses(call, { deployments, names, runs: untaken, pools, asked: deployment }),
    ),
  ]);
  const { causes, waitingTasks, limits: tagLimits } = tags ?? NO_TAGS;
  const found = [
    ...poolless(untaken),
    ...stuckPending(call, runs, pools),
    ...ofPools.flatMap((list) => list ?? []),
    ...(ofDeployments ?? []),
    ...causes,
  ];
  const hypothesis = found.length === 0 && runs.length > 0 ? [notPickedUp(runs, missing)] : inOrder(found, runs);
  return { hypothesis, pools, waitingTasks, tagLimits };
}

/** The deployments of waiting runs, and what they and the runs are called. */
export async function calledOf(call: Call, runs: readonly FlowRun[], missing: Missing[], own?: Deployment) {
  const read = own === undefined ? await part(missing, "deployments", deploymentsOf(call, runs)) : [own];
  const deployments = read ?? [];
  const flows = (await part(missing, "flows", flowsOf(call, [...runs, ...deployments]))) ?? [];
  return { deployments, names: namesFrom(call, flows, deployments) };
}

const poolNames = (runs: readonly FlowRun[]) => runs.map((run) => run.work_pool_name);

/** Where Prefect itself has said which limit a run waits for, that comes first. */
function inOrder(found: readonly Hypothesis[], runs: readonly FlowRun[]): Hypothesis[] {
  const isTold = runs.length > 0 && runs.every((run) => run.state_name === SLOT);
  const weight = ({ cause, holds_back: runs = 0 }: Hypothesis) =>
    isTold && cause === "deployment_full" ? Infinity : runs;
  return found.toSorted((a, b) => weight(b) - weight(a) || ORDER.indexOf(a.cause) - ORDER.indexOf(b.cause));
}

function notPickedUp(runs: readonly FlowRun[], missing: readonly Missing[]): Hypothesis {
  const text =
    missing.length > 0
      ? "nothing that was read explains it; parts could not be read, see missing"
      : "a worker is ONLINE and no limit is full, yet nobody picks the runs up: look at the worker's own log and at which queues it polls";
  return { cause: "not_picked_up", text, holds_back: runs.length, evidence: idsOf(runs) };
}
