// Through kubernetes-mcp-server the evidence of every recorded failure is what the hub's own connection finds, but for what that
// server does not tell: how often an event came.
import { describe, expect, it } from "vitest";
import { classify } from "../../../../src/agent/classify/index.ts";
import { fingerprint } from "../../../../src/agent/fingerprint.ts";
import type { Evidence, EvidenceSource, FailureTarget } from "../../../../src/core/evidence.ts";
import { createRedactor } from "../../../../src/core/redact.ts";
import { createMcpEvidence } from "../../../../src/modules/upstream/evidence/index.ts";
import { loadFailure, readFailures } from "../../../support/failures.ts";
import { kubernetesMcp, type KubernetesMcpOptions } from "../../../support/kubernetes-mcp.ts";
import { fakePort } from "../../../support/tool-table.ts";
import { OWN_SECRET, useScene } from "../../kubernetes/failure/scene.ts";

const failures = (await readFailures()).filter(({ expected }) => !expected.isLarge);
const signal = new AbortController().signal;
const key = "the same tags";

/** What a reader of the issue sees. Events without their counts, which make no two of one. */
function comparable({
  events,
  problems,
  logs,
  pod,
  workload,
  containers,
  chosen,
  task_run,
  pipeline_run,
  ...rest
}: Evidence) {
  const told = events.map(({ type, reason, message, object }) => [type, reason, message, object].join(" | "));
  const read = logs.map(({ container, previous, text, lines_total, truncated, note }) => {
    const words = note?.replace(/^.*?failed to get pod/, "failed to get pod");
    return { container, previous, text, lines_total, truncated, note: words };
  });
  const facts = { pod, workload, containers, chosen, task_run, pipeline_run, also_failed: rest.also_failed };
  return { ...facts, logs: read, events: [...new Set(told)].sort(), problems: problems.map(asOurs) };
}

/** The advice names whose service account it is. */
const asOurs = (problem: string): string =>
  problem
    .replace("the service account of the MCP server openshift", "the hub's service account")
    .replace("the MCP server openshift: failed to get", "failed to get");

const identified = (evidence: Evidence): string => {
  const same = { ...evidence, cluster: "", problems: evidence.problems.map(asOurs) };
  return fingerprint(same, classify(same));
};

/** Only runs of Tekton are lists to the server. */
const hasRuns = ({ objects }: (typeof failures)[number]): boolean => objects.some(({ kind }) => kind.endsWith("Run"));

const KINDS: readonly (readonly [string, KubernetesMcpOptions, typeof failures])[] = [
  ["tables", { output: "table" }, failures],
  ["YAML", { output: "yaml" }, failures.filter(hasRuns)],
  ["tables, old", { output: "table", isOld: true }, failures.filter(hasRuns)],
];

describe.each(KINDS)("recorded failures through kubernetes-mcp-server (%s)", (_kind, options, failures) => {
  const scene = useScene();

  it.each(failures.map((failure) => [failure.name, failure] as const))("%s", async (_name, failure) => {
    loadFailure(failure, scene.cluster);
    const { namespace, pod_name: podName, container_name, pipeline_run, task_run } = failure.report;
    const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
    const target: FailureTarget = {
      namespace,
      podName,
      container: text(container_name),
      pipelineRun: text(pipeline_run),
      taskRun: text(task_run),
    };
    const redactor = createRedactor({ key, exact: () => [OWN_SECRET] });
    const port = fakePort("openshift", kubernetesMcp(scene.cluster, options));
    const through: EvidenceSource = createMcpEvidence(port, { clock: scene.clock, redactor });
    const direct = scene.source({}, redactor);
    const [mine, theirs] = await Promise.all([through.collect(target, signal), direct.collect(target, signal)]);
    expect(comparable(mine)).toEqual(comparable(theirs));
    expect(classify(mine).analysis.category).toBe(classify(theirs).analysis.category);
    expect(identified(mine)).toBe(identified(theirs));
    expect(await through.identify(target, signal)).toBe(await direct.identify(target, signal));
    expect(port.calls.filter(({ tool }) => !/_(get|list|log|list_in_namespace)$/.test(tool))).toEqual([]);
  });
});
