// Which container a failure is about, how it ended, and which log tells of that ending.
import type { ContainerEvidence, Evidence } from "../../core/evidence.ts";
import { judgedLines } from "./lines.ts";
import type { Facts } from "./rule.ts";

export type Ending = NonNullable<ContainerEvidence["previous"]>;

export interface Subject {
  readonly evidence: Evidence;
  /** The one that failed. */
  readonly container: ContainerEvidence | undefined;
  /** How it ended: before its last restart, when it waits for the next or runs again. */
  readonly ending: Ending | undefined;
  /** Of the log that tells of that ending. */
  readonly lines: readonly string[];
  /** `step build`, `init container migrate`. */
  readonly who: string;
  readonly facts: Facts;
  /** No container of the pod ever ran. */
  readonly isUnstarted: boolean;
}

/** Waits that are no failure by themselves. */
const PATIENT = /^(?:ContainerCreating|PodInitializing|)$/;
const isZero = (ending: Ending): boolean => (ending.exit_code ?? 0) === 0 && ending.reason !== "OOMKilled";

export function subjectOf(evidence: Evidence): Subject {
  const containers = evidence.containers.length > 0 ? evidence.containers : stepsOf(evidence);
  const container = failedOne(evidence, containers);
  const ending = container && endingOf(container);
  const who = container === undefined ? "the pod" : nameOf(container);
  return {
    evidence,
    container,
    ending,
    lines: judgedLines(logOf(evidence, container, ending !== undefined && ending === container?.previous)),
    who,
    facts: factsOf(evidence, container, ending, who),
    isUnstarted:
      evidence.pod !== undefined &&
      containers.every(({ state, previous }) => (state === "waiting" || state === "unknown") && previous === undefined),
  };
}

/** A deleted pod's steps, from the TaskRun that remembers them. */
function stepsOf({ task_run: run }: Evidence): ContainerEvidence[] {
  return (run?.steps ?? []).map(({ container, termination_reason: why, state, ...ending }) => ({
    ...ending,
    name: container,
    role: "step",
    state: state === "running" || state === "waiting" ? state : "terminated",
    restarts: 0,
    skipped: why === "Skipped",
    continued: why === "Continued",
  }));
}

const rank = ({ role }: ContainerEvidence): number => (role === "init" ? 0 : role === "sidecar" ? 2 : 1);
const when = ({ finished_at: at }: ContainerEvidence): string => at ?? "9999";

function failedOne(evidence: Evidence, containers: readonly ContainerEvidence[]): ContainerEvidence | undefined {
  const chosen = containers.find(({ name }) => name === evidence.chosen?.container);
  if (chosen !== undefined && isFailed(chosen)) return chosen;
  const [worst] = containers
    .filter(isFailed)
    .sort((a, b) => rank(a) - rank(b) || (when(a) < when(b) ? -1 : when(a) > when(b) ? 1 : 0));
  return worst ?? (chosen?.skipped === true ? undefined : chosen);
}

function isFailed(container: ContainerEvidence): boolean {
  if (container.skipped === true || container.continued === true) return false;
  if (container.state === "terminated" && !isZero(container)) return true;
  if (container.state === "waiting" && !PATIENT.test(container.reason ?? "")) return true;
  return container.previous !== undefined && !isZero(container.previous);
}

function endingOf(container: ContainerEvidence): Ending | undefined {
  const { state, previous } = container;
  if (state === "terminated" && (!isZero(container) || previous === undefined)) return container;
  return previous;
}

export function nameOf({ name, role }: Pick<ContainerEvidence, "name" | "role">): string {
  if (role === "init") return `init container ${name}`;
  if (role === "step") return `step ${name.replace(/^step-/, "")}`;
  if (role === "sidecar") return `sidecar ${name.replace(/^sidecar-/, "")}`;
  return `container ${name}`;
}

function logOf({ logs }: Evidence, container: ContainerEvidence | undefined, isPrevious: boolean): string {
  const own = container === undefined ? logs : logs.filter((log) => log.container === container.name);
  const told = own.filter(({ text }) => text.trim() !== "");
  return (told.find(({ previous }) => previous === isPrevious) ?? told[0])?.text ?? "";
}

function factsOf(
  evidence: Evidence,
  container: ContainerEvidence | undefined,
  ending: Ending | undefined,
  who: string,
): Facts {
  const { namespace, cluster, pod, workload, task_run: task, pipeline_run: run } = evidence;
  const isDeployed = /^(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|ReplicaSet)$/.test(workload.kind);
  const image = container?.image;
  return {
    namespace,
    cluster,
    who,
    pod: pod?.name ?? task?.pod,
    node: pod?.node,
    account: pod?.service_account,
    // for `kubectl edit`: only what can be edited
    workload: isDeployed ? `${workload.kind.toLowerCase()}/${workload.name}` : undefined,
    container: container?.name,
    image,
    short_image: image !== undefined && image.length > 52 ? `…${image.slice(-51)}` : image,
    limit: container?.limits?.memory,
    requests: requestsOf(evidence),
    exit: ending?.exit_code?.toString(),
    signal: ending?.exit_code !== undefined && ending.exit_code > 128 ? String(ending.exit_code - 128) : undefined,
    restarts: container !== undefined && container.restarts > 0 ? String(container.restarts) : undefined,
    task: task?.task ?? workload.task ?? task?.name,
    task_run: task?.name,
    run: run?.name,
    pipeline: run?.pipeline,
  };
}

/** What the pod asks of a node: `search: cpu 4, memory 48Gi`. */
function requestsOf({ containers }: Evidence): string {
  const asked = containers.map(({ name, requests }) => {
    const amounts = Object.entries(requests ?? {}).filter(([, amount]) => amount !== undefined && amount !== "");
    return amounts.length === 0 ? "" : `${name}: ${amounts.map(([what, amount]) => `${what} ${amount}`).join(", ")}`;
  });
  return asked.filter((text) => text !== "").join("; ");
}
