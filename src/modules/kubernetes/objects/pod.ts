// A pod read from its cluster.
import { podShape, type Pod } from "../../../core/kube/pod.ts";
import type { Cluster } from "../api/cluster.ts";
import { known, pathTo } from "../api/discovery.ts";

export const PODS = known("v1", "Pod", "pods");

export const readPod = (cluster: Cluster, namespace: string, name: string, signal: AbortSignal): Promise<Pod> =>
  cluster.get(
    { path: pathTo(PODS, namespace, name), verb: "get", resource: "pods", namespace, name, signal },
    podShape,
  );
