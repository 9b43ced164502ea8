// Prefect's list endpoints over the rows of a world: filters of the row itself and of what it is related to, sorted and cut.
import { matches, type Resolve } from "./match.ts";
import type { Row, World } from "./world.ts";

export type Entity =
  | "flows"
  | "deployments"
  | "flow_runs"
  | "task_runs"
  | "logs"
  | "work_pools"
  | "work_queues"
  | "workers"
  | "artifacts"
  | "automations";

/** The rows that pass every filter of the body, in the order it asks for; limit and offset are not applied. */
export function select(world: World, entity: Entity, body: Row, rows: readonly Row[]): Row[] {
  const own = rows.filter((row) => matches(row, body[entity], resolverOf(world, entity)));
  const related = own.filter((row) =>
    (["flows", "deployments", "flow_runs", "task_runs", "work_pools", "work_pool_queues"] as const)
      .filter((other) => other !== entity && body[other] !== undefined && body[other] !== null)
      .every((other) => {
        const kind: Entity = other === "work_pool_queues" ? "work_queues" : other;
        return relatives(world, entity, row, kind).some((one) => matches(one, body[other], resolverOf(world, kind)));
      }),
  );
  return sorted(related, body["sort"]);
}

const resolverOf =
  (world: World, entity: Entity): Resolve =>
  (row, key, operator) => {
    switch (`${entity}.${key}`) {
      case "flow_runs.parent_flow_run_id":
        return world.task_runs.find(({ id }) => id === row["parent_task_run_id"])?.["flow_run_id"];
      case "deployments.work_queue_name":
        return null; // measured: never matches the queue of a pool
      case "deployments.concurrency_limit":
        return operator === "ge_" ? Infinity : -Infinity; // measured: every deployment passes
      case "flow_runs.start_time": // a run that has not started counts with its expected start
        return operator === "is_null_" ? row[key] : (row[key] ?? row["expected_start_time"]);
      case "flow_runs.created_by":
        return row["created_by"]?.id;
      case "task_runs.subflow_runs":
        return world.flow_runs.some((run) => run["parent_task_run_id"] === row["id"]);
      case "deployments.flow_or_deployment_name":
        return [row["name"], world.flows.find(({ id }) => id === row["flow_id"])?.["name"]];
      case "flows.deployment":
        return world.deployments.some((one) => one["flow_id"] === row["id"]) ? true : null;
      case "logs.text":
        return row["message"];
      case "artifacts.latest_id":
        return row["latest_id"];
      default:
        return row[key];
    }
  };

function relatives(world: World, entity: Entity, row: Row, other: Entity): Row[] {
  if (entity === other) return [row];
  const by = (rows: Row[], column: string, value: unknown) =>
    value === null || value === undefined ? [] : rows.filter((one) => one[column] === value);
  switch (`${entity}>${other}`) {
    case "flow_runs>flows":
    case "deployments>flows":
      return by(world.flows, "id", row["flow_id"]);
    case "flow_runs>deployments":
      return by(world.deployments, "id", row["deployment_id"]);
    case "flow_runs>task_runs":
      return by(world.task_runs, "flow_run_id", row["id"]);
    case "flow_runs>work_pools":
    case "deployments>work_pools":
      return by(world.work_pools, "name", row["work_pool_name"]);
    case "flow_runs>work_queues":
    case "deployments>work_queues":
      return by(world.work_queues, "id", row["work_queue_id"]);
    case "flows>flow_runs":
      return by(world.flow_runs, "flow_id", row["id"]);
    case "flows>deployments":
      return by(world.deployments, "flow_id", row["id"]);
    case "deployments>flow_runs":
      return by(world.flow_runs, "deployment_id", row["id"]);
    case "task_runs>flow_runs":
    case "artifacts>flow_runs":
      return by(world.flow_runs, "id", row["flow_run_id"]);
    case "artifacts>task_runs":
      return by(world.task_runs, "id", row["task_run_id"]);
    default: {
      const through: Entity = entity === "flows" ? "deployments" : "flow_runs";
      return relatives(world, entity, row, through).flatMap((one) => relatives(world, through, one, other));
    }
  }
}

type Keyed = (row: Row) => unknown;

/** START_TIME falls back to the expected start, so scheduled runs take part in it. */
const COLUMNS: Record<string, Keyed> = {
  ID: ({ id }) => id,
  START_TIME: (row) => row["start_time"] ?? row["expected_start_time"],
  EXPECTED_START_TIME: (row) => row["expected_start_time"],
  NEXT_SCHEDULED_START_TIME: (row) => row["next_scheduled_start_time"],
  END_TIME: (row) => row["end_time"],
  NAME: (row) => row["name"],
  CREATED: (row) => row["created"],
  UPDATED: (row) => row["updated"],
  TIMESTAMP: (row) => row["timestamp"],
  KEY: (row) => row["key"],
  DURATION: (row) => row["total_run_time"],
};

function sorted(rows: Row[], sort: string | null | undefined): Row[] {
  const [, column = "", direction] = /^(\w+)_(ASC|DESC)$/.exec(sort ?? "") ?? [];
  const keyed = COLUMNS[column];
  if (keyed === undefined) return rows;
  const sign = direction === "DESC" ? -1 : 1;
  const value = (row: Row) => keyed(row) ?? "";
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)] as [string, string];
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
}
