// Captures what the stand-in of `npm test` replays: the rows of a seeded real Prefect, the schemas of its bodies, and its refusals.
// Run it as SOURCES.md says; it starts a server of its own and rewrites test/fixtures/prefect/*.json.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { connectPrefect, type PrefectApi } from "./prefect-api.ts";
import { seedPrefect, type Seeded } from "./prefect-seed.ts";
import { startPrefect } from "./prefect.ts";
import { until } from "./wait.ts";

type Json = any;

const FOLDER = fileURLToPath(new URL("../../fixtures/prefect/", import.meta.url));
/** The stand-in makes the other lines up: test/support/prefect/big-log.ts. */
const BIG_LOG_KEPT = 2;

export async function capture(api: PrefectApi, seeded: Seeded): Promise<void> {
  await until("six late runs", 60_000, async () => {
    const count = await api.post("flow_runs/count", { flow_runs: { state: { name: { any_: ["Late"] } } } });
    return count === 6 ? true : undefined;
  });
  await mkdir(FOLDER, { recursive: true });
  await write("world", await world(api, seeded));
  await write("openapi", schemas(await api.get("openapi.json")));
  await write("answers", await answers(api, seeded));
  await write("refusals", await refusals(api, seeded));
  await write("orchestration", await orchestration(api, seeded));
}

const write = (name: string, value: Json) => writeFile(`${FOLDER}${name}.json`, `${JSON.stringify(value, null, 1)}\n`);

async function world(api: PrefectApi, seeded: Seeded): Promise<Json> {
  const all = (path: string, body: object = {}) => api.post(`${path}/filter`, { limit: 200, ...body });
  const flow_runs = await all("flow_runs", { sort: "ID_DESC" });
  const task_runs = await all("task_runs", { sort: "ID_DESC" });
  const pools = Object.keys(seeded.pools);
  const perPool = async (read: (pool: string) => Promise<Json[]>) => (await Promise.all(pools.map(read))).flat();
  const big = seeded.runs["big"];
  const logs = await all("logs", { sort: "TIMESTAMP_ASC" });
  return {
    captured_at: new Date().toISOString(),
    server_version: await api.get("admin/version"),
    api_version: await api.get("version"),
    seeded,
    flows: await all("flows"),
    deployments: await all("deployments"),
    work_pools: await all("work_pools"),
    work_queues: await perPool((pool) => all(`work_pools/${pool}/queues`)),
    workers: await perPool((pool) => all(`work_pools/${pool}/workers`)),
    flow_runs,
    flow_run_states: await byId(flow_runs, (id) => api.get(`flow_run_states/?flow_run_id=${id}`)),
    task_runs,
    task_run_states: await byId(task_runs, (id) => api.get(`task_run_states/?task_run_id=${id}`)),
    logs: [
      ...logs.filter((log: Json) => log.flow_run_id !== big),
      ...(await all("logs", { logs: { flow_run_id: { any_: [big] } }, limit: BIG_LOG_KEPT })),
    ],
    artifacts: await all("artifacts"),
    latest_artifacts: await all("artifacts/latest"),
    events: await events(api),
    automations: await all("automations"),
    global_limits: await all("v2/concurrency_limits"),
    tag_limits: await all("concurrency_limits"),
    pool_slots: await byName(pools, (pool) =>
      api.post(`work_pools/${pool}/concurrency_status`, { flow_run_limit: 10 }),
    ),
    queue_slots: await byName(Object.values(seeded.queues), (id) => api.post(`work_queues/${id}/concurrency_status`)),
    queue_status: await byName(Object.values(seeded.queues), (id) => api.get(`work_queues/${id}/status`)),
  };
}

