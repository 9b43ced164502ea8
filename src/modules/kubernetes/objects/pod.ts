// What of a pod matters for its logs: its containers, how each ended, and which one to look at.
import { z } from "zod";
import { pathTo, known } from "../api/discovery.ts";
import type { Cluster } from "../api/cluster.ts";

export const PODS = known("v1", "Pod", "pods");

const terminated = z.looseObject({
  exitCode: z.number(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  finishedAt: z.string().nullish(),
});

const state = z.looseObject({
  running: z.looseObject({}).nullish(),
  waiting: z.looseObject({ reason: z.string().nullish(), message: z.string().nullish() }).nullish(),
  terminated: terminated.nullish(),
});

const containerStatus = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  state: state.nullish(),
  lastState: state.nullish(),
});

const container = z.looseObject({ name: z.string(), restartPolicy: z.string().nullish() });

const podShape = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.looseObject({
    containers: z.array(container).min(1),
    initContainers: z.array(container).nullish(),
    ephemeralContainers: z.array(container).nullish(),
  }),
  status: z
    .looseObject({
      phase: z.string().nullish(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
      initContainerStatuses: z.array(containerStatus).nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
    })
    .nullish(),
});

type Status = z.output<typeof containerStatus>;
type Terminated = z.output<typeof terminated>;
export type Pod = z.output<typeof podShape>;

export const readPod = (cluster: Cluster, namespace: string, name: string, signal: AbortSignal): Promise<Pod> =>
  cluster.get(
    { path: pathTo(PODS, namespace, name), verb: "get", resource: "pods", namespace, name, signal },
    podShape,
  );

export interface Choice {
  readonly container: string;
  /** For a reader: `it failed first, exit code 1`. */
  readonly because: string;
}

/** In the order in which they run. */
export const containersOf = ({ spec }: Pod): string[] =>
  [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])].map(({ name }) => name);

/** The container that explains what happened: the one that failed first, else the one that keeps failing, else the default one. */
export function chooseContainer(pod: Pod): Choice {
  const init = pod.status?.initContainerStatuses ?? [];
  const all = [...init, ...(pod.status?.containerStatuses ?? [])];
  const failed = all
    .flatMap(({ name, state }) => (isFailure(state?.terminated) ? [{ name, end: state.terminated }] : []))
    .sort((a, b) => ((a.end.finishedAt ?? "9") < (b.end.finishedAt ?? "9") ? -1 : 1))[0];
  if (failed !== undefined) return { container: failed.name, because: `it failed first, ${describeEnd(failed.end)}` };
  const crashing = all.find(({ state, lastState }) => !isRunning(state) && isFailure(lastState?.terminated));
  if (crashing !== undefined) return { container: crashing.name, because: `it keeps failing, ${lastEnd(crashing)}` };
  const restarted = all.find(({ lastState }) => isFailure(lastState?.terminated));
  if (restarted !== undefined) {
    return { container: restarted.name, because: `it runs again after failing, ${lastEnd(restarted)}` };
  }
  const starting = init.find(({ name, state }) => isRunning(state) && !isSidecar(pod, name));
  if (starting !== undefined) return { container: starting.name, because: "this init container still runs" };
  return defaultContainer(pod);
}

function defaultContainer({ metadata, spec }: Pod): Choice {
  const [first] = spec.containers;
  const wanted = metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  const isThere = spec.containers.some(({ name }) => name === wanted);
  if (wanted !== undefined && isThere) return { container: wanted, because: "it is the pod's default container" };
  return { container: first?.name ?? "", because: "none failed and it is the first" };
}

/** Steps of Tekton that were skipped after a failed one also end with 1; `Continued` is onError=continue. Both stand in the message. */
const HARMLESS = /"Reason"\s*,\s*"value"\s*:\s*"(?:Skipped|Continued)"/;

function isFailure(end: Terminated | null | undefined): end is Terminated {
  return end !== undefined && end !== null && end.exitCode !== 0 && !HARMLESS.test(end.message ?? "");
}

const isRunning = (state: Status["state"]): boolean => state?.running !== undefined && state.running !== null;

const isSidecar = ({ spec }: Pod, name: string): boolean =>
  (spec.initContainers ?? []).some((one) => one.name === name && one.restartPolicy === "Always");

function describeEnd({ exitCode, reason }: Terminated): string {
  const why = typeof reason === "string" && reason !== "" && reason !== "Error" ? ` (${reason})` : "";
  return `exit code ${exitCode}${why}`;
}

const lastEnd = ({ lastState, restartCount }: Status): string => {
  const end = lastState?.terminated;
  const restarts = `${restartCount} restart${restartCount === 1 ? "" : "s"}`;
  return end === undefined || end === null ? restarts : `${restarts}, last ${describeEnd(end)}`;
};

const statusOf = ({ status }: Pod, container: string): Status | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find(
    ({ name }) => name === container,
  );

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
