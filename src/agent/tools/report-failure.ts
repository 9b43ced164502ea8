// report_failure: what POST /report-failure does, for an MCP client.
import { z } from "zod";
import { resultLine, type ReportDesk } from "../../core/report-desk.ts";
import { defineTool, type Tool } from "../../core/tool.ts";
import { reportOutput, reportText, shown } from "./shape.ts";

const name = (what: string) => z.string().max(253).optional().describe(what);

export const reportFailure = (desk: () => ReportDesk): Tool =>
  defineTool({
    name: "report_failure",
    title: "Report a failure",
    description:
      "Reports a failed pod or PipelineRun: the hub collects the evidence, analyses it and files one issue in its configured repository. " +
      "Use it for a failure that nobody reported yet; the same failure again becomes an occurrence of its issue. " +
      "Waits at most wait_seconds for the issue; the report goes on by itself, see get_report.",
    access: "write",
    idempotent: true,
    long: true,
    input: z.strictObject({
      namespace: z.string().min(1).max(253).describe("Namespace of the pod or run"),
      pod_name: name("Name of the failed pod; may be left out when pipeline_run or task_run is given"),
      container_name: name("Container that failed; left out, the hub finds it"),
      pipeline_run: name("Name of the Tekton PipelineRun that failed"),
      task_run: name("Name of the Tekton TaskRun that failed"),
      pipeline_task: name("Name of the task in the pipeline"),
      cluster: name("Context of the kubeconfig, when the hub knows several clusters"),
      wait_seconds: z
        .number()
        .int()
        .min(0)
        .max(600)
        .default(120)
        .describe("Seconds to wait for the issue, at most 600"),
    }),
    output: reportOutput.extend({
      result: z.string().describe("One line: the issue's address, or where the report is"),
    }),
    text: ({ result, ...report }) => `${result}\n${reportText(report)}`,
    async run(input, { signal, progress }) {
      const request = {
        namespace: input.namespace,
        podName: input.pod_name ?? "",
        container: input.container_name,
        pipelineRun: input.pipeline_run,
        taskRun: input.task_run,
        pipelineTask: input.pipeline_task,
        cluster: input.cluster,
        links: {},
        metadata: {},
      };
      const { report } = await desk().submit(request, signal);
      progress(`report ${report.report_id} stored`);
      const settled = await desk().settled(report.report_id, input.wait_seconds * 1_000, signal);
      return { ...shown(settled), result: resultLine(settled) };
    },
  });
