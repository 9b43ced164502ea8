// Runs of Tekton read from their cluster.
import { inOrder, pipelineRun, taskRun, type PipelineRun, type TaskRun } from "../../../core/kube/tekton.ts";
import type { Cluster } from "../api/cluster.ts";
import { known, pathTo, rbacName } from "../api/discovery.ts";
import { listItems } from "../api/items.ts";

export const TASK_RUNS = known("tekton.dev/v1", "TaskRun", "taskruns");
export const PIPELINE_RUNS = known("tekton.dev/v1", "PipelineRun", "pipelineruns");

const MAX_TASK_RUNS = 1_000;

export interface RunName {
  readonly namespace: string;
  readonly name: string;
}

export const readTaskRun = (cluster: Cluster, { namespace, name }: RunName, signal: AbortSignal): Promise<TaskRun> => {
  const path = pathTo(TASK_RUNS, namespace, name);
  return cluster.get({ path, verb: "get", resource: rbacName(TASK_RUNS), namespace, name, signal }, taskRun);
};

export const readPipelineRun = (
  cluster: Cluster,
  { namespace, name }: RunName,
  signal: AbortSignal,
): Promise<PipelineRun> => {
  const path = pathTo(PIPELINE_RUNS, namespace, name);
  return cluster.get({ path, verb: "get", resource: rbacName(PIPELINE_RUNS), namespace, name, signal }, pipelineRun);
};

/** The TaskRuns of one PipelineRun in the order in which they started. */
export async function taskRunsOf(
  cluster: Cluster,
  { namespace, name }: RunName,
  signal: AbortSignal,
): Promise<TaskRun[]> {
  const { items } = await listItems(
    cluster,
    {
      path: pathTo(TASK_RUNS, namespace),
      query: [["labelSelector", `tekton.dev/pipelineRun=${name}`]],
      verb: "list",
      resource: rbacName(TASK_RUNS),
      namespace,
      signal,
    },
    taskRun,
    MAX_TASK_RUNS,
  );
  return inOrder(items);
}
