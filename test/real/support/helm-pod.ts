// What the tests read of rendered manifests: the pod, its variables, the release's Secrets.
import { z } from "zod";
import type { Manifest } from "./helm.ts";

const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.union([z.string(), z.number()]) }) });
const named = z.looseObject({ name: z.string() });

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  securityContext: z.looseObject({}).default({}),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number(), protocol: z.string() })).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  resources: z
    .object({
      requests: z.record(z.string(), z.unknown()).default({}),
      limits: z.record(z.string(), z.unknown()).default({}),
    })
    .default({ requests: {}, limits: {} }),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
});

const deployment = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().optional(),
    strategy: z.looseObject({ type: z.string() }),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.boolean().optional(),
        securityContext: z.looseObject({}).default({}),
        containers: z.array(container).min(1),
        volumes: z.array(named).default([]),
      }),
    }),
  }),
});

export type Deployment = z.output<typeof deployment>;

export const asDeployment = (manifest: Manifest): Deployment => deployment.parse(manifest);

export function deploymentOf(manifests: readonly Manifest[]): Deployment {
  return asDeployment(one(manifests, "Deployment"));
}

export function one(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + (found ? 1 : 0)} of ${kind}, not one`);
  return found;
}

/** The variables of the container. @throws when one is set twice */
export function envOf({ spec }: Deployment): Record<string, string> {
  const pairs = spec.template.spec.containers.flatMap(({ env }) =>
    env.map(({ name, value }) => [name, value ?? ""] as const),
  );
  const all = Object.fromEntries(pairs);
  if (Object.keys(all).length !== pairs.length) throw new Error(`set twice: ${pairs.map(([name]) => name).join(" ")}`);
  return all;
}

/** Key -> value over all Secrets of the release. */
export function secretsIn(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  const data = z.object({ data: z.record(z.string(), z.string()) });
  return new Map(
    manifests
      .filter(({ kind }) => kind === "Secret")
      .flatMap((secret) => Object.entries(data.parse(secret).data))
      .map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}
