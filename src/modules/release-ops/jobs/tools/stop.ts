// ops_job_stop: ends a job's command with all its processes.
import { z } from "zod";
import { defineTool, type Tool } from "../../../../core/tool.ts";
import { untilAborted } from "../../../../core/until-aborted.ts";
import type { Jobs } from "../jobs.ts";
import type { RunOutcome } from "../types.ts";
import { jobId, jobView, viewOf } from "./view.ts";

export const jobStop = <Outcome extends RunOutcome>(jobs: Jobs<Outcome>): Tool =>
  defineTool({
    name: "ops_job_stop",
    title: "Stop a job",
    description:
      "Ends a job: its command and all its processes get SIGTERM, and SIGKILL after their grace period. Use it for a command that " +
      "hangs or was started by mistake. Answers when they are gone; a job that had ended already stays as it is.",
    access: "destructive",
    idempotent: true,
    input: z.strictObject({ id: jobId }),
    output: jobView.extend({ was_running: z.boolean() }),
    run: async ({ id }, { signal }) => {
      const job = jobs.find(id);
      const wasRunning = job.isRunning;
      job.stop();
      if (wasRunning) await untilAborted(job.ended, signal);
      return { ...viewOf(job), was_running: wasRunning };
    },
  });
