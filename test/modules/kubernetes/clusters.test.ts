import { readFile, writeFile, mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { kubernetes } from "../../../src/modules/kubernetes/index.ts";
import { readSection } from "../../../src/core/settings.ts";
import { startModule } from "../../support/modules.ts";
import { startKubernetes } from "../../support/kubernetes-stand-in.ts";
import { pod, startGround, TOKEN } from "./ground.ts";

const web = pod({ name: "web-1", containers: [{ name: "web" }] });
const signal = new AbortController().signal;
const tls = (name: string) => readFile(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

describe("contexts", () => {
  it("one context needs no argument, and none is offered", async () => {
    const ground = await startGround();
    const entry = ground.hub.registry.find("pods_list");
    expect(Object.keys(entry?.properties ?? {})).not.toContain("context");
    expect(await ground.hub.running.check(signal)).toEqual({ ok: true, message: "test: v1.36.0" });
    expect(ground.hub.running.health?.()).toEqual({ contexts: ["test"], problems: [] });
    await ground.close();
  });

  it("several are offered by name, the current one by default, and a wrong one is answered with those there are", async () => {
    const ground = await startGround({ contexts: ["prod", "stage"] });
    ground.cluster.objects.push(web);
    const entry = ground.hub.registry.find("pods_get");
    expect(entry?.properties["context"]).toMatchObject({ description: "Cluster to ask: prod (default), stage" });
    for (const input of [{}, { context: "stage" }]) {
      expect(await ground.hub.call("pods_get", { name: "web-1", ...input })).toMatchObject({ isError: false });
    }
    const wrong = await ground.hub.call("pods_get", { name: "web-1", context: "stagee" });
    expect(wrong).toMatchObject({ isError: true, text: 'no context "stagee"; did you mean stage?' });
    await ground.close();
  });

  it("come from several files, of which the first to name a thing wins", async () => {
    const ground = await startGround({ contexts: ["a", "both"] });
    ground.cluster.objects.push(web);
    const second = join(ground.folder, "second");
    await writeFile(second, ground.cluster.kubeconfig(["b", "both"], { token: "wrong" }));
    const hub = await startModule(kubernetes, { KUBECONFIG: [join(ground.folder, "config"), second].join(delimiter) });
    expect(hub.running.health?.()).toEqual({ contexts: ["a", "both", "b"], problems: [] });
    for (const context of ["a", "b"]) {
      expect(await hub.call("pods_get", { name: "web-1", context })).toMatchObject({ isError: false });
    }
    await hub.close();
    await ground.close();
  });

  it("KUBERNETES_CONTEXTS chooses and orders them, and one that is not there is told", async () => {
    const ground = await startGround({ contexts: ["a", "b", "c"], env: { KUBERNETES_CONTEXTS: "c, a, x" } });
    const health = ground.hub.running.health?.();
    expect(health).toEqual({
      contexts: ["c", "a"],
      problems: ['KUBERNETES_CONTEXTS names "x", which the kubeconfig does not have'],
    });
    await ground.close();
  });
});

describe("credentials", () => {
  it("come from an exec plugin, which runs once for calls at the same time", async () => {
    const ground = await startGround();
    const counter = join(ground.folder, "runs");
    const reply = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token: TOKEN } };
    const script = `require("fs").appendFileSync(${JSON.stringify(counter)}, "x"); console.log(${JSON.stringify(JSON.stringify(reply))})`;
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] };
    const file = join(ground.folder, "exec");
    await writeFile(file, ground.cluster.kubeconfig(["exec"], { exec }));
    ground.cluster.objects.push(web);
    const hub = await startModule(kubernetes, { KUBECONFIG: file });
    const answers = await Promise.all([1, 2, 3].map(() => hub.call("pods_get", { name: "web-1" })));
    expect(answers.map(({ isError }) => isError)).toEqual([false, false, false]);
    expect(await readFile(counter, "utf8")).toBe("x");
    await hub.close();
    await ground.close();
  });

  it("that an exec plugin cannot give are a failure that shows nothing of its output", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", `console.error("${TOKEN}"); process.exit(1)`],
    };
    const ground = await startGround({ user: { exec } });
    const { isError, text, structured } = await ground.hub.call("pods_list");
    expect({ isError, code: structured["code"] }).toEqual({ isError: true, code: "NO_CREDENTIALS" });
    expect(text).toContain('the exec plugin of kubeconfig user "hub" gave no credentials');
    expect(text + JSON.stringify(structured)).not.toContain(TOKEN);
    await ground.close();
  });

  it("that were renewed in the kubeconfig are read again after a 401; wrong ones are told", async () => {
    const ground = await startGround();
    ground.cluster.objects.push(web);
    expect(await ground.hub.call("pods_get", { name: "web-1" })).toMatchObject({ isError: false });
    ground.cluster.token = "renewed-token-canary";
    const { isError, text, structured } = await ground.hub.call("pods_get", { name: "web-1" });
    expect({ isError, code: structured["code"] }).toEqual({ isError: true, code: "UNAUTHORIZED" });
    expect(text).toBe(
      'Kubernetes does not accept the hub\'s credentials for context "test" (401)\n' +
        "The operator renews the token, certificate or exec plugin of that kubeconfig user.",
    );
    await writeFile(join(ground.folder, "config"), ground.cluster.kubeconfig());
    expect(await ground.hub.call("pods_get", { name: "web-1" })).toMatchObject({ isError: false });
    await ground.close();
  });

  it("of the pod's own service account are used over TLS with the cluster's authority", async () => {
    const cluster = await startKubernetes({
      token: TOKEN,
      tls: { key: await tls("server.key"), cert: await tls("server.crt") },
    });
    cluster.objects.push(web);
    const ground = await startGround();
    const folder = join(ground.folder, "account");
    await mkdir(folder);
    await writeFile(join(folder, "token"), TOKEN);
    await writeFile(join(folder, "ca.crt"), await tls("ca.crt"));
    await writeFile(join(folder, "namespace"), "shop\n");
    const env = {
      KUBERNETES_SERVICE_HOST: "localhost",
      KUBERNETES_SERVICE_PORT: String(cluster.port),
      KUBERNETES_SERVICE_ACCOUNT_PATH: folder,
    };
    const hub = await startModule(kubernetes, env);
    expect(await hub.call("pods_get", { name: "web-1" })).toMatchObject({ isError: false });
    await hub.close();
    await cluster.close();
    await ground.close();
  });

  it("over TLS fail with the reason when the authority is not known", async () => {
    const options = { tls: { key: await tls("server.key"), cert: await tls("server.crt") } };
    const ground = await startGround(options);
    const { isError, text } = await ground.hub.call("pods_list");
    expect(isError).toBe(true);
    expect(text).toMatch(/^the Kubernetes API of context "test" cannot be reached: TLS: .*\n.*certificate authority/);
    await ground.close();
  });
});