/** The seeded ones and the newest of the server's own, without pages. */
async function events(api: PrefectApi): Promise<Json[]> {
  const read = async (prefix: string) => {
    const found: Json[] = [];
    let page = await api.post("events/filter", { filter: { event: { prefix: [prefix] } }, limit: 50 });
    for (found.push(...page.events); page.next_page !== null && found.length < 120; found.push(...page.events)) {
      page = await api.get(`events/filter/next?page-token=${new URL(page.next_page).searchParams.get("page-token")}`);
    }
    return found;
  };
  return [...(await read("ops.sample.")), ...(await read("prefect.flow-run."))];
}

const byName = async (names: string[], read: (name: string) => Promise<Json>) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
const byId = (rows: Json[], read: (id: string) => Promise<Json>) =>
  byName(
    rows.map(({ id }) => id),
    read,
  );

/** Of each POST endpoint its body's schema, and every schema that these lead to. */
function schemas(openapi: Json): Json {
  const bodies: Record<string, Json> = {};
  for (const [path, methods] of Object.entries<Json>(openapi.paths)) {
    if (!/\/(filter|count|lateness|concurrency_status|set_state|create_flow_run|paginate|history)$/.test(path))
      continue;
    if (/^\/(api\/)?(ui|block|variables|saved|task_workers)/.test(path)) continue;
    const schema = methods.post?.requestBody?.content["application/json"].schema;
    if (schema !== undefined) bodies[path.replace(/^\/api/, "")] = schema;
  }
  const kept: Record<string, Json> = {};
  const keep = (value: Json): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name in kept) continue;
      kept[name] = openapi.components.schemas[name];
      keep(kept[name]);
    }
  };
  keep(bodies);
  return { bodies, components: { schemas: kept } };
}

