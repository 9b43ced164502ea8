// events_list: what the cluster itself said about its objects, newest first, in the format of kubernetes-mcp-server.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Cluster } from "../api/cluster.ts";
import { clusterTool, objectName, pageArguments, pageOutput, selectorArguments, type Kit } from "../kit.ts";
import { countOf, lastSeen, type CoreEvent } from "../../../core/kube/events.ts";
import { readEvents } from "../objects/events.ts";
import { moreLine, takePage } from "../objects/page.ts";
import { toYaml } from "../text/yaml.ts";

const MAX_EVENTS = 10_000;
const MAX_MESSAGE = 2_000;

/** In this order they are written. */
const shownEvent = z.looseObject({
  Namespace: z.string(),
  Timestamp: z.string(),
  Count: z.number().optional(),
  FirstTimestamp: z.string().optional(),
  Type: z.string(),
  Reason: z.string(),
  InvolvedObject: z.looseObject({ apiVersion: z.string(), Kind: z.string(), Name: z.string() }),
  Message: z.string(),
});

const output = z.looseObject({
  items: z.array(shownEvent).describe("Newest first"),
  ...pageOutput,
});

export const eventsList = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "events_list",
    title: "List events",
    description:
      "Lists the cluster's events, newest first, with how often each happened. " +
      "Use it for what no log tells: image pulls, scheduling, mounts, evictions, failed probes, quota. " +
      "Kubernetes forgets events after an hour. type=Warning leaves out the chatter. 50 events per answer.",
    input: z.strictObject({
      namespace: objectName("Namespace; all namespaces when left out").optional(),
      name: objectName("Only events about the object of this name, for example a pod").optional(),
      kind: z.string().max(100).optional().describe("Only events about objects of this kind, for example Pod"),
      type: z.enum(["Normal", "Warning"]).optional().describe("Only events of this type: Normal or Warning"),
      fieldSelector: selectorArguments.fieldSelector,
      ...pageArguments(50, 500, "events"),
    }),
    output,
    text: (value) =>
      value.items.length === 0
        ? "# No events found"
        : `# The following events (YAML format) were found:\n${toYaml(value.items)}${moreLine(value).trimStart()}`,
    async run({ namespace, name, kind, type, fieldSelector, limit, offset }, cluster, { signal, budget }) {
      const wanted = [
        ...(fieldSelector === undefined ? [] : [fieldSelector]),
        ...(name === undefined ? [] : [`involvedObject.name=${name}`]),
        ...(kind === undefined ? [] : [`involvedObject.kind=${kind}`]),
        ...(type === undefined ? [] : [`type=${type}`]),
      ].join(",");
      const { events, isExact } = await newestEvents(cluster, namespace, wanted, signal);
      const entries = events.slice(offset, offset + limit);
      return { ...takePage({ entries, offset, total: events.length, isExact }, budget, toYaml) };
    },
  });

/** Newest first. */
async function newestEvents(cluster: Cluster, namespace: string | undefined, wanted: string, signal: AbortSignal) {
  const fieldSelector = wanted === "" ? undefined : wanted;
  const { items, isWhole } = await readEvents(cluster, { namespace, fieldSelector, most: MAX_EVENTS }, signal);
  const events = items.map(showEvent).sort((a, b) => (a.Timestamp < b.Timestamp ? 1 : -1));
  return { events, isExact: isWhole };
}

function showEvent(event: CoreEvent) {
  const { metadata, involvedObject } = event;
  const count = countOf(event);
  const first = event.firstTimestamp ?? event.eventTime;
  return {
    Namespace: metadata.namespace ?? "",
    Timestamp: lastSeen(event),
    ...(count > 1 ? { Count: count, ...(typeof first === "string" ? { FirstTimestamp: first } : {}) } : {}),
    Type: event.type ?? "",
    Reason: event.reason ?? "",
    InvolvedObject: {
      apiVersion: involvedObject.apiVersion ?? "",
      Kind: involvedObject.kind ?? "",
      Name: involvedObject.name ?? "",
      ...(typeof involvedObject.fieldPath === "string" ? { FieldPath: involvedObject.fieldPath } : {}),
    },
    Message: oneLine(event.message ?? "", MAX_MESSAGE),
  };
}
