// What is known of a failure before anybody judges it: the module that can look at clusters collects it, the agent stores it,
// shows it to the model and writes the issue from it. All text in it is redacted, and hostile.
import { z } from "zod";

/** What a report names. An empty pod name means that the caller does not know it. */
export interface FailureTarget {
  /** Context of the kubeconfig; the default one when absent. */
  readonly cluster?: string | undefined;
  readonly namespace: string;
  readonly podName: string;
  readonly container?: string | undefined;
  readonly pipelineRun?: string | undefined;
  readonly taskRun?: string | undefined;
  readonly pipelineTask?: string | undefined;
}

const text = z.string();
const maybe = z.string().optional();

/** Times are RFC 3339 as the cluster told them. */
const ending = z.object({
  exit_code: z.number().optional(),
  signal: z.number().optional(),
  reason: maybe,
  message: maybe,
  started_at: maybe,
  finished_at: maybe,
});

const amounts = z.object({ cpu: maybe, memory: maybe, ephemeral_storage: maybe });

export const containerEvidence = ending.extend({
  name: text,
  /** `step` and `sidecar` also for Tekton's containers `step-*` and `sidecar-*`; `sidecar` also for init containers that restart always. */
  role: z.enum(["init", "main", "step", "sidecar", "ephemeral"]),
  image: maybe,
  state: z.enum(["waiting", "running", "terminated", "unknown"]),
  restarts: z.number().default(0),
  /** A Tekton step that never ran because an earlier one failed; it ends with 1 all the same. */
  skipped: z.boolean().optional(),
  /** A Tekton step whose failure is allowed (onError: continue). */
  continued: z.boolean().optional(),
  /** How the run before the last restart ended. */
  previous: ending.optional(),
  limits: amounts.optional(),
  requests: amounts.optional(),
});

/** `state` is pending, running, succeeded or failed, from the condition `Succeeded`. */
const run = z.object({
  name: text,
  state: text,
  reason: maybe,
  message: maybe,
  started_at: maybe,
  finished_at: maybe,
});

export const evidence = z.object({
  collected_at: text,
  cluster: text,
  namespace: text,
  /** Absent when there is none, or it could not be read: `problems` says which. */
  pod: z
    .object({
      name: text,
      uid: text,
      phase: text,
      reason: maybe,
      message: maybe,
      node: maybe,
      created_at: maybe,
      started_at: maybe,
      service_account: maybe,
      /** Only those that are not True, with why. */
      conditions: z.array(z.object({ type: text, status: text, reason: maybe, message: maybe })),
    })
    .optional(),
  /** What fails again when this fails again: the Pipeline (with its task), else the top owner, else the pod without its generated suffix. */
  workload: z.object({ kind: text, name: text, task: maybe }),
  containers: z.array(containerEvidence),
  /** Whose log explains most, and why it was chosen. `asked` is what the caller named, when that was something else. */
  chosen: z.object({ container: text, because: text, asked: maybe }).optional(),
  task_run: run
    .extend({
      task: maybe,
      pod: maybe,
      /** 1 for the first try. */
      attempt: z.number(),
      steps: z.array(
        ending.extend({ name: text, container: text, state: text, termination_reason: maybe, image: maybe }),
      ),
    })
    .optional(),
  pipeline_run: run.extend({ pipeline: maybe, failed_tasks: z.array(text), skipped_tasks: z.array(text) }).optional(),
  /** Newest first, Warnings before others; at most 50. `object` is Kind/name. */
  events: z.array(
    z.object({ type: text, reason: text, message: text, object: text, count: z.number(), last_at: maybe }),
  ),
  /** The chosen container first, its log from before a restart after it. Cleaned lines, each at most 2,000 characters. */
  logs: z.array(
    z.object({
      container: text,
      previous: z.boolean(),
      text,
      lines_total: z.number(),
      bytes_total: z.number(),
      truncated: z.boolean(),
      /** Why there is no text, or what is missing of it. */
      note: maybe,
    }),
  ),
  /** Other pods of the same run that failed too, one line each. */
  also_failed: z.array(text),
  /** What could not be read and what would make it readable, one sentence each. */
  problems: z.array(text),
  /** Secrets taken out of all this. */
  redacted: z.number(),
});

export type Evidence = z.output<typeof evidence>;
export type ContainerEvidence = z.output<typeof containerEvidence>;

/** A module that can look at clusters. */
export interface EvidenceSource {
  /**
   * What tells this failure from the next one of the same name: `<pod uid>/<restarts>`, or the run's uid. Undefined when it
   * is gone or cannot be read. Throws only the signal's reason.
   */
  identify(target: FailureTarget, signal: AbortSignal): Promise<string | undefined>;
  /** Never fails: what cannot be read is told in `problems`. Throws only the signal's reason. */
  collect(target: FailureTarget, signal: AbortSignal): Promise<Evidence>;
}