/** How many rows pass a filter, and in which order names come: what the stand-in must agree with. */
async function answers(api: PrefectApi, { runs, taskRuns }: Seeded): Promise<Json[]> {
  const etl = { name: { any_: ["etl-nightly"] } };
  const counts: [path: string, body: Json][] = [
    ["flow_runs", {}],
    ["flow_runs", { flows: etl }],
    ["flow_runs", { flows: { name: { like_: "ETL" } } }],
    ["flow_runs", { flow_runs: { state: { type: { any_: ["SCHEDULED"] }, name: { any_: ["Late"] } } } }],
    ["flow_runs", { flow_runs: { state: { operator: "or_", type: { any_: ["FAILED"] }, name: { any_: ["Late"] } } } }],
    ["flow_runs", { flow_runs: { state: { type: { not_any_: ["SCHEDULED"] } } } }],
    ["flow_runs", { flow_runs: { operator: "or_", name: { any_: ["big"] }, state: { type: { any_: ["CRASHED"] } } } }],
    ["flow_runs", { flow_runs: { name: { like_: "etl_failed" } } }],
    ["flow_runs", { flow_runs: { deployment_id: { is_null_: true } } }],
    ["flow_runs", { flow_runs: { parent_flow_run_id: { any_: [runs["parent"]] } } }],
    ["flow_runs", { flow_runs: { parent_task_run_id: { any_: [taskRuns["parent/child"]] } } }],
    ["flow_runs", { flow_runs: { start_time: { is_null_: true } } }],
    ["flow_runs", { flow_runs: { start_time: { after_: "2026-01-01T00:00:00Z" } } }],
    ["flow_runs", { flow_runs: { end_time: { is_null_: false } } }],
    ["flow_runs", { flow_runs: { expected_start_time: { after_: "2029-01-01T00:00:00Z" } } }],
    ["flow_runs", { flow_runs: { next_scheduled_start_time: { before_: "2029-01-01T00:00:00Z" } } }],
    ["flow_runs", { flow_runs: { tags: { is_null_: true } } }],
    ["flow_runs", { flow_runs: { tags: { any_: ["etl", "prod"] } } }],
    ["flow_runs", { flow_runs: { tags: { all_: ["etl"] } } }],
    ["flow_runs", { work_pools: { name: { any_: ["k8s-prod"] } } }],
    ["flow_runs", { work_pools: { name: { any_: ["k8s-prod"] } }, work_pool_queues: { name: { any_: ["high"] } } }],
    ["flow_runs", { deployments: { name: { any_: ["limited"] } } }],
    ["flow_runs", { task_runs: { state: { type: { any_: ["FAILED"] } } } }],
    ["deployments", { deployments: { paused: { eq_: true } } }],
    ["deployments", { deployments: { flow_or_deployment_name: { like_: "etl" } } }],
    ["deployments", { deployments: { tags: { any_: ["prod"] } } }],
    ["deployments", { deployments: { concurrency_limit: { ge_: 1 } } }],
    ["deployments", { deployments: { work_queue_name: { any_: ["default"] } } }],
    ["deployments", { work_pools: { name: { any_: ["proc-free"] } } }],
    ["deployments", { flows: etl, flow_runs: { state: { type: { any_: ["RUNNING"] } } } }],
    ["flows", { flows: { name: { like_: "flow" } } }],
    ["flows", { flows: { deployment: { is_null_: true } } }],
    ["flows", { deployments: { paused: { eq_: true } } }],
    ["flows", { work_pools: { name: { any_: ["k8s-prod"] } } }],
    ["flows", { flows: { tags: { all_: ["etl"] } } }],
    ["task_runs", { flow_runs: { id: { any_: [runs["etl-failed"]] } } }],
    [
      "task_runs",
      { task_runs: { flow_run_id: { any_: [runs["etl-failed"]] }, state: { type: { any_: ["FAILED"] } } } },
    ],
    ["task_runs", { task_runs: { subflow_runs: { exists_: true } } }],
    ["task_runs", { task_runs: { state: { name: { any_: ["NotReady"] } } } }],
    ["artifacts", { artifacts: { key: { exists_: true } } }],
    ["artifacts", { artifacts: { type: { not_any_: ["result"] } } }],
    ["artifacts", { flow_runs: { id: { any_: [runs["etl-ok"]] } } }],
    ["artifacts/latest", {}],
    ["automations", {}],
    ["automations", { automations: { name: { any_: ["three-failures"] } } }],
    ["work_pools", { work_pools: { type: { any_: ["process"] } } }],
  ];
  const orders: [path: string, body: Json][] = [
    ["flow_runs", { sort: "NAME_ASC", limit: 5 }],
    ["flow_runs", { sort: "END_TIME_DESC", limit: 8, flow_runs: { end_time: { is_null_: false } } }],
    [
      "flow_runs",
      {
        sort: "START_TIME_DESC",
        limit: 4,
        flows: { name: { any_: ["report-weekly"] } },
        flow_runs: { name: { like_: "late" } },
      },
    ],
    ["flow_runs", { sort: "EXPECTED_START_TIME_ASC", limit: 3, offset: 1, flow_runs: { name: { like_: "late" } } }],
    ["deployments", { sort: "NAME_DESC", limit: 4 }],
    ["flows", { sort: "NAME_ASC", limit: 3, offset: 2 }],
    ["task_runs", { sort: "NAME_ASC", task_runs: { flow_run_id: { any_: [runs["etl-failed"]] } } }],
  ];
  const told: Json[] = [];
  for (const [path, body] of counts)
    told.push({ path: `${path}/count`, body, reply: await api.post(`${path}/count`, body) });
  for (const [path, body] of orders) {
    const rows = await api.post(`${path}/filter`, body);
    told.push({ path: `${path}/filter`, body, reply: rows.map(({ name }: Json) => name) });
  }
  return told;
}

