import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../support/kubernetes-stand-in.ts";
import { exited, lines, pod, startGround, type Ground } from "./ground.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.close());

const run = (kind: string, name: string, labels: Record<string, string>, status: object): KubeObject => ({
  apiVersion: "tekton.dev/v1",
  kind,
  metadata: { name, namespace: "shop", labels },
  spec: {},
  status,
});

const step = (name: string, exitCode: number, finishedAt: string, terminationReason: string) => ({
  name,
  container: `step-${name}`,
  terminationReason,
  terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", finishedAt },
});

const failed = {
  type: "Succeeded",
  status: "False",
  reason: "Failed",
  message: '"step-test" exited with code 2',
};

const labels = (task: string) => ({
  "tekton.dev/pipelineRun": "build-7",
  "tekton.dev/pipeline": "build",
  "tekton.dev/pipelineTask": task,
  "tekton.dev/memberOf": "tasks",
});

beforeEach(() => {
  const { cluster } = ground;
  cluster.objects.splice(0);
  cluster.logs.clear();
  cluster.objects.push(
    run(
      "PipelineRun",
      "build-7",
      { "tekton.dev/pipeline": "build" },
      {
        startTime: "2026-11-25T10:00:00Z",
        completionTime: "2026-11-25T10:05:00Z",
        conditions: [
          { type: "Succeeded", status: "False", reason: "Failed", message: "Tasks Completed: 2 (Failed: 1)" },
        ],
        skippedTasks: [{ name: "deploy", reason: "Parent Tasks were skipped" }],
      },
    ),
    run("TaskRun", "build-7-unit", labels("unit"), {
      startTime: "2026-11-25T10:02:00Z",
      podName: "build-7-unit-pod",
      conditions: [failed],
      steps: [
        step("push", 1, "2026-11-25T10:03:00Z", "Skipped"),
        step("test", 2, "2026-11-25T10:04:00Z", "Error"),
        step("setup", 0, "2026-11-25T10:02:30Z", "Completed"),
      ],
      retriesStatus: [{}],
    }),
    run("TaskRun", "build-7-clone", labels("clone"), {
      startTime: "2026-11-25T10:00:00Z",
      podName: "build-7-clone-pod",
      conditions: [{ type: "Succeeded", status: "True", reason: "Succeeded" }],
      steps: [step("clone", 0, "2026-11-25T10:01:00Z", "Completed")],
    }),
    pod({
      name: "build-7-unit-pod",
      phase: "Failed",
      containers: [
        { name: "step-setup", state: exited(0) },
        { name: "step-test", state: exited(2) },
        { name: "step-push", state: exited(1) },
      ],
    }),
    pod({ name: "build-7-clone-pod", phase: "Succeeded", containers: [{ name: "step-clone", state: exited(0) }] }),
  );
  cluster.logs.set("shop/build-7-unit-pod/step-setup", lines("npm ci"));
  cluster.logs.set("shop/build-7-unit-pod/step-test", lines("1 test failed", "expected 3, got 4"));
  cluster.logs.set("shop/build-7-clone-pod/step-clone", lines("cloned"));
});

const call = (tool: string, input: Record<string, unknown>) => ground.hub.call(tool, input);

