import { describe, expect, it } from "vitest";
import { exited, lines, pod } from "../ground.ts";
import { event, OWN_SECRET, owners, useScene, withMetadata, withStatus } from "./scene.ts";

const scene = useScene();
const killed = exited(137, "2026-11-25T11:04:00Z", { reason: "OOMKilled", startedAt: "2026-11-25T11:03:00Z" });

describe("a pod that failed", () => {
  it("is told whole, with its log, its events and its workload", async () => {
    const { cluster } = scene;
    const made = pod({
      name: "web-7d9c6b5d4f-x2x9z",
      phase: "Failed",
      labels: { "pod-template-hash": "7d9c6b5d4f" },
      containers: [{ name: "web", state: exited(1) }],
    });
    const status = {
      startTime: "2026-11-25T11:00:01Z",
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: "False", reason: "PodFailed" },
      ],
    };
    scene.put(
      withStatus(withMetadata(made, { uid: "u1", ...owners("ReplicaSet", "web-7d9c6b5d4f") }), status),
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: "web-7d9c6b5d4f", namespace: "shop", ...owners("Deployment", "web") },
      },
      event("Pod/web-7d9c6b5d4f-x2x9z", { count: 3 }),
    );
    cluster.logs.set("shop/web-7d9c6b5d4f-x2x9z/web", lines("starting", "\u001b[31mError: no database\u001b[0m"));
    expect(await scene.collect({ podName: "web-7d9c6b5d4f-x2x9z" })).toEqual({
      collected_at: "2026-11-25T12:00:00.000Z",
      cluster: "test",
      namespace: "shop",
      pod: {
        name: "web-7d9c6b5d4f-x2x9z",
        uid: "u1",
        phase: "Failed",
        node: "node-1",
        created_at: "2026-11-25T11:00:00Z",
        started_at: "2026-11-25T11:00:01Z",
        conditions: [{ type: "Ready", status: "False", reason: "PodFailed" }],
      },
      workload: { kind: "Deployment", name: "web" },
      containers: [
        {
          name: "web",
          role: "main",
          image: "registry.example/shop:1",
          state: "terminated",
          exit_code: 1,
          reason: "Error",
          finished_at: "2026-11-25T11:05:00Z",
          restarts: 0,
        },
      ],
      chosen: { container: "web", because: "it failed first, exit code 1" },
      events: [
        {
          type: "Warning",
          reason: "Failed",
          message: "Pod/web-7d9c6b5d4f-x2x9z failed",
          object: "Pod/web-7d9c6b5d4f-x2x9z",
          count: 3,
          last_at: "2026-11-25T11:00:00Z",
        },
      ],
      logs: [
        {
          container: "web",
          previous: false,
          text: "starting\nError: no database",
          lines_total: 2,
          bytes_total: expect.any(Number),
          truncated: false,
        },
      ],
      also_failed: [],
      problems: [],
      redacted: 0,
    });
    expect(cluster.requests.filter((one) => one.includes("/log?"))).toEqual([
      expect.stringContaining("tailLines=5000"),
    ]);
  });

  it("is explained by its init container when that is what failed", async () => {
    scene.put(
      pod({
        name: "p",
        phase: "Failed",
        init: [{ name: "migrate", state: exited(3) }],
        containers: [{ name: "web", state: { waiting: { reason: "PodInitializing" } } }],
      }),
    );
    scene.cluster.logs.set("shop/p/migrate", lines("relation does not exist"));
    const { chosen, logs, containers } = await scene.collect({ podName: "p" });
    expect(chosen).toEqual({ container: "migrate", because: "it failed first, exit code 3" });
    expect(logs).toMatchObject([{ container: "migrate", text: "relation does not exist" }]);
    expect(containers.map(({ name, role, state }) => [name, role, state])).toEqual([
      ["migrate", "init", "terminated"],
      ["web", "main", "waiting"],
    ]);
  });

  it("in a crash loop shows the log of the run that died, once", async () => {
    const crashing = { name: "web", restartCount: 4, lastState: exited(1) };
    const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off 1m20s" } };
    scene.put(pod({ name: "p", containers: [{ ...crashing, state }] }));
    scene.cluster.logs.set("shop/p/web/previous", lines("panic: boom"));
    const { chosen, logs, containers } = await scene.collect({ podName: "p" });
    expect(chosen?.because).toBe("it keeps failing, 4 restarts, last exit code 1");
    expect(logs).toMatchObject([{ previous: true, text: "panic: boom" }]);
    expect(containers[0]).toMatchObject({ restarts: 4, reason: "CrashLoopBackOff", previous: { exit_code: 1 } });
  });

  it("that ran out of memory and runs again has both logs, and its limit", async () => {
    const made = pod({ name: "p", containers: [{ name: "web", restartCount: 2, lastState: killed }] });
    const resources = { limits: { memory: "128Mi", cpu: "1" }, requests: { "ephemeral-storage": "1Gi" } };
    const env = [{ name: "DB_PASSWORD", value: "env-canary-value" }];
    scene.put({ ...made, spec: { ...(made["spec"] as object), containers: [{ name: "web", resources, env }] } });
    scene.cluster.logs.set("shop/p/web", lines("starting again"));
    scene.cluster.logs.set("shop/p/web/previous", lines("loading 4 GB"));
    const evidence = await scene.collect({ podName: "p" });
    expect(evidence.chosen?.because).toBe("it runs again after failing, 2 restarts, last exit code 137 (OOMKilled)");
    expect(evidence.logs.map(({ previous, text }) => [previous, text])).toEqual([
      [false, "starting again"],
      [true, "loading 4 GB"],
    ]);
    expect(evidence.containers).toMatchObject([
      {
        state: "running",
        previous: { exit_code: 137, reason: "OOMKilled" },
        limits: { memory: "128Mi", cpu: "1" },
        requests: { ephemeral_storage: "1Gi" },
      },
    ]);
    expect(JSON.stringify(evidence)).not.toContain("env-canary");
  });

  it("that has said nothing since its restart shows the log from before first", async () => {
    scene.put(pod({ name: "p", containers: [{ name: "web", restartCount: 1, lastState: killed }] }));
    scene.cluster.logs.set("shop/p/web/previous", lines("loading 4 GB"));
    const { logs } = await scene.collect({ podName: "p" });
    expect(logs).toMatchObject([
      { previous: true, text: "loading 4 GB" },
      { previous: false, text: "", note: "it wrote nothing" },
    ]);
  });

  it("that cannot pull its image is asked for no log", async () => {
    const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "registry.example/x"' };
    scene.put(pod({ name: "p", phase: "Pending", containers: [{ name: "ok" }, { name: "web", state: { waiting } }] }));
    const { chosen, logs, problems } = await scene.collect({ podName: "p" });
    expect(chosen).toEqual({ container: "web", because: "it cannot start, ImagePullBackOff" });
    expect(logs).toMatchObject([{ text: "", note: expect.stringContaining("ImagePullBackOff: Back-off pulling") }]);
    expect(scene.cluster.requests.some((one) => one.includes("/log"))).toBe(false);
    expect(problems).toEqual([]);
  });

  it("that is not scheduled has no container to look at, and says why", async () => {
    const made = pod({ name: "p", phase: "Pending", containers: [{ name: "web" }] });
    const message = "0/3 nodes are available: 3 Insufficient memory.";
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
    scene.put(withStatus(made, { containerStatuses: [], conditions }));
    const { logs, chosen, problems, pod: shown, containers } = await scene.collect({ podName: "p" });
    expect({ logs, chosen }).toEqual({ logs: [], chosen: undefined });
    expect(problems).toEqual([`no container of pod p ever ran, so there are no logs; Unschedulable: ${message}`]);
    expect(shown?.conditions).toEqual(conditions);
    expect(containers[0]?.state).toBe("unknown");
  });

  it("whose log the kubelet has lost keeps the kubelet's words", async () => {
    scene.put(pod({ name: "p", phase: "Failed", containers: [{ name: "web", state: exited(1) }] }));
    const apology = Buffer.from("unable to retrieve container logs for cri-o://abc");
    scene.cluster.logs.set("shop/p/web", [{ at: "", text: apology }]);
    const { logs } = await scene.collect({ podName: "p" });
    expect(logs).toMatchObject([{ text: "", note: "unable to retrieve container logs for cri-o://abc" }]);
  });
});

