// prefect_cancel_flow_runs: cancels the runs that are named, and tells of each what became of it.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { uuid } from "../uuid.ts";

const MAX = 50;
// All fifty must fit into one answer, also with the long addresses of Cloud.
const REASON_CHARS = 160;
const FAILURE_CHARS = 330;

export const cancelFlowRuns = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_cancel_flow_runs",
    title: "Cancel flow runs",
    description:
      "Cancels flow runs by their ids and tells the outcome of each: cancelled (it had not started), cancelling (its worker is " +
      "told to end it), already ended, not found, or why not. Use it for runs that hang, wait for nothing or were started by " +
      `mistake. At most ${MAX} ids; there is no cancelling by filter.`,
    access: "destructive",
    idempotent: true,
    input: z.strictObject({
      flow_run_ids: z.array(uuid("Id of a flow run")).min(1).max(MAX).describe(`Ids of the flow runs, at most ${MAX}`),
    }),
    output: z.looseObject({
      cancelled: z.number().describe("Now CANCELLED"),
      cancelling: z.number().describe("Their worker was told; CANCELLED once it has ended them"),
      not_cancelled: z.number(),
      results: z.array(z.looseObject({ flow_run_id: z.string(), outcome: z.string() })),
    }),
    run: async ({ flow_run_ids: ids }, call) => {
      const results = await Promise.all([...new Set(ids)].map((id) => cancel(call, id)));
      const count = (outcome: string) => results.filter((one) => one.outcome === outcome).length;
      const [cancelled, cancelling] = [count("cancelled"), count("cancelling")];
      return { cancelled, cancelling, not_cancelled: results.length - cancelled - cancelling, results };
    },
  });

async function cancel({ api, clean, instance }: Call, id: string) {
  try {
    const { status, state, details } = await api.flowRuns.setState(id, { type: "CANCELLING" });
    const reason = clean.line(details?.reason, REASON_CHARS);
    const why = reason === "" ? {} : { reason };
    const about = { flow_run_id: id, state: state?.type, ...why, url: instance.links.flowRun(id) };
    // A run that never started is refused CANCELLING and put into CANCELLED: that is success.
    if (status !== "ABORT" && state?.type === "CANCELLED") return { ...about, outcome: "cancelled" };
    if (status === "ACCEPT") return { ...about, outcome: "cancelling" };
    if (status === "ABORT" && reason.includes("terminal"))
      return { ...about, outcome: `already ${state?.type ?? "ended"}` };
    return { ...about, outcome: "refused" };
  } catch (error) {
    // One run's fate must not hide what was done to the others. Refused credentials hit all alike.
    if (!(error instanceof ToolFailure) || error.kind === "denied" || error.kind === "cancelled") throw error;
    const isGone = error.details["http_status"] === 404;
    return {
      flow_run_id: id,
      outcome: isGone ? "not found" : "failed",
      reason: clean.line(error.message, FAILURE_CHARS),
    };
  }
}
