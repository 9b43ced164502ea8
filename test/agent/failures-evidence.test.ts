// Every failure bundle through the rooms that need no model: evidence, class, fingerprint, issue. The whole hub is in
// failures-hub.test.ts.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { classify } from "../../src/agent/classify/index.ts";
import { fingerprint } from "../../src/agent/fingerprint.ts";
import type { Finding } from "../../src/agent/finding.ts";
import { writeIssue } from "../../src/agent/issue/index.ts";
import type { IssueDraft } from "../../src/agent/analysis.ts";
import type { Report } from "../../src/agent/store/contract.ts";
import { evidence as evidenceSchema, type Evidence, type FailureTarget } from "../../src/core/evidence.ts";
import { createRedactor } from "../../src/core/redact.ts";
import { openClusters } from "../../src/modules/kubernetes/api/clusters.ts";
import { kubeconfigFiles } from "../../src/modules/kubernetes/api/kubeconfig.ts";
import { createEvidenceSource } from "../../src/modules/kubernetes/failure/index.ts";
import { expectIssue, expectOneOf } from "../support/failure-expect.ts";
import { HUB_TOKEN } from "../support/failure-secrets.ts";
import { loadFailure, readFailures, recurrence, type Failure } from "../support/failures.ts";
import { startKubernetes } from "../support/kubernetes-stand-in.ts";

const NOW = Date.parse("2026-11-24T10:00:00Z");
const redactor = createRedactor({ key: "test", exact: () => [HUB_TOKEN] });

interface Outcome {
  readonly evidence: Evidence;
  readonly finding: Finding;
  readonly fingerprint: string;
  readonly issue: (template: "hub" | "seed") => IssueDraft;
  readonly identity: string | undefined;
}

async function run(failure: Failure): Promise<Outcome> {
  const cluster = await startKubernetes({ token: "kube-token-0123456789" });
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-failures-"));
  const file = join(folder, "config");
  await writeFile(file, cluster.kubeconfig());
  const clusters = await openClusters({ source: kubeconfigFiles(file), wanted: [], timeoutMs: 20_000 });
  try {
    loadFailure(failure, cluster);
    const source = createEvidenceSource({ clusters, redactor, clock: { now: () => NOW } });
    const target = targetOf(failure);
    const { signal } = new AbortController();
    const identity = await source.identify(target, signal);
    const evidence = await source.collect(target, signal);
    const finding = classify(evidence);
    const print = fingerprint(evidence, finding);
    const issue = (template: "hub" | "seed"): IssueDraft => {
      const { analysis } = finding;
      const [report, publicUrl] = [reportOf(target), "https://hub.example.com"];
      return writeIssue({ report, evidence, analysis, fingerprint: print, template, publicUrl, now: NOW });
    };
    return { evidence, finding, fingerprint: print, identity, issue };
  } finally {
    await clusters.close();
    await cluster.close();
    await rm(folder, { recursive: true });
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const targetOf = ({ report }: Failure): FailureTarget => ({
  namespace: report.namespace,
  podName: report.pod_name,
  container: text(report["container_name"]),
  pipelineRun: text(report["pipeline_run"]),
});

const reportOf = (target: FailureTarget): Report => ({
  seq: 1,
  id: "r-0001",
  key: "key",
  state: "collected",
  createdAt: NOW,
  updatedAt: NOW,
  stateAt: NOW,
  dueAt: NOW,
  attempts: 1,
  target: { ...target, links: {}, metadata: {} },
  identity: undefined,
  fingerprint: undefined,
  group: undefined,
  category: undefined,
  cause: undefined,
  analysis: undefined,
  draft: undefined,
  intent: undefined,
  outcome: undefined,
  issue: undefined,
  commentId: undefined,
  tokens: 0,
  lastError: undefined,
  violations: [],
  isCancelling: false,
});

const failures = await readFailures();
const outcomes = new Map<string, Promise<Outcome>>();

/** Each bundle is looked at once; its recurrence is another look. */
function outcomeOf(failure: Failure): Promise<Outcome> {
  const outcome = outcomes.get(failure.name) ?? run(failure);
  outcomes.set(failure.name, outcome);
  return outcome;
}

it("there are at least thirty bundles", () => {
  expect(failures.length).toBeGreaterThanOrEqual(30);
});

describe.each(failures)("$name", (failure) => {
  const { expected } = failure;
  const outcome = (): Promise<Outcome> => outcomeOf(failure);

  it("collects evidence of the stated shape, from the pod and container that failed", async () => {
    const { evidence } = await outcome();
    expect(evidenceSchema.parse(evidence)).toEqual(evidence);
    if (expected.container !== null)
      expect(evidence.chosen?.container, evidence.chosen?.because).toBe(expected.container);
    if (expected.asked !== undefined) expect(evidence.chosen?.asked).toBe(expected.asked);
    if (expected.pod !== undefined) expect(evidence.pod?.name).toBe(expected.pod);
    expect(evidence.task_run?.attempt ?? 1).toBe(expected.attempt);
    if (expected.hasPrevious)
      expect(evidence.logs.filter(({ previous, text }) => previous && text !== "")).toHaveLength(1);
    for (const part of expected.problemsInclude) expect(evidence.problems.join("\n")).toContain(part);
  });

  it("is of the right class", async () => {
    const { finding } = await outcome();
    expect([expected.category, ...expected.otherCategories]).toContain(finding.analysis.category);
    if (expected.reason !== undefined) expectOneOf(finding.reason, expected.reason);
    expect(finding.analysis.otherFindings.some((one) => /instructions/.test(one))).toBe(expected.otherFindings);
    expect(finding.analysis.cause.length).toBeLessThanOrEqual(80);
  });

  it.each(["hub", "seed"] as const)(
    "makes an issue in the form of %s that says what must be said, and no more",
    async (template) => {
      const { issue, evidence } = await outcome();
      expectIssue(failure, issue(template));
      const shown = JSON.stringify(evidence);
      for (const part of expected.modelExcludes) expect(shown).not.toContain(JSON.stringify(part).slice(1, -1));
    },
  );

  it("has the same fingerprint the next time, with other ids, names and times", async () => {
    const [now, next] = [await outcome(), await run(recurrence(failure))];
    expect(now.fingerprint).toMatch(/^v1:[0-9a-f]{64}$/);
    expect(
      next.fingerprint,
      JSON.stringify(
        [now, next].map(({ finding, evidence }) => [evidence.workload, finding.reason, finding.signature]),
      ),
    ).toBe(now.fingerprint);
    if (now.identity !== undefined) expect(next.identity).not.toBe(now.identity);
  });
});

it("no two bundles have one fingerprint", async () => {
  const prints = await Promise.all(
    failures.map(async (failure) => [(await outcomeOf(failure)).fingerprint, failure.name] as const),
  );
  const byPrint = Map.groupBy(prints, ([print]) => print);
  expect([...byPrint.values()].filter((same) => same.length > 1)).toEqual([]);
});
