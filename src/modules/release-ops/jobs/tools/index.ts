// The five tools for jobs.
import type { Tool } from "../../../../core/tool.ts";
import type { RunOutcome } from "../types.ts";
import { jobList } from "./list.ts";
import { jobLogs } from "./logs.ts";
import { jobStart } from "./start.ts";
import { jobStatus } from "./status.ts";
import { jobStop } from "./stop.ts";
import type { JobToolOptions } from "./view.ts";

export const jobTools = <Outcome extends RunOutcome>(options: JobToolOptions<Outcome>): Tool[] => [
  jobStart(options),
  jobStatus(options.jobs),
  jobLogs(options.jobs),
  jobStop(options.jobs),
  jobList(options.jobs),
];
