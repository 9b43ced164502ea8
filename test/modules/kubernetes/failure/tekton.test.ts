import { describe, expect, it } from "vitest";
import { exited, lines, pod } from "../ground.ts";
import {
  condition,
  event,
  failedStep,
  failedTask,
  owners,
  pipelineRun,
  run,
  tektonLabels,
  useScene,
  withMetadata,
} from "./scene.ts";

const scene = useScene();
const skipped = { message: '[{"key":"Reason","value":"Skipped","type":3}]' };

/** A build whose test step failed: the step after it was skipped, the one before it may fail. */
function putBuild(): void {
  const labels = tektonLabels("unit");
  const steps = [
    failedStep("lint", 3, "2026-11-25T10:02:00Z", "Continued"),
    failedStep("test", 2, "2026-11-25T10:03:00Z"),
    failedStep("push", 1, "2026-11-25T10:03:00Z", "Skipped"),
  ];
  scene.put(
    pipelineRun(),
    run("TaskRun", "build-7-unit", labels, {
      startTime: "2026-11-25T10:01:00Z",
      completionTime: "2026-11-25T10:03:01Z",
      podName: "build-7-unit-pod-retry1",
      conditions: [condition("False", "Failed", '"step-test" exited with code 2')],
      steps,
      retriesStatus: [{ podName: "build-7-unit-pod" }],
    }),
    withMetadata(
      pod({
        name: "build-7-unit-pod-retry1",
        phase: "Failed",
        labels,
        init: [{ name: "prepare", state: exited(0) }],
        containers: [
          { name: "step-lint", state: exited(3, "2026-11-25T10:02:00Z") },
          { name: "step-test", state: exited(2, "2026-11-25T10:03:00Z") },
          { name: "step-push", state: exited(1, "2026-11-25T10:03:00Z", skipped) },
          { name: "sidecar-docker", state: exited(137, "2026-11-25T10:03:00Z") },
        ],
      }),
      { uid: "uid-pod", ...owners("TaskRun", "build-7-unit") },
    ),
  );
  scene.cluster.logs.set("shop/build-7-unit-pod-retry1/step-test", lines("1 test failed"));
}

describe("a pod of Tekton", () => {
  it("leads to its TaskRun, its PipelineRun and the step that failed, not to one that was skipped or may fail", async () => {
    putBuild();
    const evidence = await scene.collect({ podName: "build-7-unit-pod-retry1", container: "step-push" });
    expect(evidence).toMatchObject({
      workload: { kind: "Pipeline", name: "build", task: "unit" },
      chosen: {
        container: "step-test",
        because: "it failed first, exit code 2; step-push, which was asked for, was skipped",
        asked: "step-push",
      },
      task_run: {
        name: "build-7-unit",
        state: "failed",
        reason: "Failed",
        task: "unit",
        pod: "build-7-unit-pod-retry1",
        attempt: 2,
        steps: [
          { name: "lint", container: "step-lint", termination_reason: "Continued" },
          { name: "test", state: "failed", exit_code: 2 },
          { name: "push", state: "skipped" },
        ],
      },
      pipeline_run: { name: "build-7", pipeline: "build", failed_tasks: ["unit"], skipped_tasks: ["deploy"] },
      logs: [{ container: "step-test", text: "1 test failed" }],
      also_failed: [],
      problems: [],
    });
    expect(evidence.containers.map(({ name, role, skipped, continued }) => [name, role, skipped, continued])).toEqual([
      ["prepare", "init", undefined, undefined],
      ["step-lint", "step", undefined, true],
      ["step-test", "step", undefined, undefined],
      ["step-push", "step", true, undefined],
      ["sidecar-docker", "sidecar", undefined, undefined],
    ]);
    expect(evidence.containers[3]?.message).toBeUndefined();
  });

  it("of an earlier attempt that is gone gives way to the pod of the last one", async () => {
    putBuild();
    const { pod: found, problems, chosen } = await scene.collect({ podName: "build-7-unit-pod" });
    expect(found?.name).toBe("build-7-unit-pod-retry1");
    expect(chosen?.container).toBe("step-test");
    expect(problems).toEqual([
      "pod build-7-unit-pod is gone; this is pod build-7-unit-pod-retry1, of the last attempt of the same TaskRun",
    ]);
  });

  it("that a timeout deleted leaves its runs, its events, and how to keep it the next time", async () => {
    scene.put(
      pipelineRun({ conditions: [condition("False", "Failed", "Tasks Completed: 1 (Failed: 1)")] }),
      run("TaskRun", "build-7-unit", tektonLabels("unit"), {
        startTime: "2026-11-25T10:00:00Z",
        completionTime: "2026-11-25T11:00:00Z",
        podName: "build-7-unit-pod",
        conditions: [condition("False", "TaskRunTimeout", 'TaskRun "build-7-unit" failed to finish within "1h0m0s"')],
        steps: [{ ...failedStep("test", 1, "2026-11-25T11:00:00Z"), terminationReason: "TimeoutExceeded" }],
      }),
      event("TaskRun/build-7-unit", { reason: "TaskRunTimeout" }),
      event("Pod/build-7-unit-pod", { reason: "Killing", type: "Normal" }),
    );
    const evidence = await scene.collect({ podName: "build-7-unit-pod" });
    expect(evidence).toMatchObject({
      workload: { kind: "Pipeline", name: "build", task: "unit" },
      task_run: { reason: "TaskRunTimeout", steps: [{ termination_reason: "TimeoutExceeded" }] },
      pipeline_run: { name: "build-7", failed_tasks: ["unit"] },
      containers: [],
      logs: [],
      events: [{ reason: "TaskRunTimeout" }, { reason: "Killing" }],
    });
    expect(evidence.pod).toBeUndefined();
    expect(evidence.chosen).toBeUndefined();
    expect(evidence.problems).toEqual([
      'pod build-7-unit-pod is gone and its logs with it: Tekton deletes the pod of a run that times out or is cancelled (here: TaskRunTimeout); set keep-pod-on-cancel to "true" in Tekton\'s ConfigMap feature-flags, or keep logs in an external log store',
    ]);
  });

  it("with a name that Tekton shortened is found among the TaskRuns of its run", async () => {
    const [taskRun] = failedTask("unit", "2026-11-25T10:03:00Z", { podName: "bd1c-pod-shortened" });
    scene.put(pipelineRun(), taskRun!);
    const { task_run } = await scene.collect({ podName: "bd1c-pod-shortened", pipelineRun: "build-7" });
    expect(task_run?.name).toBe("build-7-unit");
  });
});

