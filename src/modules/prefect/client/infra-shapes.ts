// What we read of Prefect's replies about pools, queues, workers, limits, events, automations, artifacts and Cloud accounts.
import { z } from "zod";
import { maybe, number, object, text, texts } from "./shapes.ts";

const flag = maybe(z.boolean());

export const workPool = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: text,
  description: text,
  is_paused: flag,
  concurrency_limit: number,
  /** READY, NOT_READY or PAUSED. */
  status: text,
  default_queue_id: text,
  /** From 3.6.23 on. */
  active_slots: number,
  base_job_template: object,
});

export const workQueue = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: text,
  is_paused: flag,
  concurrency_limit: number,
  priority: number,
  status: text,
  last_polled: text,
  work_pool_name: text,
  active_slots: number,
});

export const worker = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** ONLINE or OFFLINE: after three missed heartbeats. */
  status: text,
  last_heartbeat_time: text,
  heartbeat_interval_seconds: number,
});

export const queueStatus = z.looseObject({ healthy: flag, late_runs_count: number, last_polled: text });

const holder = z.looseObject({
  id: z.string(),
  name: text,
  state_type: text,
  state_name: text,
  state: z.unknown().optional(),
  state_timestamp: text,
  /** Seconds. */
  time_in_current_state: z.unknown().optional(),
});
const holders = z
  .array(holder)
  .nullish()
  .transform((list) => list ?? []);

/** Who holds the slots of a queue; from 3.6.23 on. */
export const queueSlots = z.looseObject({ active_slots: number, concurrency_limit: number, flow_runs: holders });

export const poolSlots = z.looseObject({
  active_slots: number,
  concurrency_limit: number,
  queues: z.array(
    z.looseObject({ id: text, name: text, active_slots: number, concurrency_limit: number, flow_runs: holders }),
  ),
});

/** Its slots are held by task runs with the tag. */
export const tagLimit = z.looseObject({
  id: z.string(),
  tag: z.string(),
  concurrency_limit: z.number(),
  active_slots: texts,
});

const resource = z.record(z.string(), z.string());

export const event = z.looseObject({
  id: z.string(),
  event: z.string(),
  occurred: z.string(),
  received: text,
  /** `prefect.resource.id` and labels. */
  resource,
  related: z
    .array(resource)
    .nullish()
    .transform((list) => list ?? []),
  payload: object,
  follows: text,
});

/** `next_page` is made from the server's own idea of its address: only its page-token is of use. */
export const eventPage = z.looseObject({ events: z.array(event), total: z.number(), next_page: text });

const actions = z
  .array(z.looseObject({ type: text }))
  .nullish()
  .transform((list) => list ?? []);

export const automation = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: text,
  enabled: flag,
  tags: texts,
  trigger: z.looseObject({ type: text }),
  actions,
  actions_on_trigger: actions,
  actions_on_resolve: actions,
  created: text,
  updated: text,
});

export const artifact = z.looseObject({
  id: z.string(),
  key: text,
  type: text,
  description: text,
  data: z.unknown(),
  flow_run_id: text,
  task_run_id: text,
  created: text,
  updated: text,
});

export const cloudUser = z.looseObject({ id: text, email: text, handle: text, first_name: text, last_name: text });

export const cloudAccount = z.looseObject({
  id: text,
  name: text,
  handle: text,
  plan_type: text,
  plan_tier: z.unknown().optional(),
  features: z.unknown().optional(),
  automations_limit: number,
  work_pool_limit: number,
  mex_work_pool_limit: number,
  run_retention_days: number,
  audit_log_retention_days: number,
  self_serve: flag,
});

export const cloudWorkspace = z.looseObject({ id: text, name: text, handle: text, description: text });

/** One number a minute for each key. */
export const rateUsage = z.looseObject({
  account: text,
  since: text,
  until: text,
  minutes: z.array(z.string()),
  keys: z.record(
    z.string(),
    z.looseObject({ requested: z.array(z.number().nullable()), granted: z.array(z.number().nullable()) }),
  ),
});

export const openApi = z.looseObject({
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

export type WorkPool = z.output<typeof workPool>;
export type WorkQueue = z.output<typeof workQueue>;
export type Worker = z.output<typeof worker>;
export type QueueStatus = z.output<typeof queueStatus>;
export type QueueSlots = z.output<typeof queueSlots>;
export type PoolSlots = z.output<typeof poolSlots>;
export type TagLimit = z.output<typeof tagLimit>;
export type PrefectEvent = z.output<typeof event>;
export type Automation = z.output<typeof automation>;
export type Artifact = z.output<typeof artifact>;
