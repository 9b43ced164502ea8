// From the parts of one run to what is likely: a verdict in one line, and causes with their evidence.
import type { FlowRun } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { WITHOUT_WORKERS } from "../pools/verdict.ts";
import { isBad, stateName } from "../runs/states.ts";
import { ageSeconds, msOf, spoken } from "../times.ts";
import { patternOf, rootFirst, type Pattern } from "./failure.ts";
import type { Hypothesis, Missing } from "./hypothesis.ts";
import type { Parts } from "./parts.ts";

/** A flow run that says nothing for so long may be dead. */
const SILENT_S = 1_800;
/** A worker ends a run within seconds. */
const CANCELLING_S = 600;

export interface Concluded {
  readonly pattern: Pattern | undefined;
  readonly hypothesis: Hypothesis[];
  readonly verdict: string;
}

/** What was not read shows nothing: neither that it failed for the first time, nor that no task failed. */
export function conclude(call: Call, run: FlowRun, parts: Parts, missing: readonly Missing[]): Concluded {
  const unread = new Set(missing.map(({ what }) => what));
  if (!isBad(run)) {
    const hypothesis = [...hangs(call, run, parts, unread), ...parts.tags];
    const why = hypothesis[0] === undefined ? "" : `; ${hypothesis[0].text}`;
    return {
      pattern: undefined,
      hypothesis,
      verdict: `${nameOf(call, run, parts)} did not fail: it is ${stateName(run)}${why}`,
    };
  }
  const seen = patternOf(run, parts);
  const pattern = unread.has("recent runs") ? { ...seen, kind: "unknown" as const } : seen;
  const hypothesis = failureCauses(call, run, parts, pattern, unread);
  const same = pattern.same_message ? ", the same message each time" : "";
  const since = pattern.recovered_id === undefined ? "" : ", it succeeded since";
  const kind = pattern.kind === "first" ? "first failure of the runs compared" : pattern.kind;
  const how = `${kind} (${pattern.strip}${same}${since})`;
  const verdict = `${nameOf(call, run, parts)} ${stateName(run)}, ${how}: ${hypothesis[0]?.text ?? "no cause found"}`;
  return { pattern, hypothesis, verdict };
}

const nameOf = ({ clean }: Call, run: FlowRun, { flow }: Parts): string =>
  `${flow === undefined ? "" : `${clean.line(flow.name, 100)}/`}${clean.line(run.name, 100)}`;

const cause = (name: string, text: string, ...evidence: string[]): Hypothesis => ({ cause: name, text, evidence });

function failureCauses(
  { clean }: Call,
  run: FlowRun,
  parts: Parts,
  pattern: Pattern,
  unread: ReadonlySet<string>,
): Hypothesis[] {
  const [root] = rootFirst(parts.tasks);
  const [child] = parts.children;
  const said = (message: string | undefined) => clean.line(message, 300);
  const found: Hypothesis[] = [];
  if (child !== undefined) {
    const text = `child run ${clean.line(child.name, 100)} failed: ${said(child.state?.message)}`;
    found.push(cause("child_failed", text, child.id));
  }
  if (root !== undefined) {
    const text = `task ${clean.line(root.name, 100)} failed first: ${said(root.state?.message)}`;
    found.push(cause("task_failed", text, root.id));
  }
  if (run.state_type === "CRASHED") {
    const text = `the process was lost, not the code's own error: ${said(run.state?.message)}`;
    found.push(cause("crashed", text, run.id));
  } else if (root === undefined && child === undefined) {
    const isUnread = unread.has("failed task runs") || unread.has("failed child runs");
    const tasks = isUnread ? "its tasks or child runs could not be read" : "no task and no child run failed";
    found.push(cause("flow_failed", `${tasks}; the flow says: ${said(run.state?.message)}`, run.id));
  }
  return [...found, ...deploymentCauses(run, parts, pattern)];
}

function deploymentCauses(run: FlowRun, { deployment, before }: Parts, pattern: Pattern): Hypothesis[] {
  if (deployment === undefined) return [];
  const id = run.deployment_id ?? run.id;
  if (deployment === "deleted") return [cause("deployment_deleted", "its deployment was deleted since", id)];
  const success = before.find((one) => one.id === pattern.last_success_id);
  const updated = msOf(deployment.updated) ?? 0;
  const isBetween = updated > (msOf(success?.end_time) ?? Infinity) && updated < (msOf(run.start_time) ?? 0);
  const text = `the deployment was changed at ${deployment.updated}, after the last success`;
  return isBetween ? [cause("deployment_changed", text, id)] : [];
}

/** RUNNING or CANCELLING, but perhaps nobody is there any more. */
function hangs(call: Call, run: FlowRun, parts: Parts, unread: ReadonlySet<string>): Hypothesis[] {
  const isCancelling = run.state_type === "CANCELLING";
  if (run.state_type !== "RUNNING" && !isCancelling) return [];
  const { workers, workPool, last } = parts;
  const needsWorker = !WITHOUT_WORKERS.test(workPool?.type ?? "");
  const isOrphan = needsWorker && workers !== undefined && !workers.some(({ status }) => status === "ONLINE");
  const heard = [last[0]?.timestamp, run.state?.timestamp, run.start_time].map((at) => ageSeconds(at, call.nowMs));
  const silent = Math.max(0, Math.min(...heard.filter((age) => age !== undefined), Infinity));
  const isHeard = !unread.has("log") && Number.isFinite(silent);
  const silence = isHeard ? `; silent for ${spoken(silent)}` : "";
  const state = stateName(run);
  if (isOrphan) {
    const pool = call.clean.line(run.work_pool_name, 100);
    return [
      cause("zombie", `perhaps a zombie: ${state}, but its work pool ${pool} has no ONLINE worker${silence}`, run.id),
    ];
  }
  const isLong = isHeard && silent > (isCancelling ? CANCELLING_S : SILENT_S);
  return isLong ? [cause("zombie", `perhaps a zombie: ${state}${silence}`, run.id)] : [];
}
