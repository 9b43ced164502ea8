// kubernetes-mcp-server before the stand-in of the API server: its tools, arguments, formats and the words of its errors.
// https://github.com/containers/kubernetes-mcp-server
import { dump } from "js-yaml";
import type { JsonObject } from "../../src/core/json.ts";
import type { KubernetesStandIn, KubeObject } from "./kubernetes-stand-in.ts";
import type { Fields, TableTool, ToolReply, ToolTable } from "./tool-table.ts";

export interface KubernetesMcpOptions {
  /** The server's setting list_output. */
  readonly output?: "table" | "yaml";
  /** Servers before September 2025 have neither selectors of events nor structured content. */
  readonly isOld?: boolean;
  readonly hasSeveral?: boolean;
}

const PLURALS: Readonly<Record<string, string>> = {
  TaskRun: "taskruns",
  PipelineRun: "pipelineruns",
  ReplicaSet: "replicasets",
  ReplicationController: "replicationcontrollers",
  Job: "jobs",
  Pod: "pods",
};
const NAMED: Fields = { namespace: "string", name: "string!" };

export function kubernetesMcp(cluster: KubernetesStandIn, options: KubernetesMcpOptions = {}): ToolTable {
  const { output = "table", isOld = false, hasSeveral = false } = options;
  const more: Fields = hasSeveral ? { context: "string" } : {};
  const selectors: Fields = { labelSelector: "string", fieldSelector: isOld ? "-" : "string" };
  const tool = (fields: Fields, doing: (args: JsonObject) => string, run: TableTool["run"]): TableTool => ({
    access: "read",
    fields: { ...fields, ...more },
    run: async (args) => {
      try {
        return await run(args);
      } catch (error) {
        return { isError: true, text: `${doing(args)}: ${(error as Error).message}` };
      }
    },
  });
  const text = (value: string): ToolReply => ({ text: value });
  const structured = (value: JsonObject): Partial<ToolReply> => (isOld ? {} : { structured: value });
  const list = async (path: string, args: JsonObject) => {
    const query = selected(args, isOld);
    if (output === "yaml") {
      const { items } = JSON.parse(await ask(cluster, `${path}${query}`)) as { items: KubeObject[] };
      return { text: items.length === 0 ? "[]\n" : dump(items.map(clean)), items: items.map(clean) };
    }
    const table = JSON.parse(await ask(cluster, `${path}${query}`, AS_TABLE)) as Table;
    return { text: printTable(table, args), items: rowsOf(table) };
  };
  return {
    ...(hasSeveral
      ? {
          configuration_contexts_list: tool(
            {},
            () => "",
            () => text("test, other"),
          ),
        }
      : {}),
    pods_get: tool(
      NAMED,
      (args) => `failed to get pod ${S(args, "name")} in namespace ${S(args, "namespace")}`,
      async (args) =>
        text(dump(clean(await get(cluster, `api/v1/namespaces/${S(args, "namespace")}/pods/${S(args, "name")}`)))),
    ),
    pods_list_in_namespace: tool(
      { namespace: "string!", ...selectors },
      (args) => `failed to list pods in namespace ${S(args, "namespace")}`,
      async (args) => text((await list(`api/v1/namespaces/${S(args, "namespace")}/pods`, args)).text),
    ),
    pods_log: tool(
      { ...NAMED, container: "string", tail: "number", previous: "boolean" },
      (args) => `failed to get pod ${S(args, "name")} log in namespace ${S(args, "namespace")}`,
      async (args) => {
        const { tail = 100, previous = false } = args;
        const query = `?container=${S(args, "container")}&tailLines=${JSON.stringify(tail)}&previous=${JSON.stringify(previous)}`;
        const log = await ask(cluster, `api/v1/namespaces/${S(args, "namespace")}/pods/${S(args, "name")}/log${query}`);
        const none = `The pod ${S(args, "name")} in namespace ${S(args, "namespace")} has not logged any message yet`;
        return text(log === "" ? none : log);
      },
    ),
    events_list: tool(
      { namespace: "string", fieldSelector: isOld ? "-" : "string" },
      () => "failed to list events in all namespaces",
      async (args) => {
        const path = `api/v1/namespaces/${S(args, "namespace")}/events${selected(args, isOld)}`;
        const { items } = JSON.parse(await ask(cluster, path)) as { items: any[] };
        if (items.length === 0) return text("# No events found");
        return text(`# The following events (YAML format) were found:\n${dump(items.map(printEvent))}`);
      },
    ),
    resources_get: tool(
      { apiVersion: "string!", kind: "string!", ...NAMED },
      () => "failed to get resource",
      async (args) => {
        const object = clean(await get(cluster, `${pathOf(args)}/${S(args, "name")}`, args));
        return { text: dump(object), ...structured(object) };
      },
    ),
    resources_list: tool(
      { apiVersion: "string!", kind: "string!", namespace: "string", ...selectors },
      () => "failed to list resources",
      async (args) => {
        const { items, ...reply } = await list(pathOf(args), args).catch((error: Error) => {
          throw unserved(error, args);
        });
        return { ...reply, ...(items.length === 0 ? {} : structured({ items })) };
      },
    ),
    pods_delete: tool(
      NAMED,
      () => "",
      () => text("Pod deleted successfully"),
    ),
  };
}

