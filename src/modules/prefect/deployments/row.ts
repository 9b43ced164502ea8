// A deployment as lists show it, and in full.
import type { Deployment, FlowRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { cleanSchema, within } from "./schema.ts";

// Together with the rest of a row they must fit into one answer of 24 KiB.
const MAX_SCHEMA_BYTES = 7_000;
const MAX_PART_BYTES = 3_000;
const MAX_SCHEDULES = 8;
const MAX_TAGS = 20;

export interface Around {
  readonly flowName: string | undefined;
  readonly last: readonly FlowRun[];
  readonly next: FlowRun | undefined;
}

export function deploymentRow({ clean, instance }: Call, one: Deployment, { flowName, last, next }: Around) {
  const line = (text: string | undefined, max = 200) => (text === undefined ? undefined : clean.line(text, max));
  const limit = one.global_concurrency_limit;
  const [newest] = last;
  return {
    id: one.id,
    slug: `${line(flowName) ?? "?"}/${clean.line(one.name, 200)}`,
    paused: one.paused ?? false,
    status: one.status,
    last_polled: one.last_polled,
    work_pool: line(one.work_pool_name),
    work_queue: line(one.work_queue_name),
    ...(one.schedules.length > MAX_SCHEDULES ? { schedules_total: one.schedules.length } : {}),
    schedules: one.schedules.slice(0, MAX_SCHEDULES).map(({ active, slug, schedule }) => ({
      active: active ?? true,
      cron: schedule.cron,
      interval_s: schedule.interval,
      anchor_date: schedule.anchor_date,
      rrule: line(schedule.rrule, 200),
      timezone: schedule.timezone,
      slug: line(slug, 100),
    })),
    next_run: next?.next_scheduled_start_time,
    last_run_states: last.map((run) => run.state_name ?? run.state_type ?? "unknown"),
    last_run_id: newest?.id,
    last_run_at: newest?.start_time ?? newest?.expected_start_time,
    concurrency:
      limit === undefined
        ? undefined
        : {
            limit: limit.limit,
            active_slots: limit.active_slots ?? 0,
            collision_strategy: one.concurrency_options?.collision_strategy,
          },
    url: instance.links.deployment(one.id),
  };
}

export const fullParts = ({ clean }: Call, one: Deployment) => ({
  flow_id: one.flow_id,
  description: one.description === undefined ? undefined : clean.line(one.description, 1_000),
  version: one.version === undefined ? undefined : clean.line(one.version, 100),
  tags: one.tags.slice(0, MAX_TAGS).map((tag) => clean.line(tag, 100)),
  entrypoint: one.entrypoint === undefined ? undefined : clean.line(one.entrypoint, 300),
  path: one.path === undefined ? undefined : clean.line(one.path, 300),
  created: one.created,
  updated: one.updated,
  enforce_parameter_schema: one.enforce_parameter_schema,
  parameter_schema: within(cleanSchema(clean, one.parameter_openapi_schema ?? {}), MAX_SCHEMA_BYTES),
  parameters: within(clean.value(one.parameters ?? {}), MAX_PART_BYTES),
  job_variables: within(clean.jobVariables(one.job_variables ?? {}), MAX_PART_BYTES),
  pull_steps: within(clean.value(one.pull_steps ?? []), MAX_PART_BYTES),
});
