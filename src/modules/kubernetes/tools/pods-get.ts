// pods_get: one pod, whole.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { clusterTool, namespaceArgument, objectName, type Kit } from "../kit.ts";
import { getObject, objectOutput, objectText } from "../objects/get.ts";
import { PODS } from "../objects/pod.ts";

export const podsGet = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "pods_get",
    title: "Get a pod",
    description:
      "Gets one pod as YAML: spec, conditions and the state of every container, without managedFields. " +
      "Use it for why a pod waits, restarts or was evicted; pods_log then shows what its containers said. At most 24 KB.",
    input: z.strictObject({ name: objectName("Name of the pod"), namespace: namespaceArgument }),
    output: objectOutput,
    text: objectText,
    run: ({ name, namespace = "" }, cluster, context) =>
      getObject(cluster, { resource: PODS, namespace: namespace || cluster.namespace, name }, context),
  });
