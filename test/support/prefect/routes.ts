// Prefect's endpoints over a world: what a method and a path answer, once the caller was let in and the body was found well.
import { decodeToken, eventPage } from "./events.ts";
import { select, type Entity } from "./lists.ts";
import { createRun, setState } from "./writes.ts";
import type { Row, World } from "./world.ts";

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Asked {
  method: string;
  /** Below /api, with its leading slash. */
  path: string;
  query: URLSearchParams;
  body: Row;
}

export interface RouteOptions {
  /** PREFECT_SERVER_API_DEFAULT_LIMIT. */
  pageLimit: number;
  now: () => string;
  /** Versions before 3.6.23 have no concurrency_status. */
  hasSlots: boolean;
}

export const NOT_FOUND: Answer = { status: 404, body: { detail: "Not Found" } };
const MAX_EVENTS = 50;

type Handler = (world: World, asked: Asked, parts: string[], options: RouteOptions) => Answer;

const ok = (body: unknown): Answer => ({ status: 200, body });

const list =
  (entity: Entity, rowsOf: (world: World, parts: string[]) => Row[]): Handler =>
  (world, { body }, parts, { pageLimit }) => {
    const limit = body["limit"] ?? pageLimit;
    if (limit > pageLimit) {
      return { status: 422, body: { detail: `Invalid limit: must be less than or equal to ${pageLimit}.` } };
    }
    const offset = body["offset"] ?? 0;
    return ok(select(world, entity, body, rowsOf(world, parts)).slice(offset, offset + limit));
  };

const count =
  (entity: Entity, rowsOf: (world: World) => Row[]): Handler =>
  (world, { body }) =>
    ok(select(world, entity, body, rowsOf(world)).length);

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** One row by its id; an id that is none is a path that is none. */
const byId =
  (rowsOf: (world: World) => Row[], missing: Row): Handler =>
  (world, _, [id = ""]) => {
    if (!UUID.test(id)) return NOT_FOUND;
    const row = rowsOf(world).find((one) => one["id"] === id);
    return row === undefined ? { status: 404, body: missing } : ok(row);
  };

const inPool =
  (entity: Entity, rowsOf: (world: World, pool: Row) => Row[]): Handler =>
  (world, asked, [name = ""], options) => {
    const pool = world.work_pools.find((one) => one["name"] === name);
    if (pool === undefined) return noPool(name);
    return list(entity, () => rowsOf(world, pool))(world, asked, [], options);
  };

const noPool = (name: string): Answer => ({ status: 404, body: { detail: `Work pool "${name}" not found.` } });

const lateness: Handler = (world, { body }, _, { now }) => {
  const late = select(world, "flow_runs", body, world.flow_runs).map((run) => {
    const expected = Date.parse(run["expected_start_time"]);
    return Math.max(0, Date.parse(run["start_time"] ?? now()) - expected) / 1_000;
  });
  return ok(late.length === 0 ? null : late.reduce((sum, one) => sum + one, 0) / late.length);
};

const paused =
  (value: boolean): Handler =>
  (world, _, [id]) => {
    const deployment = world.deployments.find((one) => one["id"] === id);
    if (deployment === undefined) return { status: 404, body: { detail: "Deployment not found" } };
    deployment["paused"] = value;
    return { status: 200, body: null };
  };

const deploymentByName: Handler = (world, _, [flowName, name]) => {
  const flow = world.flows.find((one) => one["name"] === flowName);
  const found = world.deployments.find((one) => one["flow_id"] === flow?.["id"] && one["name"] === name);
  return found === undefined ? { status: 404, body: { detail: "Deployment not found" } } : ok(found);
};

const flowByName: Handler = (world, _, [name]) => {
  const found = world.flows.find((one) => one["name"] === name);
  return found === undefined ? { status: 404, body: { detail: "Flow not found" } } : ok(found);
};

const workPool: Handler = (world, _, [name = ""]) => {
  const found = world.work_pools.find((one) => one["name"] === name);
  return found === undefined ? noPool(name) : ok(found);
};

const kept =
  (rowsOf: (world: World) => Record<string, Row>, missing: (id: string) => Answer): Handler =>
  (world, _, [id = ""], { hasSlots }) => {
    if (!hasSlots) return NOT_FOUND;
    const found = rowsOf(world)[id];
    return found === undefined ? missing(id) : ok(found);
  };

const queueStatus: Handler = (world, _, [id = ""]) => {
  const found = world.queue_status[id];
  return found === undefined
    ? { status: 404, body: { exception_message: `Work queue with id ${id} not found` } }
    : ok(found);
};

const tagLimit: Handler = (world, _, [tag]) => {
  const found = world.tag_limits.find((one) => one["tag"] === tag);
  return found === undefined ? { status: 404, body: { detail: "Concurrency limit not found" } } : ok(found);
};

const events: Handler = (world, { body }) =>
  ok(eventPage(world, { filter: body["filter"] ?? {}, limit: body["limit"] ?? MAX_EVENTS, offset: 0 }));

const moreEvents: Handler = (world, { query }) => {
  const token = decodeToken(query.get("page-token") ?? "");
  return token === undefined ? { status: 403, body: { detail: "Forbidden" } } : ok(eventPage(world, token));
};

const detail = (text: string): Row => ({ detail: text });
const queueMissing = (): Answer => ({ status: 404, body: detail("Work queue not found.") });

