// Several replicas: what counts them, and that a client comes back to the one that holds its session, through each door.
import { expect, it } from "vitest";
import { z } from "zod";
import { render, type Values } from "./support/helm.ts";
import { deploymentOf, one } from "./support/helm-pod.ts";

const database = { existingSecret: "hub-database" };
const doors = { ingress: { enabled: true, host: "hub.test" }, route: { enabled: true, host: "hub.apps.test" } };
const NGINX = "nginx.ingress.kubernetes.io/upstream-hash-by";

async function affinity(values: Values) {
  const manifests = await render({ ...doors, ...values });
  const service = z.looseObject({ spec: z.looseObject({ sessionAffinity: z.string() }) });
  const ingress = one(manifests, "Ingress").metadata.annotations ?? {};
  const route = one(manifests, "Route").metadata.annotations ?? {};
  return {
    service: service.parse(one(manifests, "Service")).spec.sessionAffinity,
    ingress: Object.values(ingress),
    route: route["haproxy.router.openshift.io/balance"],
  };
}

const HELD = { service: "ClientIP", ingress: ["source", "$remote_addr"], route: "source" };
const FREE: typeof HELD = { service: "None", ingress: [], route: "source" };

it.each<[string, Values, typeof FREE]>([
  ["one replica holds all sessions", {}, FREE],
  ["several replicas", { replicaCount: 3, database }, HELD],
  ["replicas of an autoscaler", { autoscaling: { enabled: true }, database }, HELD],
  ["several replicas without sessions", { replicaCount: 3, database, hub: { stateless: true } }, FREE],
])("%s: the Service, the Ingress and the Route bring a client back where they must", async (_, values, expected) => {
  expect(await affinity(values)).toEqual(expected);
});

it("what the values say of a Service, an Ingress or a Route counts", async () => {
  const values = {
    replicaCount: 3,
    database,
    service: { sessionAffinity: "None" },
    ingress: { ...doors.ingress, annotations: { [NGINX]: "$http_authorization" } },
    route: { ...doors.route, annotations: { "haproxy.router.openshift.io/balance": "roundrobin" } },
  };
  expect(await affinity(values)).toEqual({
    service: "None",
    ingress: ["source", "$http_authorization"],
    route: "roundrobin",
  });
});

it("the autoscaler scales the Deployment, which then counts no replicas itself, by what it is told", async () => {
  const autoscaling = {
    enabled: true,
    minReplicas: 3,
    maxReplicas: 9,
    targetCPUUtilizationPercentage: 70,
    targetMemoryUtilizationPercentage: 85,
    behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  };
  const manifests = await render({ autoscaling, database });
  const deployment = deploymentOf(manifests);
  expect(deployment.spec.replicas).toBeUndefined();
  const target = (name: string, averageUtilization: number) => ({
    type: "Resource",
    resource: { name, target: { type: "Utilization", averageUtilization } },
  });
  expect(one(manifests, "HorizontalPodAutoscaler")["spec"]).toEqual({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "hub-ops-hub" },
    minReplicas: 3,
    maxReplicas: 9,
    metrics: [target("cpu", 70), target("memory", 85)],
    behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  });
});

it("a hub that goes takes its time: none is taken away for ten minutes after the load went", async () => {
  const manifests = await render({ autoscaling: { enabled: true }, database });
  expect(one(manifests, "HorizontalPodAutoscaler")["spec"]).toMatchObject({
    metrics: [{ resource: { name: "cpu" } }],
    behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
  });
});
