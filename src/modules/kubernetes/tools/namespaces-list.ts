// namespaces_list and, on OpenShift, projects_list: where to look.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { known } from "../api/discovery.ts";
import { clusterTool, pageArguments, selectorArguments, type Kit } from "../kit.ts";
import { listObjects, listOutput, listText } from "../objects/list.ts";

const NAMESPACES = known("v1", "Namespace", "namespaces", false);
const PROJECTS = known("project.openshift.io/v1", "Project", "projects", false);

const input = z.strictObject({
  labelSelector: selectorArguments.labelSelector,
  ...pageArguments(200, 1_000, "names"),
});

export const namespacesList = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "namespaces_list",
    title: "List namespaces",
    description:
      "Lists the cluster's namespaces with status, age and labels. " +
      "Use it when the namespace is not known; it needs a cluster-wide permission that many service accounts lack.",
    input,
    output: listOutput,
    text: listText,
    run: (given, cluster, context) =>
      listObjects(cluster, { resource: NAMESPACES, namespace: undefined, ...given }, context),
  });

export const projectsList = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "projects_list",
    title: "List OpenShift projects",
    description:
      "Lists the OpenShift projects that the hub may see, with display name, status and labels. " +
      "Use it on OpenShift instead of namespaces_list: it shows those one has access to, without a cluster-wide permission. " +
      "Other clusters do not have it.",
    input,
    output: listOutput,
    text: listText,
    run: (given, cluster, context) =>
      listObjects(cluster, { resource: PROJECTS, namespace: undefined, ...given }, context),
  });
