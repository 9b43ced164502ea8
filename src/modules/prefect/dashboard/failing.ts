// The flows that failed or crashed most in the window, from the newest failures.
import type { Call } from "../kit.ts";
import { ended } from "../where.ts";

/** One page. */
const SAMPLE = 200;
const SHOWN = 5;

export async function topFailing({ api, instance, clean }: Call, since: string) {
  const failures = await api.flowRuns.filter({ flow_runs: ended(since, "FAILED", "CRASHED") }, "END_TIME_DESC", {
    limit: SAMPLE,
  });
  const byFlow = Map.groupBy(failures, ({ flow_id: id }) => id ?? "");
  const top = [...byFlow].sort(([, a], [, b]) => b.length - a.length).slice(0, SHOWN);
  const ids = top.map(([id]) => id).filter((id) => id !== "");
  const flows = ids.length === 0 ? [] : await api.flows.filter({ flows: { id: { any_: ids } } }, { limit: SHOWN });
  const names = new Map(flows.map(({ id, name }) => [id, name]));
  return {
    top_failing_flows: top.map(([id, runs]) => ({
      flow_name: clean.line(names.get(id) ?? "a flow that was deleted", 200),
      failures: runs.length,
      last_run_id: runs[0]?.id,
      last_message: clean.line(runs[0]?.state?.message, 200),
      ...(runs[0] === undefined ? {} : { last_run_url: instance.links.flowRun(runs[0].id) }),
    })),
    ...(failures.length < SAMPLE ? {} : { top_failing_flows_note: `from the newest ${SAMPLE} failures` }),
  };
}
