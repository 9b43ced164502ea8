// Runs of Tekton, projected: what failed, in which step, and which pod has the logs.
// https://tekton.dev/docs/pipelines/taskruns/#monitoring-execution-status
import { z } from "zod";
import { oneLine } from "../clip.ts";

const MAX_MESSAGE = 1_000;

const terminated = z.looseObject({
  exitCode: z.number(),
  signal: z.number().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
});

const step = z.looseObject({
  name: z.string(),
  container: z.string().optional(),
  imageID: z.string().nullish(),
  terminationReason: z.string().nullish(),
  terminated: terminated.nullish(),
  waiting: z.looseObject({ reason: z.string().nullish(), message: z.string().nullish() }).nullish(),
});

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
});

const runMetadata = z.looseObject({
  name: z.string(),
  uid: z.string().nullish(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
});

const runTimes = {
  startTime: z.string().nullish(),
  completionTime: z.string().nullish(),
  conditions: z.array(condition).nullish(),
};

export const taskRun = z.looseObject({
  metadata: runMetadata,
  status: z
    .looseObject({
      ...runTimes,
      podName: z.string().nullish(),
      steps: z.array(step).nullish(),
      sidecars: z.array(step).nullish(),
      retriesStatus: z.array(z.looseObject({ podName: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

export const pipelineRun = z.looseObject({
  metadata: runMetadata,
  status: z
    .looseObject({
      ...runTimes,
      skippedTasks: z.array(z.looseObject({ name: z.string(), reason: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

export type TaskRun = z.output<typeof taskRun>;
export type PipelineRun = z.output<typeof pipelineRun>;
export type Step = z.output<typeof step>;

/** In the order in which they started. */
export const inOrder = (runs: readonly TaskRun[]): TaskRun[] =>
  [...runs].sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));

/** What has not started comes last. */
const startOf = (run: TaskRun): string => run.status?.startTime ?? "9";

/** After a failed step the others are skipped, and also exit with 1; onError=continue lets a step fail without harm. */
export const isSkipped = ({ terminationReason }: Step): boolean => terminationReason === "Skipped";

export const isFailed = (one: Step): boolean =>
  (one.terminated?.exitCode ?? 0) !== 0 && !isSkipped(one) && one.terminationReason !== "Continued";

const endOf = (one: Step): string => one.terminated?.finishedAt ?? "9";

/** The step that failed first. */
export function failedStep({ status }: TaskRun): Step | undefined {
  const failed = (status?.steps ?? []).filter(isFailed);
  return failed.sort((a, b) => (endOf(a) < endOf(b) ? -1 : 1))[0];
}

export const taskNameOf = ({ metadata: { labels, name } }: TaskRun): string =>
  labels?.["tekton.dev/pipelineTask"] ?? labels?.["tekton.dev/task"] ?? name;

export const containerOf = ({ name, container }: Step): string => container ?? `step-${name}`;

interface RunStatus {
  readonly conditions?: z.output<typeof condition>[] | null | undefined;
  readonly startTime?: string | null | undefined;
  readonly completionTime?: string | null | undefined;
}

/** `state` in the words of Tekton's own dashboards. */
export function outcomeOf(status: RunStatus | null | undefined) {
  const found = status?.conditions?.find(({ type }) => type === "Succeeded");
  const states: Readonly<Record<string, string>> = { True: "succeeded", False: "failed" };
  return {
    state: found === undefined ? "pending" : (states[found.status] ?? "running"),
    ...present({ reason: found?.reason, started: status?.startTime, finished: status?.completionTime }),
    ...present({ message: found?.message === undefined ? undefined : oneLine(found.message ?? "", MAX_MESSAGE) }),
  };
}

export const stateOf = (one: Step): string =>
  isSkipped(one)
    ? "skipped"
    : isFailed(one)
      ? "failed"
      : one.terminated
        ? "ended"
        : one.waiting
          ? "waiting"
          : "running";

export function showStep(one: Step) {
  const { name, terminated: end, waiting, terminationReason } = one;
  return {
    name,
    container: containerOf(one),
    state: stateOf(one),
    ...(end === undefined || end === null ? {} : { exit_code: end.exitCode }),
    ...present({ reason: end?.reason ?? waiting?.reason, termination_reason: terminationReason }),
    ...present({ started: end?.startedAt, finished: end?.finishedAt }),
    ...present({ message: typeof waiting?.message === "string" ? oneLine(waiting.message, MAX_MESSAGE) : undefined }),
  };
}

/** Without the members that are not there. */
function present<T extends Record<string, unknown>>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined && value !== null && value !== "");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only members without a value were left out
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> };
}
