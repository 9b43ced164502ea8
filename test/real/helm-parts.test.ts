// What is in the single parts of a release: its token, its mounts, its doors, and who is let in and out.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { render, type Manifest, type RenderOptions, type Values } from "./support/helm.ts";
import { deploymentOf, one } from "./support/helm-pod.ts";

const pod = async (values: Values) => deploymentOf(await render(values)).spec.template.spec;
const specOf = async (kind: string, values: Values, options?: RenderOptions) =>
  z.looseObject({}).parse(one(await render(values, options), kind)["spec"]);

const mountOf = ({ containers }: Awaited<ReturnType<typeof pod>>, name: string) =>
  containers[0]?.volumeMounts.find((mount) => mount.name === name);

describe("the service account's token", () => {
  it("is projected, lives an hour, and is mounted where clients look for it, read-only", async () => {
    const spec = await pod({});
    expect(spec.volumes.find(({ name }) => name === "service-account")).toMatchObject({
      projected: {
        sources: [
          { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ],
      },
    });
    expect(mountOf(spec, "service-account")).toEqual({
      name: "service-account",
      mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
      readOnly: true,
    });
  });

  it("is not there when nobody asks the cluster", async () => {
    const spec = await pod({ auth: { mode: "none" }, reportAuth: { modes: ["none"] }, kubernetes: { enabled: false } });
    expect(spec.volumes.map(({ name }) => name)).toEqual(["tmp", "state"]);
  });

  it.each([
    ["the module", { auth: { mode: "none" }, reportAuth: { modes: ["none"] } }],
    ["callers", { reportAuth: { modes: ["none"] }, kubernetes: { enabled: false } }],
    ["reporters", { auth: { mode: "none" }, kubernetes: { enabled: false } }],
  ])("is there for %s alone", async (_, values) => {
    expect(mountOf(await pod(values), "service-account")).toBeDefined();
  });
});

it("Grafana's datasource Secret is mounted where Grafana and proms-mcp have it, read-only", async () => {
  const spec = await pod({ prometheus: { datasourcesSecret: "grafana-datasources" } });
  expect(mountOf(spec, "datasources")).toEqual({
    name: "datasources",
    mountPath: "/etc/grafana/provisioning/datasources",
    readOnly: true,
  });
  expect(spec.volumes.find(({ name }) => name === "datasources")).toMatchObject({
    secret: { secretName: "grafana-datasources" },
  });
});

it("volumes, mounts and variables of one's own reach the pod unchanged", async () => {
  const values = {
    extraVolumes: [{ name: "kerberos", secret: { secretName: "krb5" } }],
    extraVolumeMounts: [{ name: "kerberos", mountPath: "/etc/krb5", readOnly: true }],
    extraEnv: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
    extraEnvFrom: [{ secretRef: { name: "more" } }],
  };
  const { volumes, containers } = await pod(values);
  expect(volumes).toEqual(expect.arrayContaining(values.extraVolumes));
  expect(containers[0]?.volumeMounts).toEqual(expect.arrayContaining(values.extraVolumeMounts));
  expect(containers[0]?.env).toEqual(expect.arrayContaining(values.extraEnv));
  expect(containers[0]?.["envFrom"]).toEqual(values.extraEnvFrom);
});

it("the pod is given longer to end than the hub takes for its calls", async () => {
  expect((await pod({}))["terminationGracePeriodSeconds"]).toBe(35);
  expect((await pod({ hub: { drainSeconds: 300 } }))["terminationGracePeriodSeconds"]).toBe(310);
});

it("everything that picks the pods or the Service picks them by labels and ports that they have", async () => {
  const on = { enabled: true };
  const manifests = await render({ serviceMonitor: on, podDisruptionBudget: on, networkPolicy: on });
  const labels = deploymentOf(manifests).spec.template.metadata.labels;
  const picks = (kind: string, key: string): unknown =>
    z
      .looseObject({ [key]: z.object({ matchLabels: z.record(z.string(), z.string()) }) })
      .parse(one(manifests, kind)["spec"])[key]?.matchLabels;
  expect(labels).toMatchObject(picks("PodDisruptionBudget", "selector") as object);
  expect(labels).toMatchObject(picks("NetworkPolicy", "podSelector") as object);
  const service = one(manifests, "Service");
  expect(service.metadata.labels).toMatchObject(picks("ServiceMonitor", "selector") as object);
  expect(service["spec"]).toMatchObject({
    ports: [
      { name: "http", port: 8000 },
      { name: "metrics", port: 8080 },
    ],
  });
  expect(one(manifests, "ServiceMonitor")["spec"]).toMatchObject({
    endpoints: [{ port: "metrics", path: "/metrics" }],
    namespaceSelector: { matchNames: ["ops"] },
  });
});

describe("the NetworkPolicy", () => {
  const SAME = [{ podSelector: {} }];
  const DNS = { ports: [53, 5353].flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ port, protocol }))) };
  const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: "TCP" }));

  it("lets in the release's namespace, and out to DNS, https and the cluster's API", async () => {
    expect(await specOf("NetworkPolicy", { networkPolicy: { enabled: true } })).toMatchObject({
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { ports: tcp(8000), from: SAME },
        { ports: tcp(8080), from: SAME },
      ],
      egress: [DNS, { ports: tcp(443, 6443) }],
    });
  });

  it("lets in and out whom the values name, an OTLP collector among them, and nobody else", async () => {
    const peer = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
    const collector = { to: [peer("observability")], ports: tcp(4318) };
    const spec = await specOf("NetworkPolicy", {
      hub: { port: 9000, metricsPort: 9001 },
      networkPolicy: {
        enabled: true,
        from: [peer("ingress")],
        metricsFrom: [peer("monitoring")],
        egressPorts: [],
        extraEgress: [collector],
      },
    });
    expect(spec["ingress"]).toEqual([
      { ports: tcp(9000), from: [peer("ingress")] },
      { ports: tcp(9001), from: [peer("monitoring")] },
    ]);
    expect(spec["egress"]).toEqual([DNS, collector]);
  });
});

describe("the public doors", () => {
  it("the Route is encrypted, leads to the hub's port, and leaves silent streams alone for an hour", async () => {
    const manifests: Manifest[] = await render({ route: { enabled: true, host: "hub.apps.test" } });
    const route = one(manifests, "Route");
    expect(route.metadata.annotations).toMatchObject({ "haproxy.router.openshift.io/timeout": "1h" });
    expect(route["spec"]).toEqual({
      host: "hub.apps.test",
      to: { kind: "Service", name: "hub-ops-hub", weight: 100 },
      port: { targetPort: "http" },
      tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" },
    });
  });

  it("a Service that is public has no port for the numbers, which ask for no token", async () => {
    expect(await specOf("Service", { service: { type: "LoadBalancer" } })).toMatchObject({
      type: "LoadBalancer",
      ports: [{ name: "http", port: 8000 }],
    });
  });

  it("the Ingress leads every path of its host to the hub's port, with its certificate", async () => {
    const ingress = { enabled: true, host: "hub.test", className: "nginx", tlsSecret: "hub-tls" };
    const backend = { service: { name: "hub-ops-hub", port: { name: "http" } } };
    expect(await specOf("Ingress", { ingress })).toEqual({
      ingressClassName: "nginx",
      tls: [{ hosts: ["hub.test"], secretName: "hub-tls" }],
      rules: [{ host: "hub.test", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    });
  });
});
