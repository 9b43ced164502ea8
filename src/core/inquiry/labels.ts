// How Tekton names what belongs together, and which TaskRun of several failed first.
// https://tekton.dev/docs/pipelines/labels/
import { outcomeOf, type TaskRun } from "../kube/tekton.ts";

export const LABEL = {
  taskRun: "tekton.dev/taskRun",
  task: "tekton.dev/task",
  pipelineRun: "tekton.dev/pipelineRun",
  pipeline: "tekton.dev/pipeline",
  pipelineTask: "tekton.dev/pipelineTask",
  memberOf: "tekton.dev/memberOf",
} as const;

/** `build-7-unit-pod-retry1` is a pod of `build-7-unit`; undefined for a name that Tekton does not make. */
export const taskRunNameOf = (pod: string): string | undefined => /^(.+)-pod(?:-retry\d+)?$/.exec(pod)?.[1];

export const isFailed = ({ status }: TaskRun): boolean => outcomeOf(status).state === "failed";

/** One that reports failures in `finally` is not what failed, unless nothing else did. */
export function failedFirst(taskRuns: readonly TaskRun[]): TaskRun | undefined {
  const failed = taskRuns.filter(isFailed).sort((a, b) => (endOf(a) < endOf(b) ? -1 : 1));
  return failed.find(({ metadata }) => metadata.labels?.[LABEL.memberOf] !== "finally") ?? failed[0];
}

const endOf = ({ status }: TaskRun): string => status?.completionTime ?? "9";

export const runOfPod = (taskRuns: readonly TaskRun[], pod: string): TaskRun | undefined =>
  taskRuns.find(
    ({ status }) => status?.podName === pod || (status?.retriesStatus ?? []).some(({ podName }) => podName === pod),
  );
