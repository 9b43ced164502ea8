// Whose log is read: a flow run with its tasks, or one task run. Prefect has no lines for an id it does not know, so that is asked.
import { ToolFailure } from "../../../core/failure.ts";
import type { LogFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { some } from "../runs/row.ts";

export interface Subject {
  readonly filter: LogFilter;
  /** @throws ToolFailure when there is no such run */
  readonly facts: () => Promise<{
    readonly flow_run_id?: string;
    readonly task_run_id?: string;
    readonly name: string;
    readonly state: string;
  }>;
}

export function subjectOf(call: Call, flowRun: string | undefined, taskRun: string | undefined): Subject {
  if (taskRun !== undefined) {
    return {
      filter: {
        task_run_id: { any_: [taskRun] },
        ...(flowRun === undefined ? {} : { flow_run_id: { any_: [flowRun] } }),
      },
      facts: () => taskFacts(call, taskRun),
    };
  }
  if (flowRun === undefined) {
    throw new ToolFailure("invalid", "say whose log: flow_run_id or task_run_id", { code: "INVALID_ARGUMENTS" });
  }
  return { filter: { flow_run_id: { any_: [flowRun] } }, facts: () => runFacts(call, flowRun) };
}

async function runFacts({ api, clean }: Call, id: string) {
  const run = await api.flowRuns.get(id);
  return {
    flow_run_id: run.id,
    name: clean.line(run.name, 200),
    state: clean.line(run.state_name ?? run.state_type, 100),
  };
}

async function taskFacts({ api, clean }: Call, id: string) {
  const task = await api.taskRuns.get(id);
  return {
    ...some("flow_run_id", task.flow_run_id),
    task_run_id: task.id,
    name: clean.line(task.name, 200),
    state: clean.line(task.state_name ?? task.state_type, 100),
  };
}
