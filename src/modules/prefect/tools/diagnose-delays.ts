// prefect_diagnose_delays: why runs do not start.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { fitParts } from "../insight/fit.ts";
import { insightOutput, type Missing } from "../insight/hypothesis.ts";
import { delayVerdict, oldestLateness } from "../insight/delay-verdict.ts";
import { calledOf, whyTheyWait } from "../insight/delays.ts";
import { waitingFor } from "../insight/waiting.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { runRow } from "../runs/row.ts";
import { uuid } from "../uuid.ts";

const SHOWN = 10;
const LEAST_MISSED_FIRST = [
  { name: "tag_limits", from: "end" },
  { name: "runs", from: "end", least: 3 },
  { name: "hypothesis", from: "end", least: 3 },
  { name: "runs", from: "end" },
] as const;

export const diagnoseDelays = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_diagnose_delays",
    title: "Why runs do not start",
    description:
      "Finds why flow runs are Late, PENDING or wait for a slot: paused deployment, no pool, pool paused or without an ONLINE worker, " +
      "queue paused or not polled, slots of pool, queue, deployment or tag taken (and by whom, for how long). Use it when runs do not " +
      "start: what holds back the most runs comes first. Give one of flow_run_id, deployment, work_pool, or none for all. Looks at the 100 oldest of each kind and 10 pools, shows 10 runs.",
    input: z.strictObject({
      flow_run_id: uuid("Id of the flow run that waits").optional(),
      deployment: z.string().max(400).optional().describe("Id or flow/deployment: only its runs"),
      work_pool: z.string().max(200).optional().describe("Exact name of a work pool: only its runs"),
    }),
    output: z.looseObject({
      ...insightOutput,
      late: z.number(),
      due: z.number(),
      pending: z.number(),
      awaiting_slot: z
        .number()
        .describe("SCHEDULED runs that Prefect sent back for want of a slot of their deployment"),
      waiting_tasks: z.number().describe("Task runs inside RUNNING runs that wait for a slot of a full tag"),
      oldest_lateness_s: z.number().optional(),
      runs: z.array(z.looseObject({ id: z.string() })),
    }),
    run: async (input, call) => {
      const given = [input.flow_run_id, input.deployment, input.work_pool].filter((one) => one !== undefined);
      if (given.length > 1) {
        throw new ToolFailure("invalid", "give only one of flow_run_id, deployment and work_pool", {
          code: "TOO_MANY",
        });
      }
      const waiting = await waitingFor(call, input);
      const { runs, running, counts, pool, deployment } = waiting;
      const missing: Missing[] = [];
      const called = await calledOf(call, runs, missing, deployment);
      const delays = await whyTheyWait(call, { runs, running, pool, deployment, ...called }, missing);
      const oldest = oldestLateness(call, waiting);
      const answer = {
        verdict: delayVerdict(call, waiting, delays, missing),
        hypothesis: delays.hypothesis,
        missing,
        ...counts,
        waiting_tasks: delays.waitingTasks.length,
        ...(oldest > 0 ? { oldest_lateness_s: oldest } : {}),
        tag_limits: delays.tagLimits.slice(0, SHOWN).map((one) => ({
          tag: call.clean.line(one.tag, 200),
          limit: one.concurrency_limit,
          active_slots: one.active_slots.length,
        })),
        runs: runs.slice(0, SHOWN).map((run) => runRow(call, run, called.names)),
      };
      return fitParts(answer, call.context.budget.textBytes, LEAST_MISSED_FIRST);
    },
  });
