// helm/manifests.sh: the chart as plain manifests for `kubectl apply` and `oc apply`, made without a cluster.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CHART, HELM, manifest, render, withValues, type Manifest, type Values } from "./support/helm.ts";
import { MATRIX } from "./support/helm-matrix.ts";
import { deploymentOf } from "./support/helm-pod.ts";
import { checkAgainst, kubernetesVersions } from "./support/helm-schemas.ts";

const SCRIPT = fileURLToPath(new URL("../../helm/manifests.sh", import.meta.url));
const WITH_HELM = `${dirname(HELM)}:/usr/bin:/bin`;
const CLUSTER_WIDE = ["ClusterRole", "ClusterRoleBinding"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-manifests-"));
  // Whoever asks a cluster, or takes its namespace from here, is found out.
  const context = { name: "other", context: { cluster: "other", user: "other", namespace: "elsewhere" } };
  const clusters = [{ name: "other", cluster: { server: "https://127.0.0.1:9" } }];
  const kubeconfig = { apiVersion: "v1", kind: "Config", "current-context": "other", contexts: [context], clusters };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
});
afterAll(() => rm(folder, { recursive: true }));

/** The script as somebody runs it, in a folder that is not the chart's. */
function run(args: readonly string[], path = WITH_HELM) {
  const env = { PATH: path, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") };
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>();
  execFile("sh", [SCRIPT, ...args], { env, cwd: folder, maxBuffer: 16_777_216 }, (error, stdout, stderr) =>
    resolve({ code: error === null ? 0 : z.number().parse(error.code), stdout, stderr }),
  );
  return promise;
}

async function plain(values: Values, ...args: string[]): Promise<Manifest[]> {
  const { code, stdout, stderr } = await withValues(values, (path) => run(["-f", path, ...args]));
  if (code !== 0) throw new Error(stderr);
  return z.array(manifest).parse(loadAll(stdout).filter((one) => one !== null && one !== undefined));
}

const check = await checkAgainst((await kubernetesVersions()).at(-1) ?? "");

describe.each(Object.entries(MATRIX))("%s", (_, row) => {
  it("is complete, whole, in its namespace, and has nothing of Helm", async () => {
    const files = (row.files ?? []).flatMap((file) => ["-f", join(CHART, file)]);
    const manifests = await plain(row.values, ...files, "-n", "ops");
    const ofChart = await render(row.values, row);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(ofChart.map(({ kind }) => kind).sort());
    expect(manifests.flatMap(check)).toEqual([]);
    expect(JSON.stringify(manifests.map(({ metadata }) => metadata))).not.toMatch(/helm/i);
    const outside = manifests.filter(({ kind, metadata: { namespace } }) =>
      CLUSTER_WIDE.includes(kind) ? namespace !== undefined : !["ops", "ci", "shop"].includes(namespace ?? ""),
    );
    expect(outside).toEqual([]);
  });
});

it("is what the chart says, but for Helm's own labels and annotations", async () => {
  const values = { fullnameOverride: "hub-ops-hub" };
  const bare = (one: Manifest) => ({
    ...one,
    metadata: { name: one.metadata.name, namespace: one.metadata.namespace },
  });
  const text = (manifests: Manifest[]) =>
    JSON.stringify(manifests.map(bare)).replaceAll(/"app\.kubernetes\.io\/instance":"[-a-z]+"/g, "instance");
  expect(text(await plain(values, "-n", "ops"))).toBe(text(await render(values)));
});

it("goes to the namespace ops-hub unless another is said, whatever the kubeconfig says", async () => {
  const namespaces = new Set((await plain({})).map(({ metadata }) => metadata.namespace));
  expect(namespaces).toEqual(new Set(["ops-hub", undefined]));
});

it("leaves the pod's group to OpenShift when there is a Route, or when it is said", async () => {
  const groupOf = (manifests: Manifest[]) => deploymentOf(manifests).spec.template.spec.securityContext["fsGroup"];
  const route = { enabled: true, host: "hub.apps.test" };
  expect(groupOf(await plain({}))).toBe(1001);
  expect(groupOf(await plain({ route }))).toBeUndefined();
  expect(groupOf(await plain({}, "-a", "route.openshift.io/v1"))).toBeUndefined();
});

it("says in the chart's words what is wrong with the values, and prints nothing", async () => {
  const { code, stdout, stderr } = await run(["--set", "replicaCount=3"]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("more than one replica needs database.url or database.existingSecret");
});

it("says what to do next, and not among the manifests", async () => {
  const { stdout, stderr } = await run([]);
  expect(stderr).toContain("oc apply -f");
  expect(stdout).not.toContain("oc apply -f");
});

it("says what to do where there is no helm", async () => {
  const { code, stdout, stderr } = await run([], "/usr/bin:/bin");
  expect([code, stdout]).toEqual([127, ""]);
  expect(stderr).toMatch(/no helm in the PATH.*https:\/\/helm\.sh/);
});
