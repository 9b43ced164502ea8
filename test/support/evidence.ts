// Evidence made by hand, for tests of those who judge it: say what differs from a failed container of a plain Deployment's pod.
import type { z } from "zod";
import { evidence, type ContainerEvidence, type Evidence } from "../../src/core/evidence.ts";

export type EvidenceParts = Partial<z.input<typeof evidence>>;
type Input = z.input<typeof evidence>;

export const POD_NAME = "shop-web-7d9c5b6f4d-x2x7k";

const pod = {
  name: POD_NAME,
  uid: "5f0c9a52-52c4-4f6a-9a3e-0a6a2f0a9d11",
  phase: "Failed",
  node: "worker-3",
  created_at: "2026-11-20T10:00:00Z",
  started_at: "2026-11-20T10:00:02Z",
  service_account: "default",
  conditions: [],
};

/** A whole evidence. A member that is given as undefined is left out: `evidenceOf({ pod: undefined })` is a pod that is gone. */
export function evidenceOf(parts: EvidenceParts = {}): Evidence {
  return evidence.parse({
    collected_at: "2026-11-20T10:05:00Z",
    cluster: "prod",
    namespace: "shop",
    pod,
    workload: { kind: "Deployment", name: "shop-web" },
    containers: [],
    events: [],
    logs: [],
    also_failed: [],
    problems: [],
    redacted: 0,
    ...parts,
  });
}

/** The pod that evidenceOf puts in, with changes. */
export const podOf = (parts: Partial<NonNullable<Input["pod"]>> = {}): NonNullable<Input["pod"]> => ({
  ...pod,
  ...parts,
});

type ContainerParts = Partial<Input["containers"][number]>;

/** A container that ended, by default with 1 after a minute. */
export function exited(name: string, exitCode = 1, parts: ContainerParts = {}): ContainerEvidence {
  return {
    name,
    role: name.startsWith("step-") ? "step" : name.startsWith("sidecar-") ? "sidecar" : "main",
    image: "quay.io/acme/shop-web:1.4.2",
    state: "terminated",
    exit_code: exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    started_at: "2026-11-20T10:01:00Z",
    finished_at: "2026-11-20T10:02:00Z",
    restarts: 0,
    ...parts,
  };
}

/** A container that never started, or not again. */
export const waitingFor = (name: string, reason: string, message?: string, parts: ContainerParts = {}) => ({
  ...exited(name, 0),
  exit_code: undefined,
  started_at: undefined,
  finished_at: undefined,
  state: "waiting" as const,
  reason,
  message,
  restarts: 0,
  ...parts,
});

/** In a crash loop: waits, and ended before as `previous` says. */
export const crashLooping = (name: string, previous: ContainerEvidence["previous"], parts: ContainerParts = {}) =>
  waitingFor(name, "CrashLoopBackOff", `back-off 5m0s restarting failed container=${name} pod=${POD_NAME}_shop(5f0c)`, {
    restarts: 7,
    previous: { reason: "Error", ...previous },
    ...parts,
  });

/** A step that Tekton skipped: it ends with 1 as the one that failed. */
export const skipped = (name: string): ContainerEvidence => exited(name, 1, { role: "step", skipped: true });

export function logOf(
  container: string,
  text: string,
  parts: Partial<Input["logs"][number]> = {},
): Input["logs"][number] {
  return {
    container,
    previous: false,
    text,
    lines_total: text.split("\n").length,
    bytes_total: Buffer.byteLength(text),
    truncated: false,
    ...parts,
  };
}

export const eventOf = (
  reason: string,
  message: string,
  parts: Partial<Input["events"][number]> = {},
): Input["events"][number] => ({
  type: "Warning",
  reason,
  message,
  object: `Pod/${POD_NAME}`,
  count: 1,
  last_at: "2026-11-20T10:04:00Z",
  ...parts,
});

/** One container that failed with this log: the plainest failure there is. */
export const failedWith = (log: string, parts: ContainerParts & { readonly container?: string } = {}): Evidence => {
  const { container = "app", ...rest } = parts;
  return evidenceOf({
    containers: [exited(container, rest.exit_code ?? 1, rest)],
    chosen: { container, because: "it ended first with a failure" },
    logs: [logOf(container, log)],
  });
};

/** A failed step of a Tekton build, with pod, TaskRun and PipelineRun; `parts` replaces whole members. */
export function failedStep(step: string, log: string, parts: EvidenceParts = {}): Evidence {
  const container = `step-${step}`;
  const name = "shop-build-run-4x7kq-build-pod";
  return evidenceOf({
    pod: podOf({ name }),
    workload: { kind: "Pipeline", name: "shop-build", task: "build" },
    containers: [exited("step-prepare", 0), exited(container, 1), skipped("step-push")],
    chosen: { container, because: "it is the first step that failed" },
    task_run: taskRunOf({ pod: name }),
    pipeline_run: pipelineRunOf(),
    logs: [logOf(container, log)],
    ...parts,
  });
}

export const taskRunOf = (parts: Partial<NonNullable<Input["task_run"]>> = {}): NonNullable<Input["task_run"]> => ({
  name: "shop-build-run-4x7kq-build",
  state: "failed",
  reason: "Failed",
  message:
    '"step-build" exited with code 1 (image: "quay.io/acme/builder@sha256:0a1b"); for logs run: kubectl -n shop logs',
  task: "build",
  attempt: 1,
  steps: [],
  started_at: "2026-11-20T10:00:00Z",
  finished_at: "2026-11-20T10:03:00Z",
  ...parts,
});

export const pipelineRunOf = (
  parts: Partial<NonNullable<Input["pipeline_run"]>> = {},
): NonNullable<Input["pipeline_run"]> => ({
  name: "shop-build-run-4x7kq",
  state: "failed",
  reason: "Failed",
  message: "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 3",
  pipeline: "shop-build",
  failed_tasks: ["build"],
  skipped_tasks: ["deploy"],
  ...parts,
});
