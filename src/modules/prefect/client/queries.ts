// The bodies of Prefect's list endpoints. The server ignores what it does not know at the top of one, so every body is made here,
// from these types, and nothing else is sent.
import type {
  ArtifactFilter,
  AutomationFilter,
  LatestArtifactFilter,
  WorkerFilter,
  WorkPoolFilter,
  WorkQueueFilter,
} from "../filters/infra.ts";
import type { DeploymentFilter, FlowFilter, FlowRunFilter, LogFilter, TaskRunFilter } from "../filters/runs.ts";

/** All must hold. */
export interface RunsWhere {
  readonly flows?: FlowFilter | undefined;
  readonly flow_runs?: FlowRunFilter | undefined;
  readonly task_runs?: TaskRunFilter | undefined;
  readonly deployments?: DeploymentFilter | undefined;
}

/** Of flow runs and deployments. */
export interface Where extends RunsWhere {
  readonly work_pools?: WorkPoolFilter | undefined;
  readonly work_pool_queues?: WorkQueueFilter | undefined;
}

/** Of flows: pools, but no queues. */
export type FlowsWhere = Omit<Where, "work_pool_queues">;

export interface ArtifactsWhere extends RunsWhere {
  readonly artifacts?: ArtifactFilter | undefined;
}

export interface LatestArtifactsWhere extends RunsWhere {
  readonly artifacts?: LatestArtifactFilter | undefined;
}

export interface LogsWhere {
  readonly logs?: LogFilter | undefined;
}

export interface WorkPoolsWhere {
  readonly work_pools?: WorkPoolFilter | undefined;
}

/** Of the queues of one pool; across pools the body has the same member. */
export interface WorkQueuesWhere {
  readonly work_queues?: WorkQueueFilter | undefined;
}

export interface WorkersWhere {
  readonly workers?: WorkerFilter | undefined;
}

export interface AutomationsWhere {
  readonly automations?: AutomationFilter | undefined;
}

export const FLOW_RUN_SORTS = [
  "ID_DESC",
  "START_TIME_ASC",
  "START_TIME_DESC",
  "EXPECTED_START_TIME_ASC",
  "EXPECTED_START_TIME_DESC",
  "NAME_ASC",
  "NAME_DESC",
  "NEXT_SCHEDULED_START_TIME_ASC",
  "END_TIME_DESC",
] as const;

export const TASK_RUN_SORTS = [
  "ID_DESC",
  "EXPECTED_START_TIME_ASC",
  "EXPECTED_START_TIME_DESC",
  "NAME_ASC",
  "NAME_DESC",
  "NEXT_SCHEDULED_START_TIME_ASC",
  "END_TIME_DESC",
] as const;

export const NAMED_SORTS = ["CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"] as const;

export type FlowRunSort = (typeof FLOW_RUN_SORTS)[number];
export type TaskRunSort = (typeof TASK_RUN_SORTS)[number];
export type NamedSort = (typeof NAMED_SORTS)[number];
export type LogSort = "TIMESTAMP_ASC" | "TIMESTAMP_DESC";
export type ArtifactSort = "CREATED_DESC" | "UPDATED_DESC" | "ID_DESC" | "KEY_ASC" | "KEY_DESC";
