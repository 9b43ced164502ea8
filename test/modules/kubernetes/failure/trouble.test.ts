import { describe, expect, it } from "vitest";
import { exited, lines, pod } from "../ground.ts";
import { event, failedTask, owners, pipelineRun, useScene, withMetadata } from "./scene.ts";

const scene = useScene();
const putFailed = () => {
  const made = pod({ name: "p", phase: "Failed", containers: [{ name: "web", state: exited(1) }] });
  scene.put(withMetadata(made, { uid: "u1", ...owners("Job", "nightly-29401234") }), event("Pod/p"));
  scene.cluster.logs.set("shop/p/web", lines("Error: boom"));
};

describe("a read that fails", () => {
  it("for lack of permission names verb, resource and namespace, and the rest is there", async () => {
    putFailed();
    scene.cluster.denied.add("get pods/log");
    const { problems, logs, chosen, events, workload } = await scene.collect({ podName: "p" });
    expect(problems).toEqual([
      "may not get pods/log in namespace shop: give the hub's service account a Role with verb get on pods/log there",
    ]);
    expect(logs).toMatchObject([{ text: "", note: "it could not be read; problems says why" }]);
    expect({ chosen: chosen?.container, events: events.length }).toEqual({ chosen: "web", events: 1 });
    expect(workload).toEqual({ kind: "CronJob", name: "nightly" });
  });

  it("for lack of permission on everything still ends, with a sentence for each resource", async () => {
    putFailed();
    for (const what of ["get pods", "list events"]) scene.cluster.denied.add(what);
    const { problems, workload, pod: found } = await scene.collect({ podName: "p" });
    expect(problems.map((one) => one.split(":")[0])).toEqual([
      "may not get pods in namespace shop",
      "may not list events in namespace shop",
    ]);
    expect({ found, workload }).toEqual({ found: undefined, workload: { kind: "Pod", name: "p" } });
  });

  it.each([
    ["a pod", "/pods/p", "pod p"],
    ["a log", "/pods/p/log", "the log of container web"],
    ["a list of events", "/events", "the events of Pod p"],
  ])("by hanging ends in its own time, and the rest is there: %s", async (_, on, what) => {
    putFailed();
    scene.cluster.mishaps.push({ kind: "hang", on });
    const evidence = await scene.collect({ podName: "p" }, { readMs: 150, logMs: 150 });
    expect(evidence.problems).toContain(
      `${what} could not be read: the Kubernetes API was too slow; look at the cluster's API server`,
    );
    const parts = [evidence.pod !== undefined, evidence.logs.some(({ text }) => text !== ""), evidence.events.length];
    expect(parts.filter(Boolean).length).toBeGreaterThanOrEqual(on === "/pods/p" ? 1 : 2);
  });

  it("of a guess is told when it is not permitted, and not when there is none", async () => {
    const { problems } = await scene.collect({ podName: "build-7-unit-pod" });
    expect(problems).toEqual([expect.stringMatching(/^pod build-7-unit-pod does not exist/)]);
    scene.cluster.denied.add("get taskruns");
    const denied = await scene.collect({ podName: "build-7-unit-pod" });
    expect(denied.problems[0]).toMatch(/^may not get taskruns.tekton.dev in namespace shop/);
  });

  it("by hanging all over ends in the time for all", async () => {
    putFailed();
    for (let i = 0; i < 20; i += 1) scene.cluster.mishaps.push({ kind: "hang" });
    const { problems } = await scene.collect({ podName: "p" }, { readMs: 5_000, totalMs: 200 });
    expect(problems.length).toBeGreaterThan(1);
  });

  it.each([
    [{ kind: "reset" } as const, /^pod p could not be read: the Kubernetes API of context "test" cannot be reached/],
    [{ kind: "status", status: 500, body: "<html>" } as const, /^pod p could not be read: the Kubernetes API failed/],
    [{ kind: "status", status: 200, body: "{}" } as const, /^pod p could not be read: the answer is not what/],
  ])("is told in words without the reply's body", async (mishap, sentence) => {
    putFailed();
    scene.cluster.mishaps.push({ ...mishap, on: "/pods/p" });
    const { problems } = await scene.collect({ podName: "p" }, { pausesMs: [] });
    expect(problems).toEqual([expect.stringMatching(sentence)]);
  });

  it.each([
    ["an API that is busy", { kind: "status", status: 429 } as const],
    ["an API that fails", { kind: "status", status: 503, body: "<html>" } as const],
    ["a connection that breaks", { kind: "reset" } as const],
  ])("is tried again: %s", async (_, mishap) => {
    putFailed();
    for (const on of ["/pods/p", "/log"]) {
      for (let times = 0; times < 2; times += 1) scene.cluster.mishaps.push({ ...mishap, on });
    }
    const { problems, logs } = await scene.collect({ podName: "p" }, { pausesMs: [1, 1, 1, 1] });
    expect([problems, logs[0]?.text]).toEqual([[], "Error: boom"]);
  });

  it("is not tried again when it is refused", async () => {
    putFailed();
    scene.cluster.denied.add("get pods/log");
    const { problems } = await scene.collect({ podName: "p" });
    expect(problems).toHaveLength(1);
    expect(scene.cluster.requests.filter((one) => one.includes("/log?"))).toHaveLength(1);
  });

  it("by the caller's will throws the caller's reason", async () => {
    putFailed();
    scene.cluster.mishaps.push({ kind: "hang", on: "/log" });
    const controller = new AbortController();
    const collecting = scene.collect({ podName: "p" }, {}, controller.signal);
    await expect.poll(() => scene.cluster.requests.some((one) => one.includes("/log"))).toBe(true);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(collecting).rejects.toBe(reason);
    await expect(scene.collect({ podName: "p" }, {}, controller.signal)).rejects.toBe(reason);
    await expect(scene.source().identify({ namespace: "shop", podName: "p" }, controller.signal)).rejects.toBe(reason);
  });
});

