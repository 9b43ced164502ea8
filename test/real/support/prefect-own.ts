// A flow, a pool of one slot with a worker, and deployments that a test file may change: what is seeded stays as it is. All of it goes
// away at the end.
import type { PrefectGround } from "./prefect-ground.ts";

const SCHEMA = {
  type: "object",
  properties: { day: { type: "string" }, rows: { type: "integer", default: 10 } },
  required: ["day"],
};

export interface OwnThings {
  /** Ids of the deployments `checked` (schema, schedule), `fast` (its own queue and limit) and `bare` (no pool). */
  readonly deployments: Readonly<Record<string, string>>;
  /** A run of one of them, or of none, led through these states; its id. */
  readonly newRun: (name: string, deployment: string | undefined, ...states: string[]) => Promise<string>;
  /** Takes a run away at the end. */
  keep(run: string): string;
  remove(): Promise<void>;
}

export async function makeOwnThings({ api }: Pick<PrefectGround, "api">): Promise<OwnThings> {
  const deployments: Record<string, string> = {};
  const runs: string[] = [];
  const { id: flowId } = await api.post("flows/", { name: "work-flow" });
  await api.send("DELETE", "work_pools/work-pool"); // of a file that could not take it away
  await api.post("work_pools/", { name: "work-pool", type: "process", concurrency_limit: 1 });
  await api.post("work_pools/work-pool/queues", { name: "fast", priority: 1, concurrency_limit: 1 });
  await api.post("work_pools/work-pool/workers/heartbeat", { name: "work-worker", heartbeat_interval_seconds: 300 });
  const deploy = async (name: string, more: object) => {
    deployments[name] = (await api.post("deployments/", { name, flow_id: flowId, ...more })).id;
  };
  await deploy("checked", {
    work_pool_name: "work-pool",
    parameters: { rows: 10 },
    parameter_openapi_schema: SCHEMA,
    enforce_parameter_schema: true,
    schedules: [{ active: true, schedule: { cron: "0 2 * * *", timezone: "UTC" } }],
  });
  await deploy("fast", { work_pool_name: "work-pool", work_queue_name: "fast", concurrency_limit: 1 });
  await deploy("bare", {});
  const keep = (run: string): string => (runs.push(run), run);
  return {
    deployments,
    keep,
    async newRun(name, deployment, ...states) {
      const { id } =
        deployment === undefined
          ? await api.post("flow_runs/", { name, flow_id: flowId })
          : await api.post(`deployments/${deployments[deployment]}/create_flow_run`, {
              name,
              enforce_parameter_schema: false,
            });
      for (const type of states) await api.post(`flow_runs/${id}/set_state`, { state: { type }, force: false });
      return keep(id);
    },
    async remove() {
      const paths = [
        ...runs.map((id) => `flow_runs/${id}`),
        ...Object.values(deployments).map((id) => `deployments/${id}`),
        "work_pools/work-pool",
        `flows/${flowId}`,
      ];
      // what a test took away itself is gone already
      for (const path of paths) await api.remove(path).catch(() => undefined);
    },
  };
}
