// pods_list and pods_list_in_namespace: which pods there are, as kubectl get pods -o wide prints them.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { clusterTool, objectName, pageArguments, selectorArguments, type Kit } from "../kit.ts";
import { PODS } from "../objects/pod.ts";
import { listObjects, listOutput, listText } from "../objects/list.ts";

const page = pageArguments(200, 1_000, "pods");

export const podsList = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "pods_list",
    title: "List pods of all namespaces",
    description:
      "Lists the pods of all namespaces with status, restarts, age, node and labels. " +
      "Use it to find what is broken when the namespace is not known; pods_list_in_namespace is cheaper. " +
      "Completed and failed pods are shown too: narrow with fieldSelector status.phase=Failed. 200 pods per answer.",
    input: z.strictObject({ ...selectorArguments, ...page }),
    output: listOutput,
    text: listText,
    run: (input, cluster, context) => listObjects(cluster, { resource: PODS, namespace: undefined, ...input }, context),
  });

export const podsListInNamespace = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "pods_list_in_namespace",
    title: "List pods of one namespace",
    description:
      "Lists the pods of one namespace with status, restarts, age, node and labels. " +
      "Use it before pods_log or pods_get: names of pods change with every restart of their workload. 200 pods per answer.",
    input: z.strictObject({ namespace: objectName("Namespace of the pods"), ...selectorArguments, ...page }),
    output: listOutput,
    text: listText,
    run: (input, cluster, context) => listObjects(cluster, { resource: PODS, ...input }, context),
  });
