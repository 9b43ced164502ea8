// A report as tools show it: the members of GET /reports/{id}, and the same as lines for a reader.
import { z } from "zod";
import type { ReportView } from "../../core/report-desk.ts";

export const reportOutput = z.looseObject({
  report_id: z.string(),
  state: z
    .string()
    .describe("received, collecting, collected, waiting_llm, analyzing, drafted, filing, filed, dead or cancelled"),
  outcome: z.string().nullable().describe("Of a filed one: created, commented, reopened or recorded"),
  created_at: z.string(),
  updated_at: z.string(),
  namespace: z.string(),
  pod_name: z.string(),
  container: z.string().nullable(),
  pipeline_run: z.string().nullable(),
  attempts: z.number().describe("Tries of the present state"),
  issue: z
    .looseObject({ owner: z.string(), repo: z.string(), number: z.number(), url: z.string() })
    .nullable()
    .describe("Where it is filed"),
  analysis: z.string().nullable().describe("llm, or fallback when it was written by rules"),
  deduplicated: z.boolean().describe("True when the issue was there before"),
  tokens: z.number(),
  last_error: z.string().nullable(),
  policy_violations: z.array(z.string()).describe("What the model asked for and was not allowed"),
});

/** The view as a tool returns it. */
export const shown = ({ issue, policy_violations, ...view }: ReportView) => ({
  ...view,
  issue: issue === null ? null : { ...issue },
  policy_violations: [...policy_violations],
});

type Shown = z.output<typeof reportOutput>;

export function reportText(report: Shown): string {
  const { report_id: id, state, outcome, issue, analysis, last_error: error, policy_violations: violations } = report;
  const end = outcome === null ? "" : ` (${outcome})`;
  return [
    `${id}: ${state}${end}, ${subject(report)}, reported ${report.created_at}`,
    ...(issue === null ? [] : [`issue: ${issue.url}`]),
    ...(analysis === null ? [] : [`analysis: ${analysis}${report.tokens > 0 ? `, ${report.tokens} tokens` : ""}`]),
    ...(error === null ? [] : [`last error: ${error}`]),
    ...violations.map((violation) => `refused to the model: ${violation}`),
  ].join("\n");
}

export function subject({ namespace, pod_name: pod, pipeline_run: run, container }: Shown): string {
  const what = pod !== "" ? `pod ${pod}` : run === null ? "pod unknown" : `PipelineRun ${run}`;
  return `${what}${container === null ? "" : ` (${container})`} in namespace ${namespace}`;
}

export const timelineText = (timeline: readonly { at: string; state: string; note: string }[]): string =>
  timeline.map(({ at, state, note }) => `  ${at}  ${state.padEnd(11)}  ${note}`).join("\n");
