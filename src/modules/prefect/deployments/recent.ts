// What deployments did last and will do next, for a whole page of them in few requests.
import { rfc3339 } from "../../../core/clock.ts";
import type { Deployment, FlowRun } from "../client/shapes.ts";
import type { FlowRunFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { inState } from "../where.ts";

/** One page: Prefect allows no more. */
const BATCH = 200;
const SHOWN = 3;

/** By deployment: the newest runs whose time has come, never future ones. */
export const lastRuns = (call: Call, deployments: readonly Deployment[]) =>
  perDeployment(call, deployments, SHOWN, "START_TIME_DESC", {
    expected_start_time: { before_: rfc3339(call.nowMs) },
  });

/** By deployment: the next run that is scheduled. */
export const nextRuns = (call: Call, deployments: readonly Deployment[]) =>
  perDeployment(call, deployments, 1, "NEXT_SCHEDULED_START_TIME_ASC", {
    ...inState("SCHEDULED"),
    next_scheduled_start_time: { after_: rfc3339(call.nowMs) },
  });

/** All at once; those that a busy neighbour crowded out are asked for by themselves. */
async function perDeployment(
  { api }: Call,
  deployments: readonly Deployment[],
  wanted: number,
  sort: "START_TIME_DESC" | "NEXT_SCHEDULED_START_TIME_ASC",
  where: FlowRunFilter,
): Promise<Map<string, FlowRun[]>> {
  const found = new Map<string, FlowRun[]>();
  if (deployments.length === 0) return found;
  const ask = (ids: string[], limit: number) =>
    api.flowRuns.filter({ flow_runs: { ...where, deployment_id: { any_: ids } } }, sort, { limit });
  const ids = deployments.map(({ id }) => id);
  const runs = await ask(ids, BATCH);
  for (const [id, own] of Map.groupBy(runs, (run) => run.deployment_id ?? "")) found.set(id, own.slice(0, wanted));
  const short = runs.length < BATCH ? [] : ids.filter((id) => (found.get(id)?.length ?? 0) < wanted);
  await Promise.all(short.map(async (id) => found.set(id, await ask([id], wanted))));
  return found;
}