describe("a PipelineRun alone", () => {
  it("leads to the task that failed first; the others are named, the reporter is not looked at", async () => {
    scene.put(
      pipelineRun(),
      ...failedTask("report", "2026-11-25T10:01:00Z"),
      ...failedTask("unit", "2026-11-25T10:05:00Z"),
      ...failedTask("lint", "2026-11-25T10:03:00Z"),
    );
    scene.cluster.logs.set("shop/build-7-lint-pod/step-lint", lines("unused variable"));
    const { pod: found, logs, also_failed, problems } = await scene.collect({ pipelineRun: "build-7" });
    expect(found?.name).toBe("build-7-lint-pod");
    expect(logs[0]?.text).toBe("unused variable");
    expect(also_failed).toEqual([
      'task report (pod build-7-report-pod): Failed: "step-report" exited with code 2',
      'task unit (pod build-7-unit-pod): Failed: "step-unit" exited with code 2',
    ]);
    expect(problems).toEqual([]);
  });

  it("is found by its pods when its TaskRuns may not be read", async () => {
    scene.put(...failedTask("unit", "2026-11-25T10:05:00Z"), ...failedTask("lint", "2026-11-25T10:03:00Z"));
    for (const verb of ["list", "get"]) scene.cluster.denied.add(`${verb} taskruns`);
    scene.put(pipelineRun());
    const { pod: found, also_failed, problems, workload } = await scene.collect({ pipelineRun: "build-7" });
    expect(found?.name).toBe("build-7-lint-pod");
    expect(workload).toEqual({ kind: "Pipeline", name: "build", task: "lint" });
    expect(also_failed).toEqual(["pod build-7-unit-pod: failed"]);
    expect(problems).toEqual([
      "may not list taskruns.tekton.dev in namespace shop: give the hub's service account a Role with verb list on taskruns.tekton.dev there",
    ]);
  });

  it("that never started a task says why", async () => {
    const message = 'Pipeline shop/build cannot be found: "build" not found';
    scene.put(pipelineRun({ conditions: [condition("False", "CouldntGetPipeline", message)] }));
    const { problems, pipeline_run, workload } = await scene.collect({ pipelineRun: "build-7" });
    expect(pipeline_run?.reason).toBe("CouldntGetPipeline");
    expect(workload).toEqual({ kind: "Pipeline", name: "build" });
    expect(problems).toEqual([
      `PipelineRun build-7 is failed without a failed task or pod (CouldntGetPipeline: ${message}); so there are no logs`,
    ]);
  });

  it("that does not exist says so", async () => {
    const { problems } = await scene.collect({ pipelineRun: "gone" });
    expect(problems).toEqual(["there is no PipelineRun gone in namespace shop"]);
  });
});

describe("a TaskRun alone", () => {
  it("leads to its pod and its PipelineRun", async () => {
    scene.put(pipelineRun(), ...failedTask("unit", "2026-11-25T10:05:00Z"));
    expect(await scene.collect({ taskRun: "build-7-unit" })).toMatchObject({
      pod: { name: "build-7-unit-pod" },
      pipeline_run: { name: "build-7" },
      problems: [],
    });
  });
  it("that never got a pod has its reason", async () => {
    const [taskRun] = failedTask("unit", "2026-11-25T10:05:00Z", {
      podName: "",
      steps: [],
      conditions: [condition("False", "ExceededResourceQuota", "exceeded quota: small")],
    });
    scene.put(taskRun!);
    const { problems } = await scene.collect({ taskRun: "build-7-unit" });
    expect(problems).toContain(
      "TaskRun build-7-unit never got a pod, so there are no logs; ExceededResourceQuota: exceeded quota: small",
    );
  });
});
