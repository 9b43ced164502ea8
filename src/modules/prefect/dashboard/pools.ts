// Each work pool in a line: is it ready, who works for it, what is late there.
import type { WorkPool } from "../client/infra-shapes.ts";
import type { Call } from "../kit.ts";
import { isFull } from "../pools/full.ts";
import { LATE } from "../where.ts";

const MAX_WORKERS = 200;

export async function poolRows(call: Call, max: number) {
  const { api } = call;
  const [total, pools] = await Promise.all([api.workPools.count({}), api.workPools.filter({}, { limit: max })]);
  const rows = await Promise.all(pools.map((pool) => poolRow(call, pool)));
  rows.sort((a, b) => b.late - a.late || (a.name < b.name ? -1 : 1));
  const saturated = pools
    .map(({ name, concurrency_limit: limit, active_slots }) => ({
      name: call.clean.line(name, 200),
      limit,
      active_slots,
    }))
    .filter(isFull)
    .map((one) => Object.assign({ type: "work_pool" }, one));
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
    name: clean.line(pool.name, 200),
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
