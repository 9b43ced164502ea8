// The laws of pods: restricted, watched, limited, nothing of the node; and samples that break them.
import { z } from "zod";
import { breach, type Law } from "../../laws/law.ts";
import type { Manifest } from "./helm.ts";
import { asDeployment } from "./helm-pod.ts";

export const sample = (kind: string, rest: Record<string, unknown> = {}): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "sample", namespace: "ops" },
  ...rest,
});

export const pod = (spec: Record<string, unknown>, container: Record<string, unknown> = {}): Manifest =>
  sample("Deployment", {
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: { serviceAccountName: "x", containers: [{ name: "x", image: "x", ...container }], ...spec },
      },
    },
  });

function podOf(manifest: Manifest) {
  const { template } = asDeployment(manifest).spec;
  return { ...template.spec, labels: template.metadata.labels };
}

export const PODS: readonly Law<Manifest>[] = [
  {
    claim:
      "pod is restricted: no root, no privilege, a root filesystem that cannot be written, no token but the mounted one",
    breaches: (manifest) => {
      const { containers, securityContext, automountServiceAccountToken, ...others } = podOf(manifest);
      const isPod = z.looseObject({
        runAsNonRoot: z.literal(true),
        seccompProfile: z.object({ type: z.literal("RuntimeDefault") }),
      });
      const isContainer = z.strictObject({
        allowPrivilegeEscalation: z.literal(false),
        readOnlyRootFilesystem: z.literal(true),
        runAsNonRoot: z.literal(true),
        capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
      });
      return [
        ...breach(!isPod.safeParse(securityContext).success, "the pod's security context"),
        ...["hostNetwork", "hostPID", "hostIPC", "hostUsers"].flatMap((key) => breach(key in others, key)),
        ...breach(automountServiceAccountToken !== false, "automountServiceAccountToken"),
        ...containers.flatMap((one) => breach(!isContainer.safeParse(one.securityContext).success, one.name)),
      ];
    },
    broken: [pod({}), pod({}, { securityContext: { privileged: true } }), pod({ hostNetwork: true })],
  },
  {
    claim: "container is of an image that is named by a version or a digest, and has no brothers",
    breaches: (manifest) => {
      const { containers, ...others } = podOf(manifest);
      const isPinned = (image: string) => /(:[^:/]+|@sha256:[0-9a-f]{64})$/.test(image) && !image.endsWith(":latest");
      return [
        ...containers.flatMap(({ name, image }) => breach(!isPinned(image), `${name} is of ${image}`)),
        ...breach(containers.length !== 1 || "initContainers" in others, "containers"),
      ];
    },
    broken: [pod({}), pod({}, { image: "registry.test:5000/hub" }), pod({}, { image: "hub:latest" })],
  },
  {
    claim: "container has its probes on ports that it has, and requests and limits",
    breaches: (manifest) =>
      podOf(manifest).containers.flatMap((one) => {
        const ports = one.ports.map(({ name }) => name);
        const asks = (probe: typeof one.livenessProbe, path: string) =>
          breach(probe?.httpGet.path !== path || !ports.includes(String(probe.httpGet.port)), `probe of ${path}`);
        return [
          ...asks(one.startupProbe, "/health"),
          ...asks(one.livenessProbe, "/health"),
          ...asks(one.readinessProbe, "/ready"),
          ...["cpu", "memory"].flatMap((unit) =>
            breach(
              !(unit in one.resources.requests) || !(unit in one.resources.limits),
              `${unit} has no request or limit`,
            ),
          ),
        ];
      }),
    broken: [pod({}), pod({}, { resources: { requests: { cpu: 1, memory: 1 } } })],
  },
  {
    claim: "volume is mounted, every mount has its volume, and none is a folder of the node",
    breaches: (manifest) => {
      const { volumes, containers } = podOf(manifest);
      const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
      const names = volumes.map(({ name }) => name);
      return [
        ...breach(mounted.toSorted().join() !== names.toSorted().join(), `${mounted.join()} of ${names.join()}`),
        ...volumes.flatMap((volume) => breach("hostPath" in volume, `hostPath ${volume.name}`)),
      ];
    },
    broken: [
      pod({ volumes: [{ name: "a" }] }),
      pod({}, { volumeMounts: [{ name: "a", mountPath: "/a" }] }),
      pod({ volumes: [{ name: "a", hostPath: { path: "/" } }] }, { volumeMounts: [{ name: "a", mountPath: "/a" }] }),
    ],
  },
];
