// What Prefect does when a run is made or told to take a state, with its own words (test/fixtures/prefect/orchestration.json).
import { randomUUID } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Answer } from "./routes.ts";
import type { Row, World } from "./world.ts";

const TERMINAL = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"];

export function setState(world: World, id: string, { state }: Row, now: string): Answer {
  const run = world.flow_runs.find((one) => one["id"] === id);
  if (run === undefined) return { status: 404, body: { exception_message: `Flow run with id ${id} not found` } };
  const was: string = run["state_type"];
  const isDone = TERMINAL.includes(was);
  const verdict = (status: string, details: Row, code = 201): Answer => ({
    status: code,
    body: { state: run["state"], status, details: { type: `${status.toLowerCase()}_details`, ...details } },
  });
  if (state["type"] === "CANCELLING" || state["type"] === "CANCELLED") {
    if (isDone) return verdict("ABORT", { reason: `Run is already in terminal state ${was}.` }, 200);
    if (was === "SCHEDULED" && state["type"] === "CANCELLING") {
      enter(world, run, { type: "CANCELLED" }, now);
      return verdict("REJECT", { reason: "Scheduled flow run has no infrastructure to terminate." });
    }
  }
  if (state["type"] === "SCHEDULED" && isDone && run["deployment_id"] === null) {
    return verdict("ABORT", { reason: "Cannot reschedule a run without an associated deployment." }, 200);
  }
  enter(world, run, state, now);
  return verdict("ACCEPT", {});
}

/** Also for tests: puts a run into a state as if Prefect had done so. */
export function enter(world: World, run: Row, state: Row, now: string): void {
  const name = state["name"] ?? `${state["type"][0]}${state["type"].slice(1).toLowerCase()}`;
  run["state"] = { id: randomUUID(), message: null, state_details: {}, ...state, name, timestamp: now };
  run["state_type"] = state["type"];
  run["state_name"] = name;
  run["next_scheduled_start_time"] =
    state["type"] === "SCHEDULED" ? (state["state_details"]?.scheduled_time ?? now) : null;
  if (TERMINAL.includes(state["type"])) run["end_time"] = now;
  world.flow_run_states[run["id"]] = [...(world.flow_run_states[run["id"]] ?? []), run["state"]];
}

export function createRun(world: World, id: string, body: Row, now: string): Answer {
  const deployment = world.deployments.find((one) => one["id"] === id);
  if (deployment === undefined) return { status: 404, body: { detail: "Deployment not found" } };
  const queue = body["work_queue_name"];
  if (queue !== undefined && deployment["work_pool_name"] === null) {
    const detail = `Cannot create flow run in work queue ${queue} because deployment ${id} is not associated with a work pool. Please remove work_pool_name and try again.`;
    return { status: 400, body: { detail } };
  }
  const parameters = { ...deployment["parameters"], ...body["parameters"] };
  const problem =
    (body["enforce_parameter_schema"] ?? deployment["enforce_parameter_schema"])
      ? schemaProblem(deployment, parameters)
      : undefined;
  if (problem !== undefined) return { status: 409, body: { detail: `Error creating flow run: ${problem}` } };
  const again = world.flow_runs.find(
    (run) => run["deployment_id"] === id && run["idempotency_key"] === (body["idempotency_key"] ?? ""),
  );
  if (again !== undefined) return { status: 200, body: again };
  const run: Row = {
    ...world.flow_runs.find((one) => one["deployment_id"] !== null)!,
    id: randomUUID(),
    name: body["name"] ?? "made-up-name",
    flow_id: deployment["flow_id"],
    deployment_id: id,
    work_pool_name: deployment["work_pool_name"],
    work_queue_name: queue ?? deployment["work_queue_name"],
    work_queue_id: queueIdOf(world, deployment, queue),
    parameters,
    job_variables: body["job_variables"] ?? {},
    tags: [...new Set([...(deployment["tags"] ?? []), ...(body["tags"] ?? [])])],
    idempotency_key: body["idempotency_key"] ?? null,
    created: now,
    start_time: null,
    end_time: null,
    run_count: 0,
    expected_start_time: body["state"]?.state_details?.scheduled_time ?? now,
  };
  enter(world, run, body["state"] ?? { type: "SCHEDULED", state_details: { scheduled_time: now } }, now);
  world.flow_runs.unshift(run);
  return { status: 201, body: run };
}

/** An unknown queue is silently made. */
function queueIdOf(world: World, deployment: Row, name: string | undefined): string | null {
  if (name === undefined) return deployment["work_queue_id"];
  const pool = deployment["work_pool_name"];
  const found = world.work_queues.find((one) => one["work_pool_name"] === pool && one["name"] === name);
  if (found !== undefined) return found["id"];
  const made = { ...world.work_queues[0], id: randomUUID(), name, work_pool_name: pool };
  world.work_queues.push(made);
  return made.id;
}

function schemaProblem(deployment: Row, parameters: Row): string | undefined {
  const schema = deployment["parameter_openapi_schema"];
  const ajv = new Ajv2020({ strict: false });
  if (schema === null || ajv.validate(schema, parameters)) return undefined;
  const [error] = ajv.errors ?? [];
  const field = error?.instancePath.split("/")[1];
  const value = field === undefined ? "" : `'${parameters[field]}' is not of type '${error?.params["type"]}'`;
  return field === undefined
    ? `Validation failed. Failure reason: '${error?.params["missingProperty"]}' is a required property`
    : `Validation failed for field '${field}'. Failure reason: ${value}`;
}
