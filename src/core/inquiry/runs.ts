// What a TaskRun and a PipelineRun tell of a failure, in the words of the evidence.
import type { Evidence } from "../evidence.ts";
import { containerOf, outcomeOf, stateOf, taskNameOf, type Step, type TaskRun } from "../kube/tekton.ts";
import { isFailed, LABEL } from "./labels.ts";
import type { Subject } from "./subject.ts";

const MAX_ALSO_FAILED = 20;
const MAX_TASKS = 100;

function outcome(status: Parameters<typeof outcomeOf>[0]) {
  const { state, reason, message, started, finished } = outcomeOf(status);
  return { state, reason, message, started_at: started, finished_at: finished };
}

export function showTaskRun(run: TaskRun): NonNullable<Evidence["task_run"]> {
  const { metadata, status } = run;
  return {
    name: metadata.name,
    ...outcome(status),
    task: metadata.labels?.[LABEL.pipelineTask] ?? metadata.labels?.[LABEL.task],
    pod: status?.podName ?? undefined,
    attempt: (status?.retriesStatus?.length ?? 0) + 1,
    steps: (status?.steps ?? []).slice(0, MAX_TASKS).map(showStep),
  };
}

function showStep(step: Step) {
  const { name, terminated: end, waiting, terminationReason, imageID } = step;
  return {
    name,
    container: containerOf(step),
    state: stateOf(step),
    termination_reason: terminationReason ?? undefined,
    image: imageID ?? undefined,
    exit_code: end?.exitCode,
    signal: end?.signal ?? undefined,
    reason: end?.reason ?? waiting?.reason ?? undefined,
    message: waiting?.message ?? plainMessage(end?.message),
    started_at: end?.startedAt ?? undefined,
    finished_at: end?.finishedAt ?? undefined,
  };
}

/** Tekton's entrypoint keeps its books in the termination message; what stands there is told in other members. */
export const plainMessage = (message: string | null | undefined): string | undefined =>
  message === null || message === undefined || message === "" || message.startsWith('[{"key":') ? undefined : message;

export function showPipelineRun({ pipelineRun, taskRuns }: Subject): Evidence["pipeline_run"] {
  if (pipelineRun === undefined) return undefined;
  const { metadata, status } = pipelineRun;
  return {
    name: metadata.name,
    ...outcome(status),
    pipeline: metadata.labels?.[LABEL.pipeline],
    failed_tasks: taskRuns.filter(isFailed).slice(0, MAX_TASKS).map(taskNameOf),
    skipped_tasks: (status?.skippedTasks ?? []).slice(0, MAX_TASKS).map(({ name }) => name),
  };
}

export function alsoFailed({ pod, taskRun, taskRuns, otherPods }: Subject): string[] {
  const runs = taskRuns
    .filter((run) => isFailed(run) && run.metadata.name !== taskRun?.metadata.name)
    .map((run) => {
      const { reason, message } = outcomeOf(run.status);
      const where = run.status?.podName ? `pod ${run.status.podName}` : `TaskRun ${run.metadata.name}, no pod`;
      return `task ${taskNameOf(run)} (${where}): ${[reason, message].filter(Boolean).join(": ")}`;
    });
  const pods = otherPods
    .filter(({ metadata }) => metadata.name !== pod?.metadata.name)
    .map(({ metadata, status }) => `pod ${metadata.name}: ${status?.message ?? status?.reason ?? "failed"}`);
  const lines = [...runs, ...pods];
  const rest = lines.length - MAX_ALSO_FAILED;
  return rest > 0 ? [...lines.slice(0, MAX_ALSO_FAILED), `and ${rest} more`] : lines;
}

/** What the TaskRun says of the steps of this pod: `Skipped`, `Continued`, and so on, by container. */
export function terminationReasons({ pod, taskRun }: Subject): ReadonlyMap<string, string> {
  const isSame = pod !== undefined && taskRun?.status?.podName === pod.metadata.name;
  const steps = isSame ? (taskRun.status?.steps ?? []) : [];
  return new Map(
    steps.flatMap((step) => (step.terminationReason ? [[containerOf(step), step.terminationReason] as const] : [])),
  );
}
