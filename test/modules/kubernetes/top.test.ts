import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGround, type Ground } from "./ground.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await startGround({ serves: ["v1", "metrics.k8s.io/v1beta1"] });
  const podMetrics = (name: string, namespace: string, containers: object[]) => ({
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    metadata: { name, namespace, labels: { app: name } },
    containers,
  });
  ground.cluster.objects.push(
    podMetrics("web", "shop", [{ name: "web", usage: { cpu: "250m", memory: "64Mi" } }]),
    podMetrics("db", "shop", [
      { name: "db", usage: { cpu: "1500000000n", memory: "2097152Ki" } },
      { name: "proxy", usage: { cpu: "0", memory: "1Mi" } },
    ]),
    {
      apiVersion: "metrics.k8s.io/v1beta1",
      kind: "NodeMetrics",
      metadata: { name: "node-1" },
      usage: { cpu: "1", memory: "4Gi" },
    },
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1" },
      status: { allocatable: { cpu: "4", memory: "16Gi" } },
    },
  );
});
afterAll(() => ground.close());

describe("pods_top and nodes_top", () => {
  it("show what containers use, the largest memory first", async () => {
    const { text, structured } = await ground.hub.call("pods_top", { namespace: "shop" });
    expect(text).toBe(
      [
        "NAMESPACE  NAME  CONTAINER  CPU    MEMORY",
        "shop       db    db         1500m  2048Mi",
        "shop       web   web        250m   64Mi",
        "shop       db    proxy      0m     1Mi",
      ].join("\n"),
    );
    expect(structured).toMatchObject({ total: 3, has_more: false });
    expect((await ground.hub.call("pods_top", { name: "web" })).structured).toMatchObject({ total: 1 });
    expect((await ground.hub.call("pods_top", { label_selector: "app=db" })).structured).toMatchObject({ total: 2 });
    const missing = await ground.hub.call("pods_top", { name: "gone" });
    expect(missing).toMatchObject({ isError: true, structured: { code: "NOT_FOUND" } });
  });

  it("show what nodes use of what they can give, and do without when nodes may not be listed", async () => {
    const header = "NAME    CPU    CPU PERCENT  MEMORY  MEMORY PERCENT";
    const { text } = await ground.hub.call("nodes_top");
    expect(text).toBe(`${header}\nnode-1  1000m  25%          4096Mi  25%`);
    ground.cluster.denied.add("list nodes *");
    const denied = await ground.hub.call("nodes_top");
    expect(denied.text).toContain('cannot list resource "nodes" in API group "metrics.k8s.io"');
  });

  it("say that there is no metrics-server", async () => {
    const plain = await startGround();
    for (const tool of ["pods_top", "nodes_top"]) {
      const { isError, text, structured } = await plain.hub.call(tool);
      expect({ isError, code: structured["code"] }).toEqual({ isError: true, code: "NO_METRICS" });
      expect(text).toMatch(/^this cluster has no metrics API \(metrics.k8s.io\)\nThe operator installs metrics-server/);
    }
    await plain.close();
  });
});
