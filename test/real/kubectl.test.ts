// kubectl, a real client of the Kubernetes API, against the stand-in that all tests use: what it accepts, the hub may rely on.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startKubernetes, type KubernetesStandIn } from "../support/kubernetes-stand-in.ts";
import { makeCertificates } from "./support/certificate.ts";

let directory: string;
let cluster: KubernetesStandIn;
let config: string;

const container = (name: string) => ({ name, image: `registry.test/${name}:1` });
const pod = (name: string, phase: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "shop",
    uid: `uid-${name}`,
    labels: { app: "web" },
    creationTimestamp: "2026-11-25T10:00:00Z",
  },
  spec: { nodeName: "node-1", containers: [container("app"), container("proxy")] },
  status: {
    phase,
    containerStatuses: [
      {
        name: "app",
        ready: false,
        restartCount: 2,
        image: "registry.test/app:1",
        state: { terminated: { exitCode: 1, reason: "Error" } },
      },
      { name: "proxy", ready: true, restartCount: 0, image: "registry.test/proxy:1", state: { running: {} } },
    ],
  },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ops-hub-kubectl-"));
  const certificates = await makeCertificates(directory);
  const [cert, key, ca] = await Promise.all(
    [certificates.server.cert, certificates.server.key, certificates.ca].map((path) => readFile(path, "utf8")),
  );
  cluster = await startKubernetes({ token: "t0ken", tls: { cert, key }, ca });
  cluster.objects.push({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop" },
    status: { phase: "Active" },
  });
  cluster.objects.push(pod("web-1", "Failed"), pod("web-2", "Running"), {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "web-1.1", namespace: "shop", creationTimestamp: "2026-11-25T10:01:00Z" },
    involvedObject: { apiVersion: "v1", kind: "Pod", name: "web-1", namespace: "shop" },
    type: "Warning",
    reason: "BackOff",
    message: "Back-off restarting failed container",
    count: 3,
    lastTimestamp: "2026-11-25T10:01:00Z",
  });
  const lines = Array.from({ length: 30 }, (_, n) => ({
    at: `2026-11-25T10:00:${String(n).padStart(2, "0")}Z`,
    text: `line ${n}`,
  }));
  cluster.logs.set("shop/web-1/app", lines);
  cluster.logs.set("shop/web-1/app/previous", [{ at: "2026-11-25T09:59:00Z", text: "it died before" }]);
  cluster.logs.set("shop/web-1/proxy", [{ at: "2026-11-25T10:00:00Z", text: "proxied" }]);
  config = join(directory, "kubeconfig");
  await writeFile(config, cluster.kubeconfig());
});
afterAll(async () => {
  await cluster?.close();
  await rm(directory, { recursive: true, force: true });
});

/** HOME is ours, so that no cache and no setting of the machine plays a part. */
async function kubectl(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: directory, KUBECONFIG: config };
  try {
    const { stdout, stderr } = await promisify(execFile)("kubectl", args, { env, timeout: 20_000 });
    return { out: stdout, err: stderr, code: 0 };
  } catch (error) {
    const { stdout = "", stderr = "", code } = error as { stdout?: string; stderr?: string; code?: unknown };
    return { out: stdout, err: stderr, code: typeof code === "number" ? code : 1 };
  }
}

describe("kubectl get", () => {
  it("prints pods as a table", async () => {
    const { out, err } = await kubectl("get", "pods", "-n", "shop");
    expect(err).toBe("");
    expect(out.split("\n")[0]).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE/);
    expect(out).toMatch(/^web-1 /m);
  });

  it("selects by label and by field, in all namespaces", async () => {
    const { out } = await kubectl(
      "get",
      "pods",
      "-A",
      "-l",
      "app=web",
      "--field-selector=status.phase=Failed",
      "-o",
      "name",
    );
    expect(out.trim()).toBe("pod/web-1");
  });

  it("reads one as JSON and as YAML", async () => {
    const json = await kubectl("get", "pod", "web-1", "-n", "shop", "-o", "json");
    expect(JSON.parse(json.out)).toMatchObject({ kind: "Pod", metadata: { name: "web-1", uid: "uid-web-1" } });
    expect((await kubectl("get", "pod", "web-1", "-n", "shop", "-o", "yaml")).out).toContain("uid: uid-web-1");
  });

  it("prints events", async () => {
    const { out } = await kubectl("get", "events", "-n", "shop");
    expect(out).toMatch(/Warning +BackOff +pod\/web-1 +Back-off restarting failed container/);
  });

  it("is told in Kubernetes' words what is not there or not allowed", async () => {
    expect((await kubectl("get", "pod", "web-9", "-n", "shop")).err).toContain('pods "web-9" not found');
    cluster.denied.add("list events");
    expect((await kubectl("get", "events", "-n", "shop")).err).toMatch(/Forbidden.*cannot list resource "events"/);
    cluster.denied.clear();
  });
});

describe("kubectl logs, with every flag the hub uses", () => {
  const logs = (...flags: string[]) => kubectl("logs", "web-1", "-n", "shop", ...flags);

  it("wants a container when there are several, or takes all of them", async () => {
    // newer versions choose the first by themselves and say so on stderr
    const { out, err } = await logs();
    expect(out + err).toMatch(/Defaulted container "app"|a container name must be specified/);
    expect((await logs("--all-containers")).out).toMatch(/line 29[\s\S]*proxied|proxied[\s\S]*line 29/);
  });

  it("reads the tail, with timestamps, since a time, and from before the restart", async () => {
    expect((await logs("-c", "app", "--tail=2")).out).toBe("line 28\nline 29\n");
    expect((await logs("-c", "app", "--tail=1", "--timestamps")).out).toMatch(/^2026-11-25T10:00:29\S*Z line 29\n$/);
    expect((await logs("-c", "app", "--since-time=2026-11-25T10:00:28Z")).out).toBe("line 28\nline 29\n");
    expect((await logs("-c", "app", "--previous")).out).toBe("it died before\n");
  });

  it("hears why there is no log", async () => {
    expect((await logs("-c", "nope")).err).toContain("container nope is not valid for pod web-1");
    expect((await logs("-c", "proxy", "--previous")).err).toContain(
      'previous terminated container "proxy" in pod "web-1" not found',
    );
  });

  it("follows to the end", async () => {
    cluster.stalls.add("shop/web-2/app");
    cluster.logs.set("shop/web-2/app", [{ at: "2026-11-25T10:00:00Z", text: "first" }]);
    const following = kubectl("logs", "web-2", "-c", "app", "-n", "shop", "-f");
    await expect
      .poll(() => cluster.requests.some((one) => one.includes("follow=true")), { timeout: 20_000 })
      .toBe(true);
    cluster.append("shop/web-2/app", { at: "2026-11-25T10:00:01Z", text: "second" });
    cluster.finish("shop/web-2/app");
    expect((await following).out).toBe("first\nsecond\n");
  });
});
