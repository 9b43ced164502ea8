// Who holds slots, and for how long: of a pool and its queues, of a deployment, of a tag.
import { ifThere } from "../client/if-there.ts";
import type { FlowRun, TaskRun } from "../client/shapes.ts";
import type { Where } from "../client/queries.ts";
import type { Call } from "../kit.ts";
import { ageSeconds } from "../times.ts";
import type { FlowRunFilter } from "../filters/runs.ts";
import { stateName } from "../runs/states.ts";
import { HOLDING, HOLDING_DEPLOYMENT, within } from "./queues.ts";

export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly time_in_state_s?: number;
  /** The queue it came through, where that is told. */
  readonly queue?: string;
  /** Of a task run. */
  readonly flow_run_id?: string;
  readonly url: string;
}

/** Those of a pool, oldest in their state first. Prefect before 3.6.23 does not tell them: then the runs that hold a slot. */
export async function slotHolders(call: Call, pool: { readonly name: string }, max: number): Promise<Holder[]> {
  const { api, clean, instance, nowMs } = call;
  const slots = await ifThere(api.workPools.slots(pool.name, max));
  if (slots === undefined) return runHolders(call, within(pool), max, HOLDING);
  const found = slots.queues.flatMap((queue) =>
    queue.flow_runs.map(({ id, name, state_timestamp: since, ...states }) => ({
      id,
      name: clean.line(name, 200),
      state: stateName(states),
      ...inState(since, nowMs),
      queue: clean.line(queueName(queue), 200),
      url: instance.links.flowRun(id),
    })),
  );
  return oldestFirst(found).slice(0, max);
}

const queueName = (queue: Readonly<Record<string, unknown>>): string => {
  const name = queue["queue_name"] ?? queue["name"];
  return typeof name === "string" ? name : "";
};

/** Flow runs that hold a slot within `where`: by default those that hold one of their deployment. */
export async function runHolders(
  { api, clean, instance, nowMs }: Call,
  where: Omit<Where, "flow_runs">,
  max: number,
  holding: FlowRunFilter = HOLDING_DEPLOYMENT,
) {
  const runs = await api.flowRuns.filter({ ...where, flow_runs: holding }, "EXPECTED_START_TIME_ASC", { limit: max });
  return oldestFirst(
    runs.map((run: FlowRun): Holder => ({
      id: run.id,
      name: clean.line(run.name, 200),
      state: stateName(run),
      ...inState(run.state?.timestamp, nowMs),
      url: instance.links.flowRun(run.id),
    })),
  );
}

/** Task runs by their ids, as the limits of tags name them. */
export async function taskHolders({ api, clean, instance, nowMs }: Call, ids: readonly string[], max: number) {
  const asked = ids.slice(0, max);
  if (asked.length === 0) return [];
  const runs = await api.taskRuns.filter({ task_runs: { id: { any_: asked } } }, "EXPECTED_START_TIME_ASC", {
    limit: asked.length,
  });
  return oldestFirst(
    runs.map((run: TaskRun): Holder => ({
      id: run.id,
      name: clean.line(run.name, 200),
      state: stateName(run),
      ...inState(run.state?.timestamp, nowMs),
      ...(run.flow_run_id === undefined ? {} : { flow_run_id: run.flow_run_id }),
      url: instance.links.taskRun(run.id),
    })),
  );
}

function inState(since: string | undefined, nowMs: number) {
  const age = ageSeconds(since, nowMs);
  return age === undefined ? {} : { time_in_state_s: Math.max(0, age) };
}

const oldestFirst = (holders: Holder[]): Holder[] =>
  holders.sort((a, b) => (b.time_in_state_s ?? 0) - (a.time_in_state_s ?? 0));
