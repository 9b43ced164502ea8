// Which container explains what happened to its pod, and what a reader should know of it besides its log.
import { statusesOf, statusOf, type ContainerStatus, type Pod, type Terminated } from "./pod.ts";

export interface Choice {
  readonly container: string;
  /** For a reader: `it failed first, exit code 1`. */
  readonly because: string;
  /** False for one that is only the first thing to look at. */
  readonly hasFailed: boolean;
}

/** Containers whose bad exit code means nothing, as told by someone who knows better: a TaskRun of Tekton. */
type Harmless = ReadonlySet<string>;
const NONE: Harmless = new Set();

/** The container that explains what happened: the one that failed first, else the one that keeps failing, else the default one. */
export function chooseContainer(pod: Pod, harmless: Harmless = NONE): Choice {
  const all = statusesOf(pod).filter(({ name }) => !harmless.has(name));
  const failed = all
    .flatMap((status) => (isFailure(status.state?.terminated) ? [{ status, end: status.state.terminated }] : []))
    .sort((a, b) => compare(endOf(a.end), endOf(b.end)) || rank(pod, a.status) - rank(pod, b.status))[0];
  if (failed !== undefined) return chosen(failed.status.name, `it failed first, ${describeEnd(failed.end)}`);
  const crashing = all.find(({ state, lastState }) => !isRunning(state) && isFailure(lastState?.terminated));
  if (crashing !== undefined) return chosen(crashing.name, `it keeps failing, ${lastEnd(crashing)}`);
  const restarted = all.find(({ lastState }) => isFailure(lastState?.terminated));
  if (restarted !== undefined) return chosen(restarted.name, `it runs again after failing, ${lastEnd(restarted)}`);
  const starting = (pod.status?.initContainerStatuses ?? []).find(
    ({ name, state }) => isRunning(state) && !isSidecar(pod, name),
  );
  if (starting !== undefined) {
    return { container: starting.name, because: "this init container still runs", hasFailed: false };
  }
  return defaultContainer(pod);
}

const chosen = (container: string, because: string): Choice => ({ container, because, hasFailed: true });

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const endOf = ({ finishedAt }: Terminated): string => finishedAt ?? "9";
/** Of two that ended in the same second, the sidecar was ended with the pod. */
const rank = (pod: Pod, { name }: ContainerStatus): number => (isSidecar(pod, name) ? 1 : 0);

function defaultContainer({ metadata, spec }: Pod): Choice {
  const [first] = spec.containers;
  const wanted = metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  const isThere = spec.containers.some(({ name }) => name === wanted);
  const [container, because] =
    wanted !== undefined && isThere
      ? [wanted, "it is the pod's default container"]
      : [first?.name ?? "", "none failed and it is the first"];
  return { container, because, hasFailed: false };
}

/** Steps of Tekton that were skipped after a failed one also end with 1; `Continued` is onError=continue. Both stand in the message. */
const TEKTON_REASON = /"Reason"\s*,\s*"value"\s*:\s*"(Skipped|Continued)"/;

export const tektonReason = (end: Terminated | null | undefined): string | undefined =>
  TEKTON_REASON.exec(end?.message ?? "")?.[1];

export function isFailure(end: Terminated | null | undefined): end is Terminated {
  return end !== undefined && end !== null && end.exitCode !== 0 && tektonReason(end) === undefined;
}

export const isRunning = (state: ContainerStatus["state"]): boolean =>
  state?.running !== undefined && state.running !== null;

/** Of Tekton too; those are ordinary containers. */
export const isSidecar = ({ spec }: Pod, name: string): boolean =>
  name.startsWith("sidecar-") ||
  (spec.initContainers ?? []).some((one) => one.name === name && one.restartPolicy === "Always");

/** What every container waits for before it starts. */
const ORDINARY_WAIT = ["ContainerCreating", "PodInitializing"];

/** Why a container cannot start: `ImagePullBackOff`; undefined for one that runs, ran, or may still start. */
export function blockedBy({ state, lastState }: ContainerStatus): string | undefined {
  const reason = state?.waiting?.reason ?? "";
  const hasRun = lastState?.terminated !== undefined && lastState.terminated !== null;
  return reason === "" || hasRun || ORDINARY_WAIT.includes(reason) ? undefined : reason;
}

export function describeEnd({ exitCode, reason }: Terminated): string {
  const why = typeof reason === "string" && reason !== "" && reason !== "Error" ? ` (${reason})` : "";
  return `exit code ${exitCode}${why}`;
}

export const lastEnd = ({ lastState, restartCount }: ContainerStatus): string => {
  const end = lastState?.terminated;
  const restarts = `${restartCount} restart${restartCount === 1 ? "" : "s"}`;
  return end === undefined || end === null ? restarts : `${restarts}, last ${describeEnd(end)}`;
};

/** What the reader should know of a container besides its log; undefined when all is ordinary. */
export function noteOn(pod: Pod, container: string, previous: boolean): string | undefined {
  const status = statusOf(pod, container);
  const waiting = status?.state?.waiting;
  if (waiting !== undefined && waiting !== null && waiting.reason !== "CrashLoopBackOff") {
    return `${container} waits: ${[waiting.reason, waiting.message].filter(Boolean).join(": ")}`;
  }
  if (!previous && status !== undefined && isRunning(status.state) && isFailure(status.lastState?.terminated)) {
    return `${container} has had ${lastEnd(status)}: previous=true shows the log from before`;
  }
  const { reason, message } = pod.status ?? {};
  return typeof reason === "string" && reason !== ""
    ? `the pod: ${[reason, message].filter(Boolean).join(": ")}`
    : undefined;
}