describe("a container that was asked for", () => {
  const put = () =>
    scene.put(
      pod({
        name: "p",
        phase: "Failed",
        containers: [
          { name: "step-build", state: exited(2, "2026-11-25T11:02:00Z") },
          { name: "late", state: exited(4, "2026-11-25T11:03:00Z") },
          { name: "fine", state: exited(0) },
        ],
      }),
    );
  it.each([
    ["late", { container: "late", because: "it was asked for, and it failed, exit code 4" }],
    ["step-build", { container: "step-build", because: "it failed first, exit code 2" }],
    ["build", { container: "step-build", because: "it failed first, exit code 2", asked: "build" }],
    [
      "fine",
      {
        container: "step-build",
        because: "it failed first, exit code 2; fine, which was asked for, ended with exit code 0 (Completed)",
        asked: "fine",
      },
    ],
    [
      "step-buildah",
      {
        container: "step-build",
        because: "it failed first, exit code 2; there is no container step-buildah",
        asked: "step-buildah",
      },
    ],
  ])("is kept when it failed, else corrected: %s", async (container, chosen) => {
    put();
    expect((await scene.collect({ podName: "p", container })).chosen).toEqual(chosen);
  });
  it("is kept when none failed", async () => {
    scene.put(pod({ name: "p", containers: [{ name: "a" }, { name: "b" }] }));
    expect((await scene.collect({ podName: "p", container: "b" })).chosen).toEqual({
      container: "b",
      because: "it was asked for, and none failed",
    });
  });
});

