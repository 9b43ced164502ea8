// Prefect's endpoints of flows, flow runs, task runs, their states and logs.
import { z } from "zod";
import type { Asker, Window } from "./asker.ts";
import type {
  FlowRunSort,
  FlowsWhere,
  LogsWhere,
  LogSort,
  NamedSort,
  RunsWhere,
  TaskRunSort,
  Where,
} from "./queries.ts";
import * as shapes from "./shapes.ts";

const POST = { method: "POST" } as const;
const GET = { method: "GET" } as const;

export const flowsApi = ({ ask, rows, count }: Asker) => ({
  filter: (where: FlowsWhere, window: Window, sort: NamedSort = "NAME_ASC") =>
    rows({ ...POST, path: "flows/filter", json: { ...where, sort }, doing: "list flows" }, shapes.flow, window),
  count: (where: FlowsWhere) => count({ ...POST, path: "flows/count", json: where, doing: "count flows" }),
  get: (id: string) =>
    ask({ ...GET, path: `flows/${id}`, doing: `read flow ${id}`, missing: `Flow ${id} not found (404).` }, shapes.flow),
  /** By its exact name. */
  named: (name: string) =>
    ask(
      {
        ...GET,
        path: `flows/name/${encodeURIComponent(name)}`,
        doing: `find flow "${name}"`,
        missing: `no flow is named "${name}" (404). prefect_get_flows with name_contains finds names.`,
      },
      shapes.flow,
    ),
});

const NO_RUN = "SCHEDULED runs disappear when their deployment is deleted.";

export const flowRunsApi = ({ ask, rows, count }: Asker) => ({
  filter: (where: Where, sort: FlowRunSort, window: Window) =>
    rows(
      { ...POST, path: "flow_runs/filter", json: { ...where, sort }, doing: "list flow runs" },
      shapes.flowRun,
      window,
    ),
  count: (where: Where) => count({ ...POST, path: "flow_runs/count", json: where, doing: "count flow runs" }),
  /** Average seconds; undefined when no run matches. */
  lateness: (where: Where) =>
    ask({ ...POST, path: "flow_runs/lateness", json: where, doing: "read the average lateness" }, shapes.number),
  get: (id: string) =>
    ask(
      {
        ...GET,
        path: `flow_runs/${id}`,
        doing: `read flow run ${id}`,
        missing: `Flow run ${id} not found (404). ${NO_RUN}`,
      },
      shapes.flowRun,
    ),
  /** Oldest first. An unknown run has none. */
  states: (id: string) =>
    ask(
      { ...GET, path: "flow_run_states/", query: [["flow_run_id", id]], doing: `read the states of flow run ${id}` },
      z.array(shapes.state),
    ),
  /** @throws ToolFailure; a run that refuses is no failure: see `status` of the result */
  setState: (id: string, state: NewState, force = false) =>
    ask(
      {
        ...POST,
        isWrite: true,
        path: `flow_runs/${id}/set_state`,
        json: { state, force },
        doing: `set the state of flow run ${id}`,
        missing: `Flow run ${id} not found (404). ${NO_RUN}`,
      },
      shapes.orchestration,
    ),
});

export interface NewState {
  readonly type: string;
  readonly name?: string;
  readonly message?: string;
  readonly state_details?: Readonly<Record<string, unknown>>;
}

export const taskRunsApi = ({ ask, rows, count }: Asker) => ({
  filter: (where: RunsWhere, sort: TaskRunSort, window: Window) =>
    rows(
      { ...POST, path: "task_runs/filter", json: { ...where, sort }, doing: "list task runs" },
      shapes.taskRun,
      window,
    ),
  count: (where: RunsWhere) => count({ ...POST, path: "task_runs/count", json: where, doing: "count task runs" }),
  get: (id: string) =>
    ask(
      { ...GET, path: `task_runs/${id}`, doing: `read task run ${id}`, missing: `Task run ${id} not found (404).` },
      shapes.taskRun,
    ),
  states: (id: string) =>
    ask(
      { ...GET, path: "task_run_states/", query: [["task_run_id", id]], doing: `read the states of task run ${id}` },
      z.array(shapes.state),
    ),
});

export const logsApi = ({ rows }: Asker) => ({
  /** There is no count of logs. */
  filter: (where: LogsWhere, sort: LogSort, window: Window) =>
    rows({ ...POST, path: "logs/filter", json: { ...where, sort }, doing: "read logs" }, shapes.log, window),
});
