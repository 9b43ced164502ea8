// get_report: one failure report with its timeline.
import { z } from "zod";
import type { ReportDesk } from "../../core/report-desk.ts";
import { defineTool, type Tool } from "../../core/tool.ts";
import { reportOutput, reportText, shown, timelineText } from "./shape.ts";

export const getReport = (desk: () => ReportDesk): Tool =>
  defineTool({
    name: "get_report",
    title: "Get a failure report",
    description:
      "Shows one failure report: how far it is, its issue, what went wrong on the way, and when each step happened. " +
      "Use it after report_failure answered that the report is stored, or with an id from list_reports.",
    access: "read",
    openWorld: false,
    input: z.strictObject({
      report_id: z.string().min(1).max(100).describe("Id of the report, for example rpt_01k..."),
    }),
    output: reportOutput.extend({
      timeline: z
        .array(z.looseObject({ at: z.string(), state: z.string(), note: z.string() }))
        .describe("Oldest first"),
    }),
    text: (report) => `${reportText(report)}\n${timelineText(report.timeline)}`,
    async run({ report_id: id }) {
      const { timeline, ...view } = await desk().get(id);
      return { ...shown(view), timeline: timeline.map((entry) => ({ ...entry })) };
    },
  });
