// Reports as callers see them.
import { rfc3339 } from "../../core/clock.ts";
import type { ReportDetail, ReportView } from "../../core/report-desk.ts";
import type { Report, TimelineRow } from "../store/contract.ts";

export function viewOf(report: Report): ReportView {
  const { target, outcome = null } = report;
  return {
    report_id: report.id,
    state: report.state,
    outcome,
    created_at: rfc3339(report.createdAt),
    updated_at: rfc3339(report.updatedAt),
    namespace: target.namespace,
    ...(target.cluster === undefined ? {} : { cluster: target.cluster }),
    pod_name: target.podName,
    container: target.container ?? null,
    pipeline_run: target.pipelineRun ?? null,
    attempts: report.attempts,
    issue: report.issue ?? null,
    analysis: report.analysis ?? null,
    deduplicated: outcome !== null && outcome !== "created",
    tokens: report.tokens,
    last_error: report.lastError ?? null,
    policy_violations: report.violations,
  };
}

export const detailOf = (report: Report, timeline: readonly TimelineRow[]): ReportDetail => ({
  ...viewOf(report),
  timeline: timeline.map(({ at, state, note }) => ({ at: rfc3339(at), state, note })),
});
