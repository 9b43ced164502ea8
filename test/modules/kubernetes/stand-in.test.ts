// The stand-in is only worth something if clients we did not write take it for a kube-apiserver.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { CoreV1Api, CustomObjectsApi, KubeConfig, Log, VersionApi } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startKubernetes, type KubernetesStandIn } from "../../support/kubernetes-stand-in.ts";
import { lines, pod, TOKEN } from "./ground.ts";

const tls = (name: string) => readFile(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

let cluster: KubernetesStandIn;
const config = new KubeConfig();
beforeAll(async () => {
  cluster = await startKubernetes({
    token: TOKEN,
    tls: { key: await tls("server.key"), cert: await tls("server.crt") },
    ca: await tls("ca.crt"),
  });
  config.loadFromString(cluster.kubeconfig());
  cluster.objects.push(
    pod({ name: "web-1", labels: { app: "web" }, containers: [{ name: "web" }] }),
    pod({ name: "two", containers: [{ name: "a" }, { name: "b" }] }),
    { apiVersion: "tekton.dev/v1", kind: "TaskRun", metadata: { name: "t", namespace: "shop" } },
  );
  cluster.logs.set("shop/web-1/web", lines("one", "two"));
});
afterAll(() => cluster.close());

it("answers the typed calls of @kubernetes/client-node", async () => {
  const core = config.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedPod({ namespace: "shop", labelSelector: "app=web" });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(["web-1"]);
  const one = await core.readNamespacedPod({ name: "web-1", namespace: "shop" });
  expect(one.status?.phase).toBe("Running");
  expect(await core.readNamespacedPodLog({ name: "web-1", namespace: "shop", tailLines: 1 })).toBe("two\n");
  const version = await config.makeApiClient(VersionApi).getCode();
  expect(version.gitVersion).toBe("v1.36.0");
  const custom = config.makeApiClient(CustomObjectsApi);
  const runs = { group: "tekton.dev", version: "v1", namespace: "shop", plural: "taskruns" };
  expect(await custom.listNamespacedCustomObject(runs)).toMatchObject({ items: [{ metadata: { name: "t" } }] });
});

it("refuses as Kubernetes does: unknown pods, two containers without a name, previous without a restart, writes", async () => {
  const core = config.makeApiClient(CoreV1Api);
  const log = (name: string, more: object = {}) => core.readNamespacedPodLog({ name, namespace: "shop", ...more });
  await expect(log("gone")).rejects.toMatchObject({ code: 404 });
  await expect(log("two")).rejects.toMatchObject({ code: 400, body: expect.stringContaining("choose one of: [a b]") });
  await expect(log("web-1", { previous: true })).rejects.toMatchObject({ code: 400 });
  await expect(core.deleteNamespacedPod({ name: "web-1", namespace: "shop" })).rejects.toMatchObject({ code: 405 });
  await expect(core.listNamespacedPod({ namespace: "shop", watch: true })).rejects.toMatchObject({ code: 400 });
});

it("follows a log", async () => {
  const stream = new PassThrough();
  const seen: string[] = [];
  stream.on("data", (chunk) => seen.push(String(chunk)));
  await new Log(config).log("shop", "web-1", "web", stream, { follow: true, tailLines: 1 });
  await expect.poll(() => seen.join("")).toBe("two\n");
  cluster.append("shop/web-1/web", { at: "2026-11-25T12:00:00Z", text: "three" });
  await expect.poll(() => seen.join("")).toBe("two\nthree\n");
  cluster.finish("shop/web-1/web");
  await once(stream, "end");
});
