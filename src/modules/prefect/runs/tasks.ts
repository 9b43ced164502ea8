// One task run in a row, and the names of the tasks that it took its input from.
import type { TaskRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { durationSeconds, some } from "./row.ts";

const MESSAGE_CHARS = 300;
const MAX_UPSTREAM = 10;
const BATCH = 200;

/** Ids of the task runs that this one took its input from, or waited for. */
export const upstreamIds = ({ task_inputs: inputs = {} }: TaskRun): string[] => [
  ...new Set(
    Object.values(inputs)
      .flat()
      .flatMap(({ input_type: kind, id }) => (kind === "task_run" && id !== undefined ? [id] : [])),
  ),
];

/** By id: those of the page and of what it came from. At most one request, for the first 200 that are not on the page. */
export async function taskNames({ api, clean }: Call, tasks: readonly TaskRun[]): Promise<Map<string, string>> {
  const names = new Map(tasks.map(({ id, name }) => [id, clean.line(name, 200)]));
  const missing = [...new Set(tasks.flatMap(upstreamIds))].filter((id) => !names.has(id)).slice(0, BATCH);
  if (missing.length === 0) return names;
  const others = await api.taskRuns.filter({ task_runs: { id: { any_: missing } } }, "ID_DESC", { limit: BATCH });
  for (const { id, name } of others) names.set(id, clean.line(name, 200));
  return names;
}

export function taskRow({ instance, clean, nowMs }: Call, task: TaskRun, names: ReadonlyMap<string, string>) {
  const message = clean.line(task.state?.message, MESSAGE_CHARS);
  const upstream = upstreamIds(task);
  return {
    id: task.id,
    name: clean.line(task.name, 200),
    ...some("flow_run_id", task.flow_run_id),
    state: clean.line(task.state_name ?? task.state?.name ?? task.state_type, 100),
    state_type: task.state_type,
    ...some("message", message === "" ? undefined : message),
    ...some("start_time", task.start_time),
    ...some("end_time", task.end_time),
    ...some("duration_s", durationSeconds(task, nowMs)),
    run_count: task.run_count ?? 0,
    ...retries(task),
    ...(upstream.length === 0 ? {} : { upstream: upstream.slice(0, MAX_UPSTREAM).map((id) => names.get(id) ?? id) }),
    ...(upstream.length <= MAX_UPSTREAM ? {} : { upstream_total: upstream.length }),
    ...(task.tags.length === 0 ? {} : { tags: task.tags.slice(0, MAX_UPSTREAM).map((tag) => clean.line(tag, 100)) }),
    url: instance.links.taskRun(task.id),
  };
}

/** The first try is no retry, nor is a further one of a task that has none: one around a child run, or of a flow run retried by hand. */
function retries({ run_count: count = 0, empirical_policy: policy }: TaskRun) {
  const max = policy?.retries ?? policy?.max_retries ?? 0;
  return { retries_used: Math.min(max, Math.max(0, count - 1)), retries_max: max };
}
