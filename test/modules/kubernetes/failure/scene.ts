// A cluster in which something failed, and the evidence source that looks at it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { EvidenceSource, FailureTarget } from "../../../../src/core/evidence.ts";
import { createRedactor, type Redactor } from "../../../../src/core/redact.ts";
import { openClusters, type Clusters } from "../../../../src/modules/kubernetes/api/clusters.ts";
import { kubeconfigFiles } from "../../../../src/modules/kubernetes/api/kubeconfig.ts";
import { createEvidenceSource, type Limits } from "../../../../src/modules/kubernetes/failure/index.ts";
import { startKubernetes, type KubeObject, type KubernetesStandIn } from "../../../support/kubernetes-stand-in.ts";
import { fixedClock } from "../../../support/modules.ts";
import { exited, pod, TOKEN } from "../ground.ts";

export const OWN_SECRET = "hub-own-secret-canary-42";
const never = new AbortController().signal;

export class Scene {
  cluster!: KubernetesStandIn;
  clock = fixedClock();
  #clusters!: Clusters;
  #folder = "";

  async open(): Promise<void> {
    this.cluster = await startKubernetes({ token: TOKEN });
    this.#folder = await mkdtemp(join(tmpdir(), "ops-hub-failure-"));
    const file = join(this.#folder, "config");
    await writeFile(file, this.cluster.kubeconfig(["test", "other"]));
    this.#clusters = await openClusters({ source: kubeconfigFiles(file), wanted: [], timeoutMs: 30_000 });
  }

  clear(): void {
    const { objects, requests, mishaps, logs, denied, stalls } = this.cluster;
    for (const list of [objects, requests, mishaps]) list.splice(0);
    for (const set of [logs, denied, stalls]) set.clear();
  }

  async close(): Promise<void> {
    await this.#clusters.close();
    await this.cluster.close();
    await rm(this.#folder, { recursive: true });
  }

  source(limits: Partial<Limits> = {}, given?: Redactor): EvidenceSource {
    const redactor = given ?? createRedactor({ exact: () => [OWN_SECRET, ...this.#clusters.secrets()] });
    return createEvidenceSource({ clusters: this.#clusters, redactor, clock: this.clock, limits });
  }

  collect(target: Partial<FailureTarget>, limits: Partial<Limits> = {}, signal = never) {
    return this.source(limits).collect({ namespace: "shop", podName: "", ...target }, signal);
  }

  put(...objects: KubeObject[]): void {
    this.cluster.objects.push(...objects);
  }
}

export function useScene(): Scene {
  const scene = new Scene();
  beforeAll(() => scene.open());
  beforeEach(() => scene.clear());
  afterAll(() => scene.close());
  return scene;
}

/** Adds to the metadata of an object. */
export const withMetadata = (object: KubeObject, metadata: object): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});

export const withStatus = (object: KubeObject, status: object): KubeObject => ({
  ...object,
  status: { ...(object["status"] as object), ...status },
});

export const owners = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: "v1", kind, name, controller: true, uid: "u" }],
});

let events = 0;
export const event = (about: string, more: object = {}): KubeObject => {
  const [kind = "", name = ""] = about.split("/");
  events += 1;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${events}`, namespace: "shop", uid: `event-${events}` },
    type: "Warning",
    reason: "Failed",
    message: `${about} failed`,
    lastTimestamp: "2026-11-25T11:00:00Z",
    involvedObject: { kind, name, namespace: "shop" },
    ...more,
  };
};

export const tektonLabels = (task: string, run = "build-7") => ({
  "tekton.dev/pipelineRun": run,
  "tekton.dev/pipeline": "build",
  "tekton.dev/pipelineTask": task,
  "tekton.dev/taskRun": `${run}-${task}`,
  "tekton.dev/memberOf": task === "report" ? "finally" : "tasks",
});

export const failedStep = (name: string, exitCode: number, finishedAt: string, terminationReason = "Error") => ({
  name,
  container: `step-${name}`,
  terminationReason,
  terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", finishedAt },
});

export const condition = (status: string, reason: string, message: string) => ({
  type: "Succeeded",
  status,
  reason,
  message,
});

export const run = (kind: string, name: string, labels: Record<string, string>, status: object): KubeObject => ({
  apiVersion: "tekton.dev/v1",
  kind,
  metadata: { name, namespace: "shop", uid: `uid-${name}`, labels },
  spec: {},
  status,
});

/** A TaskRun whose only step failed, and its pod. */
export const failedTask = (task: string, completionTime: string, more: object = {}): KubeObject[] => {
  const name = `build-7-${task}`;
  const labels = tektonLabels(task);
  return [
    run("TaskRun", name, labels, {
      startTime: "2026-11-25T10:00:00Z",
      completionTime,
      podName: `${name}-pod`,
      conditions: [condition("False", "Failed", `"step-${task}" exited with code 2`)],
      steps: [failedStep(task, 2, completionTime)],
      ...more,
    }),
    withMetadata(
      pod({
        name: `${name}-pod`,
        phase: "Failed",
        labels,
        containers: [{ name: `step-${task}`, state: exited(2, completionTime) }],
      }),
      { uid: `uid-${name}-pod`, ...owners("TaskRun", name) },
    ),
  ];
};

export const pipelineRun = (status: object = {}): KubeObject =>
  run(
    "PipelineRun",
    "build-7",
    { "tekton.dev/pipeline": "build" },
    {
      startTime: "2026-11-25T10:00:00Z",
      conditions: [condition("False", "Failed", "Tasks Completed: 2 (Failed: 1)")],
      skippedTasks: [{ name: "deploy", reason: "Parent Tasks were skipped" }],
      ...status,
    },
  );