describe("taskrun_get and pipelinerun_get", () => {
  it("tell a skipped step from the one that failed", async () => {
    const { isError, structured } = await call("taskrun_get", { name: "build-7-unit" });
    expect({ isError, structured }).toEqual({
      isError: false,
      structured: {
        name: "build-7-unit",
        namespace: "shop",
        state: "failed",
        reason: "Failed",
        started: "2026-11-25T10:02:00Z",
        message: '"step-test" exited with code 2',
        pipeline: "build",
        pipeline_run: "build-7",
        pipeline_task: "unit",
        member_of: "tasks",
        pod: "build-7-unit-pod",
        failed_step: "test",
        exit_code: 2,
        steps: [
          expect.objectContaining({ name: "push", state: "skipped", exit_code: 1 }),
          expect.objectContaining({ name: "test", state: "failed", exit_code: 2, container: "step-test" }),
          expect.objectContaining({ name: "setup", state: "ended", exit_code: 0 }),
        ],
        sidecars: [],
        retries: 1,
      },
    });
  });

  it("show a PipelineRun with its TaskRuns in order of start and the tasks it skipped", async () => {
    const { text, structured } = await call("pipelinerun_get", { name: "build-7" });
    expect(structured).toMatchObject({
      state: "failed",
      task_runs: [
        { task: "clone", name: "build-7-clone", state: "succeeded" },
        { task: "unit", name: "build-7-unit", state: "failed", pod: "build-7-unit-pod", failed_step: "test" },
      ],
      skipped_tasks: [{ name: "deploy", reason: "Parent Tasks were skipped" }],
    });
    expect(text).toMatch(/^name: build-7\nnamespace: shop\nstate: failed\n/);
  });

  it("say that Tekton is not there, or that the run is not", async () => {
    expect((await call("taskrun_get", { name: "gone" })).text).toMatch(/^taskruns.tekton.dev "gone" not found/);
    const plain = await startGround({ serves: ["v1"] });
    const { isError, text } = await plain.hub.call("pipelinerun_get", { name: "x" });
    expect(isError).toBe(true);
    expect(text).toMatch(/does not serve pipelineruns.tekton.dev/);
    await plain.close();
  });
});

describe("tekton_taskrun_logs and tekton_pipelinerun_logs", () => {
  it("read the steps in their order, and name the skipped ones without reading them", async () => {
    const { text } = await call("tekton_taskrun_logs", { name: "build-7-unit" });
    expect(text).toBe(
      [
        "[taskrun: build-7-unit, task unit, failed, pod build-7-unit-pod]",
        '[Failed: "step-test" exited with code 2]',
        "[step: push]",
        "[no log: skipped, because an earlier step failed]",
        "[step: test]",
        "1 test failed",
        "expected 3, got 4",
        "[step: setup]",
        "npm ci",
      ].join("\n"),
    );
  });

  it("read one step with its own tail, and name the steps there are for a wrong one", async () => {
    const one = await call("tekton_taskrun_logs", { name: "build-7-unit", step: "test", tail: 1 });
    expect(one.structured).toMatchObject({ task_runs: [{ steps: [{ step: "test", text: "expected 3, got 4" }] }] });
    const wrong = await call("tekton_taskrun_logs", { name: "build-7-unit", step: "deploy" });
    expect(wrong).toMatchObject({ isError: true });
    expect(wrong.text).toBe('TaskRun build-7-unit has no step "deploy"; it has push, test, setup');
  });

  it("read only the failed tasks of a failed run, unless a task is named", async () => {
    const { text } = await call("tekton_pipelinerun_logs", { name: "build-7" });
    expect(text).toContain("1 test failed");
    expect(text).not.toContain("cloned");
    expect((await call("tekton_pipelinerun_logs", { name: "build-7", task: "clone" })).text).toContain("cloned");
    const wrong = await call("tekton_pipelinerun_logs", { name: "build-7", task: "lint" });
    expect(wrong.text).toContain('no TaskRun of task "lint"; tasks with a TaskRun: clone, unit.');
    expect(await call("tekton_pipelinerun_logs", { name: "gone" })).toMatchObject({ isError: true });
  });

  it("say that the pod is gone after a timeout instead of failing", async () => {
    const { cluster } = ground;
    const at = cluster.objects.findIndex(({ metadata }) => metadata.name === "build-7-unit-pod");
    cluster.objects.splice(at, 1);
    const { isError, text } = await call("tekton_pipelinerun_logs", { name: "build-7" });
    expect(isError).toBe(false);
    expect(text).toContain("[no log: pod build-7-unit-pod is gone; Tekton deletes it after a timeout or a cancel]");
  });
});