describe("what leaves the room", () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"x"}').toString("base64url")}.${"a1B2".repeat(8)}`;
  it("has no secret in any text, no control characters, and counts them", async () => {
    const message = `\u001b[31mlogin failed: password=hunter2-canary\u001b[0m\u202e token ${OWN_SECRET}`;
    const state = exited(1, undefined, { message });
    const made = withStatus(pod({ name: "p", phase: "Failed", containers: [{ name: "web", state }] }), {
      reason: "Evicted",
      message,
    });
    scene.put(made, event("Pod/p", { message: `pull with ${jwt}` }));
    scene.cluster.logs.set("shop/p/web", lines(`bearer ${jwt}`, `mine is ${OWN_SECRET}`));
    const evidence = await scene.collect({ podName: "p" });
    const all = JSON.stringify(evidence);
    for (const secret of [jwt, OWN_SECRET, "hunter2-canary"]) expect(all).not.toContain(secret);
    expect(all).not.toMatch(/\\u001b|\u202e/);
    expect(evidence.containers[0]?.message).toMatch(/^login failed: password=\[REDACTED:/);
    expect(evidence.redacted).toBe(7);
  });
  it("is bounded: 2,000 characters of a message, 50 events", async () => {
    const state = exited(1, undefined, { message: "x".repeat(5_000) });
    scene.put(pod({ name: "p", phase: "Failed", containers: [{ name: "web", state }] }));
    for (let i = 0; i < 60; i += 1) scene.put(event("Pod/p", { message: "y".repeat(3_000) }));
    const { containers, events } = await scene.collect({ podName: "p" });
    expect(containers[0]?.message).toHaveLength(2_000);
    expect(events).toHaveLength(50);
    expect(events[0]?.message).toHaveLength(2_000);
  });
  it("has Warnings first, newest first, each event once, and none about an earlier pod of the name", async () => {
    const made = withMetadata(pod({ name: "p", containers: [{ name: "web" }] }), {
      uid: "now",
      ...owners("Job", "nightly-29401234"),
    });
    const at = (minute: number) => `2026-11-25T11:0${minute}:00Z`;
    const about = { kind: "Pod", name: "p", namespace: "shop", uid: "before" };
    const one = event("Pod/p", { reason: "Old", lastTimestamp: at(1) });
    scene.put(
      made,
      one,
      { ...one, metadata: { ...one.metadata, name: "same-event" } },
      event("Pod/p", { type: "Normal", reason: "Pulled", lastTimestamp: at(9) }),
      event("Pod/p", { reason: "New", lastTimestamp: at(2) }),
      event("Pod/p", { reason: "Before", involvedObject: about }),
      event("Job/nightly-29401234", { reason: "BackoffLimitExceeded", lastTimestamp: at(3) }),
      event("Pod/other", { reason: "Other" }),
    );
    const { events } = await scene.collect({ podName: "p" });
    expect(events.map(({ reason, object }) => `${reason} ${object}`)).toEqual([
      "BackoffLimitExceeded Job/nightly-29401234",
      "New Pod/p",
      "Old Pod/p",
      "Pulled Pod/p",
    ]);
  });
});
