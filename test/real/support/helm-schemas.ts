// Whether an API server would take a manifest: by Kubernetes' own OpenAPI definitions, and by the CustomResourceDefinitions of Tekton,
// OpenShift and the Prometheus operator. As strict as `kubectl apply --validate=strict`, and a key without a value is refused too.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { RE2JS } from "re2js";
import { z } from "zod";
import { manifest, type Manifest } from "./helm.ts";

/** Where test/real/setup.sh puts them. */
const FOLDER = fileURLToPath(new URL("../../../.cache/schemas/", import.meta.url));
const METADATA = "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

type Schema = Record<string, unknown>;
const schema = z.record(z.string(), z.unknown());

const definitions = z.object({
  $defs: z.record(
    z.string(),
    z.looseObject({
      "x-kubernetes-group-version-kind": z
        .array(z.object({ group: z.string(), version: z.string(), kind: z.string() }))
        .default([]),
    }),
  ),
});

const crd = z.object({
  kind: z.literal("CustomResourceDefinition"),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string(), schema: z.object({ openAPIV3Schema: schema }) })),
  }),
});

/** What is wrong with a manifest, each with its place; empty when nothing is. */
export type Check = (manifest: Manifest) => string[];

/** The versions of Kubernetes that setup.sh fetched, oldest first. */
export async function kubernetesVersions(): Promise<string[]> {
  const names = await readdir(FOLDER).catch(() => {
    throw new Error("the schemas are not there; run test/real/setup.sh");
  });
  return names.flatMap((name) => /^kubernetes-(.+)\.json$/.exec(name)?.[1] ?? []).sort();
}

export async function checkAgainst(version: string): Promise<Check> {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: FORMATS, code: { regExp: goPattern } });
  const { $defs } = definitions.parse(JSON.parse(await readFile(join(FOLDER, `kubernetes-${version}.json`), "utf8")));
  ajv.addSchema({ $defs: withoutNull($defs) }, "kubernetes");
  const known = new Map<string, ValidateFunction>();
  for (const [name, { "x-kubernetes-group-version-kind": kinds }] of Object.entries($defs)) {
    for (const { group, version: of, kind } of kinds) {
      const place = `${group === "" ? "" : `${group}/`}${of} ${kind}`;
      known.set(place, ajv.compile({ $ref: `kubernetes#/$defs/${name}` }));
    }
  }
  for (const [place, custom] of await customKinds()) known.set(place, ajv.compile(custom));
  const check: Check = (one) => {
    const place = `${one.apiVersion} ${one.kind}`;
    const validate = known.get(place);
    if (validate === undefined) return [`Kubernetes ${version} knows no ${place}`];
    validate(one);
    const problems = (validate.errors ?? []).map(({ instancePath, message, params }) =>
      `${instancePath} ${message} ${String(params["additionalProperty"] ?? "")}`.trim(),
    );
    return [...problems, ...embedded(one).flatMap(check)];
  };
  return check;
}

/** What Tekton's definitions leave to its own webhook, as manifests: the tasks inside a Pipeline, the volumes of a Task. */
function embedded({ apiVersion, kind, metadata, spec }: Manifest): Manifest[] {
  const inner = schema.safeParse(spec).data ?? {};
  const list = (key: string) => z.array(schema).safeParse(inner[key]).data ?? [];
  if (kind === "Task" && "volumes" in inner) {
    const containers = [{ name: "step" }];
    return [
      manifest.parse({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers, volumes: inner["volumes"] } }),
    ];
  }
  return kind === "Pipeline"
    ? [...list("tasks"), ...list("finally")].flatMap(({ taskSpec }) =>
        taskSpec === undefined ? [] : [manifest.parse({ apiVersion, kind: "Task", metadata, spec: taskSpec })],
      )
    : [];
}

async function customKinds(): Promise<[place: string, schema: Schema][]> {
  const files = await readdir(join(FOLDER, "crds"));
  const all = await Promise.all(files.map(async (file) => load(await readFile(join(FOLDER, "crds", file), "utf8"))));
  return all.flatMap((one) => {
    const { group, names, versions } = crd.parse(one).spec;
    return versions.map(({ name, schema: { openAPIV3Schema } }): [string, Schema] => {
      const closed = close(openAPIV3Schema);
      // A CRD leaves metadata to Kubernetes.
      const properties = { ...schema.parse(closed["properties"]), metadata: { $ref: `kubernetes${METADATA}` } };
      return [`${group}/${name} ${names.kind}`, { ...closed, properties }];
    });
  });
}

/** A structural schema prunes what it does not name; here that is refused: https://kubernetes.io/docs/reference/kubernetes-api/ */
function close(node: Schema): Schema {
  const inner = (key: string) => schema.safeParse(node[key]).data;
  const properties = inner("properties");
  const items = inner("items");
  const values = inner("additionalProperties");
  const isOpen = node["x-kubernetes-preserve-unknown-fields"] === true || node["additionalProperties"] !== undefined;
  return {
    ...node,
    ...(properties === undefined ? {} : { properties: closeAll(properties) }),
    ...(properties === undefined || isOpen ? {} : { additionalProperties: false }),
    ...(items === undefined ? {} : { items: close(items) }),
    ...(values === undefined ? {} : { additionalProperties: close(values) }),
    // OpenShift's definition says `anyOf: null` beside it.
    ...(node["x-kubernetes-int-or-string"] === true ? { type: ["integer", "string"], anyOf: undefined } : {}),
  };
}

const closeAll = (properties: Schema): Schema =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, close(schema.parse(value))]));

/** The published definitions let every optional value be null, which a template without its value would slip through. */
function withoutNull(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNull);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === "type" && Array.isArray(value) ? value.filter((type) => type !== "null") : withoutNull(value),
    ]),
  );
}

/** Patterns are Go's: (?i) is no JavaScript. */
const goPattern = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find() };
  },
  { code: "" },
);

const between = (least: bigint, most: bigint) => ({
  type: "number" as const,
  validate: (value: number) => Number.isInteger(value) && BigInt(value) >= least && BigInt(value) <= most,
});

const FORMATS = {
  int32: between(-(2n ** 31n), 2n ** 31n - 1n),
  int64: between(-(2n ** 63n), 2n ** 63n - 1n),
  double: true,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "date-time": true,
} as const;
