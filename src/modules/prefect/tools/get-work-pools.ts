// prefect_get_work_pools: who could run something, and what waits for it.
import { z } from "zod";
import { byteLength } from "../../../core/clip.ts";
import type { WorkPool } from "../client/infra-shapes.ts";
import { combine } from "../filters/filter.ts";
import { workPoolFilter, type WorkPoolFilter } from "../filters/infra.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";
import { slotHolders } from "../pools/holders.ts";
import { poolVerdict, type PoolVerdict } from "../pools/verdict.ts";
import type { Tool } from "../../../core/tool.ts";

const SUMMARY_ROWS = 10;
const HOLDERS = 20;

export const getWorkPools = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_work_pools",
    title: "Work pools, their workers and queues",
    description:
      "Lists work pools with status, slots, workers (heartbeat age), queues (last poll, slots, what waits) and a verdict that says " +
      "what keeps runs from starting. Use it when runs are late or pending, or to see whether workers live. All backlogs are exact " +
      `counts. detail=summary shows at most ${SUMMARY_ROWS} workers and ${SUMMARY_ROWS} queues of a pool, full all that fit, and who holds ` +
      "the slots. At most 50 pools.",
    input: z.strictObject({
      name: z.string().min(1).max(200).optional().describe("Exact name of a pool; an unknown one fails"),
      type: z.string().min(1).max(100).optional().describe("Exact type, for example kubernetes or process"),
      filter: workPoolFilter.argument,
      detail: z
        .enum(["summary", "full"])
        .default("summary")
        .describe("summary, or full: every worker and queue, and slot holders"),
      ...pageInput(20, 50, "pools"),
    }),
    output: z.looseObject({
      work_pools: z.array(z.looseObject({ id: z.string(), verdict: z.string() })),
      ...pageOutput,
    }),
    run: async (input, call) => {
      const page = openPage("prefect_get_work_pools", input, call.nowMs);
      const own: WorkPoolFilter = {
        ...(input.name === undefined ? {} : { name: { any_: [input.name] } }),
        ...(input.type === undefined ? {} : { type: { any_: [input.type] } }),
      };
      const where = { work_pools: combine(workPoolFilter.parse(input.filter), own) };
      const { api, context } = call;
      const [total, pools] = await Promise.all([
        api.workPools.count(where),
        api.workPools.filter(where, { limit: page.limit, offset: page.offset }),
      ]);
      if (pools.length === 0 && input.name !== undefined && page.offset === 0) await api.workPools.get(input.name);
      const isFull = input.detail === "full";
      const rows = await Promise.all(pools.map((pool) => poolRow(call, pool, isFull)));
      const { shown, facts } = fitPage(rows, total, page, context.budget.textBytes, (row) => row);
      return { work_pools: shown, ...facts };
    },
  });

async function poolRow(call: Call, pool: WorkPool, isFull: boolean) {
  const { clean, instance, context } = call;
  const { textBytes } = context.budget;
  const [view, holders] = await Promise.all([
    poolVerdict(call, pool),
    isFull ? slotHolders(call, pool, HOLDERS) : undefined,
  ]);
  return {
    id: pool.id,
    name: clean.line(pool.name, 200),
    type: clean.line(pool.type, 100),
    ...(isFull && pool.description !== undefined ? { description: clean.line(pool.description, 500) } : {}),
    status: pool.status,
    is_paused: pool.is_paused ?? false,
    ...(pool.concurrency_limit === undefined ? {} : { limit: pool.concurrency_limit }),
    ...(view.activeSlots === undefined ? {} : { active_slots: view.activeSlots }),
    ...view.waiting,
    verdict: clean.line(view.verdict, 700),
    ...parts(view, isFull, textBytes),
    ...(holders === undefined ? {} : { slot_holders: fitting(holders, 0.2 * textBytes) }),
    url: instance.links.workPool(pool.name),
  };
}

function parts({ workers, workersOnline, queues }: PoolVerdict, isFull: boolean, textBytes: number) {
  return {
    workers_online: workersOnline,
    workers_total: workers.length,
    workers: isFull ? fitting(workers, 0.25 * textBytes) : workers.slice(0, SUMMARY_ROWS),
    queues_total: queues.length,
    queues: isFull ? fitting(queues, 0.35 * textBytes) : queues.slice(0, SUMMARY_ROWS),
  };
}

/** The first rows, as many as `maxBytes` of JSON hold: one pool must fit into an answer. */
function fitting<Row>(rows: readonly Row[], maxBytes: number): Row[] {
  let left = maxBytes;
  const end = rows.findIndex((row) => (left -= byteLength(JSON.stringify(row)) + 1) < 0);
  return end === -1 ? [...rows] : rows.slice(0, end);
}
