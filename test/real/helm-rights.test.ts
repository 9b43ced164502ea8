// The Role of a watched namespace against what the hub asks of a cluster: each right is used, and none is missing.
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { startAgentHub, type AgentHub } from "../support/agent-hub.ts";
import { loadFailure, readFailures } from "../support/failures.ts";
import { modern } from "../support/wire.ts";
import { addFailedPod } from "./support/agent-process.ts";
import { render } from "./support/helm.ts";
import { one } from "./support/helm-pod.ts";

const NAMESPACE = "ci";
const run = { namespace: NAMESPACE, name: "build-1" };

/** Each tool of the module that can stay in one namespace. */
const CALLS: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ["pods_list_in_namespace", { namespace: NAMESPACE }],
  ["pods_list", { namespace: NAMESPACE }],
  ["pods_get", run],
  ["pods_log", run],
  ["pods_top", { namespace: NAMESPACE }],
  ["pods_top", run],
  ["events_list", { namespace: NAMESPACE }],
  ["taskrun_get", run],
  ["pipelinerun_get", run],
  ["tekton_taskrun_logs", run],
  ["tekton_pipelinerun_logs", run],
  ["resources_list", { namespace: NAMESPACE, apiVersion: "tekton.dev/v1", kind: "PipelineRun" }],
  ["resources_get", { ...run, apiVersion: "v1", kind: "Pod" }],
];
/** These ask for what stands outside a namespace, which no Role can allow. */
const CLUSTER_WIDE = ["namespaces_list", "projects_list", "nodes_top"];

function must(what: string, { status }: { readonly status: number }): void {
  if (status !== 200) throw new Error(`${what} was answered ${status}`);
}

let hub: AgentHub;
beforeAll(async () => {
  hub = await startAgentHub({ script: "none" });
  const failures = (await readFailures()).filter(({ name }) => /^(04|20|26|46)-/.test(name));
  for (const failure of failures) {
    loadFailure(failure, hub.kubernetes);
    must(failure.name, await hub.report(failure.report));
  }
  // OpenShift's DeploymentConfigs have no ReplicaSets.
  const pod = addFailedPod(hub.kubernetes, NAMESPACE, 1);
  const made = hub.kubernetes.objects.find(({ metadata: { name } }) => name === pod.pod_name);
  Object.assign(made?.metadata ?? {}, {
    ownerReferences: [{ apiVersion: "v1", kind: "ReplicationController", name: "shop-1", controller: true, uid: "1" }],
  });
  must("the pod of a ReplicationController", await hub.report(pod));
  for (const [name, args] of CALLS) {
    must(name, await modern(`${hub.url}/mcp`, "tools/call", { name, arguments: args }));
  }
});
afterAll(() => hub?.close());

/** `get pods/log` of `GET /api/v1/namespaces/ci/pods/x/log?...`, other groups as `list tekton.dev/taskruns`; nothing outside namespaces. */
function rightOf(request: string): string[] {
  const path = /^GET ([^?]*)/.exec(request)?.[1] ?? "";
  const parts = /^\/(?:api|apis\/([^/]+))\/[^/]+\/namespaces\/[^/]+\/([^/]+)(?:\/[^/]+(\/[^/]+)?)?$/.exec(path);
  if (parts === null) return [];
  const [, group, resource = "", below = ""] = parts;
  const isOne = path.split("/").length > (group === undefined ? 6 : 7);
  return [`${isOne ? "get" : "list"} ${group === undefined ? "" : `${group}/`}${resource}${below}`];
}

it("has every right that the tools and the agent use, and no other", async () => {
  const role = z
    .looseObject({
      rules: z.array(
        z.object({ apiGroups: z.tuple([z.string()]), resources: z.array(z.string()), verbs: z.array(z.string()) }),
      ),
    })
    .parse(one(await render({}), "Role"));
  const given = role.rules.flatMap(({ apiGroups: [group], resources, verbs }) =>
    resources.flatMap((name) => verbs.map((verb) => `${verb} ${group === "" ? "" : `${group}/`}${name}`)),
  );
  const used = new Set(hub.kubernetes.requests.flatMap(rightOf));
  expect([...used].sort()).toEqual(given.sort());
  expect(hub.kubernetes.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
});

it("all tools of the module were asked", () => {
  const tools = hub.hub.registry.entries.filter(({ module }) => module === "kubernetes").map(({ tool }) => tool.name);
  expect([...new Set(CALLS.map(([name]) => name)), ...CLUSTER_WIDE].sort()).toEqual(tools.sort());
});
