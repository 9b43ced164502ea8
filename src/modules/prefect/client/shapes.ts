// What we read of Prefect's replies about runs, logs, flows and deployments: loosely, since servers add members and older ones
// lack some. Everything but an id may be absent.
import { z } from "zod";

/** Absent and null are the same to us. */
export const maybe = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value): z.output<Schema> | undefined => value ?? undefined);

export const text = maybe(z.string());
export const number = maybe(z.number());
const flag = maybe(z.boolean());
export const object = maybe(z.record(z.string(), z.unknown()));
export const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

export const state = z.looseObject({
  id: text,
  /** SCHEDULED, PENDING, RUNNING and so on. */
  type: z.string(),
  /** Late, AwaitingRetry and so on; by default the type in lower case with a capital. */
  name: text,
  timestamp: text,
  message: text,
  state_details: object,
});

const actor = maybe(z.looseObject({ id: text, type: text, display_value: text }));

export const flowRun = z.looseObject({
  id: z.string(),
  name: z.string().default(""),
  flow_id: text,
  deployment_id: text,
  deployment_version: text,
  flow_version: text,
  work_queue_id: text,
  work_queue_name: text,
  work_pool_id: text,
  work_pool_name: text,
  parent_task_run_id: text,
  infrastructure_pid: text,
  idempotency_key: text,
  parameters: object,
  job_variables: object,
  tags: texts,
  state_type: text,
  state_name: text,
  state: maybe(state),
  run_count: number,
  created: text,
  updated: text,
  expected_start_time: text,
  next_scheduled_start_time: text,
  start_time: text,
  end_time: text,
  /** Seconds spent running, all tries together. */
  total_run_time: number,
  estimated_run_time: number,
  /** Seconds between the expected start and the real one, or now. */
  estimated_start_time_delta: number,
  auto_scheduled: flag,
  created_by: actor,
  empirical_policy: maybe(z.looseObject({ retries: number, retry_delay: number, max_retries: number })),
});

/** By the name of the task's parameter; each names what it came from. */
const inputs = maybe(
  z.record(z.string(), z.array(z.looseObject({ input_type: text, id: text, name: text, type: text }))),
);

export const taskRun = z.looseObject({
  id: z.string(),
  name: z.string().default(""),
  task_key: text,
  dynamic_key: text,
  flow_run_id: text,
  tags: texts,
  state_type: text,
  state_name: text,
  state: maybe(state),
  run_count: number,
  flow_run_run_count: number,
  task_inputs: inputs,
  cache_key: text,
  cache_expiration: text,
  created: text,
  expected_start_time: text,
  start_time: text,
  end_time: text,
  total_run_time: number,
  estimated_run_time: number,
  empirical_policy: maybe(z.looseObject({ retries: number, max_retries: number, retry_delay: z.unknown() })),
});

export const log = z.looseObject({
  id: text,
  name: text,
  /** Python's: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
  level: z.number(),
  message: z.string(),
  timestamp: z.string(),
  flow_run_id: text,
  task_run_id: text,
});

export const flow = z.looseObject({ id: z.string(), name: z.string(), tags: texts, created: text, updated: text });

/** One of interval (seconds), cron and rrule is there. */
const schedule = z.looseObject({
  id: text,
  active: flag,
  slug: text,
  parameters: object,
  schedule: z.looseObject({ interval: number, anchor_date: text, cron: text, rrule: text, timezone: text }),
});

export const globalLimit = z.looseObject({
  id: z.string(),
  name: z.string(),
  limit: z.number(),
  active: flag,
  active_slots: number,
  denied_slots: number,
  slot_decay_per_second: number,
});

export const deployment = z.looseObject({
  id: z.string(),
  name: z.string(),
  flow_id: z.string(),
  version: text,
  description: text,
  paused: flag,
  /** READY, or NOT_READY when nothing has polled its queue for a minute. */
  status: text,
  last_polled: text,
  schedules: z
    .array(schedule)
    .nullish()
    .transform((list) => list ?? []),
  concurrency_limit: number,
  global_concurrency_limit: maybe(globalLimit),
  concurrency_options: maybe(z.looseObject({ collision_strategy: text, grace_period_seconds: number })),
  parameters: object,
  parameter_openapi_schema: object,
  enforce_parameter_schema: flag,
  job_variables: object,
  tags: texts,
  work_pool_name: text,
  work_queue_name: text,
  work_queue_id: text,
  path: text,
  entrypoint: text,
  pull_steps: maybe(z.array(z.unknown())),
  created: text,
  updated: text,
  updated_by: actor,
});

/** HTTP 2xx does not mean accepted: `status` says so. */
export const orchestration = z.looseObject({
  status: z.enum(["ACCEPT", "REJECT", "ABORT", "WAIT"]),
  state: maybe(state),
  details: maybe(z.looseObject({ reason: text, delay_seconds: number })),
});

export type State = z.output<typeof state>;
export type FlowRun = z.output<typeof flowRun>;
export type TaskRun = z.output<typeof taskRun>;
export type Log = z.output<typeof log>;
export type Flow = z.output<typeof flow>;
export type Deployment = z.output<typeof deployment>;
export type GlobalLimit = z.output<typeof globalLimit>;
export type Orchestration = z.output<typeof orchestration>;