const ROUTES: readonly [method: string, path: RegExp, handler: Handler][] = [
  ["GET", /^\/version$/, ({ api_version: version }) => ok(version)],
  ["GET", /^\/admin\/version$/, ({ server_version: version }) => ok(version)],
  ["POST", /^\/flows\/filter$/, list("flows", ({ flows }) => flows)],
  ["POST", /^\/flows\/count$/, count("flows", ({ flows }) => flows)],
  ["GET", /^\/flows\/name\/([^/]+)$/, flowByName],
  ["GET", /^\/flows\/([^/]+)$/, byId(({ flows }) => flows, detail("Flow not found"))],
  ["POST", /^\/flow_runs\/filter$/, list("flow_runs", ({ flow_runs: runs }) => runs)],
  ["POST", /^\/flow_runs\/count$/, count("flow_runs", ({ flow_runs: runs }) => runs)],
  ["POST", /^\/flow_runs\/lateness$/, lateness],
  [
    "POST",
    /^\/flow_runs\/([^/]+)\/set_state$/,
    (world, { body }, [id = ""], { now }) => setState(world, id, body, now()),
  ],
  ["GET", /^\/flow_runs\/([^/]+)$/, byId(({ flow_runs: runs }) => runs, detail("Flow run not found"))],
  [
    "GET",
    /^\/flow_run_states\/$/,
    (world, { query }) => ok(world.flow_run_states[query.get("flow_run_id") ?? ""] ?? []),
  ],
  ["POST", /^\/task_runs\/filter$/, list("task_runs", ({ task_runs: runs }) => runs)],
  ["POST", /^\/task_runs\/count$/, count("task_runs", ({ task_runs: runs }) => runs)],
  ["GET", /^\/task_runs\/([^/]+)$/, byId(({ task_runs: runs }) => runs, detail("Task not found"))],
  [
    "GET",
    /^\/task_run_states\/$/,
    (world, { query }) => ok(world.task_run_states[query.get("task_run_id") ?? ""] ?? []),
  ],
  ["POST", /^\/logs\/filter$/, list("logs", ({ logs }) => logs)],
  ["POST", /^\/deployments\/filter$/, list("deployments", ({ deployments }) => deployments)],
  ["POST", /^\/deployments\/count$/, count("deployments", ({ deployments }) => deployments)],
  ["GET", /^\/deployments\/name\/([^/]+)\/([^/]+)$/, deploymentByName],
  [
    "POST",
    /^\/deployments\/([^/]+)\/create_flow_run$/,
    (world, { body }, [id = ""], { now }) => createRun(world, id, body, now()),
  ],
  ["POST", /^\/deployments\/([^/]+)\/pause_deployment$/, paused(true)],
  ["POST", /^\/deployments\/([^/]+)\/resume_deployment$/, paused(false)],
  ["GET", /^\/deployments\/([^/]+)$/, byId(({ deployments }) => deployments, detail("Deployment not found"))],
  ["POST", /^\/work_pools\/filter$/, list("work_pools", ({ work_pools: pools }) => pools)],
  ["POST", /^\/work_pools\/count$/, count("work_pools", ({ work_pools: pools }) => pools)],
  [
    "POST",
    /^\/work_pools\/([^/]+)\/queues\/filter$/,
    inPool("work_queues", ({ work_queues: queues }, { name }) =>
      queues.filter((one) => one["work_pool_name"] === name),
    ),
  ],
  [
    "POST",
    /^\/work_pools\/([^/]+)\/workers\/filter$/,
    inPool("workers", ({ workers }, { id }) => workers.filter((one) => one["work_pool_id"] === id)),
  ],
  ["POST", /^\/work_pools\/([^/]+)\/concurrency_status$/, kept(({ pool_slots: slots }) => slots, noPool)],
  ["GET", /^\/work_pools\/([^/]+)$/, workPool],
  ["POST", /^\/work_queues\/([^/]+)\/concurrency_status$/, kept(({ queue_slots: slots }) => slots, queueMissing)],
  ["GET", /^\/work_queues\/([^/]+)\/status$/, queueStatus],
  ["POST", /^\/v2\/concurrency_limits\/filter$/, list("workers", ({ global_limits: limits }) => limits)],
  ["POST", /^\/concurrency_limits\/filter$/, list("workers", ({ tag_limits: limits }) => limits)],
  ["GET", /^\/concurrency_limits\/tag\/([^/]+)$/, tagLimit],
  ["POST", /^\/events\/filter$/, events],
  ["GET", /^\/events\/filter\/next$/, moreEvents],
  ["POST", /^\/automations\/filter$/, list("automations", ({ automations }) => automations)],
  ["POST", /^\/automations\/count$/, count("automations", ({ automations }) => automations)],
  [
    "GET",
    /^\/automations\/([^/]+)$/,
    byId(({ automations }) => automations, { exception_message: "Automation not found" }),
  ],
  ["POST", /^\/artifacts\/filter$/, list("artifacts", ({ artifacts }) => artifacts)],
  ["POST", /^\/artifacts\/count$/, count("artifacts", ({ artifacts }) => artifacts)],
  ["POST", /^\/artifacts\/latest\/filter$/, list("artifacts", ({ latest_artifacts: rows }) => rows)],
  ["POST", /^\/artifacts\/latest\/count$/, count("artifacts", ({ latest_artifacts: rows }) => rows)],
  ["GET", /^\/artifacts\/([^/]+)$/, byId(({ artifacts }) => artifacts, detail("Artifact not found."))],
];

export function route(world: World, asked: Asked, options: RouteOptions): Answer {
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === asked.method ? pattern.exec(asked.path) : null;
    if (match !== null) return handler(world, asked, match.slice(1).map(decodeURIComponent), options);
  }
  return NOT_FOUND;
}
