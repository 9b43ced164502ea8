// How many runs are in which state: each number is Prefect's own count.
import { rfc3339 } from "../../../core/clock.ts";
import type { FlowRunFilter } from "../filters/runs.ts";
import type { Call } from "../kit.ts";
import { ended, inState, LATE } from "../where.ts";

const HOUR_MS = 3_600_000;

export async function runCounts({ api, nowMs }: Call, since: string) {
  const count = (flow_runs: FlowRunFilter) => api.flowRuns.count({ flow_runs });
  const soon: FlowRunFilter = {
    ...inState("SCHEDULED"),
    next_scheduled_start_time: { after_: rfc3339(nowMs), before_: rfc3339(nowMs + HOUR_MS) },
  };
  const [running, pending, late, next, failed, crashed, completed, cancelled] = await Promise.all([
    count(inState("RUNNING")),
    count(inState("PENDING")),
    count(LATE),
    count(soon),
    count(ended(since, "FAILED")),
    count(ended(since, "CRASHED")),
    count(ended(since, "COMPLETED")),
    count(ended(since, "CANCELLED")),
  ]);
  return { running, pending, late, scheduled_next_1h: next, failed, crashed, completed, cancelled };
}
