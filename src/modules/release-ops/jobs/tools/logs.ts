// ops_job_logs: what a job has written, by line numbers.
import { z } from "zod";
import { defineTool, type Tool } from "../../../../core/tool.ts";
import type { Jobs } from "../jobs.ts";
import { JOB_STATES, type RunOutcome } from "../types.ts";
import { jobId } from "./view.ts";

/** Of the budget, for the line that stands before the lines. */
const HEADING_BYTES = 300;

const output = z.looseObject({
  id: z.string(),
  state: z.enum(JOB_STATES),
  first_line: z.number().describe("Number of the first line here; 0 when there is none"),
  last_line: z.number().describe("Number of the last line here; since_line for what comes next"),
  total_lines: z.number(),
  dropped_lines: z.number().describe("The oldest lines, which are gone"),
  lines: z.array(z.string()),
});

export const jobLogs = <Outcome extends RunOutcome>(jobs: Jobs<Outcome>): Tool =>
  defineTool({
    name: "ops_job_logs",
    title: "Log of a job",
    description:
      "Shows what a job has written: the newest lines, or those after since_line. Use it to follow a command: pass last_line as " +
      "the next since_line. The last 1 MiB of a job is kept, each line cut at 4 KiB, secrets replaced by ***.",
    access: "read",
    openWorld: false,
    input: z.strictObject({
      id: jobId,
      since_line: z
        .number()
        .int()
        .min(0)
        .max(1e12)
        .optional()
        .describe("Lines after this number, 0 from the first; left out: the newest lines"),
      max_lines: z.number().int().min(1).max(2000).default(200).describe("At most so many lines"),
    }),
    output,
    run: ({ id, since_line: since, max_lines: maxLines }, { budget }) => {
      const job = jobs.find(id);
      const { lines, ...page } = job.log.read({ since, maxLines, maxBytes: budget.textBytes - HEADING_BYTES });
      return {
        id,
        state: job.record.state,
        first_line: page.first,
        last_line: page.last,
        total_lines: page.total,
        dropped_lines: page.dropped,
        lines: [...lines],
      };
    },
    text: (page) =>
      [heading(page), ...page.lines.map((line, index) => `${page.first_line + index} ${line}`)].join("\n"),
  });

function heading(page: z.output<typeof output>): string {
  const { id, state, lines, first_line: first, last_line: last, total_lines: total, dropped_lines: dropped } = page;
  const shown = lines.length === 0 ? "no lines" : `lines ${first} to ${last}`;
  const gone = dropped === 0 ? "" : ` (1 to ${dropped} are gone)`;
  return `${id} ${state}: ${shown} of ${total}${gone}${last < total ? `; since_line=${last} shows more` : ""}`;
}
