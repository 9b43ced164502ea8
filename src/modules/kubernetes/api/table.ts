// Lists as the cluster itself prints them (what kubectl shows), for any kind: far smaller than the objects.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Pairs } from "../../../core/upstream.ts";
import type { Cluster } from "./cluster.ts";
import { pathTo, rbacName, type Resource } from "./discovery.ts";

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
  creationTimestamp: z.string().nullish(),
});

/** A server that cannot print this kind sends the objects instead. */
const tableReply = z.looseObject({
  metadata: z.looseObject({ continue: z.string().nullish(), remainingItemCount: z.number().nullish() }),
  columnDefinitions: z.array(z.looseObject({ name: z.string() })).optional(),
  rows: z.array(z.looseObject({ cells: z.array(z.unknown()), object: z.looseObject({ metadata }) })).nullish(),
  items: z.array(z.looseObject({ metadata })).nullish(),
});

export interface Selectors {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListQuery extends Selectors {
  readonly resource: Resource;
  /** Undefined for all. */
  readonly namespace: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface Row extends JsonObject {
  readonly namespace?: string;
  readonly name: string;
}

export interface Rows {
  readonly rows: readonly Row[];
  /** All that match; at least so many when `isExact` is false. */
  readonly total: number;
  readonly isExact: boolean;
}

const ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PAGE = 500;
const MAX_COUNTED = 20_000;

/** The window of rows that was asked for, in the server's order (namespace, then name). */
export async function listRows(cluster: Cluster, query: ListQuery, signal: AbortSignal): Promise<Rows> {
  try {
    return await walk(cluster, query, signal);
  } catch (error) {
    // the place where we were is forgotten after some minutes, or after a compaction: once more from the start
    const isExpired = error instanceof ToolFailure && error.details["code"] === "EXPIRED";
    if (!isExpired) throw error;
    return walk(cluster, query, signal);
  }
}

async function walk(cluster: Cluster, query: ListQuery, signal: AbortSignal): Promise<Rows> {
  const { resource, namespace, offset, limit } = query;
  const path = pathTo(resource, namespace);
  const selectors = selectorPairs(query);
  const rows: Row[] = [];
  let seen = 0;
  let next = "";
  do {
    const paging: Pairs = [["limit", String(PAGE)], ...(next === "" ? [] : [["continue", next] as const])];
    const request = { path, query: [...selectors, ...paging], accept: ACCEPT, signal, namespace };
    // oxlint-disable-next-line no-await-in-loop -- each page names the next one
    const reply = await cluster.get({ ...request, verb: "list", resource: rbacName(resource) }, tableReply);
    const page = rowsOf(reply);
    rows.push(...page.slice(Math.max(0, offset - seen), Math.max(0, offset + limit - seen)));
    seen += page.length;
    next = reply.metadata.continue ?? "";
    const remaining = reply.metadata.remainingItemCount ?? undefined;
    if (next !== "" && remaining !== undefined && seen >= offset + limit) {
      return { rows, total: seen + remaining, isExact: true };
    }
  } while (next !== "" && seen < MAX_COUNTED);
  return { rows, total: seen, isExact: next === "" };
}

export const selectorPairs = ({ labelSelector, fieldSelector }: Selectors): Pairs => [
  ...(labelSelector === undefined ? [] : [["labelSelector", labelSelector] as const]),
  ...(fieldSelector === undefined ? [] : [["fieldSelector", fieldSelector] as const]),
];

function rowsOf({ columnDefinitions, rows, items }: z.output<typeof tableReply>): Row[] {
  if (columnDefinitions === undefined) {
    return (items ?? []).map(({ metadata: one }) => rowOf(one, { created: one.creationTimestamp ?? undefined }));
  }
  const columns = columnDefinitions.map(({ name }) => keyOf(name));
  return (rows ?? []).map(({ cells, object }) =>
    rowOf(object.metadata, Object.fromEntries(columns.map((column, i) => [column, cells[i]]))),
  );
}

function rowOf(object: z.output<typeof metadata>, cells: Record<string, unknown>): Row {
  const { namespace, name, labels } = object;
  const told = Object.entries(cells).filter(([, cell]) => cell !== undefined && cell !== null && cell !== "<none>");
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...Object.fromEntries(told),
    name,
    ...(labels === undefined || labels === null || Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

/** `Nominated Node` becomes `nominated_node`. */
const keyOf = (column: string): string => column.toLowerCase().replace(/[^a-z0-9]+/g, "_");
