// Filters of flows, flow runs, task runs, deployments and logs, as Prefect 3.9 publishes them in its OpenAPI.
import { z } from "zod";
import { defineFilter, joined, key } from "./filter.ts";
import * as part from "./parts.ts";

export const flowFilter = defineFilter("flows", {
  id: key(part.ids),
  name: key(part.names),
  tags: joined(part.tags),
  deployment: joined({ is_null_: part.yes }),
});

export const flowRunFilter = defineFilter("flow_runs", {
  id: key(part.ids),
  name: key(part.names),
  tags: joined(part.tagsOrAny),
  deployment_id: joined({ ...part.anyId, is_null_: part.yes }),
  work_queue_name: joined({ ...part.anyWord, is_null_: part.yes }),
  state: joined({
    type: key({ any_: part.stateTypes, not_any_: part.stateTypes }).unwrap(),
    name: key({ any_: part.words, not_any_: part.words }).unwrap(),
  }),
  flow_version: key(part.anyWord),
  start_time: key(part.spanOrNull),
  end_time: key(part.spanOrNull),
  expected_start_time: key(part.span),
  next_scheduled_start_time: key(part.span),
  parent_flow_run_id: joined(part.anyId),
  parent_task_run_id: joined({ ...part.anyId, is_null_: part.yes }),
  idempotency_key: key({ any_: part.words, not_any_: part.words }),
  created_by: joined({ id_: part.ids.any_, type_: part.words, is_null_: part.yes }),
});

export const taskRunFilter = defineFilter("task_runs", {
  id: key(part.anyId),
  name: key(part.names),
  tags: joined(part.tags),
  state: joined({ type: key({ any_: part.stateTypes }).unwrap(), name: key(part.anyWord).unwrap() }),
  start_time: key(part.spanOrNull),
  end_time: key(part.spanOrNull),
  expected_start_time: key(part.span),
  subflow_runs: key({ exists_: part.yes }),
  flow_run_id: joined({ ...part.anyId, is_null_: part.yes }),
});

export const deploymentFilter = defineFilter("deployments", {
  id: key(part.ids),
  name: key(part.names),
  flow_or_deployment_name: key({ like_: part.word }),
  paused: key({ eq_: part.yes }),
  tags: joined(part.tagsOrAny),
  // Never matches the queue of a pool (measured): ask by work_pool_queues instead.
  work_queue_name: key(part.anyWord),
  // concurrency_limit is published too, but 3.9.1 answers with every deployment all the same: better refused than believed.
});

export const logFilter = defineFilter("logs", {
  level: key({ ge_: part.whole, le_: part.whole }),
  timestamp: key(part.span),
  flow_run_id: key(part.anyId),
  task_run_id: key({ ...part.anyId, is_null_: part.yes }),
  // 500 on SQLite before 3.44, so ours is done here, line by line.
  text: key({ query: z.string().max(200) }),
});

type Of<Filter extends { parse(given: undefined): unknown }> = NonNullable<ReturnType<Filter["parse"]>>;

export type FlowFilter = Of<typeof flowFilter>;
export type FlowRunFilter = Of<typeof flowRunFilter>;
export type TaskRunFilter = Of<typeof taskRunFilter>;
export type DeploymentFilter = Of<typeof deploymentFilter>;
export type LogFilter = Of<typeof logFilter>;
