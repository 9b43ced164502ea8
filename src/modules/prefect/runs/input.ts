// The arguments of prefect_get_flow_runs.
import { z } from "zod";
import { FLOW_RUN_SORTS } from "../client/queries.ts";
import { flowRunFilter } from "../filters/runs.ts";
import { pageInput } from "../paging.ts";
import { time } from "../times.ts";
import { uuid } from "../uuid.ts";
import { statesInput } from "./states.ts";

const name = (what: string) => z.string().min(1).max(200).optional().describe(what);

export const runsInput = z.strictObject({
  id: uuid("Only this flow run").optional(),
  flow_name: name("Only runs of the flow of exactly this name"),
  deployment: name("Only runs of this deployment: its id, or flow/deployment"),
  work_pool: name("Only runs of the work pool of exactly this name"),
  work_queue: name("Only runs of work queues of exactly this name; together with work_pool it is one queue"),
  states: statesInput,
  tags: z.array(z.string().min(1).max(200)).max(20).optional().describe("Only runs with all of these tags"),
  name_contains: name("Only runs whose name holds this text, in any case; _ and % are wildcards"),
  since: time("Only runs that started after it, or were to start after it if they have not"),
  until: time("Only runs that started before it, or were to start before it if they have not"),
  parent_flow_run_id: uuid("Only children of this flow run").optional(),
  include_future: z
    .boolean()
    .default(false)
    .describe("Also runs whose time is still to come; without it they are hidden"),
  sort: z
    .enum(FLOW_RUN_SORTS)
    .default("START_TIME_DESC")
    .describe(`Order: ${FLOW_RUN_SORTS.join(", ")}; a run that has not started counts with its expected time`),
  filter: flowRunFilter.argument,
  ...pageInput(20, 100, "runs"),
});
