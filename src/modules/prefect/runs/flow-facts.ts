// What a list of flows adds to each: how many deployments it has, and how its last run went.
import type { Flow } from "../client/shapes.ts";
import { rfc3339 } from "../../../core/clock.ts";
import type { Call } from "../kit.ts";
import { some } from "./row.ts";

/** One page of deployments and one of runs for all flows together; what that leaves open is asked flow by flow. */
const SAMPLE = 200;

export async function flowFacts(call: Call, flows: readonly Flow[]) {
  const ids = flows.map(({ id }) => id);
  if (ids.length === 0) return new Map<string, object>();
  const [deployments, lastRuns] = await Promise.all([deploymentCounts(call, ids), lastRunStates(call, ids)]);
  return new Map(ids.map((id) => [id, { deployments: deployments.get(id) ?? 0, ...lastRuns.get(id) }]));
}

const only = (ids: string[]) => ({ flows: { id: { any_: ids } } });

async function deploymentCounts({ api }: Call, ids: string[]): Promise<Map<string, number>> {
  const sample = await api.deployments.filter(only(ids), "NAME_ASC", { limit: SAMPLE });
  if (sample.length === SAMPLE) {
    return new Map(await Promise.all(ids.map(async (id) => [id, await api.deployments.count(only([id]))] as const)));
  }
  const counts = new Map<string, number>();
  for (const { flow_id: id } of sample) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

async function lastRunStates(call: Call, ids: string[]) {
  const newest = async (flows: string[], limit: number) =>
    call.api.flowRuns.filter(
      { ...only(flows), flow_runs: { expected_start_time: { before_: rfc3339(call.nowMs) } } },
      "START_TIME_DESC",
      { limit },
    );
  const sample = await newest(ids, SAMPLE);
  const seen = new Set(sample.map(({ flow_id: id }) => id));
  const others = sample.length < SAMPLE ? [] : ids.filter((id) => !seen.has(id));
  const rest = await Promise.all(others.map((id) => newest([id], 1)));
  const facts = new Map<string, object>();
  for (const run of [...sample, ...rest.flat()]) {
    if (run.flow_id === undefined || facts.has(run.flow_id)) continue;
    facts.set(run.flow_id, {
      last_run_id: run.id,
      last_run_state: call.clean.line(run.state_name ?? run.state_type, 100),
      ...some("last_run_at", run.start_time ?? run.expected_start_time),
    });
  }
  return facts;
}
