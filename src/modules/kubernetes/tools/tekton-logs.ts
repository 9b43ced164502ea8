// tekton_taskrun_logs and tekton_pipelinerun_logs: what the steps said, the failed ones with the most room.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import { ToolFailure } from "../../../core/failure.ts";
import {
  containerOf,
  isFailed,
  isSkipped,
  outcomeOf,
  taskNameOf,
  type Step,
  type TaskRun,
} from "../../../core/kube/tekton.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Cluster } from "../api/cluster.ts";
import { clusterTool, namespaceArgument, objectName, type Kit } from "../kit.ts";
import { readLog } from "../objects/read-log.ts";
import { readPipelineRun, readTaskRun, taskRunsOf } from "../objects/tekton.ts";
import { bodyOf, logEntry, showLog, waitingEntry, type LogEntry } from "../text/log.ts";

const DEFAULT_TAIL = 100;
const MAX_TAIL = 10_000;
const HEADER_BYTES = 300;

const stepLog = logEntry.extend({ step: z.string().describe("Name of the step; sidecars as sidecar/name") });
const taskRunLogs = z.looseObject({
  name: z.string(),
  task: z.string(),
  state: z.string(),
  pod: z.string().optional(),
  steps: z.array(stepLog),
  note: z.string().optional().describe("Why there are no logs"),
});
type TaskRunLogs = z.output<typeof taskRunLogs>;

const output = z.looseObject({ namespace: z.string(), task_runs: z.array(taskRunLogs) });

const stepArguments = {
  namespace: namespaceArgument,
  step: objectName("Only the step of this name, without the prefix step-").optional(),
  tail: z
    .number()
    .int()
    .min(0)
    .max(MAX_TAIL)
    .default(DEFAULT_TAIL)
    .describe(`Newest lines of each step, at most ${MAX_TAIL}; 0 means ${DEFAULT_TAIL}`),
};

const toText = ({ task_runs: runs }: z.output<typeof output>): string => runs.map(runText).join("\n\n");

export const tektonTaskRunLogs = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "tekton_taskrun_logs",
    title: "Logs of a Tekton TaskRun",
    description:
      "Reads the logs of a Tekton TaskRun, step by step, sidecars last; skipped steps are named, not read. " +
      "Use it after taskrun_get, with step for a single one. Secrets are redacted; at most 24 KB, of which failed steps get most.",
    input: z.strictObject({ name: objectName("Name of the TaskRun"), ...stepArguments }),
    output,
    text: toText,
    async run({ name, namespace = "", step, tail }, cluster, context) {
      const place = namespace || cluster.namespace;
      const run = await readTaskRun(cluster, { namespace: place, name }, context.signal);
      const task_runs = await readRuns(kit, cluster, { namespace: place, runs: [run], step, tail }, context);
      return { namespace: place, task_runs };
    },
  });

export const tektonPipelineRunLogs = (kit: Kit): Tool =>
  clusterTool(kit, {
    name: "tekton_pipelinerun_logs",
    title: "Logs of a Tekton PipelineRun",
    description:
      "Reads the logs of a Tekton PipelineRun, task by task and step by step; of a failed run only the tasks that failed, unless task is given. " +
      "Use it after pipelinerun_get. Secrets are redacted; at most 24 KB, of which failed steps get most.",
    input: z.strictObject({
      name: objectName("Name of the PipelineRun"),
      task: objectName("Only the pipeline's task of this name").optional(),
      ...stepArguments,
    }),
    output,
    text: toText,
    async run({ name, namespace = "", task, step, tail }, cluster, context) {
      const place = namespace || cluster.namespace;
      const [, all] = await Promise.all([
        readPipelineRun(cluster, { namespace: place, name }, context.signal), // a wrong name is a 404, not an empty list
        taskRunsOf(cluster, { namespace: place, name }, context.signal),
      ]);
      const runs = chosenRuns(all, task);
      const task_runs = await readRuns(kit, cluster, { namespace: place, runs, step, tail }, context);
      return { namespace: place, task_runs };
    },
  });

function chosenRuns(all: readonly TaskRun[], task: string | undefined): readonly TaskRun[] {
  const named = task === undefined ? all : all.filter((run) => taskNameOf(run) === task);
  if (named.length === 0) {
    const known = all.map(taskNameOf).join(", ") || "none";
    const what = task === undefined ? "this PipelineRun has no TaskRuns" : `no TaskRun of task "${task}"`;
    throw new ToolFailure(
      "not-found",
      `${what}; tasks with a TaskRun: ${known}. pipelinerun_get says why the others did not run.`,
    );
  }
  const failed = named.filter((run) => outcomeOf(run.status).state === "failed");
  return task === undefined && failed.length > 0 ? failed : named;
}