describe("a target", () => {
  it("that names neither pod nor run gets the namespace's recent warnings, and is told", async () => {
    scene.put(
      event("Pod/a"),
      event("Pod/b", { type: "Normal" }),
      event("Pod/c", { lastTimestamp: "2026-11-25T11:30:00Z" }),
    );
    const { events, problems, workload } = await scene.collect({});
    expect(events.map(({ object }) => object)).toEqual(["Pod/c", "Pod/a"]);
    expect(workload).toEqual({ kind: "Namespace", name: "shop" });
    expect(problems).toEqual([expect.stringMatching(/^pod unknown: .*send pod_name or pipeline_run$/)]);
  });

  it("whose pod is gone has its events, and how to be earlier", async () => {
    scene.put(event("Pod/web-7d9c6b5d4f-x2x9z", { reason: "Evicted" }));
    const { events, problems, workload } = await scene.collect({ podName: "web-7d9c6b5d4f-x2x9z" });
    expect(events).toMatchObject([{ reason: "Evicted" }]);
    expect(workload).toEqual({ kind: "Pod", name: "web" });
    expect(problems).toEqual([
      expect.stringMatching(/^pod web-7d9c6b5d4f-x2x9z does not exist in namespace shop any more/),
    ]);
  });

  it("in a cluster that is not known gets nothing from any other", async () => {
    putFailed();
    const evidence = await scene.collect({ podName: "p", cluster: "othr" });
    expect(evidence.problems).toEqual(['nothing was collected: no context "othr"; did you mean other?']);
    expect(evidence).toMatchObject({ cluster: "othr", containers: [], events: [], logs: [] });
    expect(scene.cluster.requests).toEqual([]);
    expect((await scene.collect({ podName: "p", cluster: "other" })).cluster).toBe("other");
  });

  it.each([
    [{ podName: "../secrets/x" }, "the name of a pod"],
    [{ namespace: "a/b", podName: "p" }, "the name of a namespace"],
    [{ pipelineRun: "x,tekton.dev/memberOf!=y" }, "the name of a PipelineRun"],
  ])("that is no name reaches no path and no selector", async (target, words) => {
    const { problems } = await scene.collect(target);
    expect(problems).toEqual([expect.stringContaining(words)]);
    expect(scene.cluster.requests).toEqual([]);
  });
});

