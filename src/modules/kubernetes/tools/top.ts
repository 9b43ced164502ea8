// pods_top and nodes_top: what is used now, from the metrics API (metrics-server), largest consumers first.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Cluster } from "../api/cluster.ts";
import { known, pathTo, rbacName } from "../api/discovery.ts";
import { listItems } from "../api/items.ts";
import { selectorPairs } from "../api/table.ts";
import { clusterTool, objectName, pageArguments, pageOutput, selectorArguments, type Kit } from "../kit.ts";
import { moreLine, takePage, type PageFacts } from "../objects/page.ts";
import { cores, mebibytes, quantity } from "../text/quantity.ts";
import { renderTable } from "../text/table.ts";

const POD_METRICS = known("metrics.k8s.io/v1beta1", "PodMetrics", "pods");
const NODE_METRICS = known("metrics.k8s.io/v1beta1", "NodeMetrics", "nodes", false);
const MAX_ITEMS = 10_000;

const usage = z.looseObject({ cpu: z.string().default("0"), memory: z.string().default("0") });
const metadata = z.looseObject({ name: z.string(), namespace: z.string().optional() });
const podMetrics = z.looseObject({
  metadata,
  containers: z.array(z.looseObject({ name: z.string(), usage })).default([]),
});
const nodeMetrics = z.looseObject({ metadata, usage });
const node = z.looseObject({ metadata, status: z.looseObject({ allocatable: usage }) });

const output = z.looseObject({
  items: z.array(z.looseObject({ name: z.string() })).describe("cpu in millicores (120m), memory in MiB (64Mi)"),
  ...pageOutput,
});

export const podsTop = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "pods_top",
    title: "CPU and memory of pods",
    description:
      "Shows the CPU and memory that containers use now, the largest memory first. " +
      "Use it for who is near a limit or who fills a node; history is in Prometheus. Needs metrics-server. 100 containers per answer.",
    input: z.strictObject({
      namespace: objectName("Namespace; all namespaces when left out").optional(),
      name: objectName("Only the pod of this name; needs its namespace or that of the context").optional(),
      label_selector: selectorArguments.labelSelector,
      ...pageArguments(100, 1_000, "containers"),
    }),
    output,
    text: (value) => topText(value, value.items),
    async run({ namespace, name, label_selector, ...page }, cluster, context) {
      const place = name === undefined ? namespace : (namespace ?? cluster.namespace);
      const pods = await readMetrics(
        cluster,
        POD_METRICS,
        { namespace: place, name, label_selector },
        podMetrics,
        context,
      );
      const rows = pods.flatMap((pod) =>
        pod.containers.map((container) => ({ ...pod.metadata, container: container.name, usage: container.usage })),
      );
      return topPage(rows, page, context, ({ namespace: of = "", name: pod, container, usage: used }) => ({
        namespace: of,
        name: pod,
        container,
        ...shown(used),
      }));
    },
  });

export const nodesTop = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "nodes_top",
    title: "CPU and memory of nodes",
    description:
      "Shows the CPU and memory that each node uses now, absolutely and of what it can allocate, the largest memory first. " +
      "Use it when pods are evicted or cannot be scheduled. Needs metrics-server. 100 nodes per answer.",
    input: z.strictObject({
      name: objectName("Only the node of this name").optional(),
      label_selector: selectorArguments.labelSelector,
      ...pageArguments(100, 1_000, "nodes"),
    }),
    output,
    text: (value) => topText(value, value.items),
    async run({ name, label_selector, ...page }, cluster, context) {
      const nodes = await readMetrics(cluster, NODE_METRICS, { name, label_selector }, nodeMetrics, context);
      const limits = await allocatable(cluster, context.signal);
      const rows = nodes.map((one) => ({ ...one.metadata, usage: one.usage }));
      return topPage(rows, page, context, (row) => ({ name: row.name, ...shown(row.usage, limits.get(row.name)) }));
    },
  });

interface Filter {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly label_selector?: string | undefined;
}

type MetricsResource = typeof POD_METRICS;

async function readMetrics<T>(
  cluster: Cluster,
  resource: MetricsResource,
  { namespace, name, label_selector }: Filter,
  shape: z.ZodType<T>,
  { signal }: CallContext,
): Promise<readonly T[]> {
  const asked = { path: pathTo(resource, namespace, name), resource: rbacName(resource), namespace, name, signal };
  try {
    if (name !== undefined) return [await cluster.get({ ...asked, verb: "get" }, shape)];
    const query = selectorPairs({ labelSelector: label_selector });
    return (await listItems(cluster, { ...asked, verb: "list", query }, shape, MAX_ITEMS)).items;
  } catch (error) {
    if (!(error instanceof ToolFailure) || error.details["code"] !== "NOT_SERVED") throw error;
    throw new ToolFailure("not-found", "this cluster has no metrics API (metrics.k8s.io)", {
      code: "NO_METRICS",
      hint: "The operator installs metrics-server; until then pods_get shows requests and limits, and Prometheus may have the usage.",
    });
  }
}

/** Percentages are a courtesy: without the permission to list nodes they are left out. */
async function allocatable(cluster: Cluster, signal: AbortSignal): Promise<Map<string, z.output<typeof usage>>> {
  const nodes = await listItems(
    cluster,
    { path: "api/v1/nodes", verb: "list", resource: "nodes", signal },
    node,
    MAX_ITEMS,
  ).catch((error: unknown) => {
    if (error instanceof ToolFailure && error.kind === "denied") return { items: [] };
    throw error;
  });
  return new Map(nodes.items.map(({ metadata: { name }, status }) => [name, status.allocatable]));
}

interface Used {
  readonly usage: z.output<typeof usage>;
}

function topPage<Row extends Used>(
  rows: readonly Row[],
  { offset, limit }: { offset: number; limit: number },
  { budget }: CallContext,
  show: (row: Row) => JsonObject & { name: string },
) {
  const sorted = [...rows].sort((a, b) => quantity(b.usage.memory) - quantity(a.usage.memory));
  const entries = sorted.slice(offset, offset + limit).map(show);
  return { ...takePage({ entries, offset, total: rows.length }, budget, renderTable) };
}

function shown({ cpu, memory }: Used["usage"], limit?: Used["usage"]) {
  return {
    cpu: cores(quantity(cpu)),
    ...(limit === undefined ? {} : { cpu_percent: percent(cpu, limit.cpu) }),
    memory: mebibytes(quantity(memory)),
    ...(limit === undefined ? {} : { memory_percent: percent(memory, limit.memory) }),
  };
}

const percent = (used: string, of: string): string =>
  quantity(of) === 0 ? "-" : `${Math.round((100 * quantity(used)) / quantity(of))}%`;

const topText = (facts: PageFacts, items: readonly JsonObject[]): string =>
  items.length === 0 ? "No metrics found." : renderTable(items) + moreLine(facts);
