// The ground that runs stand on: flows, work pools with queues and workers, limits, deployments.
import type { PrefectApi } from "./prefect-api.ts";

/** Ids by name; deployments by `flow/deployment`, queues by `pool/queue`. */
export interface Infra {
  flows: Record<string, string>;
  deployments: Record<string, string>;
  pools: Record<string, string>;
  queues: Record<string, string>;
}

const FLOWS = ["etl-nightly", "report-weekly", "big-log", "parent-flow", "child-flow", "orphan-flow", "filler"];
export const FILLERS = 45;

export async function seedInfra(api: PrefectApi): Promise<Infra> {
  const infra: Infra = { flows: {}, deployments: {}, pools: {}, queues: {} };
  for (const name of FLOWS) infra.flows[name] = (await api.post("flows/", { name, tags: [name.split("-")[0]] })).id;
  await pools(api, infra);
  await limits(api);
  await deployments(api, infra);
  return infra;
}

/** k8s-prod never had a worker; proc-limited takes one run at a time and had one heartbeat; idle-pool is paused. */
async function pools(api: PrefectApi, infra: Infra): Promise<void> {
  const pool = async (name: string, type: string, more: object = {}) => {
    infra.pools[name] = (await api.post("work_pools/", { name, type, ...more })).id;
  };
  await pool("k8s-prod", "kubernetes", { description: "Production cluster" });
  await pool("proc-limited", "process", { concurrency_limit: 1 });
  await pool("proc-free", "process");
  await pool("idle-pool", "process", { is_paused: true });
  const queue = (pool: string, name: string, more: object) => api.post(`work_pools/${pool}/queues`, { name, ...more });
  await queue("k8s-prod", "high", { priority: 1, concurrency_limit: 2 });
  await queue("proc-free", "slow", { is_paused: true });
  for (const name of ["proc-limited", "proc-free"]) {
    await api.post(`work_pools/${name}/workers/heartbeat`, { name: `worker-${name}`, heartbeat_interval_seconds: 30 });
  }
  for (const name of Object.keys(infra.pools)) {
    for (const found of await api.post(`work_pools/${name}/queues/filter`))
      infra.queues[`${name}/${found.name}`] = found.id;
  }
}

async function limits(api: PrefectApi): Promise<void> {
  await api.post("v2/concurrency_limits/", { name: "warehouse", limit: 2, active_slots: 2 });
  await api.post("v2/concurrency_limits/", { name: "mailer", limit: 5, slot_decay_per_second: 1 });
}

const SCHEMA = {
  type: "object",
  title: "Parameters",
  properties: {
    day: { type: "string", title: "day", position: 0 },
    rows: { type: "integer", title: "rows", default: 10, position: 1 },
    db_password: { type: "string", title: "db_password", default: "", position: 2 },
  },
  required: ["day"],
};

async function deployments(api: PrefectApi, infra: Infra): Promise<void> {
  const deploy = async (slug: string, more: object = {}) => {
    const [flow = "", name] = slug.split("/");
    infra.deployments[slug] = (await api.post("deployments/", { name, flow_id: infra.flows[flow], ...more })).id;
  };
  await deploy("etl-nightly/prod", {
    work_pool_name: "proc-free",
    description: "Loads the warehouse every night.",
    tags: ["prod", "etl"],
    version: "1.4.2",
    entrypoint: "flows/etl.py:etl",
    path: "/opt/flows",
    parameters: { day: "today", rows: 10, db_password: "canary-default" },
    parameter_openapi_schema: SCHEMA,
    enforce_parameter_schema: true,
    job_variables: { env: { WAREHOUSE_TOKEN: "canary-env", REGION: "eu" }, image: "registry.example.com/etl:1.4.2" },
    pull_steps: [
      {
        "prefect.deployments.steps.git_clone": {
          repository: "https://bot:canary-git@git.example.com/ops/etl.git",
          branch: "main",
        },
      },
    ],
    schedules: [{ active: true, slug: "nightly", schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin" } }],
  });
  await deploy("etl-nightly/unlimited", { work_pool_name: "proc-free", tags: ["etl"] });
  await deploy("etl-nightly/limited", { work_pool_name: "proc-free", concurrency_limit: 1, tags: ["etl"] });
  await deploy("etl-nightly/pending", { work_pool_name: "proc-limited" });
  await deploy("etl-nightly/slow-queue", { work_pool_name: "proc-free", work_queue_name: "slow" });
  await deploy("report-weekly/weekly", {
    work_pool_name: "k8s-prod",
    schedules: [{ active: true, schedule: { interval: 604_800, anchor_date: "2026-01-05T06:00:00Z" } }],
  });
  await deploy("report-weekly/paused", { work_pool_name: "k8s-prod", paused: true });
  await deploy("report-weekly/no-pool");
  await deploy("orphan-flow/deleted", { work_pool_name: "proc-free" });
  for (let i = 0; i < FILLERS; i++)
    await deploy(`filler/f-${String(i).padStart(2, "0")}`, { tags: ["filler"], work_pool_name: "idle-pool" });
}
