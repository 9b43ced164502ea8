// Lists of objects as the cluster prints them: what pods_list, namespaces_list and resources_list have in common.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import { pageOutput } from "../kit.ts";
import type { Cluster } from "../api/cluster.ts";
import { rbacName } from "../api/discovery.ts";
import { listRows, type ListQuery } from "../api/table.ts";
import { renderTable } from "../text/table.ts";
import { moreLine, takePage } from "./page.ts";

export const listOutput = z.looseObject({
  resource: z.string().describe("What is listed, as RBAC names it"),
  namespace: z.string().optional().describe("Absent for all namespaces"),
  items: z
    .array(z.looseObject({ name: z.string(), namespace: z.string().optional() }))
    .describe("The columns that the cluster prints for this kind, and the labels"),
  ...pageOutput,
});

export async function listObjects(cluster: Cluster, query: ListQuery, { signal, budget }: CallContext) {
  const { rows, total, isExact } = await listRows(cluster, query, signal);
  const page = takePage({ entries: rows, offset: query.offset, total, isExact }, budget, renderTable);
  return {
    resource: rbacName(query.resource),
    ...(query.namespace === undefined ? {} : { namespace: query.namespace }),
    ...page,
  };
}

export function listText(value: z.output<typeof listOutput>): string {
  const { resource, namespace, items, total } = value;
  const where = namespace === undefined ? "in any namespace" : `in namespace ${namespace}`;
  if (items.length === 0) {
    return total > 0
      ? `Nothing at this offset: there are ${total} ${resource} ${where}.`
      : `No ${resource} found ${where}.`;
  }
  return renderTable(items) + moreLine(value);
}