describe("a workload", () => {
  const owned = (kind: string, name: string, labels = {}) =>
    withMetadata(pod({ name: "p", labels, containers: [{ name: "web" }] }), owners(kind, name));
  const made = (apiVersion: string, kind: string, name: string, metadata = {}) => ({
    apiVersion,
    kind,
    metadata: { name, namespace: "shop", ...metadata },
  });
  it.each([
    ["a StatefulSet as it is", [owned("StatefulSet", "db")], [], { kind: "StatefulSet", name: "db" }],
    [
      "the CronJob of its Job",
      [owned("Job", "nightly-29401234"), made("batch/v1", "Job", "nightly-29401234", owners("CronJob", "nightly"))],
      [],
      { kind: "CronJob", name: "nightly" },
    ],
    [
      "the CronJob by its Job's name, when Jobs may not be read",
      [owned("Job", "nightly-29401234")],
      ["get jobs"],
      { kind: "CronJob", name: "nightly" },
    ],
    [
      "a Job without its generated suffix",
      [owned("Job", "migrate-x2x9z"), made("batch/v1", "Job", "migrate-x2x9z", { generateName: "migrate-" })],
      [],
      { kind: "Job", name: "migrate" },
    ],
    [
      "the Deployment by the ReplicaSet's name and hash, when ReplicaSets may not be read",
      [owned("ReplicaSet", "web-7d9c6b5d4f", { "pod-template-hash": "7d9c6b5d4f" })],
      ["get replicasets"],
      { kind: "Deployment", name: "web" },
    ],
    [
      "the DeploymentConfig by the name of its controller",
      [owned("ReplicationController", "web-3")],
      ["get replicationcontrollers"],
      { kind: "DeploymentConfig", name: "web" },
    ],
    ["a bare pod", [pod({ name: "p", containers: [{ name: "web" }] })], [], { kind: "Pod", name: "p" }],
  ])("is %s", async (_, objects, denied, workload) => {
    scene.put(...objects);
    for (const what of denied) scene.cluster.denied.add(what);
    const evidence = await scene.collect({ podName: "p" });
    expect(evidence.workload).toEqual(workload);
    expect(evidence.problems).toEqual([]);
  });
  it("is the Pipeline inside a PipelineRun under the run's name without its suffix", async () => {
    const labels = { "tekton.dev/pipelineRun": "build-x2x9z", "tekton.dev/pipeline": "build-x2x9z" };
    scene.put(pod({ name: "p", labels, containers: [{ name: "step-a" }] }));
    expect((await scene.collect({ podName: "p" })).workload).toEqual({ kind: "Pipeline", name: "build" });
  });
});

