import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exited, pod, startGround, TOKEN, type Ground } from "./ground.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await startGround({ serves: ["v1", "apps/v1", "project.openshift.io/v1"] });
});
afterAll(() => ground.close());
beforeEach(() => {
  ground.cluster.objects.splice(0);
  ground.cluster.denied.clear();
  ground.cluster.requests.splice(0);
});

const call = (tool: string, input: Record<string, unknown> = {}) => ground.hub.call(tool, input);

const crashing = { waiting: { reason: "CrashLoopBackOff" } };

describe("pods_list and pods_list_in_namespace", () => {
  it("print what kubectl prints, of one namespace or of all", async () => {
    ground.cluster.objects.push(
      pod({ name: "web-1", labels: { app: "web" }, containers: [{ name: "web" }] }),
      pod({ name: "api-1", containers: [{ name: "api", state: crashing, restartCount: 5 }] }),
      pod({ name: "etcd-0", namespace: "kube-system", containers: [{ name: "etcd" }] }),
    );
    const { text, structured } = await call("pods_list_in_namespace", { namespace: "shop" });
    expect(text).toBe(
      [
        "NAMESPACE  NAME   READY  STATUS            RESTARTS  AGE  NODE    LABELS",
        "shop       api-1  0/1    CrashLoopBackOff  5         5m   node-1  -",
        "shop       web-1  1/1    Running           0         5m   node-1  app=web",
      ].join("\n"),
    );
    expect(structured).toMatchObject({ resource: "pods", namespace: "shop", total: 2, returned: 2, truncated: false });
    expect(structured["items"]).toContainEqual({
      namespace: "shop",
      name: "web-1",
      ready: "1/1",
      status: "Running",
      restarts: "0",
      age: "5m",
      node: "node-1",
      labels: { app: "web" },
    });
    expect((await call("pods_list", {})).structured).toMatchObject({ total: 3 });
    const failed = await call("pods_list", { labelSelector: "app=web", fieldSelector: "status.phase=Running" });
    expect(failed.structured).toMatchObject({ total: 1, items: [{ name: "web-1" }] });
  });

  it("page with limit and offset, with an exact total, over pages of the server", async () => {
    const names = Array.from({ length: 1_234 }, (_, i) => `p-${String(i).padStart(4, "0")}`);
    ground.cluster.objects.push(...names.map((name) => pod({ name, containers: [{ name: "a" }] })));
    const first = await call("pods_list", { limit: 3 });
    expect(first.structured).toMatchObject({ total: 1_234, returned: 3, has_more: true, next_offset: 3 });
    expect(first.text).toContain("[1-3 of 1234 shown; pass offset=3 for the next, or narrow the question]");
    const last = await call("pods_list", { limit: 3, offset: 1_232 });
    expect(last.structured).toMatchObject({
      returned: 2,
      has_more: false,
      items: [{ name: "p-1232" }, { name: "p-1233" }],
    });
    const all = await call("pods_list", { limit: 1_000 });
    expect(Buffer.byteLength(all.text)).toBeLessThanOrEqual(24 * 1024);
    const { returned, next_offset } = all.structured;
    expect(returned).toBe(next_offset);
    expect(Number(returned)).toBeGreaterThan(100);
  });

  it("start once more when the server has forgotten where it was", async () => {
    const names = Array.from({ length: 700 }, (_, i) => `p-${i}`);
    ground.cluster.objects.push(...names.map((name) => pod({ name, containers: [{ name: "a" }] })));
    ground.cluster.expireContinue = true;
    expect((await call("pods_list", { offset: 690 })).structured).toMatchObject({ total: 700, returned: 10 });
    expect(ground.cluster.requests.length).toBe(4);
  });

  it("say that there are none, and whether the offset is too large", async () => {
    expect((await call("pods_list_in_namespace", { namespace: "shop" })).text).toBe("No pods found in namespace shop.");
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    expect((await call("pods_list", { offset: 5 })).text).toBe(
      "Nothing at this offset: there are 1 pods in any namespace.",
    );
  });

  it("name the missing permission, and pass on why a selector is refused", async () => {
    ground.cluster.denied.add("list pods *");
    const denied = await call("pods_list");
    expect(denied.isError).toBe(true);
    expect(denied.text).toBe(
      'pods is forbidden: User "system:serviceaccount:hub:ops-hub" cannot list resource "pods" in API group "" at the cluster scope\n' +
        "Missing permission: verb list on pods. The operator grants it with a ClusterRole and ClusterRoleBinding, or ask for one namespace.",
    );
    const bad = await call("pods_list_in_namespace", { namespace: "shop", fieldSelector: "spec.image=x" });
    expect(bad).toMatchObject({ isError: true, structured: { code: "BAD_REQUEST" } });
    expect(bad.text).toContain("field label not supported: spec.image");
  });
});

