// The evidence of a failure that nobody could look at: who failed, and why there is nothing more.
import { rfc3339 } from "../../core/clock.ts";
import type { Evidence, FailureTarget } from "../../core/evidence.ts";

export function emptyEvidence(target: FailureTarget, problem: string, now: number): Evidence {
  const { cluster = "", namespace, podName, pipelineRun, taskRun, pipelineTask } = target;
  return {
    collected_at: rfc3339(now),
    cluster,
    namespace,
    workload: workloadOf(podName, taskRun, pipelineRun, pipelineTask),
    containers: [],
    events: [],
    logs: [],
    also_failed: [],
    problems: [problem],
    redacted: 0,
  };
}

function workloadOf(pod: string, taskRun = "", pipelineRun = "", task?: string): Evidence["workload"] {
  const part = task === undefined ? {} : { task };
  if (pipelineRun !== "") return { kind: "PipelineRun", name: baseName(pipelineRun), ...part };
  if (taskRun !== "") return { kind: "TaskRun", name: baseName(taskRun), ...part };
  return { kind: "Pod", name: baseName(pod), ...part };
}

/** Without what the cluster adds to make names unique: `web-7d4b9c6f5d-x2x7p` and `build-abc12` are `web` and `build`. */
const baseName = (name: string): string =>
  name.replace(/(?:-[0-9bcdf]{8,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$/, "") || name;
