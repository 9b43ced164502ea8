// All that belongs to one run, read at once: what its state makes worth reading, at most eleven requests, none of which spoils the others.
import { ifThere } from "../client/if-there.ts";
import type { WorkPool, Worker } from "../client/infra-shapes.ts";
import type { Flow, FlowRun, Log, TaskRun } from "../client/shapes.ts";
import type { FlowRunFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { isBad, isWaiting } from "../runs/states.ts";
import { inState } from "../where.ts";
import { part, type Missing } from "./hypothesis.ts";
import type { Around } from "./failure.ts";
import { tagsInRun } from "./tag-causes.ts";

const MAX_TASKS = 20;
const MAX_CHILDREN = 5;
const LAST_LINES = 20;
const ERROR = 40;

export interface Wanted {
  readonly run: FlowRun;
  /** Where it is known already. */
  readonly flow: Flow | undefined;
  readonly logLines: number;
  readonly recent: number;
}

const hasStarted = (run: FlowRun): boolean => !isWaiting(run) || (run.run_count ?? 0) > 0;

export async function partsOf(call: Call, wanted: Wanted, missing: Missing[]) {
  const { api } = call;
  const { run } = wanted;
  const { id, flow_id: flowId, deployment_id: deploymentId } = run;
  const read = <T>(what: string, work: Promise<T>) => part(missing, what, work);
  const [states, flow, deployment, work, end, around, pool, tags] = await Promise.all([
    read("state history", api.flowRuns.states(id)),
    wanted.flow ?? (flowId === undefined ? undefined : read("flow", api.flows.get(flowId))),
    deploymentId === undefined ? undefined : read("deployment", orDeleted(api.deployments.get(deploymentId))),
    hasStarted(run) ? workOf(call, wanted, missing) : NO_WORK,
    isWaiting(run) ? NO_END : endOf(call, wanted, missing),
    isBad(run) ? aroundOf(call, wanted, missing) : NONE_AROUND,
    isWaiting(run) ? NO_POOL : poolOf(call, run, missing), // of a waiting run, delays.ts looks at it
    run.state_type === "RUNNING" ? read("tag limits", tagsInRun(call, run)) : [],
  ]);
  return { states, flow, deployment, ...work, ...end, ...around, ...pool, tags: tags ?? [] };
}

export type Parts = Awaited<ReturnType<typeof partsOf>>;

const NO_WORK: { tasks: TaskRun[]; errors: Log[] } = { tasks: [], errors: [] };
const NO_END: { last: Log[]; children: FlowRun[] } = { last: [], children: [] };
const NONE_AROUND: Around = { before: [], since: [] };
const NO_POOL: { workPool: WorkPool | undefined; workers: Worker[] | undefined } = {
  workPool: undefined,
  workers: undefined,
};

async function workOf({ api }: Call, { run: { id }, logLines }: Wanted, missing: Missing[]) {
  const where = { flow_runs: { id: { any_: [id] } }, task_runs: inState("FAILED", "CRASHED") };
  const errors = { logs: { flow_run_id: { any_: [id] }, level: { ge_: ERROR } } };
  const [tasks, lines] = await Promise.all([
    part(missing, "failed task runs", api.taskRuns.filter(where, "EXPECTED_START_TIME_ASC", { limit: MAX_TASKS })),
    logLines === 0 ? [] : part(missing, "error log", api.logs.filter(errors, "TIMESTAMP_DESC", { limit: logLines })),
  ]);
  return { tasks: tasks ?? [], errors: lines ?? [] };
}

async function endOf({ api }: Call, { run, logLines }: Wanted, missing: Missing[]) {
  const lines = Math.min(LAST_LINES, run.state_type === "RUNNING" ? Math.max(1, logLines) : logLines);
  const log = { logs: { flow_run_id: { any_: [run.id] } } };
  const failed = { flow_runs: { ...inState("FAILED", "CRASHED"), parent_flow_run_id: { any_: [run.id] } } };
  const [last, children] = await Promise.all([
    lines === 0 ? [] : part(missing, "log", api.logs.filter(log, "TIMESTAMP_DESC", { limit: lines })),
    part(missing, "failed child runs", api.flowRuns.filter(failed, "END_TIME_DESC", { limit: MAX_CHILDREN })),
  ]);
  return { last: last ?? [], children: children ?? [] };
}

/** Ended runs of the same flow, before this one and since. */
async function aroundOf({ api }: Call, { run, recent }: Wanted, missing: Missing[]) {
  const { flow_id: flowId, end_time: at } = run;
  if (flowId === undefined || recent === 0) return NONE_AROUND;
  const ended = (when: FlowRunFilter) => {
    const flow_runs = { ...inState("FAILED", "CRASHED", "COMPLETED", "CANCELLED"), ...when };
    const asked = api.flowRuns.filter({ flows: { id: { any_: [flowId] } }, flow_runs }, "END_TIME_DESC", {
      limit: recent,
    });
    return part(missing, "recent runs", asked);
  };
  const [before, since] = await Promise.all([
    ended(at === undefined ? {} : { end_time: { before_: at } }),
    at === undefined ? [] : ended({ end_time: { after_: at } }),
  ]);
  const others = (runs: FlowRun[] = []) => runs.filter((one) => one.id !== run.id); // both bounds include its own end
  return { before: others(before), since: others(since) };
}

async function poolOf({ api }: Call, { work_pool_name: name }: FlowRun, missing: Missing[]) {
  if (name === undefined) return NO_POOL;
  const [workPool, workers] = await Promise.all([
    part(missing, "work pool", api.workPools.get(name)),
    part(missing, "workers", api.workPools.workers(name, {}, { limit: 200 })),
  ]);
  return { workPool, workers };
}

/** That it was deleted is a fact, not a part that is missing. */
const orDeleted = async <T>(work: Promise<T>): Promise<T | "deleted"> => (await ifThere(work)) ?? "deleted";
