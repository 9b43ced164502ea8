// Evidence of a failure that nobody could look at.
import { expect, it } from "vitest";
import { emptyEvidence } from "../../../src/agent/pipeline/empty-evidence.ts";
import { evidence } from "../../../src/core/evidence.ts";

const workload = (target: object) => emptyEvidence({ namespace: "shop", podName: "", ...target }, "why", 0).workload;

it("is whole evidence that says why there is none", () => {
  const empty = emptyEvidence({ namespace: "shop", podName: "web-1" }, "Kubernetes is not configured", 0);
  expect(evidence.parse(empty)).toEqual(empty);
  expect(empty).toMatchObject({
    collected_at: "1970-01-01T00:00:00.000Z",
    problems: ["Kubernetes is not configured"],
    containers: [],
  });
});

it("names what failed without what the cluster adds to make names unique", () => {
  expect(workload({ podName: "web-7d9c5b6f4d-x2x7k" })).toEqual({ kind: "Pod", name: "web" });
  expect(workload({ podName: "web-0" })).toEqual({ kind: "Pod", name: "web-0" });
  expect(workload({})).toEqual({ kind: "Pod", name: "" });
  expect(workload({ podName: "p", taskRun: "build-x2x7k" })).toEqual({ kind: "TaskRun", name: "build" });
  expect(workload({ podName: "p", pipelineRun: "release-x2x7k", taskRun: "t", pipelineTask: "push" })).toEqual({
    kind: "PipelineRun",
    name: "release",
    task: "push",
  });
});
