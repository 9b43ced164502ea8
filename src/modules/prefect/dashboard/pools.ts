// Each work pool in a line: is it ready, who works for it, what is late there.
import type { WorkPool } from "../client/infra-shapes.ts";
import type { Call } from "../kit.ts";
import { LATE } from "../where.ts";

const MAX_WORKERS = 200;

export async function poolRows(call: Call, max: number) {
  const { api } = call;
  const [total, pools] = await Promise.all([api.workPools.count({}), api.workPools.filter({}, { limit: max })]);
  const rows = await Promise.all(pools.map((pool) => poolRow(call, pool)));
  rows.sort((a, b) => b.late - a.late || (a.name < b.name ? -1 : 1));
  const saturated = pools.flatMap(({ name, concurrency_limit: limit, active_slots: active }) =>
    limit !== undefined && active !== undefined && active >= limit
      ? [{ name, type: "work_pool", limit, active_slots: active }]
      : [],
  );
  return { total, rows, saturated };
}

async function poolRow({ api, instance, clean }: Call, pool: WorkPool) {
  const where = { flow_runs: LATE, work_pools: { name: { any_: [pool.name] } } };
  const [workers, late] = await Promise.all([
    api.workPools.workers(pool.name, {}, { limit: MAX_WORKERS }),
    api.flowRuns.count(where),
  ]);
  const lateness = late === 0 ? undefined : await api.flowRuns.lateness(where);
  return {
    name: pool.name,
    type: clean.line(pool.type, 60),
    status: pool.status,
    is_paused: pool.is_paused ?? false,
    ...(pool.concurrency_limit === undefined ? {} : { concurrency_limit: pool.concurrency_limit }),
    ...(pool.active_slots === undefined ? {} : { active_slots: pool.active_slots }),
    workers_online: workers.filter(({ status }) => status === "ONLINE").length,
    workers_total: workers.length,
    late,
    ...(lateness === undefined ? {} : { average_lateness_s: Math.round(lateness) }),
    url: instance.links.workPool(pool.name),
  };
}
