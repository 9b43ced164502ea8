// From what a report names to what failed: the pod, its TaskRun and its PipelineRun, whichever of them still exist.
import type { FailureTarget } from "../evidence.ts";
import type { Pod } from "../kube/pod.ts";
import { taskNameOf, type PipelineRun, type TaskRun } from "../kube/tekton.ts";
import { failedPodsOf } from "./failed-pods.ts";
import { failedFirst, LABEL, runOfPod, taskRunNameOf } from "./labels.ts";
import { there, type Found, type Inquiry } from "./inquiry.ts";
import { explainAbsence } from "./absence.ts";

export interface Subject {
  readonly pod: Pod | undefined;
  readonly taskRun: TaskRun | undefined;
  readonly pipelineRun: PipelineRun | undefined;
  /** Of the PipelineRun. */
  readonly taskRuns: readonly TaskRun[];
  /** Beside `pod`, when its TaskRuns do not tell. */
  readonly otherPods: readonly Pod[];
}

export async function findSubject(inquiry: Inquiry, target: FailureTarget): Promise<Subject> {
  const named = target.podName === "" ? undefined : await podNamed(inquiry, target.podName);
  const runs = await readRuns(inquiry, target, there(named));
  const taskRun = runs.taskRun ?? taskRunFor(runs.taskRuns, target);
  const pod = there(named) ?? (await otherPod(inquiry, target, named, taskRun));
  if (pod !== undefined) return { ...runs, pod, taskRun, otherPods: [] };
  const isSearched = target.podName === "" && taskRun === undefined && target.pipelineRun !== undefined;
  const [first, ...otherPods] = isSearched ? await failedPodsOf(inquiry, target.pipelineRun) : [];
  if (first === undefined) explainAbsence(inquiry, target, { ...runs, taskRun, isGone: named === "gone" });
  return {
    ...runs,
    pod: first,
    taskRun: taskRun ?? (first === undefined ? undefined : runOfPod(runs.taskRuns, first.metadata.name)),
    otherPods,
  };
}

const podNamed = (inquiry: Inquiry, name: string): Promise<Found<Pod>> =>
  inquiry.read({ verb: "get", resource: "pods", what: `pod ${name}` }, (signal) =>
    inquiry.reader.pod({ namespace: inquiry.namespace, name }, signal),
  );

/** The pod of the run's last attempt, when none was named or the named one is gone. */
async function otherPod(
  inquiry: Inquiry,
  { podName }: FailureTarget,
  named: Found<Pod>,
  taskRun: TaskRun | undefined,
): Promise<Pod | undefined> {
  const last = taskRun?.status?.podName ?? "";
  const isWanted = podName === "" || (named === "gone" && last !== podName);
  if (!isWanted || last === "") return undefined;
  const pod = there(await podNamed(inquiry, last));
  if (pod !== undefined && podName !== "") {
    inquiry.note(`pod ${podName} is gone; this is pod ${last}, of the last attempt of the same TaskRun`);
  }
  return pod;
}

type Runs = Pick<Subject, "taskRun" | "pipelineRun" | "taskRuns">;

async function readRuns(inquiry: Inquiry, target: FailureTarget, pod: Pod | undefined): Promise<Runs> {
  const labels = pod?.metadata.labels ?? {};
  const known = labels[LABEL.taskRun] ?? target.taskRun;
  const guess = pod === undefined && known === undefined ? taskRunNameOf(target.podName) : undefined;
  const pipelineRunName = labels[LABEL.pipelineRun] ?? target.pipelineRun;
  const [taskRun, runs] = await Promise.all([
    taskRunNamed(inquiry, known, guess),
    pipelineRunNamed(inquiry, pipelineRunName),
  ]);
  const parent = pipelineRunName === undefined ? taskRun?.metadata.labels?.[LABEL.pipelineRun] : undefined;
  return { taskRun, ...(parent === undefined ? runs : await pipelineRunNamed(inquiry, parent)) };
}

/** @param guess a name made from the pod's: if there is none, nothing is missing */
async function taskRunNamed(
  inquiry: Inquiry,
  named: string | undefined,
  guess: string | undefined,
): Promise<TaskRun | undefined> {
  const name = named ?? guess;
  if (name === undefined) return undefined;
  const { reader, namespace } = inquiry;
  const wanted = { verb: "get", resource: "taskruns.tekton.dev", what: `TaskRun ${name}` } as const;
  const found = await inquiry.read(wanted, (signal) => reader.taskRun({ namespace, name }, signal));
  if (found === "gone" && named !== undefined) inquiry.note(`there is no TaskRun ${name} in namespace ${namespace}`);
  return there(found);
}

async function pipelineRunNamed(inquiry: Inquiry, name: string | undefined): Promise<Omit<Runs, "taskRun">> {
  if (name === undefined) return { pipelineRun: undefined, taskRuns: [] };
  const { reader, namespace } = inquiry;
  const one = { verb: "get", resource: "pipelineruns.tekton.dev", what: `PipelineRun ${name}` } as const;
  const all = { verb: "list", resource: "taskruns.tekton.dev", what: `the TaskRuns of PipelineRun ${name}` } as const;
  const [found, taskRuns] = await Promise.all([
    inquiry.read(one, (signal) => reader.pipelineRun({ namespace, name }, signal)),
    inquiry.read(all, (signal) => reader.taskRunsOf({ namespace, name }, signal)),
  ]);
  if (found === "gone") inquiry.note(`there is no PipelineRun ${name} in namespace ${namespace}`);
  return { pipelineRun: there(found), taskRuns: there(taskRuns) ?? [] };
}

/** A named pod belongs to one TaskRun; without a name it is the one that failed first. */
function taskRunFor(taskRuns: readonly TaskRun[], { podName, pipelineTask }: FailureTarget): TaskRun | undefined {
  const ofPod = podName === "" ? undefined : runOfPod(taskRuns, podName);
  const ofTask = pipelineTask === undefined ? undefined : taskRuns.find((run) => taskNameOf(run) === pipelineTask);
  return ofPod ?? ofTask ?? (podName === "" ? failedFirst(taskRuns) : undefined);
}
