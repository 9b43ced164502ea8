// The recorded failures, looked at by the real evidence source: container, class and title without any model, and again next time.
import { describe, expect, it } from "vitest";
import { classify } from "../../../src/agent/classify/index.ts";
import { fingerprint } from "../../../src/agent/fingerprint.ts";
import { useScene } from "../../modules/kubernetes/failure/scene.ts";
import { loadFailure, readFailures, recurrence, type Failure } from "../../support/failures.ts";

const failures = (await readFailures()).filter(({ expected }) => !expected.isLarge);
const anyOf = (text: string, alternatives: string): boolean =>
  alternatives.split("|").some((one) => text.toLowerCase().includes(one.toLowerCase()));

describe("recorded failures", () => {
  const scene = useScene();
  const look = async (failure: Failure) => {
    scene.clear();
    loadFailure(failure, scene.cluster);
    const { namespace, pod_name: podName, container_name, pipeline_run, task_run } = failure.report;
    const text = (value: unknown): string | undefined =>
      typeof value === "string" && value !== "" ? value : undefined;
    const evidence = await scene.collect({
      namespace,
      podName,
      container: text(container_name),
      pipelineRun: text(pipeline_run),
      taskRun: text(task_run),
    });
    return { evidence, finding: classify(evidence) };
  };

  it.each(failures.map((failure) => [failure.name, failure] as const))("%s", async (_, failure) => {
    const { expected } = failure;
    const { evidence, finding } = await look(failure);
    const { analysis } = finding;
    expect([expected.category, ...expected.otherCategories], analysis.cause).toContain(analysis.category);
    // of a pod that is gone the step is known and its log is not
    if (evidence.pod !== undefined) expect(finding.container ?? null, analysis.cause).toBe(expected.container);
    const title = `${evidence.workload.name} ${evidence.workload.task ?? ""} ${analysis.failingStep ?? ""}: ${analysis.cause}`;
    for (const words of expected.titleIncludes) expect(anyOf(title, words), `${title} :: ${words}`).toBe(true);
    if (expected.otherFindings) expect(analysis.otherFindings.join()).toContain("treated as data");
    const again = await look(recurrence(failure));
    expect(again.finding.signature.length).toBeGreaterThan(0);
    expect(fingerprint(again.evidence, again.finding)).toBe(fingerprint(evidence, finding));
  });
});
