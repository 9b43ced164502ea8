// A cluster as an inquiry reads it: whoever can look at one, by whatever protocol, is such a reader.
import type { CollectedLog } from "../container-log/index.ts";
import type { CoreEvent } from "../kube/events.ts";
import type { ObjectMetadata, Pod } from "../kube/pod.ts";
import type { PipelineRun, TaskRun } from "../kube/tekton.ts";
import type { Redactor } from "../redact.ts";

/** One object, by its name. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** What made a pod, as an API names its kind. */
export interface OwnerKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural in paths and in RBAC: `replicasets`. */
  readonly plural: string;
}

/** Events about one object, or all warnings of the namespace. */
export type EventQuestion = { readonly kind: string; readonly name: string } | "warnings";

export interface LogQuestion {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  /** The newest lines. */
  readonly tail: number;
  /** Of the text that is kept. */
  readonly maxBytes: number;
  /** Each with fewer lines than the one before, when they are too many to read. */
  readonly maxTries: number;
  readonly redactor: Redactor;
}

export interface ContainerLog extends CollectedLog {
  /** The stream stalled, broke off, or took too long even for one line: newer lines may be missing. */
  readonly ended_early?: true;
  /** Fewer lines than were wanted were asked for in the end, since more were too many. */
  readonly tail_asked?: number;
}

/**
 * Every method throws ToolFailure. `details.code` is NOT_FOUND or NOT_SERVED where the cluster says that there is none,
 * FORBIDDEN where it does not allow the question, BAD_REQUEST where a container has no such log; kind `unavailable` is
 * asked again, but for the code UNEXPECTED.
 */
export interface ClusterReader {
  /** Of the cluster, for people. */
  readonly name: string;
  /** Who is asked, for sentences: `the Kubernetes API`. */
  readonly api: string;
  /** Whom a Role is to be given: `the hub's service account`. */
  readonly account: string;
  pod(pod: ObjectName, signal: AbortSignal): Promise<Pod>;
  /** The failed pods of the tasks of a PipelineRun, without those of `finally`. Others may be among them. */
  failedPods(pipelineRun: ObjectName, signal: AbortSignal): Promise<readonly Pod[]>;
  taskRun(taskRun: ObjectName, signal: AbortSignal): Promise<TaskRun>;
  pipelineRun(pipelineRun: ObjectName, signal: AbortSignal): Promise<PipelineRun>;
  /** In the order in which they started. */
  taskRunsOf(pipelineRun: ObjectName, signal: AbortSignal): Promise<readonly TaskRun[]>;
  events(namespace: string, about: EventQuestion, signal: AbortSignal): Promise<readonly CoreEvent[]>;
  owner(kind: OwnerKind, owner: ObjectName, signal: AbortSignal): Promise<ObjectMetadata>;
  log(question: LogQuestion, signal: AbortSignal): Promise<ContainerLog>;
}
