// What keeps runs of a deployment: it is paused, nothing schedules it, its limit is full, or it has no pool.
import type { Deployment, FlowRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { howFull, isFull, type Slots } from "../pools/full.ts";
import { runHolders } from "../pools/holders.ts";
import type { Names } from "../runs/names.ts";
import { heldBy } from "./holding.ts";
import { idsOf, type Hypothesis } from "./hypothesis.ts";
import { hasNoWorker, type Pool } from "./pool-causes.ts";

const HOLDERS = 5;
const MAX_FULL = 5;

/** The runs have not been taken by a worker yet. `asked` is the deployment that the question is about. */
export interface OfDeployments {
  readonly deployments: readonly Deployment[];
  readonly names: Names;
  readonly runs: readonly FlowRun[];
  readonly pools: readonly Pool[];
  readonly asked: Deployment | undefined;
}

export async function deploymentCauses(call: Call, of: OfDeployments): Promise<Hypothesis[]> {
  const full = of.deployments.filter((one) => isFull(slotsOf(one)) && ownRuns(of, one).length > 0);
  return [
    ...of.deployments.flatMap((one) => paused(of, one)),
    ...unscheduled(of),
    ...(await Promise.all(full.slice(0, MAX_FULL).map((one) => fullDeployment(call, of, one)))),
  ];
}

const slotsOf = ({ global_concurrency_limit: limit }: Deployment): Slots => limit ?? { limit: undefined };
const ownRuns = ({ runs }: OfDeployments, { id }: Deployment) => runs.filter((run) => run.deployment_id === id);
const nameOf = ({ names }: OfDeployments, { id }: Deployment) => `deployment ${names.deployment(id) ?? id}`;

function paused(of: OfDeployments, one: Deployment): Hypothesis[] {
  const own = ownRuns(of, one);
  if (one.paused !== true || (own.length === 0 && one !== of.asked)) return [];
  const more = own.length === 0 ? "" : ", and waiting ones deserve a look";
  const text = `${nameOf(of, one)} is paused: its schedules make no runs${more}`;
  return [{ cause: "deployment_paused", text, holds_back: own.length, evidence: [one.id, ...idsOf(own)] }];
}

/** Why there is nothing, of a deployment that one asked about. */
function unscheduled(of: OfDeployments): Hypothesis[] {
  const { asked } = of;
  if (asked === undefined || asked.paused === true || ownRuns(of, asked).length > 0) return [];
  if (asked.schedules.some(({ active }) => active !== false)) return [];
  const text = `${nameOf(of, asked)} has no active schedule: it runs only when something starts it`;
  return [{ cause: "no_schedule", text, holds_back: 0, evidence: [asked.id] }];
}

async function fullDeployment(call: Call, of: OfDeployments, one: Deployment): Promise<Hypothesis> {
  const own = ownRuns(of, one);
  const held = await runHolders(call, { deployments: { id: { any_: [one.id] } } }, HOLDERS);
  const isOrphaned = of.pools.some((pool) => pool.pool.name === one.work_pool_name && hasNoWorker(pool));
  const who = heldBy(held, () => isOrphaned);
  const text = `${nameOf(of, one)} is full: ${howFull(slotsOf(one))}, so runs wait as AwaitingConcurrencySlot${who}`;
  const evidence = [one.id, ...idsOf(held), ...idsOf(own)];
  return { cause: "deployment_full", text, holds_back: own.length, evidence };
}

export function poolless(runs: readonly FlowRun[]): Hypothesis[] {
  const own = runs.filter((run) => run.work_pool_name === undefined);
  if (own.length === 0) return [];
  const text = "no work pool: the pool was deleted, or the run has no deployment and starts only where it was made";
  return [{ cause: "no_pool", text, holds_back: own.length, evidence: idsOf(own) }];
}
