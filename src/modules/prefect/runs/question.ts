// What the arguments of prefect_get_flow_runs mean in Prefect's own filters, and what must exist for them to mean anything.
import type { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import type { Where } from "../client/queries.ts";
import { combine } from "../filters/filter.ts";
import { flowRunFilter, type FlowRunFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { readTime } from "../times.ts";
import { isUuid } from "../uuid.ts";
import type { runsInput } from "./input.ts";
import { deploymentId } from "./names.ts";
import { stateFilter } from "./states.ts";

export type Wanted = z.output<typeof runsInput>;

/** `nowMs` is that of the first page. `all` is the same question with the future in it; undefined where nothing is hidden. */
export async function runsWhere(call: Call, wanted: Wanted, nowMs: number): Promise<{ where: Where; all?: Where }> {
  const filter = flowRunFilter.parse(wanted.filter);
  const since = readTime("since", wanted.since, nowMs);
  const until = readTime("until", wanted.until, nowMs);
  const own: FlowRunFilter = {
    ...(wanted.id === undefined ? {} : { id: { any_: [wanted.id] } }),
    ...(wanted.name_contains === undefined ? {} : { name: { like_: wanted.name_contains } }),
    ...(wanted.tags === undefined || wanted.tags.length === 0 ? {} : { tags: { all_: wanted.tags } }),
    ...(wanted.parent_flow_run_id === undefined ? {} : { parent_flow_run_id: { any_: [wanted.parent_flow_run_id] } }),
    ...(since === undefined && until === undefined
      ? {}
      : {
          start_time: {
            ...(since === undefined ? {} : { after_: since }),
            ...(until === undefined ? {} : { before_: until }),
          },
        }),
    ...stateFilter(wanted.states),
  };
  const past: FlowRunFilter = { expected_start_time: { before_: rfc3339(nowMs) } };
  // Whoever asks by id, or filters by the expected time, knows what they want; and to a filter of or_ nothing can be added.
  const isExact = wanted.id !== undefined || filter?.expected_start_time !== undefined || filter?.operator === "or_";
  const hides = !wanted.include_future && !isExact;
  const runs = combine(filter, own); // refuses before the first request
  const visible = hides ? combine(filter, { ...own, ...past }) : runs;
  // Of the runs, not of the deployments: those of a deleted deployment keep its id.
  const id = wanted.deployment === undefined ? undefined : await deploymentId(call, wanted.deployment);
  const ofDeployment = (runs: FlowRunFilter) =>
    id === undefined ? runs : combine(runs, { deployment_id: { any_: [id] } });
  const around = surroundings(wanted);
  return {
    where: { ...around, ...flowRuns(ofDeployment(visible)) },
    ...(hides ? { all: { ...around, ...flowRuns(ofDeployment(runs)) } } : {}),
  };
}

function surroundings({ flow_name: flow, work_pool: pool, work_queue: queue }: Wanted): Where {
  return {
    ...(flow === undefined ? {} : { flows: { name: { any_: [flow] } } }),
    ...(pool === undefined ? {} : { work_pools: { name: { any_: [pool] } } }),
    ...(queue === undefined ? {} : { work_pool_queues: { name: { any_: [queue] } } }),
  };
}

/** Nothing found is no answer where what was asked about does not exist. @throws ToolFailure */
export async function mustExist({ api }: Call, wanted: Wanted): Promise<void> {
  const { id, flow_name: flow, deployment, work_pool: pool, parent_flow_run_id: parent } = wanted;
  await Promise.all([
    id === undefined ? undefined : api.flowRuns.get(id),
    flow === undefined ? undefined : api.flows.named(flow),
    deployment === undefined || !isUuid(deployment) ? undefined : api.deployments.get(deployment.trim()),
    pool === undefined ? undefined : api.workPools.get(pool),
    parent === undefined ? undefined : api.flowRuns.get(parent),
  ]);
}

const flowRuns = (filter: FlowRunFilter): Where => (Object.keys(filter).length === 0 ? {} : { flow_runs: filter });