describe("namespaces_list and projects_list", () => {
  it("list where to look", async () => {
    const status = { phase: "Active" };
    ground.cluster.objects.push(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" }, status },
      { apiVersion: "project.openshift.io/v1", kind: "Project", metadata: { name: "shop-project" }, status },
    );
    expect((await call("namespaces_list")).text).toBe("NAME  STATUS  AGE\nshop  Active  <unknown>");
    expect((await call("projects_list")).structured).toMatchObject({ items: [{ name: "shop-project" }] });
  });

  it("say what is missing on a cluster that is not OpenShift", async () => {
    const plain = await startGround();
    const { isError, text } = await plain.hub.call("projects_list");
    expect({ isError, text }).toEqual({
      isError: true,
      text:
        'the cluster of context "test" does not serve projects.project.openshift.io\n' +
        "What brings this API is not installed in the cluster, or is down; resources_list shows what is served.",
    });
    await plain.close();
  });
});

describe("pods_get", () => {
  it("gives the pod as YAML without managedFields, and the object itself as structured content", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a", state: exited(1) }] }));
    const { text, structured } = await call("pods_get", { name: "p" });
    expect(text).toContain("kind: Pod\n");
    expect(text).toContain("exitCode: 1");
    expect(text).not.toContain("managedFields");
    expect(structured).toMatchObject({ kind: "Pod", apiVersion: "v1", metadata: { name: "p", namespace: "shop" } });
    expect(ground.cluster.requests).toEqual(["GET /api/v1/namespaces/shop/pods/p"]);
  });

  it("tells where to look when there is none, and never climbs to another path", async () => {
    const gone = await call("pods_get", { name: "gone", namespace: "blog" });
    expect(gone.text).toMatch(/^pods "gone" not found\n.*pods_list_in_namespace with namespace=blog/);
    expect(await call("pods_get", { name: ".." })).toMatchObject({ isError: true, structured: { code: "INVALID" } });
    expect(await call("pods_get", { name: "a/log" })).toMatchObject({ isError: true });
    expect(ground.cluster.requests.length).toBe(1);
  });
});

