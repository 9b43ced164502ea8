// What will fail again when this fails again: the Pipeline and its task, the top owner, or the pod without its suffix.
import type { Evidence, FailureTarget } from "../evidence.ts";
import type { Pod } from "../kube/pod.ts";
import { there, type Inquiry } from "./inquiry.ts";
import { LABEL } from "./labels.ts";
import { withoutEnd, withoutSuffix } from "./names.ts";
import type { OwnerKind } from "./reader.ts";
import type { Subject } from "./subject.ts";

type Workload = Evidence["workload"];

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** Who made the pod. */
export function ownerOf({ metadata }: Pod): Owner | undefined {
  const owners = metadata.ownerReferences ?? [];
  return owners.find(({ controller }) => controller === true) ?? owners[0];
}

export async function findWorkload(inquiry: Inquiry, subject: Subject, target: FailureTarget): Promise<Workload> {
  const { pod } = subject;
  const tekton = ofTekton(subject);
  if (tekton !== undefined) return tekton;
  const owner = pod === undefined ? undefined : ownerOf(pod);
  if (pod !== undefined && owner !== undefined) return topOwner(inquiry, owner, pod);
  return withoutCluster(pod?.metadata.name ?? target.podName, target, pod?.metadata.generateName);
}

/** From names alone. */
export function withoutCluster(podName: string, target: FailureTarget, generateName?: string | null): Workload {
  if (podName !== "") return { kind: "Pod", name: withoutSuffix({ name: podName, generateName }) };
  const { pipelineRun, taskRun, namespace } = target;
  if (pipelineRun !== undefined) return { kind: "PipelineRun", name: withoutSuffix({ name: pipelineRun }) };
  if (taskRun !== undefined) return { kind: "TaskRun", name: withoutSuffix({ name: taskRun }) };
  return { kind: "Namespace", name: namespace };
}

function ofTekton({ pod, taskRun, pipelineRun }: Subject): Workload | undefined {
  const labels = { ...pipelineRun?.metadata.labels, ...taskRun?.metadata.labels, ...pod?.metadata.labels };
  const pipeline = labels[LABEL.pipeline];
  const run = labels[LABEL.pipelineRun] ?? pipelineRun?.metadata.name;
  if (pipeline !== undefined || run !== undefined) {
    // a Pipeline that is written into its run has the run's name
    const isOwn = pipeline === undefined || pipeline === run;
    const name = isOwn ? withoutSuffix({ name: run ?? "" }) : pipeline;
    return { kind: "Pipeline", name, task: labels[LABEL.pipelineTask] };
  }
  const task = labels[LABEL.task];
  if (task !== undefined) return { kind: "Task", name: task };
  const name = taskRun?.metadata.name ?? labels[LABEL.taskRun];
  return name === undefined ? undefined : { kind: "TaskRun", name: withoutSuffix({ name }) };
}

interface Step {
  readonly kind: OwnerKind;
  /** Who owns it, when that may not be asked; undefined when the name does not tell. */
  readonly guess: (name: string, pod: Pod) => Owner | undefined;
}

/** Kinds that are made by others. */
const STEPS: Readonly<Record<string, Step>> = {
  ReplicaSet: {
    kind: { apiVersion: "apps/v1", kind: "ReplicaSet", plural: "replicasets" },
    guess: (name, { metadata }) => {
      const bare = withoutEnd(name, `-${metadata.labels?.["pod-template-hash"] ?? ""}`);
      return bare === name ? undefined : { kind: "Deployment", name: bare };
    },
  },
  ReplicationController: {
    kind: { apiVersion: "v1", kind: "ReplicationController", plural: "replicationcontrollers" },
    guess: (name) => (/-\d+$/.test(name) ? { kind: "DeploymentConfig", name: name.replace(/-\d+$/, "") } : undefined),
  },
  Job: {
    kind: { apiVersion: "batch/v1", kind: "Job", plural: "jobs" },
    // a CronJob's Jobs end with the minutes since 1970
    guess: (name) => (/-\d{8,10}$/.test(name) ? { kind: "CronJob", name: name.replace(/-\d{8,10}$/, "") } : undefined),
  },
};

async function topOwner(inquiry: Inquiry, { kind, name }: Owner, pod: Pod): Promise<Workload> {
  const step = STEPS[kind];
  if (step === undefined) return { kind, name };
  const { reader, namespace } = inquiry;
  const found = await inquiry.readQuietly((signal) => reader.owner(step.kind, { namespace, name }, signal));
  const metadata = there(found);
  const [above] = metadata?.ownerReferences ?? [];
  if (above !== undefined) return { kind: above.kind, name: above.name };
  const guessed = metadata === undefined ? step.guess(name, pod) : undefined;
  return guessed ?? { kind, name: withoutSuffix({ name, generateName: metadata?.generateName }) };
}
