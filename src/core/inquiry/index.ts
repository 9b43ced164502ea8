// Evidence of a failure, collected from a cluster before anybody judges it. What cannot be read is told, and never stops the rest.
import { z } from "zod";
import { rfc3339, type Clock } from "../clock.ts";
import { evidence, type Evidence, type EvidenceSource, type FailureTarget } from "../evidence.ts";
import { ToolFailure } from "../failure.ts";
import type { Redactor } from "../redact.ts";
import { explainNoContainers } from "./absence.ts";
import { choose } from "./choice.ts";
import { findEvents } from "./events.ts";
import { Identities } from "./identity.ts";
import { Inquiry, LIMITS, type Limits } from "./inquiry.ts";
import { findLogs, type FoundLog } from "./logs.ts";
import { showContainers, showPod } from "./pod.ts";
import type { ClusterReader } from "./reader.ts";
import { redactAll } from "./redact.ts";
import { alsoFailed, showPipelineRun, showTaskRun, terminationReasons } from "./runs.ts";
import { findSubject } from "./subject.ts";
import { problemWith, tidy } from "./target.ts";
import { findWorkload, withoutCluster } from "./workload.ts";

export interface EvidenceSourceOptions {
  /** Of the cluster of this name, or the default one. @throws ToolFailure that names those there are */
  readonly readerFor: (cluster: string | undefined) => ClusterReader;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly limits?: Partial<Limits>;
}

export function createEvidenceSource({ readerFor, redactor, clock, limits }: EvidenceSourceOptions): EvidenceSource {
  const bounds = { ...LIMITS, ...limits };
  const identities = new Identities(readerFor, clock, bounds.readMs);
  return {
    identify: (target, signal) => identities.of(tidy(target), signal),
    async collect(given, signal) {
      signal.throwIfAborted();
      const target = tidy(given);
      const { namespace } = target;
      const reader = problemWith(target) ?? readerOf(readerFor, target);
      const collected =
        typeof reader === "string"
          ? nothing(target, reader)
          : await collect(new Inquiry({ reader, namespace, redactor, limits: bounds, signal }), target);
      return finish(collected, redactor, rfc3339(clock.now()));
    },
  };
}

interface Collected {
  readonly facts: Omit<Evidence, "collected_at" | "logs" | "redacted">;
  readonly logs: readonly FoundLog[];
}

/** The cluster, or why there is none: evidence from another one would be a lie. */
function readerOf(readerFor: EvidenceSourceOptions["readerFor"], { cluster }: FailureTarget): ClusterReader | string {
  try {
    return readerFor(cluster);
  } catch (error) {
    if (error instanceof ToolFailure) return `nothing was collected: ${error.message}`;
    throw error;
  }
}

async function collect(inquiry: Inquiry, target: FailureTarget): Promise<Collected> {
  const subject = await findSubject(inquiry, target);
  const { pod, taskRun } = subject;
  const reasons = terminationReasons(subject);
  const chosen = pod === undefined ? undefined : choose(pod, target.container, reasons);
  if (pod !== undefined && chosen === undefined) explainNoContainers(inquiry, pod);
  const [workload, events, logs] = await Promise.all([
    findWorkload(inquiry, subject, target),
    findEvents(inquiry, subject, target.podName),
    pod === undefined || chosen === undefined ? [] : findLogs(inquiry, pod, chosen.container),
  ]);
  const facts = {
    cluster: inquiry.reader.name,
    namespace: inquiry.namespace,
    pod: pod === undefined ? undefined : showPod(pod),
    workload,
    containers: pod === undefined ? [] : showContainers(pod, reasons),
    chosen,
    task_run: taskRun === undefined ? undefined : showTaskRun(taskRun),
    pipeline_run: showPipelineRun(subject),
    events,
    also_failed: alsoFailed(subject),
    problems: inquiry.problems,
  };
  return { facts, logs };
}

const nothing = (target: FailureTarget, problem: string): Collected => ({
  facts: {
    cluster: target.cluster ?? "",
    namespace: target.namespace,
    workload: withoutCluster(target.podName, target),
    containers: [],
    events: [],
    also_failed: [],
    problems: [problem],
  },
  logs: [],
});

/** The texts of logs are redacted line by line when they are read. */
function finish({ facts, logs }: Collected, redactor: Redactor, collected_at: string): Evidence {
  const notes = logs.map(({ entry }) => {
    const { text: _, ...about } = entry;
    return about;
  });
  const { value, total } = redactAll({ facts, notes }, redactor);
  const clean = redactedParts.parse(value);
  return {
    ...clean.facts,
    collected_at,
    logs: clean.notes.map((about, at) => ({ ...about, text: logs[at]?.entry.text ?? "" })),
    redacted: logs.reduce((sum, { redacted }) => sum + redacted, total),
  };
}

const redactedParts = z.object({
  facts: evidence.omit({ collected_at: true, logs: true, redacted: true }),
  notes: z.array(evidence.shape.logs.element.omit({ text: true })),
});