describe("resources_list and resources_get", () => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "db",
      namespace: "shop",
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"password":"aHVudGVyMg=="}}' },
    },
    data: { password: "aHVudGVyMg==" },
    stringData: { user: "hunter2" },
    type: "Opaque",
  };

  it("find any kind through discovery, by kind, plural and short name", async () => {
    ground.cluster.objects.push({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop" },
      spec: { replicas: 2 },
    });
    for (const kind of ["Deployment", "deployments", "deploy"]) {
      const { structured } = await call("resources_list", { apiVersion: "apps/v1", kind, namespace: "shop" });
      expect(structured).toMatchObject({ resource: "deployments.apps", items: [{ name: "web" }] });
    }
    const one = await call("resources_get", { apiVersion: "apps/v1", kind: "Deployment", name: "web" });
    expect(one.text).toContain("replicas: 2");
    expect(one.text).toContain("kind: Deployment");
  });

  it("mask the values of Secrets everywhere", async () => {
    ground.cluster.objects.push(secret);
    const { text, structured } = await call("resources_get", { apiVersion: "v1", kind: "Secret", name: "db" });
    expect(structured).toMatchObject({ data: { password: "***" }, stringData: { user: "***" }, type: "Opaque" });
    const list = await call("resources_list", { apiVersion: "v1", kind: "Secret" });
    for (const shown of [text, JSON.stringify(structured), list.text, JSON.stringify(list.structured)]) {
      expect(shown).not.toMatch(/aHVudGVyMg|hunter2/);
    }
  });

  it("suggest a kind and an apiVersion that are served", async () => {
    const kind = await call("resources_get", { apiVersion: "v1", kind: "ConfigMapp", name: "x" });
    expect(kind).toMatchObject({ isError: true, text: 'v1 has no kind "ConfigMapp"\nDid you mean ConfigMap?' });
    const version = await call("resources_list", { apiVersion: "app/v1", kind: "Deployment" });
    expect(version.text).toMatch(/^the cluster does not serve apiVersion "app\/v1"\nDid you mean apps\/v1/);
  });

  it("shorten an object that is too large, and say so", async () => {
    ground.cluster.objects.push({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "big", namespace: "shop" },
      data: { "dump.json": "x".repeat(500_000), small: "kept" },
    });
    const { isError, text, structured } = await call("resources_get", {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "big",
    });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ truncated: true, data: { small: "kept" } });
    expect(text).toMatch(/^# Too large to show whole: texts are cut after 4000 characters/);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  });
});

describe("events_list", () => {
  const event = (name: string, parts: Record<string, unknown>) => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "shop" },
    involvedObject: { apiVersion: "v1", kind: "Pod", name: "web-1", namespace: "shop" },
    type: "Warning",
    reason: "BackOff",
    message: "Back-off restarting failed container",
    ...parts,
  });

  it("lists them newest first with counts, in the format of kubernetes-mcp-server", async () => {
    ground.cluster.objects.push(
      event("a", { lastTimestamp: "2026-11-25T11:00:00Z", firstTimestamp: "2026-11-25T10:00:00Z", count: 7 }),
      event("b", {
        type: "Normal",
        reason: "Pulled",
        message: "Pulled image",
        eventTime: "2026-11-25T11:30:00.000000Z",
      }),
    );
    const { text, structured } = await call("events_list", { namespace: "shop" });
    expect(text).toBe(`# The following events (YAML format) were found:
- Namespace: shop
  Timestamp: '2026-11-25T11:30:00.000000Z'
  Type: Normal
  Reason: Pulled
  InvolvedObject:
    apiVersion: v1
    Kind: Pod
    Name: web-1
  Message: Pulled image
- Namespace: shop
  Timestamp: '2026-11-25T11:00:00Z'
  Count: 7
  FirstTimestamp: '2026-11-25T10:00:00Z'
  Type: Warning
  Reason: BackOff
  InvolvedObject:
    apiVersion: v1
    Kind: Pod
    Name: web-1
  Message: Back-off restarting failed container
`);
    expect(structured).toMatchObject({ total: 2, returned: 2, has_more: false });
  });

  it("narrows by object, type and selector on the server", async () => {
    ground.cluster.objects.push(event("a", {}), event("b", { type: "Normal" }));
    const { structured } = await call("events_list", { name: "web-1", kind: "Pod", type: "Warning" });
    expect(structured).toMatchObject({ total: 1 });
    expect(ground.cluster.requests[0]).toContain(
      "fieldSelector=involvedObject.name%3Dweb-1%2CinvolvedObject.kind%3DPod%2Ctype%3DWarning",
    );
    expect((await call("events_list", { fieldSelector: "reason=Nope" })).text).toBe("# No events found");
  });
});

it("the hub's token is in no answer and in no failure", async () => {
  ground.cluster.mishaps.push({ kind: "status", status: 500, body: `proxy error with ${TOKEN}` });
  const { isError, text, structured } = await call("pods_list");
  expect(isError).toBe(true);
  expect(text + JSON.stringify(structured)).not.toContain(TOKEN);
});
