// prefect_get_flow_run: one run in full, with the states it went through, its parent and its children.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import type { FlowRun } from "../client/shapes.ts";
import { bounded } from "../runs/bounded.ts";
import { familyOf } from "../runs/family.ts";
import { stateHistory } from "../runs/history.ts";
import { runRow, some } from "../runs/row.ts";
import { uuid } from "../uuid.ts";

const MAX_STATES = 20;
/** Of the answer: parameters, job variables, and one list of rows. */
const SHARES = { parameters: 0.2, jobVariables: 0.1, children: 0.3 };

export const getFlowRun = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_flow_run",
    title: "Show one flow run",
    description:
      "Shows one flow run in full: its state, times and lateness, all states it went through with the seconds spent in each, the " +
      "parent run and up to 20 child runs (failed ones first), parameters and job variables with secrets as ***. Use it when the " +
      "id is known; to learn why a run failed use prefect_investigate_flow_run, for its output prefect_get_flow_run_logs. " +
      `Shows the first state and the newest ones, ${MAX_STATES} at most.`,
    input: z.strictObject({ flow_run_id: uuid("Id of the flow run") }),
    output: z.looseObject({
      id: z.string(),
      state: z.string(),
      states: z.array(z.looseObject({ state: z.string(), seconds: z.number().optional() })),
      states_total: z.number(),
      children: z.array(z.looseObject({ id: z.string() })),
      children_total: z.number(),
    }),
    run: async ({ flow_run_id: id }, call) => {
      const run = await call.api.flowRuns.get(id);
      const [states, family] = await Promise.all([call.api.flowRuns.states(run.id), familyOf(call, run)]);
      const bytes = call.context.budget.textBytes;
      return {
        ...runRow(call, run, family.names),
        message: call.clean.text((run.state?.message ?? "").slice(0, 2_000)),
        ...ids(call, run),
        parameters: bounded(call.clean.value(run.parameters ?? {}), bytes * SHARES.parameters),
        ...some("job_variables", jobVariables(call, run, bytes * SHARES.jobVariables)),
        ...stateHistory(call, states, MAX_STATES),
        ...some("parent", family.parent),
        children: fit(family.children, bytes * SHARES.children),
        children_total: family.childrenTotal,
      };
    },
  });

function ids({ clean }: Call, run: FlowRun) {
  const line = (text: string | undefined) => (text === undefined ? undefined : clean.line(text, 200));
  return {
    ...some("flow_id", run.flow_id),
    ...some("deployment_id", run.deployment_id),
    ...some("deployment_version", run.deployment_version),
    ...some("flow_version", run.flow_version),
    ...some("parent_task_run_id", run.parent_task_run_id),
    ...some("created", run.created),
    ...some("scheduled_for", run.expected_start_time),
    ...some("auto_scheduled", run.auto_scheduled),
    ...some("total_run_time_s", run.total_run_time),
    ...some("max_retries", run.empirical_policy?.retries ?? run.empirical_policy?.max_retries),
    ...some("infrastructure_pid", line(run.infrastructure_pid)),
    ...some("idempotency_key", line(run.idempotency_key)),
    ...some("created_by", line(run.created_by?.display_value ?? run.created_by?.type)),
  };
}

function jobVariables({ clean }: Call, { job_variables: given }: FlowRun, maxBytes: number): unknown {
  if (given === undefined || Object.keys(given).length === 0) return undefined;
  return bounded(clean.jobVariables(given), maxBytes);
}

function fit<Row>(rows: readonly Row[], maxBytes: number): Row[] {
  let left = maxBytes;
  return rows.filter((row) => (left -= Buffer.byteLength(JSON.stringify(row)) + 1) >= 0);
}
