// A pod and its containers as evidence: how each is and was, never its environment.
import type { ContainerEvidence, Evidence } from "../evidence.ts";
import { isSidecar, tektonReason } from "../kube/container.ts";
import { statusOf, type ContainerSpec, type ContainerStatus, type Pod, type Terminated } from "../kube/pod.ts";
import { plainMessage } from "./runs.ts";

const MAX_CONTAINERS = 100;

export function showPod({ metadata, spec, status }: Pod): NonNullable<Evidence["pod"]> {
  return {
    name: metadata.name,
    uid: metadata.uid ?? "",
    phase: status?.phase ?? "Unknown",
    reason: status?.reason ?? undefined,
    message: status?.message ?? undefined,
    node: spec.nodeName ?? undefined,
    created_at: metadata.creationTimestamp ?? undefined,
    started_at: status?.startTime ?? undefined,
    service_account: spec.serviceAccountName ?? undefined,
    conditions: (status?.conditions ?? [])
      .filter(({ status: is }) => is !== "True")
      .slice(0, 50)
      .map(({ type, status: is, reason, message }) => ({
        type,
        status: is,
        reason: reason ?? undefined,
        message: message ?? undefined,
      })),
  };
}

/** @param reasons what a TaskRun says of its steps */
export function showContainers(pod: Pod, reasons: ReadonlyMap<string, string>): ContainerEvidence[] {
  const { spec } = pod;
  const show = (role: ContainerEvidence["role"]) => (one: ContainerSpec) =>
    showContainer(one, isSidecar(pod, one.name) ? "sidecar" : role, statusOf(pod, one.name), reasons.get(one.name));
  return [
    ...(spec.initContainers ?? []).map(show("init")),
    ...spec.containers.map((one) => show(one.name.startsWith("step-") ? "step" : "main")(one)),
    ...(spec.ephemeralContainers ?? []).map(show("ephemeral")),
  ].slice(0, MAX_CONTAINERS);
}

function showContainer(
  { name, image, resources }: ContainerSpec,
  role: ContainerEvidence["role"],
  status: ContainerStatus | undefined,
  reason: string | undefined,
): ContainerEvidence {
  const end = status?.state?.terminated ?? undefined;
  const before = status?.lastState?.terminated ?? undefined;
  const why = tektonReason(end) ?? reason;
  return {
    name,
    role,
    image: image ?? undefined,
    ...present(status),
    restarts: status?.restartCount ?? 0,
    skipped: why === "Skipped" ? true : undefined,
    continued: why === "Continued" ? true : undefined,
    previous: before === undefined ? undefined : ending(before),
    limits: amounts(resources?.limits),
    requests: amounts(resources?.requests),
  };
}

function present(status: ContainerStatus | undefined) {
  const { terminated, running, waiting } = status?.state ?? {};
  if (terminated) return { state: "terminated", ...ending(terminated) } as const;
  if (running) return { state: "running", started_at: running.startedAt ?? undefined } as const;
  if (!waiting) return { state: "unknown" } as const;
  return { state: "waiting", reason: waiting.reason ?? undefined, message: waiting.message ?? undefined } as const;
}

const ending = ({ exitCode, signal, reason, message, startedAt, finishedAt }: Terminated) => ({
  exit_code: exitCode,
  signal: signal ?? undefined,
  reason: reason ?? undefined,
  message: plainMessage(message),
  started_at: startedAt ?? undefined,
  finished_at: finishedAt ?? undefined,
});

function amounts(given: Readonly<Record<string, string | number>> | null | undefined): ContainerEvidence["limits"] {
  if (given === null || given === undefined) return undefined;
  const of = (name: string): string | undefined => (given[name] === undefined ? undefined : String(given[name]));
  return { cpu: of("cpu"), memory: of("memory"), ephemeral_storage: of("ephemeral-storage") };
}
