// prefect_get_dashboard: what is wrong now, in exact counts.
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import type { Tool } from "../../../core/tool.ts";
import { poolRows } from "../dashboard/pools.ts";
import { runCounts } from "../dashboard/runs.ts";
import { topFailing } from "../dashboard/failing.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { namedLimits, type Limit } from "../pools/limits.ts";

const HOUR_MS = 3_600_000;
/** More pools are counted, but not looked into: each costs three requests. */
const MAX_POOLS = 20;

export const getDashboard = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_dashboard",
    title: "What is going on in Prefect",
    description:
      "Shows how Prefect is doing now, in exact counts of flow runs by state, work pool by work pool, with what is full and what " +
      "fails. Use it first for any question whether something is wrong. Late runs are those that should have started; ended ones " +
      "(failed, crashed, completed, cancelled) are counted in the window; of limits only full ones are shown, and the five flows " +
      `that failed most. At most ${MAX_POOLS} pools are looked into.`,
    input: z.strictObject({
      window_hours: z
        .number()
        .int()
        .min(1)
        .max(720)
        .default(24)
        .describe("How many hours back ended runs are counted, at most 720"),
    }),
    output: z.looseObject({
      window_hours: z.number(),
      since: z.string(),
      flow_runs: z.looseObject({
        running: z.number(),
        pending: z.number(),
        late: z.number(),
        scheduled_next_1h: z.number(),
        failed: z.number(),
        crashed: z.number(),
        completed: z.number(),
        cancelled: z.number(),
      }),
      work_pools: z.array(z.looseObject({ name: z.string() })).describe("Those with the most late runs first"),
      work_pools_total: z.number(),
      saturated_limits: z.array(z.looseObject({ name: z.string() })).describe("Only limits without a free slot"),
      top_failing_flows: z.array(z.looseObject({ flow_name: z.string(), failures: z.number() })),
    }),
    run: async ({ window_hours: hours }, call) => {
      const since = rfc3339(call.nowMs - hours * HOUR_MS);
      const [flowRuns, pools, limits, failing] = await Promise.all([
        runCounts(call, since),
        poolRows(call, MAX_POOLS),
        namedLimits(call),
        topFailing(call, since),
      ]);
      return {
        window_hours: hours,
        since,
        flow_runs: flowRuns,
        work_pools: pools.rows,
        work_pools_total: pools.total,
        saturated_limits: [...pools.saturated, ...limits.filter((one) => one.saturated).map(limitRow)],
        ...failing,
      };
    },
  });

const limitRow = ({ name, kind, limit, active_slots }: Limit) => ({ name, type: kind, limit, active_slots });
