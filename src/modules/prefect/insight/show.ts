// One run and all around it, as prefect_investigate_flow_run shows it.
import { byteLength } from "../../../core/clip.ts";
import type { FlowRun, Log } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { stateHistory } from "../runs/history.ts";
import { namesFrom, type Names } from "../runs/names.ts";
import { runRow, some } from "../runs/row.ts";
import { taskRow } from "../runs/tasks.ts";
import { rootFirst } from "./failure.ts";
import type { Parts } from "./parts.ts";
import type { Pool } from "./pool-causes.ts";

/** Of the whole answer, for each of the two logs. */
const LOG_SHARE = 0.2;
const MAX_TASKS = 8;
const MAX_STATES = 10;
const MAX_RECENT = 20;

export function show(call: Call, run: FlowRun, parts: Parts, waitsIn: Pool | undefined) {
  const { clean, context, instance } = call;
  const { deployment } = parts;
  const names = namesOfParts(call, parts);
  const slug = names.deployment(run.deployment_id);
  const tasks = rootFirst(parts.tasks);
  const taskNames = new Map(tasks.map(({ id, name }) => [id, clean.line(name, 200)]));
  const room = context.budget.textBytes * LOG_SHARE;
  const errors = linesOf(call, parts.errors, room);
  const told = new Set(errors.map(({ id }) => id));
  const others = parts.last.filter(({ id }) => id === undefined || !told.has(id));
  return {
    run: runRow(call, run, names),
    ...stateHistory(call, parts.states ?? [], MAX_STATES),
    failed_tasks: tasks.slice(0, MAX_TASKS).map((task) => taskRow(call, task, taskNames)),
    failed_children: parts.children.map((child) => ({
      id: child.id,
      name: clean.line(child.name, 200),
      message: clean.line(child.state?.message, 300),
      url: instance.links.flowRun(child.id),
    })),
    error_log: errors.map(({ line }) => line),
    last_log: linesOf(call, others, room).map(({ line }) => line),
    ...some("deployment", deploymentOf(deployment, slug)),
    ...some("work_pool", poolOf(call, parts, waitsIn)),
    recent_runs: [...parts.since, ...parts.before]
      .slice(0, MAX_RECENT)
      .map(({ id, name, state_name: state, end_time: at }) => ({
        id,
        name: clean.line(name, 100),
        state,
        end_time: at,
      })),
  };
}

function deploymentOf(deployment: Parts["deployment"], slug: string | undefined) {
  if (deployment === undefined || deployment === "deleted") return deployment;
  const { id, paused, status, last_polled: polled, updated } = deployment;
  return { id, slug, paused: paused ?? false, status, last_polled: polled, updated };
}

function poolOf({ clean }: Call, parts: Parts, waitsIn: Pool | undefined) {
  const pool = waitsIn?.pool ?? parts.workPool;
  if (pool === undefined) return undefined;
  const online = waitsIn?.verdict.workersOnline ?? parts.workers?.filter(({ status }) => status === "ONLINE").length;
  return {
    name: clean.line(pool.name, 200),
    status: pool.status,
    paused: pool.is_paused ?? false,
    ...some("workers_online", online),
  };
}

/** The newest that fit, oldest first. */
function linesOf({ clean }: Call, logs: readonly Log[], room: number) {
  let left = room;
  const shown = logs.map(({ id, timestamp, message }) => ({ id, line: `${timestamp} ${clean.line(message, 500)}` }));
  return shown.filter(({ line }) => (left -= byteLength(JSON.stringify(line)) + 1) >= 0).toReversed();
}

/** What the run and its deployment are called. */
export function namesOfParts(call: Call, { flow, deployment }: Parts): Names {
  const deployments = deployment === undefined || deployment === "deleted" ? [] : [deployment];
  return namesFrom(call, flow === undefined ? [] : [flow], deployments);
}
