// Events read from their cluster.
import { coreEvent, type CoreEvent } from "../../../core/kube/events.ts";
import type { Cluster } from "../api/cluster.ts";
import { known, pathTo } from "../api/discovery.ts";
import { listItems, type Items } from "../api/items.ts";
import { selectorPairs } from "../api/table.ts";

const EVENTS = known("v1", "Event", "events");

export interface EventQuery {
  /** Undefined for all. */
  readonly namespace: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly most: number;
}

export const readEvents = (
  cluster: Cluster,
  { namespace, fieldSelector, most }: EventQuery,
  signal: AbortSignal,
): Promise<Items<CoreEvent>> =>
  listItems(
    cluster,
    {
      path: pathTo(EVENTS, namespace),
      query: selectorPairs({ fieldSelector }),
      verb: "list",
      resource: "events",
      namespace,
      signal,
    },
    coreEvent,
    most,
  );
