// ops_job_status: how one job is doing, or how it ended.
import { z } from "zod";
import { defineTool, type Tool } from "../../../../core/tool.ts";
import type { Jobs } from "../jobs.ts";
import type { RunOutcome } from "../types.ts";
import { jobId, jobView, viewOf } from "./view.ts";

export const jobStatus = <Outcome extends RunOutcome>(jobs: Jobs<Outcome>): Tool =>
  defineTool({
    name: "ops_job_status",
    title: "Status of a job",
    description:
      "Tells whether a job is running, succeeded, failed, stopped or lost, with exit code, verdict, times and restarts. Use it to " +
      "see whether a command has ended. Ended jobs are kept for 24 hours, at most 200.",
    access: "read",
    openWorld: false,
    input: z.strictObject({ id: jobId }),
    output: jobView,
    run: ({ id }) => viewOf(jobs.find(id)),
  });