/** What the server says no to, word for word. */
async function refusals(api: PrefectApi, seeded: Seeded): Promise<Json[]> {
  const unknown = "00000000-0000-4000-8000-000000000000";
  const asked: [method: string, path: string, body?: unknown, headers?: Record<string, string>][] = [
    ["POST", "flow_runs/filter", { limit: 201 }],
    ["POST", "flow_runs/filter", { flow_runs: { bogus: 1 } }],
    ["POST", "flow_runs/filter", { flow_runs: { state: { type: { any_: ["LATE"] } } } }],
    ["POST", "flow_runs/filter", { flow_runs: { id: { any_: ["abc"] } } }],
    ["POST", "flow_runs/filter", { sort: "NEWEST" }],
    ["POST", "flow_runs/filter", { bogus: 1, limit: 1, sort: "ID_DESC" }],
    ["POST", "work_pools/filter", { work_pools: { name: { like_: "k8s" } } }],
    ["POST", "events/filter", { limit: 51 }],
    ["GET", `flow_runs/${unknown}`],
    ["GET", "flow_runs/abc"],
    ["GET", `task_runs/${unknown}`],
    ["GET", `deployments/${unknown}`],
    ["GET", "deployments/name/etl-nightly/nope"],
    ["GET", "flows/name/nope"],
    ["GET", `flows/${unknown}`],
    ["GET", "work_pools/nope"],
    ["POST", "work_pools/nope/queues/filter", {}],
    ["GET", `automations/${unknown}`],
    ["GET", `artifacts/${unknown}`],
    ["GET", "concurrency_limits/tag/nope"],
    ["POST", `work_queues/${unknown}/concurrency_status`, {}],
    ["GET", `work_queues/${unknown}/status`],
    ["GET", `flow_run_states/?flow_run_id=${unknown}`],
    ["GET", "csrf-token?client=abc"],
    ["GET", "nope"],
    ["GET", "version", undefined, { "x-prefect-api-version": "0.7.0" }],
    ["POST", "flows/count", {}, { "x-prefect-api-version": "0.7.0" }],
    ["GET", "events/filter/next?page-token=abc"],
    ["POST", `flow_runs/${unknown}/set_state`, { state: { type: "CANCELLED" } }],
    ["POST", `deployments/${unknown}/create_flow_run`, {}],
    ["POST", `deployments/${seeded.deployments["etl-nightly/prod"]}/create_flow_run`, { parameters: { rows: "x" } }],
    [
      "POST",
      `deployments/${seeded.deployments["etl-nightly/prod"]}/create_flow_run`,
      { parameters: { day: "d", rows: "x" } },
    ],
    ["POST", `deployments/${seeded.deployments["report-weekly/no-pool"]}/create_flow_run`, { work_queue_name: "x" }],
  ];
  const told: Json[] = [];
  for (const [method, path, body, headers] of asked) {
    const reply = await api.send(method, path, body, headers);
    told.push({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
      status: reply.status,
      reply: reply.body,
    });
  }
  return told;
}

/** What becomes of a run that is told to take a state. Changes the world, so it comes last. */
async function orchestration(api: PrefectApi, { runs }: Seeded): Promise<Json[]> {
  const cancel = { type: "CANCELLING" };
  const retry = {
    type: "SCHEDULED",
    name: "AwaitingRetry",
    state_details: { scheduled_time: new Date().toISOString() },
  };
  const asked: [run: string, state: object][] = [
    ["report-late-1", cancel],
    ["etl-pending", cancel],
    ["tagged", cancel],
    ["etl-ok", cancel],
    ["etl-failed", cancel],
    ["etl-failed", retry],
    ["child", retry],
    ["etl-ok", retry],
    ["etl-crashed", retry],
  ];
  const told: Json[] = [];
  for (const [run, state] of asked) {
    const before = await api.get(`flow_runs/${runs[run]}`);
    const { status, body } = await api.send("POST", `flow_runs/${runs[run]}/set_state`, { state, force: false });
    told.push({ run, was: `${before.state_type} ${before.state_name}`, state, status, reply: body });
  }
  return told;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const prefect = await startPrefect();
  try {
    const api = await connectPrefect(prefect.url);
    await capture(api, await seedPrefect(api));
  } finally {
    await prefect.close();
  }
}
