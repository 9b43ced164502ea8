// taskrun_get and pipelinerun_get: how a Tekton run ended, and where to look for why.
import { z } from "zod";
import type { OutputBudget } from "../../../core/context.ts";
import type { JsonObject } from "../../../core/json.ts";
import { failedStep, outcomeOf, showStep, taskNameOf, type TaskRun } from "../../../core/kube/tekton.ts";
import type { Tool } from "../../../core/tool.ts";
import { clusterTool, namespaceArgument, objectName, type Kit } from "../kit.ts";
import { fitObject } from "../objects/clean.ts";
import { readPipelineRun, readTaskRun, taskRunsOf } from "../objects/tekton.ts";
import { toYaml } from "../text/yaml.ts";

const output = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  state: z.string().describe("pending, running, succeeded or failed"),
  reason: z.string().optional(),
  message: z.string().optional(),
  notice: z.string().optional().describe("What was cut because it was too large"),
});

export const taskRunGet = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "taskrun_get",
    title: "Get a Tekton TaskRun",
    description:
      "Shows how a Tekton TaskRun ended: its condition, its pod, and every step with exit code and whether it failed or was skipped. " +
      "Use it for a failed build, also when its pod is gone (after a timeout or a cancel Tekton deletes it). " +
      "tekton_taskrun_logs then shows what the steps said.",
    input: z.strictObject({ name: objectName("Name of the TaskRun"), namespace: namespaceArgument }),
    output,
    text: toYaml,
    async run({ name, namespace = "" }, cluster, { signal, budget }) {
      const place = namespace || cluster.namespace;
      const run = await readTaskRun(cluster, { namespace: place, name }, signal);
      const labels = run.metadata.labels ?? {};
      return fitted(
        {
          name,
          namespace: place,
          ...outcomeOf(run.status),
          ...belongsTo(labels),
          ...summaryOf(run),
          steps: (run.status?.steps ?? []).map(showStep),
          sidecars: (run.status?.sidecars ?? []).map(showStep),
          retries: run.status?.retriesStatus?.length ?? 0,
        },
        budget,
      );
    },
  });

export const pipelineRunGet = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "pipelinerun_get",
    title: "Get a Tekton PipelineRun",
    description:
      "Shows how a Tekton PipelineRun ended: its condition, its TaskRuns in order with pod and failed step, and the tasks it skipped. " +
      "Use it first for a failed pipeline; tekton_pipelinerun_logs then shows what the failed steps said.",
    input: z.strictObject({ name: objectName("Name of the PipelineRun"), namespace: namespaceArgument }),
    output,
    text: toYaml,
    async run({ name, namespace = "" }, cluster, { signal, budget }) {
      const place = namespace || cluster.namespace;
      const [run, taskRuns] = await Promise.all([
        readPipelineRun(cluster, { namespace: place, name }, signal),
        taskRunsOf(cluster, { namespace: place, name }, signal),
      ]);
      return fitted(
        {
          name,
          namespace: place,
          ...outcomeOf(run.status),
          ...belongsTo({ "tekton.dev/pipeline": run.metadata.labels?.["tekton.dev/pipeline"] }),
          task_runs: taskRuns.map((one) => ({
            task: taskNameOf(one),
            name: one.metadata.name,
            ...outcomeOf(one.status),
            ...summaryOf(one),
          })),
          skipped_tasks: run.status?.skippedTasks ?? [],
        },
        budget,
      );
    },
  });

const BELONGS: Readonly<Record<string, string>> = {
  "tekton.dev/task": "task",
  "tekton.dev/pipeline": "pipeline",
  "tekton.dev/pipelineRun": "pipeline_run",
  "tekton.dev/pipelineTask": "pipeline_task",
  "tekton.dev/memberOf": "member_of",
};

const belongsTo = (labels: Readonly<Record<string, string | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(BELONGS).flatMap(([label, member]) =>
      labels[label] === undefined ? [] : [[member, labels[label]]],
    ),
  );

function summaryOf(run: TaskRun): JsonObject {
  const failed = failedStep(run);
  const pod = run.status?.podName ?? "";
  return {
    ...(pod === "" ? {} : { pod }),
    ...(failed === undefined ? {} : { failed_step: failed.name, exit_code: failed.terminated?.exitCode }),
  };
}

interface Named extends JsonObject {
  readonly name: string;
  readonly namespace: string;
  readonly state: string;
}

function fitted(value: Named, { textBytes, structuredBytes }: OutputBudget): Named {
  const { name, namespace, state } = value;
  const { object, notice } = fitObject(value, Math.min(textBytes, structuredBytes) - 512, toYaml);
  return { ...object, name, namespace, state, ...(notice === undefined ? {} : { notice }) };
}
