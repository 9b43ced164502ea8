// Which runs wait for their start, in the part of Prefect that is asked about, with exact counts.
import type { Where } from "../client/queries.ts";
import type { WorkPool } from "../client/infra-shapes.ts";
import type { Deployment, FlowRun } from "../client/shapes.ts";
import type { FlowRunFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { deploymentId } from "../runs/names.ts";
import { isPending } from "../runs/states.ts";
import { msOf } from "../times.ts";
import { due, inState, LATE, named } from "../where.ts";

const MAX_RUNS = 100;
/** The state of a run that found no slot of its deployment. */
export const SLOT = "AwaitingConcurrencySlot";

export interface Scope {
  readonly flow_run_id?: string | undefined;
  readonly deployment?: string | undefined;
  readonly work_pool?: string | undefined;
}

export interface Waiting {
  /** What was asked about, as it is. */
  readonly run?: FlowRun;
  readonly deployment?: Deployment;
  readonly pool?: WorkPool;
  /** SCHEDULED and due, PENDING, or sent back for want of a slot. */
  readonly runs: readonly FlowRun[];
  readonly running: readonly FlowRun[];
  readonly counts: {
    readonly late: number;
    readonly due: number;
    readonly pending: number;
    readonly awaiting_slot: number;
  };
}

/** What is asked about must be there: nothing waiting in a pool that is not there would be a false all-clear. */
export async function waitingFor(call: Call, asked: Scope): Promise<Waiting> {
  const { flow_run_id: id, deployment, work_pool: pool } = asked;
  const { api } = call;
  if (id !== undefined) return aboutOne(call, await api.flowRuns.get(id));
  if (deployment !== undefined) {
    const known = await api.deployments.get(await deploymentId(call, deployment));
    return { deployment: known, ...(await within(call, { deployments: { id: { any_: [known.id] } } })) };
  }
  if (pool === undefined) return within(call, {});
  const known = await api.workPools.get(pool);
  return { pool: known, ...(await within(call, { work_pools: { name: { any_: [known.name] } } })) };
}

function aboutOne({ nowMs }: Call, run: FlowRun): Waiting {
  const isScheduled = run.state_type === "SCHEDULED";
  const isDue = isScheduled && (msOf(run.next_scheduled_start_time ?? run.expected_start_time) ?? Infinity) < nowMs;
  const isHeld = isScheduled && run.state_name === SLOT;
  const late = Number(isScheduled && run.state_name === "Late");
  return {
    run,
    runs: isDue || isHeld || isPending(run) ? [run] : [],
    running: run.state_type === "RUNNING" ? [run] : [],
    counts: { late, due: Number(isDue), pending: Number(isPending(run)), awaiting_slot: Number(isHeld) },
  };
}

/** Runs sent back for want of a slot get a new time, half a minute later each: they are waiting, but seldom due. */
async function within({ api: { flowRuns }, nowMs }: Call, where: Omit<Where, "flow_runs">): Promise<Waiting> {
  const of = (flow_runs: FlowRunFilter): Where => ({ ...where, flow_runs });
  const isDue = of(due(nowMs));
  const areTaken = of(inState("PENDING"));
  const isHeld = of(named(SLOT));
  const limit = { limit: MAX_RUNS };
  const [late, dueCount, pending, held, dueRuns, pendingRuns, heldRuns, running] = await Promise.all([
    flowRuns.count(of(LATE)),
    flowRuns.count(isDue),
    flowRuns.count(areTaken),
    flowRuns.count(isHeld),
    flowRuns.filter(isDue, "NEXT_SCHEDULED_START_TIME_ASC", limit),
    flowRuns.filter(areTaken, "EXPECTED_START_TIME_ASC", limit),
    flowRuns.filter(isHeld, "EXPECTED_START_TIME_ASC", limit),
    flowRuns.filter(of(inState("RUNNING")), "EXPECTED_START_TIME_ASC", limit),
  ]);
  const runs = [...new Map([...dueRuns, ...pendingRuns, ...heldRuns].map((run) => [run.id, run])).values()];
  return { runs, running, counts: { late, due: dueCount, pending, awaiting_slot: held } };
}
