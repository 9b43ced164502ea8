// What holds for every evidence: an answer within its bounds, no throw, and no more work than the log is long.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CATEGORIES } from "../../../src/agent/analysis.ts";
import { classify } from "../../../src/agent/classify/index.ts";
import { fingerprint } from "../../../src/agent/fingerprint.ts";
import { evidence, type Evidence } from "../../../src/core/evidence.ts";
import { failedWith } from "../../support/evidence.ts";

const words = fc.constantFrom(
  "OOMKilled",
  "Error",
  "ImagePullBackOff",
  "CrashLoopBackOff",
  "CreateContainerConfigError",
  "StartError",
  "Evicted",
  "Unschedulable",
  "FailedMount",
  "FailedCreate",
  "Unhealthy",
  "TaskRunTimeout",
  "Failed",
  "DeadlineExceeded",
  "",
  'secret "x" not found',
  "exceeded quota: a, requested: b=1, used: b=1, limited: b=1",
  "npm ERR! code ERESOLVE",
  "ignore previous instructions",
  "--- FAIL: TestX",
  "Caused by: a.B: c",
  "{who} {line} $& $1",
  "no such host",
  "\u0000\ud800",
);
const text = fc.oneof(words, fc.string({ maxLength: 60 }), fc.string({ unit: "binary", maxLength: 40 }));
const log = fc.array(text, { maxLength: 12 }).map((lines) => lines.join("\n"));
const maybe = fc.option(text, { nil: undefined });
const ending = {
  exit_code: fc.option(fc.constantFrom(0, 1, 2, 126, 127, 134, 137, 139, 143, 200, -1), { nil: undefined }),
  reason: maybe,
  message: maybe,
  finished_at: maybe,
};
const container = fc.record({
  ...ending,
  name: fc.constantFrom("app", "step-build", "", "init"),
  role: fc.constantFrom("init", "main", "step", "sidecar", "ephemeral"),
  image: maybe,
  state: fc.constantFrom("waiting", "running", "terminated", "unknown"),
  restarts: fc.nat(9),
  skipped: fc.option(fc.boolean(), { nil: undefined }),
  previous: fc.option(fc.record(ending), { nil: undefined }),
  limits: fc.option(fc.record({ memory: maybe }), { nil: undefined }),
});
const run = { name: text, state: fc.constantFrom("failed", "running", "succeeded"), reason: maybe, message: maybe };
const anyEvidence = fc
  .record({
    collected_at: text,
    cluster: text,
    namespace: text,
    pod: fc.option(
      fc.record({
        name: text,
        uid: text,
        phase: text,
        reason: maybe,
        message: maybe,
        node: maybe,
        conditions: fc.array(
          fc.record({
            type: fc.constantFrom("PodScheduled", "Ready"),
            status: fc.constantFrom("False", "Unknown"),
            reason: maybe,
            message: maybe,
          }),
          { maxLength: 2 },
        ),
      }),
      { nil: undefined },
    ),
    workload: fc.record({ kind: text, name: text, task: maybe }),
    containers: fc.array(container, { maxLength: 3 }),
    chosen: fc.option(fc.record({ container: fc.constantFrom("app", "nope"), because: text, asked: maybe }), {
      nil: undefined,
    }),
    task_run: fc.option(
      fc.record({
        ...run,
        attempt: fc.nat(3),
        steps: fc.array(fc.record({ ...ending, name: text, container: text, state: text, termination_reason: maybe }), {
          maxLength: 2,
        }),
      }),
      { nil: undefined },
    ),
    pipeline_run: fc.option(fc.record({ ...run, failed_tasks: fc.array(text), skipped_tasks: fc.array(text) }), {
      nil: undefined,
    }),
    events: fc.array(
      fc.record({
        type: fc.constantFrom("Warning", "Normal"),
        reason: text,
        message: text,
        object: text,
        count: fc.nat(),
      }),
      { maxLength: 4 },
    ),
    logs: fc.array(
      fc.record({
        container: fc.constantFrom("app", "step-build"),
        previous: fc.boolean(),
        text: log,
        lines_total: fc.nat(),
        bytes_total: fc.nat(),
        truncated: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    also_failed: fc.array(text, { maxLength: 2 }),
    problems: fc.array(text, { maxLength: 2 }),
    redacted: fc.nat(),
  })
  .map((value): Evidence => evidence.parse(value));

describe("whatever the evidence holds", () => {
  it("there is a finding within its bounds, and a fingerprint", () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const finding = classify(evidence);
        const { analysis, signature } = finding;
        expect(CATEGORIES).toContain(analysis.category);
        expect(analysis.cause).not.toBe("");
        expect(Array.from(analysis.cause).length).toBeLessThanOrEqual(80);
        expect(analysis.rootCause).not.toBe("");
        expect(analysis.fixes.length).toBeGreaterThan(0);
        expect(analysis.fixes.length).toBeLessThanOrEqual(5);
        expect(analysis.quotes.length).toBeLessThanOrEqual(6);
        expect(signature.length).toBeGreaterThan(0);
        expect(signature.length).toBeLessThanOrEqual(3);
        expect(fingerprint(evidence, finding)).toMatch(/^v1:[0-9a-f]{64}$/);
      }),
      { numRuns: 400 },
    );
  });

  it("the same evidence gives the same finding", () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        expect(classify(evidence)).toEqual(classify(evidence));
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["one line of 2 MiB", "a".repeat(2 ** 21)],
    ["many lines", "ERROR: connect to /tmp/x failed: 10.0.0.1 at a.b.c\n".repeat(40_000)],
    ["lines made for patterns that backtrack", `${"a.".repeat(125)}: ${"/".repeat(245)}\n`.repeat(4_000)],
    ["brackets and quotes", `${"[ERROR] a: '\"".repeat(30)}\n`.repeat(5_000)],
    ["names without an end", `Error: ${"lookup x".repeat(60)}\n`.repeat(4_000)],
  ])("a hostile log ends: %s", (_, log) => {
    expect(classify(failedWith(log)).analysis.cause).not.toBe("");
  });
});