interface Wanted {
  readonly namespace: string;
  readonly runs: readonly TaskRun[];
  readonly step: string | undefined;
  readonly tail: number;
}

/** One step to read, and its part of the room. */
interface Part {
  readonly step: Step;
  readonly label: string;
  readonly weight: number;
}

const FAILED_WEIGHT = 4;

async function readRuns(kit: Kit, cluster: Cluster, wanted: Wanted, context: CallContext): Promise<TaskRunLogs[]> {
  const planned = wanted.runs.map((run) => ({ run, parts: partsOf(run, wanted.step) }));
  const weights = planned.flatMap(({ parts }) => parts.map(({ weight }) => weight)).reduce((a, b) => a + b, 0);
  const headers = HEADER_BYTES * (planned.length + planned.flatMap(({ parts }) => parts).length);
  const room = Math.max(0, context.budget.textBytes - headers);
  const done: TaskRunLogs[] = [];
  for (const { run, parts } of planned) {
    const pod = run.status?.podName ?? "";
    const steps = [];
    for (const { step, label, weight } of pod === "" ? [] : parts) {
      const maxBytes = Math.floor((room * weight) / Math.max(1, weights));
      // oxlint-disable-next-line no-await-in-loop -- one at a time: each log may be 64 MiB
      const entry = await readStep(kit, cluster, { ...wanted, pod, step, maxBytes }, context.signal);
      steps.push({ ...entry, step: label });
    }
    const { state, reason, message } = outcomeOf(run.status);
    const why = [reason, message].filter(Boolean).join(": ");
    done.push({
      name: run.metadata.name,
      task: taskNameOf(run),
      state,
      steps,
      ...(pod === "" ? { note: `it has no pod. ${why}` } : { pod, ...(state === "failed" ? { note: why } : {}) }),
    });
  }
  return done;
}

function partsOf({ metadata, status }: TaskRun, wanted: string | undefined): Part[] {
  const steps = status?.steps ?? [];
  const all = [
    ...steps.map((step): Part => ({ step, label: step.name, weight: weightOf(step) })),
    ...(status?.sidecars ?? []).map((step): Part => ({ step, label: `sidecar/${step.name}`, weight: 1 })),
  ];
  if (wanted === undefined) return all;
  const found = all.filter(({ label, step }) => label === wanted || containerOf(step) === wanted);
  if (found.length > 0 || steps.length === 0) return found;
  const known = all.map(({ label }) => label).join(", ");
  throw new ToolFailure("not-found", `TaskRun ${metadata.name} has no step "${wanted}"; it has ${known}`);
}

const weightOf = (step: Step): number => (isSkipped(step) ? 0 : isFailed(step) ? FAILED_WEIGHT : 1);

interface StepRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly step: Step;
  readonly tail: number;
  readonly maxBytes: number;
}

async function readStep(
  kit: Kit,
  cluster: Cluster,
  { namespace, pod, step, tail, maxBytes }: StepRequest,
  signal: AbortSignal,
): Promise<LogEntry> {
  const container = containerOf(step);
  if (isSkipped(step)) return waitingEntry(container, "skipped, because an earlier step failed");
  const request = { namespace, pod, container, tail: tail === 0 ? DEFAULT_TAIL : tail };
  try {
    return showLog(container, {}, await readLog(cluster, request, { maxBytes, redactor: kit.redactor, signal }));
  } catch (error) {
    const isGone = error instanceof ToolFailure && ["NOT_FOUND", "BAD_REQUEST"].includes(String(error.details["code"]));
    if (!isGone) throw error;
    const gone = `pod ${pod} is gone; Tekton deletes it after a timeout or a cancel`;
    return waitingEntry(container, error.kind === "not-found" ? gone : error.message);
  }
}

function runText({ name, task, state, pod, steps, note }: TaskRunLogs): string {
  const header = `[taskrun: ${name}, task ${task}, ${state}${pod === undefined ? "" : `, pod ${pod}`}]`;
  const parts = steps.map((log) => `[step: ${log.step}]\n${bodyOf(`step ${log.step}`, log)}`);
  return [header, ...(note === undefined || note === "" ? [] : [`[${note}]`]), ...parts].join("\n");
}
