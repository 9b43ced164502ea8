// Limits of tags. They hold back task runs inside RUNNING flow runs, not flow runs: who waits for a slot, and who has it.
import type { TagLimit } from "../client/infra-shapes.ts";
import type { Deployment, FlowRun, TaskRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { taskHolders, type Holder } from "../pools/holders.ts";
import { howFull, isFull } from "../pools/full.ts";
import { isEnded } from "../runs/states.ts";
import { inState } from "../where.ts";
import { heldBy } from "./holding.ts";
import { idsOf, unique, type Hypothesis } from "./hypothesis.ts";

const MAX_TAGS = 5;
const HOLDERS = 5;
const MAX_TASKS = 50;

export interface Tagged {
  /** Waiting flow runs and their deployments, whose tags Prefect hands on to their tasks. */
  readonly waiting: readonly (FlowRun | Deployment)[];
  /** RUNNING flow runs whose tasks may wait. */
  readonly running: readonly FlowRun[];
}

export interface TagFindings {
  readonly causes: Hypothesis[];
  readonly waitingTasks: TaskRun[];
  readonly limits: readonly TagLimit[];
}

const slotsOf = ({ active_slots: slots, concurrency_limit: limit }: TagLimit) => ({
  limit,
  active_slots: slots.length,
});

/** Up to eight requests; three when no run is RUNNING. */
export async function tagCauses(call: Call, { waiting, running }: Tagged): Promise<TagFindings> {
  const limits = await call.api.limits.tags({ limit: 200 });
  const full = limits.filter((limit) => isFull(slotsOf(limit)));
  const near = new Set(waiting.flatMap((one) => one.tags));
  const looked = await Promise.all(
    full.slice(0, MAX_TAGS).map(async (limit) => ({ limit, tasks: await waitingTasks(call, limit.tag, running) })),
  );
  const met = looked.filter(({ limit, tasks }) => tasks.length > 0 || near.has(limit.tag));
  const holders = await taskHolders(call, unique(met.flatMap(({ limit }) => limit.active_slots.slice(0, HOLDERS))), 25);
  const gone = await endedRuns(call, holders);
  const causes = met.map(({ limit, tasks }) => {
    const held = holders.filter(({ id }) => limit.active_slots.includes(id));
    const text = `${fullText(call, limit)}${heldBy(held, (one) => gone.has(one.flow_run_id ?? ""))}${waitText(call, tasks, running)}`;
    const waits = waiting.filter((one) => one.tags.includes(limit.tag));
    const of = unique([...held, ...tasks].map((one) => one.flow_run_id));
    const evidence = [...idsOf(held), ...idsOf(tasks), ...of, ...idsOf(waits)];
    return { cause: "tag_full", text, holds_back: unique(tasks.map((one) => one.flow_run_id)).length, evidence };
  });
  const tags = new Set([...near, ...met.map(({ limit }) => limit.tag)]);
  return {
    causes,
    waitingTasks: looked.flatMap(({ tasks }) => tasks),
    limits: limits.filter(({ tag }) => tags.has(tag)),
  };
}

/** Of one RUNNING run, in two requests: the full limits that its waiting tasks meet. Who holds the slots is told by id only. */
export async function tagsInRun(call: Call, run: FlowRun): Promise<Hypothesis[]> {
  const where = { flow_runs: { id: { any_: [run.id] } }, task_runs: inState("PENDING", "SCHEDULED") };
  const waiting = await call.api.taskRuns.filter(where, "EXPECTED_START_TIME_ASC", { limit: MAX_TASKS });
  if (waiting.every((task) => task.tags.length === 0)) return [];
  const limits = await call.api.limits.tags({ limit: 200 });
  return limits.flatMap((limit) => {
    const tasks = waiting.filter((task) => task.tags.includes(limit.tag));
    if (tasks.length === 0 || !isFull(slotsOf(limit))) return [];
    const text = `${fullText(call, limit)}${waitText(call, tasks, [run])}; prefect_diagnose_delays tells who has the slots`;
    const evidence = unique([...idsOf(tasks), ...limit.active_slots.slice(0, HOLDERS), run.id]);
    return [{ cause: "tag_full", text, evidence }];
  });
}

/** The server lets a task that finds no slot stay PENDING and ask again. */
async function waitingTasks({ api }: Call, tag: string, running: readonly FlowRun[]): Promise<TaskRun[]> {
  if (running.length === 0) return [];
  const where = {
    flow_runs: { id: { any_: running.map(({ id }) => id) } },
    task_runs: { tags: { all_: [tag] }, ...inState("PENDING", "SCHEDULED") },
  };
  return api.taskRuns.filter(where, "EXPECTED_START_TIME_ASC", { limit: MAX_TASKS });
}

/** A slot whose flow run has ended was never given back. */
async function endedRuns({ api }: Call, holders: readonly Holder[]): Promise<Set<string>> {
  const ids = unique(holders.map((one) => one.flow_run_id));
  if (ids.length === 0) return new Set();
  const runs = await api.flowRuns.filter({ flow_runs: { id: { any_: ids } } }, "ID_DESC", { limit: ids.length });
  return new Set(runs.filter((run) => isEnded(run)).map(({ id }) => id));
}

const fullText = ({ clean }: Call, limit: TagLimit): string =>
  `the concurrency limit of tag ${clean.line(limit.tag, 200)} is full: ${howFull(slotsOf(limit))}`;

function waitText({ clean }: Call, tasks: readonly TaskRun[], running: readonly FlowRun[]): string {
  if (tasks.length === 0) return "; task runs with it wait once their flow run is RUNNING";
  const names = new Map(running.map((run) => [run.id, run.name]));
  const shown = tasks.slice(0, HOLDERS).map((task) => {
    const run = names.get(task.flow_run_id ?? "") ?? "?";
    return `${clean.line(task.name, 100)} (${task.id}) of run ${clean.line(run, 100)}`;
  });
  const more = tasks.length > HOLDERS ? ` and ${tasks.length - HOLDERS} more` : "";
  return `; ${shown.join(", ")}${more} ${tasks.length === 1 ? "waits" : "wait"} for one inside RUNNING runs`;
}
