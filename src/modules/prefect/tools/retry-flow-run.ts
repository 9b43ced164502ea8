// prefect_retry_flow_run: lets a run that failed run once more, under its own id.
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import type { FlowRun } from "../client/shapes.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { isBad, stateName } from "../runs/states.ts";
import { uuid } from "../uuid.ts";

export const retryFlowRun = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_retry_flow_run",
    title: "Retry a failed flow run",
    description:
      "Schedules a FAILED or CRASHED flow run again under its own id (state AwaitingRetry); finished tasks with cached results are " +
      "not repeated. Use it after the cause is mended. A run that did not fail is left alone, and one without a deployment cannot " +
      "be retried; for a fresh run use prefect_run_deployment.",
    access: "write",
    idempotent: false,
    input: z.strictObject({ flow_run_id: uuid("Id of the flow run") }),
    output: z.looseObject({
      flow_run_id: z.string(),
      retried: z.boolean(),
      state: z.string().optional(),
      message: z.string(),
      url: z.string(),
    }),
    run: async ({ flow_run_id: id }, call) => {
      const run = await call.api.flowRuns.get(id);
      const about = { flow_run_id: id, url: call.instance.links.flowRun(id) };
      // Prefect itself would take it, and a completed run would run again.
      if (!isBad(run)) {
        const state = stateName(run);
        return {
          ...about,
          retried: false,
          state,
          message: `the run did not fail: it is ${state}, and was left as it is`,
        };
      }
      return { ...about, ...(await retry(call, run)) };
    },
  });

async function retry({ api, clean, nowMs }: Call, run: FlowRun) {
  if (run.deployment_id === undefined) {
    throw new ToolFailure(
      "invalid",
      "the run cannot be retried: it has no deployment (Prefect: Cannot reschedule a run without an associated deployment.). Start it where it was started",
      { code: "NO_DEPLOYMENT" },
    );
  }
  const { status, state, details } = await api.flowRuns.setState(run.id, {
    type: "SCHEDULED",
    name: "AwaitingRetry",
    state_details: { scheduled_time: rfc3339(nowMs) },
  });
  if (status === "ACCEPT") {
    return {
      retried: true,
      state: state?.name ?? "AwaitingRetry",
      message: "scheduled again; a worker must pick it up",
    };
  }
  const reason = clean.line(details?.reason, 400);
  throw new ToolFailure(
    "invalid",
    `Prefect did not retry the run (${status}): ${reason === "" ? "no reason given" : reason}`,
    {
      code: status,
      state: state?.name,
    },
  );
}
