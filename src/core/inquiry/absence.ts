// Why there is no pod to look at, and what would keep it the next time.
import type { FailureTarget } from "../evidence.ts";
import type { Pod } from "../kube/pod.ts";
import { outcomeOf, type PipelineRun, type TaskRun } from "../kube/tekton.ts";
import type { Inquiry } from "./inquiry.ts";

interface Known {
  readonly taskRun: TaskRun | undefined;
  readonly pipelineRun: PipelineRun | undefined;
  /** The named pod does not exist; false also when it could not be read. */
  readonly isGone: boolean;
}

export function explainAbsence(inquiry: Inquiry, target: FailureTarget, known: Known): void {
  const { taskRun, pipelineRun, isGone } = known;
  const { namespace } = inquiry;
  if (taskRun !== undefined && (isGone || target.podName === "")) return inquiry.note(withoutPod(taskRun, target));
  if (isGone) {
    return inquiry.note(
      `pod ${target.podName} does not exist in namespace ${namespace} any more, and its logs are gone with it: report a failure before the pod is deleted, or keep logs in an external log store`,
    );
  }
  if (target.podName !== "") return;
  if (pipelineRun !== undefined) {
    const { state, reason = "", message = "" } = outcomeOf(pipelineRun.status);
    const why = [reason, message].filter(Boolean).join(": ");
    const advice = state === "failed" ? "so there are no logs" : "report it after a task has failed";
    return inquiry.note(
      `PipelineRun ${pipelineRun.metadata.name} is ${state} without a failed task or pod${why === "" ? "" : ` (${why})`}; ${advice}`,
    );
  }
  if (target.pipelineRun === undefined && target.taskRun === undefined) {
    inquiry.note(
      `pod unknown: the report names neither a pod nor a run, so only recent warnings of namespace ${namespace} were collected; send pod_name or pipeline_run`,
    );
  }
}

/** Of a pod that never had a container. */
export function explainNoContainers(inquiry: Inquiry, { metadata, status }: Pod): void {
  const blocking = status?.conditions?.find(({ status: is, message }) => is === "False" && Boolean(message));
  const { reason, message } = status?.reason ? status : (blocking ?? {});
  const why = [reason, message].filter(Boolean).join(": ");
  inquiry.note(`no container of pod ${metadata.name} ever ran, so there are no logs${why === "" ? "" : `; ${why}`}`);
}

function withoutPod({ metadata, status }: TaskRun, { podName }: FailureTarget): string {
  const { reason, message } = outcomeOf(status);
  const pod = podName === "" ? (status?.podName ?? "") : podName;
  if (pod === "") {
    const why = [reason, message].filter(Boolean).join(": ");
    return `TaskRun ${metadata.name} never got a pod, so there are no logs${why === "" ? "" : `; ${why}`}`;
  }
  const why = reason === undefined ? "" : ` (here: ${reason})`;
  return `pod ${pod} is gone and its logs with it: Tekton deletes the pod of a run that times out or is cancelled${why}; set keep-pod-on-cancel to "true" in Tekton's ConfigMap feature-flags, or keep logs in an external log store`;
}
