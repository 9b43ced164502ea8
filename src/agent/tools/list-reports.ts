// list_reports: which failures were reported, newest first.
import { z } from "zod";
import { ToolFailure } from "../../core/failure.ts";
import { STATES, type ReportDesk } from "../../core/report-desk.ts";
import { defineTool, type Tool } from "../../core/tool.ts";
import { reportOutput, shown, subject } from "./shape.ts";

export const listReports = (desk: () => ReportDesk): Tool =>
  defineTool({
    name: "list_reports",
    title: "List failure reports",
    description:
      "Lists failure reports, newest first, with their state and issue. " +
      "Use it for what failed lately, or with state=dead or state=filing for what could not be filed. At most 100 per answer.",
    access: "read",
    openWorld: false,
    input: z.strictObject({
      state: z
        .enum(STATES)
        .optional()
        .describe(`Only reports in this state: ${STATES.join(", ")}`),
      namespace: z.string().max(253).optional().describe("Only reports about this namespace"),
      since: z
        .string()
        .max(40)
        .optional()
        .describe("Only reports accepted at or after this time: 2026-11-25T10:00:00Z"),
      limit: z.number().int().min(1).max(100).default(20).describe("Most reports to show, at most 100"),
      cursor: z.string().max(200).optional().describe("next_cursor of the answer before"),
    }),
    output: z.looseObject({
      reports: z.array(reportOutput),
      total: z.number().describe("All that match, shown or not"),
      returned: z.number(),
      truncated: z.boolean().describe("True when there are more"),
      next_cursor: z.string().nullable().describe("Pass it as cursor for the next page"),
    }),
    text: ({ reports, total, next_cursor: next }) => {
      if (reports.length === 0) return total === 0 ? "No reports." : `No more reports; there are ${total}.`;
      const lines = reports.map((one) => {
        const end = one.issue?.url ?? one.last_error ?? "";
        return `${one.created_at}  ${one.report_id}  ${one.outcome ?? one.state}  ${subject(one)}${end === "" ? "" : `  ${end}`}`;
      });
      const more = next === null ? "" : `\n[${reports.length} of ${total} shown; next page: cursor=${next}]`;
      return lines.join("\n") + more;
    },
    async run({ since, ...filter }) {
      const { reports, total, next_cursor } = await desk().list({
        ...filter,
        ...(since === undefined ? {} : from(since)),
      });
      return {
        reports: reports.map(shown),
        total,
        returned: reports.length,
        truncated: next_cursor !== null,
        next_cursor,
      };
    },
  });

function from(since: string): { sinceMs: number } {
  const sinceMs = Date.parse(since);
  if (Number.isNaN(sinceMs)) throw new ToolFailure("invalid", "since must be a time such as 2026-11-25T10:00:00Z");
  return { sinceMs };
}
