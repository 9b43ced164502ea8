// prefect_investigate_flow_run: why a run failed, whole, in one call.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Flow, FlowRun } from "../client/shapes.ts";
import { conclude } from "../insight/conclude.ts";
import { whyTheyWait } from "../insight/delays.ts";
import { fitParts } from "../insight/fit.ts";
import { insightOutput, type Missing } from "../insight/hypothesis.ts";
import { partsOf, type Parts, type Wanted } from "../insight/parts.ts";
import { namesOfParts, show } from "../insight/show.ts";
import { SLOT } from "../insight/waiting.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { some } from "../runs/row.ts";
import { isWaiting } from "../runs/states.ts";
import { msOf } from "../times.ts";
import { uuid } from "../uuid.ts";
import { inState } from "../where.ts";

const LEAST_MISSED_FIRST = [
  { name: "last_log", from: "start", least: 3 },
  { name: "recent_runs", from: "end", least: 5 },
  { name: "states", from: "start", least: 3 },
  { name: "error_log", from: "start", least: 5 },
  { name: "failed_children", from: "end", least: 1 },
  { name: "failed_tasks", from: "end", least: 1 },
  { name: "hypothesis", from: "end", least: 2 },
  { name: "error_log", from: "start" },
  { name: "last_log", from: "start" },
  { name: "recent_runs", from: "end" },
] as const;

export const investigateFlowRun = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_investigate_flow_run",
    title: "Why a flow run failed",
    description:
      "Investigates one flow run in one call: states with gaps, failed tasks (root first), errors and the last 20 lines of the log, failed " +
      "child runs, deployment, pool and workers, and the last runs of the flow (persistent or intermittent). Use it for any run that " +
      "failed, crashed or hangs; for one that never started it tells what it waits for. Give flow_run_id, or flow_name for its last " +
      "failed run. Parts that cannot be read stand in missing.",
    input: z.strictObject({
      flow_run_id: uuid("Id of the flow run").optional(),
      flow_name: z.string().max(200).optional().describe("Exact name of the flow, in place of flow_run_id"),
      which: z
        .enum(["last_failed"])
        .default("last_failed")
        .describe("Which run of flow_name: last_failed, the newest that failed or crashed"),
      log_lines: z.number().int().min(0).max(200).default(60).describe("Most error lines to read, at most 200"),
      recent: z
        .number()
        .int()
        .min(0)
        .max(50)
        .default(10)
        .describe("How many ended runs of the flow to compare, at most 50"),
    }),
    output: z.looseObject({
      ...insightOutput,
      run: z.looseObject({ id: z.string() }),
      error_log: z.array(z.string()).describe("The newest lines of level ERROR and above, oldest first"),
      last_log: z.array(z.string()).describe("What else was written last, oldest first"),
      cut: z.array(z.string()).optional().describe("Lists that were shortened to fit"),
    }),
    run: async (input, call) => {
      const { run, flow } = await find(call, input);
      const missing: Missing[] = [];
      const wanted: Wanted = { run, flow, logLines: input.log_lines, recent: input.recent };
      const parts = await partsOf(call, wanted, missing);
      const { verdict, hypothesis, pattern } = conclude(call, run, parts, missing);
      const delays = await delaysOf(call, run, parts, missing);
      const answer = {
        verdict: delays === undefined ? verdict : `${verdict}; ${delays.text}`,
        hypothesis: [...hypothesis, ...(delays?.hypothesis ?? [])],
        missing,
        ...some("pattern", pattern),
        ...show(call, run, parts, delays?.pools[0]),
      };
      return fitParts(answer, call.context.budget.textBytes, LEAST_MISSED_FIRST);
    },
  });

/** Of a run that waits for its start; undefined for others. */
async function delaysOf(call: Call, run: FlowRun, parts: Parts, missing: Missing[]) {
  const { deployment } = parts;
  if (!isWaiting(run)) return undefined;
  const at = run.next_scheduled_start_time ?? run.expected_start_time;
  const isEarly = run.state_type === "SCHEDULED" && (msOf(at) ?? 0) > call.nowMs;
  if (isEarly && run.state_name !== SLOT) return { hypothesis: [], pools: [], text: `its time is ${at ?? "to come"}` };
  const deployments = deployment === undefined || deployment === "deleted" ? [] : [deployment];
  const tags = (run.run_count ?? 0) === 0; // a retry has used the requests for its tasks and log
  const names = namesOfParts(call, parts);
  const delays = await whyTheyWait(call, { runs: [run], deployments, names, tags }, missing);
  return { ...delays, text: `it has not started: ${delays.hypothesis[0]?.text ?? "cause unknown"}` };
}

async function find(
  { api }: Call,
  { flow_run_id: id, flow_name: name }: { flow_run_id?: string | undefined; flow_name?: string | undefined },
): Promise<{ run: FlowRun; flow: Flow | undefined }> {
  if ((id === undefined) === (name === undefined)) {
    throw new ToolFailure("invalid", "give either flow_run_id or flow_name", { code: "WHICH_RUN" });
  }
  if (id !== undefined) return { run: await api.flowRuns.get(id), flow: undefined };
  const flow = await api.flows.named(name ?? "");
  const where = { flows: { id: { any_: [flow.id] } }, flow_runs: inState("FAILED", "CRASHED") };
  const [run] = await api.flowRuns.filter(where, "END_TIME_DESC", { limit: 1 });
  if (run === undefined)
    throw new ToolFailure(
      "not-found",
      `no run of flow "${flow.name}" failed or crashed; prefect_diagnose_delays tells why runs do not start`,
      {
        code: "NO_FAILED_RUN",
      },
    );
  return { run, flow };
}