describe("an identity", () => {
  const signal = new AbortController().signal;
  it("is the pod and its restarts, and is asked for once however many want it", async () => {
    const made = pod({
      name: "p",
      init: [{ name: "i", restartCount: 1 }],
      containers: [{ name: "a", restartCount: 2 }, { name: "b" }],
    });
    scene.put(withMetadata(made, { uid: "u1" }));
    const source = scene.source();
    const target = { namespace: "shop", podName: "p" };
    const all = await Promise.all(Array.from({ length: 500 }, () => source.identify(target, signal)));
    expect(new Set(all)).toEqual(new Set(["u1/3"]));
    expect(scene.cluster.requests).toHaveLength(1);
    scene.clock.at += 24; // a pod that restarts meanwhile is another failure
    await source.identify(target, signal);
    expect(scene.cluster.requests).toHaveLength(1);
    scene.clock.at += 2;
    await source.identify(target, signal);
    expect(scene.cluster.requests).toHaveLength(2);
  });
  it("is the run when only a run is named", async () => {
    scene.put(pipelineRun(), ...failedTask("unit", "2026-11-25T10:05:00Z"));
    const source = scene.source();
    const identify = (target: object) => source.identify({ namespace: "shop", podName: "", ...target }, signal);
    expect(await identify({ pipelineRun: "build-7" })).toBe("uid-build-7");
    expect(await identify({ taskRun: "build-7-unit" })).toBe("uid-build-7-unit");
  });
  it("is unknown when it is gone, may not be read, hangs, or nothing is named", async () => {
    putFailed();
    const source = scene.source({ readMs: 100 });
    const identify = (target: object) => source.identify({ namespace: "shop", podName: "", ...target }, signal);
    expect(await identify({ podName: "gone" })).toBeUndefined();
    expect(await identify({})).toBeUndefined();
    expect(await identify({ podName: "p", cluster: "nowhere" })).toBeUndefined();
    scene.cluster.mishaps.push({ kind: "hang" });
    expect(await identify({ podName: "p" })).toBeUndefined();
    scene.cluster.denied.add("get pods");
    expect(await identify({ podName: "p", cluster: "other" })).toBeUndefined();
  });
});

describe("a log that is too large", () => {
  it("of more than 64 MiB shows its newest lines all the same", { timeout: 60_000 }, async () => {
    putFailed();
    const text = "x y ".repeat(3_700); // 5,000 such lines are 70 MiB
    const texts = Array.from({ length: 5_000 }, (_, i) => (i === 4_999 ? "Error: the end" : `${i} ${text}`));
    scene.cluster.logs.set("shop/p/web", lines(...texts));
    const { logs, problems } = await scene.collect(
      { podName: "p" },
      { logMs: 50_000, totalMs: 55_000, log: { idleMs: 20_000, totalMs: 40_000 } },
    );
    expect(problems).toEqual([]);
    expect(scene.cluster.requests.map((one) => /tailLines=(\d+)/.exec(one)?.[1]).filter(Boolean)).toEqual([
      "5000",
      "1250",
    ]);
    expect(logs).toMatchObject([{ truncated: true, lines_total: 1_250 }]);
    expect(logs[0]?.text).toMatch(/Error: the end$/);
    expect(Buffer.byteLength(logs[0]?.text ?? "")).toBeLessThanOrEqual(256 * 1024);
    expect(logs[0]?.note).toBe("only its last 1250 lines were read: more were too large");
  });
  it("in bytes even in few lines ends with what there is, after three tries", async () => {
    putFailed();
    scene.cluster.logs.set("shop/p/web", lines(...Array.from({ length: 5_000 }, (_, i) => `${i} ${"x".repeat(90)}`)));
    const { logs } = await scene.collect({ podName: "p" }, { maxReadBytes: 10_000 });
    expect(logs[0]?.note).toContain("its newest lines were not seen");
    expect(scene.cluster.requests.filter((one) => one.includes("/log?"))).toHaveLength(3);
  });
  it("that stalls shows what came", async () => {
    putFailed();
    scene.cluster.stalls.add("shop/p/web");
    const { logs } = await scene.collect({ podName: "p" }, { log: { idleMs: 50, totalMs: 500 } });
    expect(logs).toMatchObject([
      {
        text: "Error: boom",
        truncated: true,
        note: "it broke off, stalled or was slow, so that newer lines may be missing",
      },
    ]);
  });
  it("in lines shows the newest 5,000, and says so", async () => {
    putFailed();
    scene.cluster.logs.set("shop/p/web", lines(...Array.from({ length: 6_000 }, (_, i) => `line ${i}`)));
    const { logs } = await scene.collect({ podName: "p" });
    expect(logs).toMatchObject([{ lines_total: 5_000, truncated: true, note: "only its last 5000 lines were read" }]);
    expect(logs[0]?.text).toMatch(/^line 1000\n.*line 5999$/s);
  });
});