describe("a cluster that does not answer as it should", () => {
  it("times out, breaks off, talks nonsense or is not there, and each is told", async () => {
    const ground = await startGround({ env: { KUBERNETES_TIMEOUT_SECONDS: "1" } });
    const { mishaps } = ground.cluster;
    const ask = async () => (await ground.hub.call("pods_list")).text;
    mishaps.push({ kind: "hang" });
    expect(await ask()).toBe("the Kubernetes API did not answer within 1s; ask for less, or try again");
    mishaps.push({ kind: "reset" });
    expect(await ask()).toMatch(/cannot be reached: connection closed/);
    mishaps.push({ kind: "status", status: 200, body: "<html>" });
    expect(await ask()).toMatch(/^the answer is not what the Kubernetes API would say/);
    mishaps.push({ kind: "status", status: 503, body: "" });
    expect(await ask()).toBe("the Kubernetes API failed (503)\nTry again in a few seconds.");
    mishaps.push({ kind: "status", status: 429, body: "" });
    expect(await ask()).toBe("the Kubernetes API is busy (429)\nTry again in a few seconds.");
    await ground.close();
    const gone = await startGround();
    await gone.cluster.close();
    const { text } = await gone.hub.call("pods_list");
    expect(text).toMatch(/cannot be reached: connection refused/);
    await gone.hub.close();
  });
});

describe("without a cluster", () => {
  it("the module is off and names the variable", async () => {
    const { values } = await readSection(kubernetes.settings, {});
    expect(kubernetes.off?.(values, {})).toBe("KUBECONFIG");
  });

  it("a kubeconfig that cannot be read or is none is told in health and by every tool, without its content", async () => {
    const ground = await startGround();
    const broken = join(ground.folder, "broken");
    await writeFile(broken, `token: ${TOKEN}: [`);
    for (const [file, problem] of [
      [join(ground.folder, "none"), "cannot be read (ENOENT)"],
      [broken, "is not a kubeconfig"],
    ] as const) {
      const hub = await startModule(kubernetes, { KUBECONFIG: file });
      expect(hub.running.health?.()).toEqual({ contexts: [], problems: [`KUBECONFIG ${file} ${problem}`] });
      expect(await hub.running.check(signal)).toMatchObject({ ok: false });
      const { isError, text } = await hub.call("pods_list");
      expect({ isError, text }).toEqual({ isError: true, text: `no cluster: KUBECONFIG ${file} ${problem}` });
      await hub.close();
    }
    await ground.close();
  });

  it("a pod without a service account token says what to set", async () => {
    const hub = await startModule(kubernetes, {
      KUBERNETES_SERVICE_HOST: "localhost",
      KUBERNETES_SERVICE_ACCOUNT_PATH: "/none",
    });
    expect((await hub.call("pods_list")).text).toContain("set automountServiceAccountToken: true, or KUBECONFIG");
    await hub.close();
  });
});
