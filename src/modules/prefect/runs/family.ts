// The run that started a run, and the runs that it started itself.
import type { FlowRun } from "../client/shapes.ts";
import { ifThere } from "../client/if-there.ts";
import type { Call } from "../kit.ts";
import { namesOf } from "./names.ts";
import { runRow } from "./row.ts";
import { isBad } from "./states.ts";

const MAX_CHILDREN = 20;

/** Up to four requests. Failed children come first. */
export async function familyOf(call: Call, run: FlowRun) {
  const { api } = call;
  const where = { flow_runs: { parent_flow_run_id: { any_: [run.id] } } };
  const [total, children, parent] = await Promise.all([
    api.flowRuns.count(where),
    api.flowRuns.filter(where, "START_TIME_DESC", { limit: 200 }),
    parentOf(call, run),
  ]);
  const sorted = children.toSorted((a, b) => Number(isBad(b)) - Number(isBad(a))).slice(0, MAX_CHILDREN);
  const names = await namesOf(call, [run, ...sorted, ...(parent === undefined ? [] : [parent])]);
  return {
    names,
    parent: parent === undefined ? undefined : runRow(call, parent, names),
    children: sorted.map((child) => runRow(call, child, names)),
    childrenTotal: total,
  };
}

/** Through the task run that stands for this run in its parent; undefined when that, or the parent, was deleted. */
async function parentOf({ api }: Call, { parent_task_run_id: id }: FlowRun): Promise<FlowRun | undefined> {
  if (id === undefined) return undefined;
  const { flow_run_id: parent } = (await ifThere(api.taskRuns.get(id))) ?? {};
  return parent === undefined ? undefined : ifThere(api.flowRuns.get(parent));
}
