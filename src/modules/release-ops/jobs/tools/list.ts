// ops_job_list: the jobs that run and those that ended not long ago.
import { z } from "zod";
import { defineTool, type Tool } from "../../../../core/tool.ts";
import type { Jobs } from "../jobs.ts";
import { JOB_STATES, type RunOutcome } from "../types.ts";
import { rowOf } from "./view.ts";

export const jobList = <Outcome extends RunOutcome>(jobs: Jobs<Outcome>): Tool =>
  defineTool({
    name: "ops_job_list",
    title: "Jobs",
    description:
      "Lists jobs, the newest first, with tool, state, times, exit code and verdict. Use it to find the id of a job. Ended jobs " +
      "are kept for 24 hours, at most 200.",
    access: "read",
    openWorld: false,
    input: z.strictObject({
      state: z
        .enum(JOB_STATES)
        .optional()
        .describe(`Only jobs in this state: ${JOB_STATES.join(", ")}`),
      limit: z.number().int().min(1).max(90).default(50).describe("At most so many jobs"),
    }),
    output: z.looseObject({
      total: z.number(),
      returned: z.number(),
      jobs: z.array(z.looseObject({ id: z.string(), tool: z.string(), state: z.enum(JOB_STATES) })),
    }),
    run: ({ state, limit }) => {
      const found = jobs.list(state);
      const rows = found.slice(0, limit).map(rowOf);
      return { total: found.length, returned: rows.length, jobs: rows };
    },
  });
