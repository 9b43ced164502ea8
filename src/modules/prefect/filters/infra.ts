// Filters of pools, queues, workers, events, automations and artifacts, as Prefect 3.9 publishes them in its OpenAPI.
import { z } from "zod";
import { defineFilter, joined, key } from "./filter.ts";
import * as part from "./parts.ts";

/** There is no like_ here. */
export const workPoolFilter = defineFilter("work_pools", {
  id: key(part.anyId),
  name: key(part.anyWord),
  type: key(part.anyWord),
});

export const workQueueFilter = defineFilter("work_pool_queues", {
  id: key(part.anyId),
  name: key({ any_: part.words, startswith_: part.words }),
});

const workerStates = z.array(z.enum(["ONLINE", "OFFLINE"])).max(2);

export const workerFilter = defineFilter("workers", {
  last_heartbeat_time: key(part.span),
  status: key({ any_: workerStates, not_any_: workerStates }),
});

export const automationFilter = defineFilter("automations", {
  id: key(part.anyId), // since 3.9: older servers refuse it
  name: key(part.anyWord),
  created: key({ before_: part.moment }),
  tags: joined(part.tagsOrAny),
});

export const artifactFilter = defineFilter("artifacts", {
  id: key(part.anyId),
  key: key({ ...part.names, exists_: part.yes }),
  flow_run_id: key(part.anyId),
  task_run_id: key(part.anyId),
  type: key({ any_: part.words, not_any_: part.words }),
});

/** Of /artifacts/latest: one artifact for each key. */
export const latestArtifactFilter = defineFilter("artifacts", {
  latest_id: key(part.anyId),
  key: key({ ...part.names, exists_: part.yes }),
  flow_run_id: key(part.anyId),
  task_run_id: key(part.anyId),
  type: key({ any_: part.words, not_any_: part.words }),
});

const labels = z.record(z.string().max(200), z.string().max(500));

export const eventFilter = defineFilter(
  "events",
  {
    occurred: key({ since: part.moment, until: part.moment }),
    event: key({ prefix: part.words, exclude_prefix: part.words, name: part.words, exclude_name: part.words }),
    resource: key({ id: part.words, id_prefix: part.words, labels, distinct: part.yes }),
    related: key({ id: part.words, role: part.words, labels }),
    any_resource: key({ id: part.words, id_prefix: part.words, labels }),
    id: key({ id: part.ids.any_ }),
    text: key({ query: z.string().max(200) }),
    order: z.enum(["ASC", "DESC"]).optional(),
  },
  false,
);

type Of<Filter extends { parse(given: undefined): unknown }> = NonNullable<ReturnType<Filter["parse"]>>;

export type WorkPoolFilter = Of<typeof workPoolFilter>;
export type WorkQueueFilter = Of<typeof workQueueFilter>;
export type WorkerFilter = Of<typeof workerFilter>;
export type AutomationFilter = Of<typeof automationFilter>;
export type ArtifactFilter = Of<typeof artifactFilter>;
export type LatestArtifactFilter = Of<typeof latestArtifactFilter>;
export type EventFilter = Of<typeof eventFilter>;
