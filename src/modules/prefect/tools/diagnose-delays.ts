// prefect_diagnose_delays: why runs do not start.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { fitParts } from "../insight/fit.ts";
import { insightOutput, part, unique, type Hypothesis, type Missing } from "../insight/hypothesis.ts";
import { whyTheyWait } from "../insight/delays.ts";
import { SLOT, waitingFor, type Waiting } from "../insight/waiting.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { namesOf, type Names } from "../runs/names.ts";
import { latenessSeconds, runRow } from "../runs/row.ts";
import { spoken } from "../times.ts";
import { uuid } from "../uuid.ts";

const SHOWN = 10;
const NAMELESS: Names = { flow: () => undefined, deployment: () => undefined };
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
      "start. Give one of flow_run_id, deployment, work_pool, or none for all. Looks at the 100 oldest of each kind and 10 pools, shows 10 runs.",
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
      const { runs, running, counts } = await waitingFor(call, input);
      const missing: Missing[] = [];
      const delays = await whyTheyWait(call, { runs, running }, missing);
      const oldest = Math.max(0, ...runs.map((run) => latenessSeconds(run, call.nowMs) ?? 0));
      const shown = runs.slice(0, SHOWN);
      const names = await part(missing, "names of flows and deployments", namesOf(call, shown));
      const all = { ...counts, waiting_tasks: delays.waitingTasks.length };
      const answer = {
        verdict: sentence(all, oldest, delays.hypothesis, missing),
        hypothesis: delays.hypothesis,
        missing,
        ...all,
        ...(oldest > 0 ? { oldest_lateness_s: oldest } : {}),
        tag_limits: delays.tagLimits.slice(0, SHOWN).map((one) => ({
          tag: call.clean.line(one.tag, 200),
          limit: one.concurrency_limit,
          active_slots: one.active_slots.length,
        })),
        runs: shown.map((run) => runRow(call, run, names ?? NAMELESS)),
      };
      return fitParts(answer, call.context.budget.textBytes, LEAST_MISSED_FIRST);
    },
  });

type Counts = Waiting["counts"] & { readonly waiting_tasks: number };

function sentence(
  counts: Counts,
  oldest: number,
  [first, ...others]: readonly Hypothesis[],
  missing: readonly Missing[],
): string {
  const more =
    others.length === 0 ? "" : `; and ${others.length} more: ${unique(others.map(({ cause }) => cause)).join(", ")}`;
  const why = first === undefined ? "cause unknown, see missing" : `${first.text}${more}`;
  const { late, due: waits, pending, awaiting_slot: held, waiting_tasks: tasks } = counts;
  const inside = `${tasks} task run${tasks === 1 ? " waits" : "s wait"} inside RUNNING runs`;
  if (waits + pending + held === 0) {
    const unread = missing.length > 0 ? "; parts could not be read, see missing" : "";
    const nothing = `no run is due, Late or PENDING`;
    return tasks > 0 ? `${nothing}, but ${inside}: ${why}` : `nothing waits: ${nothing}${unread}`;
  }
  const kinds = [
    `${waits} due (${late} Late)`,
    `${pending} PENDING`,
    ...(held > 0 ? [`${held} ${SLOT}`] : []),
    ...(tasks > 0 ? [inside] : []),
  ];
  const since = oldest > 0 ? `, the oldest for ${spoken(oldest)}` : "";
  return `${kinds.join(", ")}${since}: ${why}`;
}
