// One object of any kind, cleaned and fitted: what pods_get and resources_get have in common.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import type { Cluster } from "../api/cluster.ts";
import { pathTo, rbacName, type Resource } from "../api/discovery.ts";
import { toYaml } from "../text/yaml.ts";
import { cleanObject, fitObject } from "./clean.ts";

const anyObject = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

export const objectOutput = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z.looseObject({}),
  truncated: z.boolean().optional().describe("True when the object was too large and something was cut"),
  notice: z.string().optional().describe("What was cut"),
});

export interface ObjectName {
  readonly resource: Resource;
  /** Undefined for what belongs to no namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
}

export async function getObject(cluster: Cluster, { resource, namespace, name }: ObjectName, context: CallContext) {
  const { signal, budget } = context;
  const path = pathTo(resource, namespace, name);
  const reply = await cluster.get(
    { path, verb: "get", resource: rbacName(resource), namespace, name, signal },
    anyObject,
  );
  const clean = cleanObject({ ...reply, apiVersion: reply["apiVersion"] ?? resource.apiVersion, kind: resource.kind });
  const room = Math.min(budget.textBytes, budget.structuredBytes) - 512;
  const { object, notice } = fitObject(clean, room, (one) => longer(toYaml(one), JSON.stringify(one)));
  const metadata = z.looseObject({}).parse(object["metadata"]);
  return { ...object, metadata, ...(notice === undefined ? {} : { truncated: true, notice }) };
}

/** YAML is what text is, JSON what is structured: both must fit. */
const longer = (a: string, b: string): string => (a.length > b.length ? a : b);

export function objectText(value: z.output<typeof objectOutput>): string {
  const { truncated: _, notice, ...object } = value;
  return notice === undefined ? toYaml(object) : `# ${notice}\n${toYaml(object)}`;
}