const S = (args: JsonObject, key: string): string => (typeof args[key] === "string" ? args[key] : "");

const AS_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async function ask(cluster: KubernetesStandIn, path: string, accept = "application/json"): Promise<string> {
  const headers = { authorization: `Bearer ${cluster.token}`, accept };
  const url = `${cluster.url}/${path}`;
  const reply = await fetch(url, { headers }).catch(() => {
    throw new Error(`Get "${url}": dial tcp: connect: connection refused`);
  });
  const body = await reply.text();
  if (reply.ok) return body;
  throw new Error(body.startsWith("{") ? String((JSON.parse(body) as { message: unknown }).message) : body);
}

const get = async (cluster: KubernetesStandIn, path: string, args: JsonObject = {}): Promise<KubeObject> => {
  try {
    return JSON.parse(await ask(cluster, path)) as KubeObject;
  } catch (error) {
    throw unserved(error as Error, args);
  }
};

/** The mapper of client-go knows before it asks. */
const unserved = (error: Error, args: JsonObject): Error =>
  /404 page not found/.test(error.message)
    ? new Error(`no matches for kind "${S(args, "kind")}" in version "${S(args, "apiVersion")}"`)
    : error;

function pathOf(args: JsonObject): string {
  const apiVersion = S(args, "apiVersion");
  const root = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
  return `${root}/namespaces/${S(args, "namespace")}/${PLURALS[S(args, "kind")] ?? S(args, "kind").toLowerCase()}`;
}

function selected(args: JsonObject, isOld: boolean): string {
  const keys = isOld ? ["labelSelector"] : ["labelSelector", "fieldSelector"];
  const pairs = keys.flatMap((key) => (S(args, key) === "" ? [] : [`${key}=${encodeURIComponent(S(args, key))}`]));
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function clean(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata as JsonObject;
  return JSON.parse(JSON.stringify({ ...object, metadata })) as JsonObject;
}

function printEvent(event: any): JsonObject {
  const { metadata, type, reason, message, involvedObject, eventTime, series, count, lastTimestamp, firstTimestamp } =
    event;
  const at = eventTime ?? series?.lastObservedTime ?? (count > 1 ? lastTimestamp : (firstTimestamp ?? lastTimestamp));
  return {
    InvolvedObject: {
      Kind: involvedObject.kind ?? "",
      Name: involvedObject.name ?? "",
      apiVersion: involvedObject.apiVersion ?? "",
    },
    Message: String(message ?? "").trim(),
    Namespace: metadata.namespace,
    Reason: reason ?? "",
    Timestamp:
      at === undefined
        ? "0001-01-01 00:00:00 +0000 UTC"
        : `${String(at)
            .replace("T", " ")
            .replace(/(?:\.\d+)?Z$/, "")} +0000 UTC`,
    Type: type ?? "",
  };
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: { readonly metadata: JsonObject } }[];
}

const rowsOf = ({ columnDefinitions, rows }: Table): JsonObject[] =>
  rows.map(({ cells, object }) => ({
    ...Object.fromEntries(columnDefinitions.map(({ name }, at) => [name, cells[at]])),
    Namespace: object.metadata["namespace"],
  }));

function printTable({ columnDefinitions, rows }: Table, args: JsonObject): string {
  const titles = ["Namespace", "apiVersion", "Kind", ...columnDefinitions.map(({ name }) => name), "Labels"];
  const lines = rows.map(({ cells, object: { metadata } }) => {
    const labels = Object.entries((metadata["labels"] ?? {}) as JsonObject).map(
      ([key, value]) => `${key}=${String(value)}`,
    );
    const kind = S(args, "kind") === "" ? "Pod" : S(args, "kind");
    const version = S(args, "apiVersion") === "" ? "v1" : S(args, "apiVersion");
    return [S(metadata, "namespace"), version, kind, ...cells.map(String), labels.join(",") || "<none>"];
  });
  const all = [titles.map((title) => title.toUpperCase()), ...lines];
  const widths = titles.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)) + 3);
  return rows.length === 0
    ? ""
    : all
        .map((row) =>
          row
            .map((cell, at) => cell.padEnd(widths[at] ?? 0))
            .join("")
            .trimEnd(),
        )
        .join("\n");
}
