// The tools of the module `reports`.
import type { ReportDesk } from "../../core/report-desk.ts";
import type { Tool } from "../../core/tool.ts";
import { getReport } from "./get-report.ts";
import { listReports } from "./list-reports.ts";
import { reportFailure } from "./report-failure.ts";

export const tools = (desk: () => ReportDesk): Tool[] => [getReport(desk), listReports(desk), reportFailure(desk)];
