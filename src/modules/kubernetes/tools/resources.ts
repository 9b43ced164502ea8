// resources_list and resources_get: any kind that the cluster serves, custom resources included.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { discover } from "../api/discovery.ts";
import { clusterTool, namespaceArgument, objectName, pageArguments, selectorArguments, type Kit } from "../kit.ts";
import { getObject, objectOutput, objectText } from "../objects/get.ts";
import { listObjects, listOutput, listText } from "../objects/list.ts";

const kindArguments = {
  apiVersion: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[^/%\s]+(\/[^/%\s]+)?$/, "is v1, or group/version such as apps/v1")
    .describe("apiVersion of the kind: v1, apps/v1, route.openshift.io/v1"),
  kind: z.string().min(1).max(100).describe("Kind, for example Deployment; its plural and short names are understood"),
};

export const resourcesList = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "resources_list",
    title: "List objects of any kind",
    description:
      "Lists the objects of any kind that the cluster serves, with the columns that kubectl prints and the labels. " +
      "Use it for deployments, jobs, nodes, routes, custom resources; pods and events have tools of their own. 200 objects per answer.",
    input: z.strictObject({
      ...kindArguments,
      namespace: objectName("Namespace; all namespaces when left out").optional(),
      ...selectorArguments,
      ...pageArguments(200, 1_000, "objects"),
    }),
    output: listOutput,
    text: listText,
    async run({ apiVersion, kind, namespace, ...rest }, cluster, context) {
      const resource = await discover(cluster, apiVersion, kind, context.signal);
      return listObjects(
        cluster,
        { resource, namespace: resource.namespaced ? namespace : undefined, ...rest },
        context,
      );
    },
  });

export const resourcesGet = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "resources_get",
    title: "Get an object of any kind",
    description:
      "Gets one object of any kind as YAML, without managedFields; the values of Secrets are masked. " +
      "Use it to see how a deployment, job, quota, route or custom resource is configured and what its status says. At most 24 KB.",
    input: z.strictObject({ ...kindArguments, name: objectName("Name of the object"), namespace: namespaceArgument }),
    output: objectOutput,
    text: objectText,
    async run({ apiVersion, kind, name, namespace = "" }, cluster, context) {
      const resource = await discover(cluster, apiVersion, kind, context.signal);
      const place = resource.namespaced ? namespace || cluster.namespace : undefined;
      return getObject(cluster, { resource, namespace: place, name }, context);
    },
  });
