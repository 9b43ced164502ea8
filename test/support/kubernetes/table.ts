// How a kube-apiserver prints objects: the columns of kubectl get, for the kinds that tests use.
import type { JsonObject } from "../../../src/core/json.ts";
import type { KubeObject } from "./objects.ts";

export interface Column {
  readonly name: string;
  /** 0 is always shown, 1 only with -o wide. */
  readonly priority: number;
  readonly cell: (object: KubeObject) => unknown;
}

const column = (name: string, cell: Column["cell"], priority = 0): Column => ({ name, priority, cell });

const NAME = column("Name", ({ metadata }) => metadata.name);
const AGE = column("Age", ({ metadata }) => (metadata["creationTimestamp"] === undefined ? "<unknown>" : "5m"));

const POD: readonly Column[] = [
  NAME,
  column("Ready", (pod) => {
    const statuses = statusesOf(pod, "containerStatuses");
    const all = (pod["spec"] as { containers: unknown[] }).containers.length;
    return `${statuses.filter((one) => one["ready"] === true).length}/${all}`;
  }),
  column("Status", podStatus),
  column("Restarts", (pod) =>
    String(statusesOf(pod, "containerStatuses").reduce((sum, one) => sum + Number(one["restartCount"] ?? 0), 0)),
  ),
  AGE,
  column("IP", (pod) => (pod["status"] as JsonObject | undefined)?.["podIP"] ?? "<none>", 1),
  column("Node", (pod) => (pod["spec"] as JsonObject)["nodeName"] ?? "<none>", 1),
  column("Nominated Node", () => "<none>", 1),
  column("Readiness Gates", () => "<none>", 1),
];

const EVENT: readonly Column[] = [
  column("Last Seen", () => "1m"),
  column("Type", (event) => event["type"]),
  column("Reason", (event) => event["reason"]),
  column("Object", (event) => {
    const { kind, name } = event["involvedObject"] as { kind: string; name: string };
    return `${kind.toLowerCase()}/${name}`;
  }),
  column("Message", (event) => event["message"]),
  { ...NAME, priority: 1 },
];

const PHASE: readonly Column[] = [NAME, column("Status", (one) => (one["status"] as JsonObject)["phase"]), AGE];

const RUN: readonly Column[] = [
  NAME,
  column("Succeeded", (run) => succeeded(run)?.["status"] ?? ""),
  column("Reason", (run) => succeeded(run)?.["reason"] ?? ""),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: POD,
  Event: EVENT,
  Namespace: PHASE,
  Project: PHASE,
  TaskRun: RUN,
  PipelineRun: RUN,
};

export const columnsOf = (kind: string): readonly Column[] => COLUMNS[kind] ?? [NAME, AGE];

export function tableOf(
  columns: readonly Column[],
  objects: readonly KubeObject[],
  metadata: JsonObject = {},
): JsonObject {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, priority }) => ({
      name,
      type: "string",
      format: "",
      description: name,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object)),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}

const statusesOf = (pod: KubeObject, member: string): JsonObject[] =>
  ((pod["status"] as JsonObject | undefined)?.[member] ?? []) as JsonObject[];

const succeeded = (run: KubeObject): JsonObject | undefined =>
  ((run["status"] as JsonObject | undefined)?.["conditions"] as JsonObject[] | undefined)?.find(
    ({ type }) => type === "Succeeded",
  );

interface State {
  waiting?: { reason?: string };
  terminated?: { reason?: string; exitCode: number };
}

/** The word that kubectl shows: of the first init container that is not done, else of the last container, else the phase. */
function podStatus(pod: KubeObject): string {
  const { phase = "Unknown", reason } = (pod["status"] ?? {}) as { phase?: string; reason?: string };
  for (const one of statusesOf(pod, "initContainerStatuses")) {
    const { waiting, terminated } = (one["state"] ?? {}) as State;
    if (terminated !== undefined && terminated.exitCode !== 0) return `Init:${terminated.reason ?? "Error"}`;
    if (waiting?.reason !== undefined && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
  }
  const words = statusesOf(pod, "containerStatuses").map((one) => {
    const { waiting, terminated } = (one["state"] ?? {}) as State;
    return waiting?.reason ?? terminated?.reason;
  });
  return words.find((word) => word !== undefined) ?? reason ?? phase;
}
