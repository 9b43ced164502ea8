// What a report names, as it came from outside: empty names are none, and what is no name never reaches a path or a selector.
import type { FailureTarget } from "../evidence.ts";

export const tidy = (target: FailureTarget): FailureTarget => ({
  namespace: target.namespace,
  podName: target.podName,
  cluster: target.cluster || undefined,
  container: target.container || undefined,
  pipelineRun: target.pipelineRun || undefined,
  taskRun: target.taskRun || undefined,
  pipelineTask: target.pipelineTask || undefined,
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Why nothing can be asked for; undefined when all are names. */
export function problemWith({ namespace, podName, pipelineRun, taskRun }: FailureTarget): string | undefined {
  const wrong = Object.entries({
    namespace,
    pod: podName || undefined,
    PipelineRun: pipelineRun,
    TaskRun: taskRun,
  }).find(([, name]) => name !== undefined && !NAME.test(name));
  if (wrong === undefined) return undefined;
  const [what, name = ""] = wrong;
  return `nothing was collected: "${name.slice(0, 100)}" is not the name of a ${what}; names have lower case letters, digits, - and .`;
}
