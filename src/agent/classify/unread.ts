// What could not be read, and how to make it readable: a report without evidence is still worth an issue that says so.
import type { Evidence } from "../../core/evidence.ts";
import type { Judgement, Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";

export interface Denied {
  readonly verb: string;
  readonly resource: string;
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined;
}

/** The reason of a finding that is about what the hub could not see. */
export const UNREADABLE = "Unreadable";

const REFUSALS: readonly RegExp[] = [
  /cannot (?<verb>get|list|watch|create) resource "(?<resource>[\w./-]{1,100})"(?: in API group "(?<group>[\w.-]{0,100})")?.{0,40}?(?:in the namespace "(?<namespace>[\w.-]{1,63})"|at the cluster scope)/,
  /verb (?<verb>\w{1,20}) on (?<resource>[\w/-]{1,60}(?:\.[\w-]{1,40}){0,4})(?:.{0,120}?in namespace (?<namespace>[\w-]{1,63}))?/,
  /may not (?<verb>get|list|watch) (?<resource>[\w./-]{1,100})(?:.{0,120}?in (?:the )?namespace "?(?<namespace>[\w-]{1,63}))?/,
];

/** What Kubernetes' RBAC keeps from the hub, from the words of the problems. */
export function deniedTo({ problems, namespace }: Evidence): Denied | undefined {
  for (const problem of problems) {
    for (const pattern of REFUSALS) {
      const groups = pattern.exec(problem.slice(0, 1_500))?.groups;
      if (groups === undefined) continue;
      const group = groups["group"] ?? "";
      return {
        verb: groups["verb"] ?? "get",
        resource: `${groups["resource"]}${group === "" ? "" : `.${group}`}`,
        namespace: groups["namespace"] ?? (/cluster scope/.test(problem) ? undefined : namespace),
      };
    }
  }
  return undefined;
}

export function grantOf({ verb, resource, namespace }: Denied): string {
  const who = "the hub's service account (HUB_NAMESPACE:HUB_SERVICEACCOUNT)";
  if (namespace === undefined) {
    return `Grant ${who} the verb ${verb} on ${resource}: \`kubectl create clusterrole ops-hub-reader --verb=${verb} --resource=${resource}\` and a ClusterRoleBinding to it`;
  }
  return `Grant ${who} the verb ${verb} on ${resource} in namespace ${namespace}: \`kubectl -n ${namespace} create role ops-hub-reader --verb=${verb} --resource=${resource}\` and \`kubectl -n ${namespace} create rolebinding ops-hub-reader --role=ops-hub-reader --serviceaccount=HUB_NAMESPACE:HUB_SERVICEACCOUNT\``;
}

const base = { category: "unknown", confidence: "low" } as const;

const NOT_ALLOWED: Judgement = {
  ...base,
  side: "infra",
  cause: ["{ended}; the hub may not {verb} {resource} in {where}", "the hub may not {verb} {resource} in {where}"],
  root: [
    "The hub may not {verb} {resource} in {where}, so the evidence that would explain the failure could not be read.",
    "What is known: {ended}.",
    "This is a missing permission of the hub, and says nothing of the program that failed.",
  ],
  fixes: ["Then ask for the report again: `POST /reports/ID/retry`"],
};

const NOT_READ: Judgement = {
  ...base,
  side: "infra",
  cause: ["the failure could not be looked at: {problem}"],
  root: ["The hub could not read what would explain the failure: {problem}"],
  fixes: [
    "Mend what is named above, then ask for the report again: `POST /reports/ID/retry`",
    "Look yourself while it is there: `kubectl -n {namespace} get pods,events`",
  ],
};

const GONE: Judgement = {
  ...base,
  side: "unknown",
  cause: ["the pod is gone and left nothing to read"],
  root: [
    "There is no pod, no run and no event in namespace {namespace} that would tell of the failure.",
    "Possible are that the pod was deleted before the report came, that its name or namespace is wrong, or that the report did not name it.",
  ],
  fixes: [
    "Check the names in the report: `kubectl -n {namespace} get pods`",
    "Name `pipeline_run` in the report: the hub then finds the failed pod by itself",
    "Report at once when something fails, and keep failed pods for a while (Jobs: ttlSecondsAfterFinished)",
  ],
};

const RUN_FAILED: Judgement = {
  ...base,
  side: "unknown",
  cause: ["{run_reason}: {run_message}", "run failed ({run_reason})"],
  root: [
    "Tekton says of the run: {run_reason}: {run_message}",
    "No container that failed could be found, so its log is missing.",
  ],
  fixes: [
    "Read the whole status: `kubectl -n {namespace} get taskrun {task_run} -o yaml` || Read the whole status: `kubectl -n {namespace} get pipelinerun {run} -o yaml`",
    "Keep the pods of failed runs until somebody looked",
  ],
};

const NO_FAILURE: Judgement = {
  ...base,
  side: "unknown",
  cause: ["no failure found: the pod is {phase}"],
  root: [
    "No container of pod {pod} failed: it is {phase}.",
    "It may have recovered since, or the report names another pod than the one that failed.",
  ],
  fixes: ["Check the pod's name in the report", "Look at its events: `kubectl -n {namespace} describe pod {pod}`"],
};

/** When nothing else could be said; it always answers. */
export function ofUnread({ evidence, facts, who, ending }: Subject): Spotted {
  const denied = deniedTo(evidence);
  const [problem] = evidence.problems;
  const quotes = evidence.problems.slice(0, 3);
  if (denied !== undefined) {
    const ended = ending === undefined ? undefined : `exit ${ending.exit_code ?? "unknown"} in ${who}`;
    const where = denied.namespace === undefined ? "the whole cluster" : `namespace ${denied.namespace}`;
    const more = { verb: denied.verb, resource: denied.resource, where, ended };
    return { judgement: NOT_ALLOWED, facts: { ...facts, ...more }, quotes, reason: UNREADABLE };
  }
  const run = [evidence.task_run, evidence.pipeline_run].find(
    (found) => found !== undefined && found.state !== "succeeded",
  );
  if (run !== undefined) {
    const more = { run_reason: run.reason ?? run.state, run_message: run.message };
    return { judgement: RUN_FAILED, facts: { ...facts, ...more }, quotes: [run.message ?? ""], reason: run.reason };
  }
  const phase = evidence.pod?.phase;
  if (phase !== undefined) return { judgement: NO_FAILURE, facts: { ...facts, phase }, quotes: [], reason: phase };
  if (problem !== undefined) return { judgement: NOT_READ, facts: { ...facts, problem }, quotes, reason: UNREADABLE };
  return { judgement: GONE, facts, quotes: [], reason: "Gone" };
}

/** The container is known to have failed, and the hub may not see why. */
export const isSilenced = ({ evidence, lines, ending }: Subject): boolean =>
  lines.length === 0 && (ending?.message ?? "") === "" && deniedTo(evidence) !== undefined;
