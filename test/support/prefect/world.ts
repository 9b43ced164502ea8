// The rows of a real Prefect, captured by test/real/support/prefect-capture.ts, each stand-in with a copy of its own to change.
import { readFileSync } from "node:fs";
import { BIG_LOG_LINES, bigLogLine } from "./big-log.ts";

export type Row = Record<string, any>;

/** Ids by name, as the seed made them. */
export interface SeededIds {
  flows: Record<string, string>;
  /** By `flow/deployment`. */
  deployments: Record<string, string>;
  pools: Record<string, string>;
  /** By `pool/queue`. */
  queues: Record<string, string>;
  runs: Record<string, string>;
  /** By `run/task`. */
  taskRuns: Record<string, string>;
  artifacts: Record<string, string>;
  automations: Record<string, string>;
  goneRun: string;
  goneDeployment: string;
}

export interface World {
  /** When it was captured: the clock of tests stands here. */
  captured_at: string;
  server_version: string;
  api_version: string;
  seeded: SeededIds;
  flows: Row[];
  deployments: Row[];
  work_pools: Row[];
  work_queues: Row[];
  workers: Row[];
  flow_runs: Row[];
  flow_run_states: Record<string, Row[]>;
  task_runs: Row[];
  task_run_states: Record<string, Row[]>;
  logs: Row[];
  artifacts: Row[];
  latest_artifacts: Row[];
  events: Row[];
  automations: Row[];
  global_limits: Row[];
  tag_limits: Row[];
  pool_slots: Record<string, Row>;
  queue_slots: Record<string, Row>;
  queue_status: Record<string, Row>;
}

export const fixture = (name: string): any =>
  JSON.parse(readFileSync(new URL(`../../fixtures/prefect/${name}.json`, import.meta.url), "utf8"));

export function readWorld(): World {
  const world: World = fixture("world");
  const big = world.seeded.runs["big"];
  const first = world.logs.find((log) => log["flow_run_id"] === big)!;
  const kept = world.logs.filter((log) => log["flow_run_id"] !== big);
  const lines = Array.from({ length: BIG_LOG_LINES }, (_, i) => ({
    ...first,
    id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
    ...bigLogLine(i, Date.parse(first["timestamp"])),
  }));
  return { ...world, logs: [...kept, ...lines] };
}

/** An empty Prefect of the same version. */
export function emptyWorld(): World {
  const world: World = fixture("world");
  const empty = Object.entries(world).map(([name, value]) => [name, Array.isArray(value) ? [] : value] as const);
  const none = { flow_run_states: {}, task_run_states: {}, pool_slots: {}, queue_slots: {}, queue_status: {} };
  return { ...(Object.fromEntries(empty) as unknown as World), ...none };
}
