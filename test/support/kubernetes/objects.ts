// What the Kubernetes stand-in serves: objects, their resources, and lines of logs.
import type { JsonObject } from "../../../src/core/json.ts";

/** Objects as the API has them; `apiVersion` and `kind` say which resource they are. */
export interface KubeObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [key: string]: unknown };
}

export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly fields?: readonly string[];
}

export const RESOURCES: readonly ResourceType[] = [
  {
    apiVersion: "v1",
    kind: "Pod",
    name: "pods",
    namespaced: true,
    shortNames: ["po"],
    fields: ["status.phase", "spec.nodeName", "spec.restartPolicy"],
  },
  {
    apiVersion: "v1",
    kind: "Event",
    name: "events",
    namespaced: true,
    shortNames: ["ev"],
    fields: [
      "involvedObject.kind",
      "involvedObject.name",
      "involvedObject.namespace",
      "involvedObject.uid",
      "involvedObject.fieldPath",
      "reason",
      "reportingComponent",
      "source",
      "type",
    ],
  },
  {
    apiVersion: "v1",
    kind: "Namespace",
    name: "namespaces",
    namespaced: false,
    shortNames: ["ns"],
    fields: ["status.phase"],
  },
  {
    apiVersion: "v1",
    kind: "Node",
    name: "nodes",
    namespaced: false,
    shortNames: ["no"],
    fields: ["spec.unschedulable"],
  },
  { apiVersion: "v1", kind: "Secret", name: "secrets", namespaced: true, fields: ["type"] },
  { apiVersion: "v1", kind: "ConfigMap", name: "configmaps", namespaced: true, shortNames: ["cm"] },
  { apiVersion: "v1", kind: "Service", name: "services", namespaced: true, shortNames: ["svc"] },
  {
    apiVersion: "v1",
    kind: "ReplicationController",
    name: "replicationcontrollers",
    namespaced: true,
    shortNames: ["rc"],
    fields: ["status.replicas"],
  },
  {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "replicasets",
    namespaced: true,
    shortNames: ["rs"],
    fields: ["status.replicas"],
  },
  { apiVersion: "batch/v1", kind: "Job", name: "jobs", namespaced: true, fields: ["status.successful"] },
  { apiVersion: "batch/v1", kind: "CronJob", name: "cronjobs", namespaced: true, shortNames: ["cj"] },
  { apiVersion: "apps/v1", kind: "Deployment", name: "deployments", namespaced: true, shortNames: ["deploy"] },
  { apiVersion: "tekton.dev/v1", kind: "TaskRun", name: "taskruns", namespaced: true, shortNames: ["tr"] },
  { apiVersion: "tekton.dev/v1", kind: "PipelineRun", name: "pipelineruns", namespaced: true, shortNames: ["pr"] },
  { apiVersion: "project.openshift.io/v1", kind: "Project", name: "projects", namespaced: false },
  { apiVersion: "metrics.k8s.io/v1beta1", kind: "PodMetrics", name: "pods", namespaced: true },
  { apiVersion: "metrics.k8s.io/v1beta1", kind: "NodeMetrics", name: "nodes", namespaced: false },
];

/** One line of a log, or bytes sent as they are. Without `at` it is the kubelet's own word and never gets a timestamp. */
export type LogLine = { readonly at: string; readonly text: string | Uint8Array };
