// Laws over every installation of the matrix: nothing privileged, nothing written, no secret outside a Secret, all that is named exists.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { breach, enforce, type Law } from "../laws/law.ts";
import { render, type Manifest } from "./support/helm.ts";
import { CANARY, MATRIX } from "./support/helm-matrix.ts";
import { asDeployment } from "./support/helm-pod.ts";
import { PODS, sample } from "./support/helm-pod-laws.ts";

const rendered = await Promise.all(
  Object.entries(MATRIX).map(async ([name, row]) => [name, await render(row.values, row)] as const),
);
const all = new Map(
  rendered.flatMap(([row, manifests]) =>
    manifests.map((manifest) => [`${row}: ${manifest.kind} ${manifest.metadata.name}`, manifest] as const),
  ),
);

const CLUSTER_WIDE = ["ClusterRole", "ClusterRoleBinding"];
const REVIEWS = ["tokenreviews", "subjectaccessreviews"];

const rules = z.looseObject({
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
});
const binding = z.looseObject({
  roleRef: z.looseObject({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.looseObject({ kind: z.string(), namespace: z.string().optional() })).default([]),
});

const RIGHTS: readonly Law<Manifest>[] = [
  {
    claim: "role only reads, names what it reads, and never reads Secrets; reviews may be created",
    breaches: (manifest) =>
      rules.parse(manifest).rules.flatMap(({ apiGroups, resources, verbs }) => {
        const mayCreate = resources.every((name) => REVIEWS.includes(name));
        const allowed = mayCreate ? ["create"] : ["get", "list"];
        return [
          ...verbs.filter((verb) => !allowed.includes(verb)),
          ...[...resources, ...apiGroups].filter((name) => name.includes("*") || name === "secrets"),
        ];
      }),
    broken: [
      sample("Role", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }] }),
      sample("Role", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["create"] }] }),
      sample("Role", { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] }),
      sample("Role", { rules: [{ apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }] }),
    ],
  },
];
const WIDE_RIGHTS: readonly Law<Manifest>[] = [
  {
    claim: "cluster role is for reviews alone",
    breaches: (manifest) =>
      rules.parse(manifest).rules.flatMap(({ resources }) => resources.filter((name) => !REVIEWS.includes(name))),
    broken: [sample("ClusterRole", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] })],
  },
];
const BINDINGS: readonly Law<Manifest>[] = [
  {
    claim: "binding is to a role of ours, never to edit, view or admin, and for the hub's service account alone",
    breaches: (manifest) => {
      const { roleRef, subjects } = binding.parse(manifest);
      const { kind, name } = roleRef;
      const isHub = subjects.every((one) => one.kind === "ServiceAccount" && one.namespace === "ops");
      return [
        ...breach(`${kind}Binding` !== manifest.kind || name !== manifest.metadata.name, `${kind} ${name}`),
        ...breach(!isHub || subjects.length !== 1, JSON.stringify(subjects)),
      ];
    },
    broken: [
      sample("RoleBinding", { roleRef: { kind: "ClusterRole", name: "edit" } }),
      sample("RoleBinding", { roleRef: { kind: "Role", name: "sample" }, subjects: [{ kind: "Group", name: "all" }] }),
    ],
  },
];

const EVERYTHING: readonly Law<Manifest>[] = [
  {
    claim: "manifest but a Secret is free of secrets",
    breaches: (manifest) => {
      const text = JSON.stringify(manifest);
      const isOut = text.includes(CANARY) || text.includes(Buffer.from(CANARY).toString("base64").slice(0, 20));
      return breach(manifest.kind !== "Secret" && isOut, "a secret");
    },
    broken: [sample("ConfigMap", { data: { key: CANARY } }), sample("Deployment", { env: btoa(CANARY) })],
  },
  {
    claim:
      "manifest says its namespace (the release's, or one that is watched) unless it is cluster-wide, and whose it is",
    breaches: ({ kind, metadata: { namespace, labels } }) => {
      const allowed = kind.startsWith("Role") && kind !== "Route" ? ["ops", "ci", "shop"] : ["ops"];
      return [
        ...breach(
          CLUSTER_WIDE.includes(kind) ? namespace !== undefined : !allowed.includes(namespace ?? ""),
          `${namespace}`,
        ),
        ...breach(labels?.["app.kubernetes.io/instance"] !== "hub", "labels"),
      ];
    },
    broken: [
      sample("Service"),
      sample("Service", { metadata: { name: "a", labels: { "app.kubernetes.io/instance": "hub" } } }),
    ],
  },
  {
    claim: "name is one of Kubernetes",
    breaches: ({ metadata: { name } }) => breach(!/^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/.test(name), name),
    broken: [sample("Service", { metadata: { name: "A_b" } })],
  },
];

const ofKinds = (...kinds: string[]) => new Map([...all].filter(([, { kind }]) => kinds.includes(kind)));

describe("the laws", () => {
  enforce(PODS, ofKinds("Deployment"));
  enforce(RIGHTS, ofKinds("Role", "ClusterRole"));
  enforce(WIDE_RIGHTS, ofKinds("ClusterRole"));
  enforce(BINDINGS, ofKinds("RoleBinding", "ClusterRoleBinding"));
  enforce(EVERYTHING, all);
});

describe.each(rendered)("%s", (_, manifests) => {
  const own = (kind: string) => manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
  const [deployment] = manifests.filter(({ kind }) => kind === "Deployment").map(asDeployment);
  const template = deployment?.spec.template;

  it("selects its pods and their ports, and mounts Secrets, maps and claims that exist", () => {
    const selectors = z.looseObject({
      spec: z.object({
        selector: z.record(z.string(), z.string()),
        ports: z.array(z.looseObject({ targetPort: z.string() })),
      }),
    });
    const { selector, ports } = selectors.parse(manifests.find(({ kind }) => kind === "Service")).spec;
    expect(template?.metadata.labels).toMatchObject(selector);
    expect(template?.metadata.labels).toMatchObject(deployment?.spec.selector.matchLabels ?? {});
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(
      template?.spec.containers[0]?.ports.map(({ name }) => name),
    );
    const text = JSON.stringify(template?.spec.volumes);
    const ours = [...text.matchAll(/"(?:secretName|claimName|name)":"(hub-ops-hub[-a-z]*)"/g)].map(([, name]) => name);
    const there = [...own("Secret"), ...own("ConfigMap"), ...own("PersistentVolumeClaim")];
    expect(ours.filter((name) => !there.includes(name ?? ""))).toEqual([]);
  });

  it("starts anew with one hub and a file, and rolls with a database", () => {
    const isShared = JSON.stringify(template?.spec).includes("DATABASE_URL");
    expect(deployment?.spec.strategy.type).toBe(isShared ? "RollingUpdate" : "Recreate");
    if (!isShared) expect(deployment?.spec.replicas).toBe(1);
    expect(deployment?.spec.replicas === undefined).toBe(own("HorizontalPodAutoscaler").length === 1);
  });
});
