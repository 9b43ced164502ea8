import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exited, lines, pod, startGround, TOKEN, type Ground } from "./ground.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.close());
beforeEach(() => {
  const { cluster } = ground;
  cluster.objects.splice(0);
  cluster.logs.clear();
  cluster.denied.clear();
  cluster.requests.splice(0);
});

const call = (input: Record<string, unknown>) => ground.hub.call("pods_log", { namespace: "shop", ...input });
const logRequests = () => ground.cluster.requests.filter((one) => one.includes("/log?"));

describe("pods_log", () => {
  it("gives the plain lines of a pod with one container, and the whole answer as structured content", async () => {
    ground.cluster.objects.push(pod({ name: "web-1", containers: [{ name: "web" }] }));
    ground.cluster.logs.set("shop/web-1/web", lines("started", "listening on :8080"));
    const { isError, text, structured } = await call({ name: "web-1" });
    expect({ isError, text, structured }).toEqual({
      isError: false,
      text: "started\nlistening on :8080",
      structured: {
        pod: "web-1",
        namespace: "shop",
        logs: [
          {
            container: "web",
            text: "started\nlistening on :8080",
            lines_total: 2,
            lines_returned: 2,
            bytes_total: 77,
            truncated: false,
            first_at: "2026-11-25T11:00:00.000Z",
            last_at: "2026-11-25T11:00:01.000Z",
            redacted: 0,
          },
        ],
        notes: [],
      },
    });
    expect(ground.cluster.requests).toEqual([
      "GET /api/v1/namespaces/shop/pods/web-1",
      "GET /api/v1/namespaces/shop/pods/web-1/log?container=web&tailLines=100&timestamps=true",
    ]);
  });

  it("says that nothing was logged yet in the words of kubernetes-mcp-server", async () => {
    ground.cluster.objects.push(pod({ name: "web-1", containers: [{ name: "web" }] }));
    const { isError, text } = await call({ name: "web-1" });
    expect({ isError, text }).toEqual({
      isError: false,
      text: "The pod web-1 in namespace shop has not logged any message yet",
    });
  });

  it.each([
    [
      "the container that failed first, not a skipped Tekton step that also exits with 1",
      {
        containers: [
          { name: "step-clone", state: exited(0, "2026-11-25T11:01:00Z") },
          { name: "step-test", state: exited(2, "2026-11-25T11:02:00Z") },
          {
            name: "step-push",
            state: exited(1, "2026-11-25T11:01:30Z", { message: '[{"key":"Reason","value":"Skipped","type":3}]' }),
          },
        ],
      },
      "step-test",
      "container step-test: it failed first, exit code 2; the others are step-clone, step-push",
    ],
    [
      "a failed init container, as the others never started",
      {
        init: [{ name: "migrate", state: exited(1) }],
        containers: [{ name: "web", state: { waiting: { reason: "PodInitializing" } } }],
      },
      "migrate",
      "container migrate: it failed first, exit code 1; the others are web",
    ],
    [
      "the container that keeps crashing",
      {
        containers: [
          { name: "sidecar" },
          {
            name: "web",
            restartCount: 4,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: exited(137, undefined, { reason: "OOMKilled" }),
          },
        ],
      },
      "web",
      "container web: it keeps failing, 4 restarts, last exit code 137 (OOMKilled); the others are sidecar",
    ],
    [
      "the default container when none failed",
      {
        annotations: { "kubectl.kubernetes.io/default-container": "web" },
        containers: [{ name: "proxy" }, { name: "web" }],
      },
      "web",
      "container web: it is the pod's default container; the others are proxy",
    ],
  ])("picks %s", async (_, parts, container, note) => {
    ground.cluster.objects.push(pod({ name: "p", ...parts }));
    ground.cluster.logs.set(`shop/p/${container}`, lines("boom"));
    expect((await call({ name: "p" })).text).toBe(`[${note}]\nboom`);
  });

  it("points to the previous log of a container that runs again after it died", async () => {
    const lastState = exited(137, undefined, { reason: "OOMKilled" });
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "web", restartCount: 1, lastState }] }));
    ground.cluster.logs.set("shop/p/web", lines("fine now"));
    ground.cluster.logs.set("shop/p/web/previous", lines("java.lang.OutOfMemoryError"));
    expect((await call({ name: "p" })).text).toBe(
      "[web has had 1 restart, last exit code 137 (OOMKilled): previous=true shows the log from before]\nfine now",
    );
    expect((await call({ name: "p", previous: true })).text).toBe("java.lang.OutOfMemoryError");
    expect(logRequests().at(-1)).toContain("previous=true");
  });

  it("asks only for the log when the container is named, and says so when it does not exist", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }, { name: "b" }] }));
    ground.cluster.logs.set("shop/p/b", lines("hello"));
    expect((await call({ name: "p", container: "b", tail: 7, since: "1h30m" })).text).toBe("hello");
    expect(ground.cluster.requests).toEqual([
      "GET /api/v1/namespaces/shop/pods/p/log?container=b&tailLines=7&sinceSeconds=5400&timestamps=true",
    ]);
    const { isError, text } = await call({ name: "p", container: "c" });
    expect(isError).toBe(true);
    expect(text).toBe(
      "failed to get pod p log in namespace shop: container c is not valid for pod p\n" +
        "Leave container out to get the one that failed, or see pods_get for their names.",
    );
  });

  it("takes a moment as since, and refuses what is neither", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    ground.cluster.logs.set("shop/p/a", lines("old", "new"));
    expect((await call({ name: "p", since: "2026-11-25T11:00:01Z" })).text).toBe("new");
    expect(await call({ name: "p", since: "yesterday" })).toMatchObject({
      isError: true,
      text: 'since "yesterday" is neither a duration such as 10m or 1h30m nor a time such as 2026-11-25T10:00:00Z',
    });
  });

  it("searches with grep far beyond tail, with neighbours, and says when nothing matches", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    const texts = Array.from({ length: 3_000 }, (_, i) => (i === 100 ? "ERROR disk full" : `line ${i}`));
    ground.cluster.logs.set("shop/p/a", lines(...texts));
    expect((await call({ name: "p", grep: "ERROR|panic", before: 1, after: 1 })).text).toBe(
      "line 99\nERROR disk full\nline 101",
    );
    expect((await call({ name: "p", grep: "segfault" })).text).toBe("[none of the last 3000 lines matches]");
    expect(await call({ name: "p", grep: "(" })).toMatchObject({ isError: true });
  });

  it("reads all containers, and a waiting one does not spoil the others", async () => {
    const waiting = { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' } };
    ground.cluster.objects.push(
      pod({
        name: "p",
        init: [{ name: "init", state: exited(0) }],
        containers: [{ name: "a" }, { name: "b", state: waiting }],
      }),
    );
    ground.cluster.logs.set("shop/p/init", lines("migrated"));
    ground.cluster.logs.set("shop/p/a", lines("ready"));
    expect((await call({ name: "p", all_containers: true })).text).toBe(
      "[container: init]\nmigrated\n\n[container: a]\nready\n\n" +
        '[container: b]\n[no log: b waits: ImagePullBackOff: Back-off pulling image "x"]',
    );
    expect(await call({ name: "p", all_containers: true, container: "a" })).toMatchObject({ isError: true });
  });

  it("says what a container waits for when it has no log", async () => {
    const state = { waiting: { reason: "ImagePullBackOff", message: "manifest unknown" } };
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a", state }] }));
    const { isError, text } = await call({ name: "p" });
    expect(isError).toBe(true);
    expect(text).toContain('container "a" in pod "p" is waiting to start: trying and failing to pull image');
    expect(text).toContain("a waits: ImagePullBackOff: manifest unknown");
    expect(text).toContain("events_list");
  });

  it("says why a whole pod was ended", async () => {
    const evicted = pod({ name: "p", phase: "Failed", containers: [{ name: "a", state: exited(0) }] });
    evicted["status"] = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." };
    ground.cluster.objects.push(evicted);
    expect((await call({ name: "p" })).text).toBe(
      "[the pod: Evicted: The node was low on resource: memory.]\n" +
        "The pod p in namespace shop has not logged any message yet",
    );
  });

  it("says that there was no run before when previous is asked of a container that never restarted", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    const { isError, text } = await call({ name: "p", previous: true });
    expect(isError).toBe(true);
    expect(text).toContain('previous terminated container "a" in pod "p" not found');
    expect(text).toContain("leave previous out");
  });

  it("names the missing permission on pods/log, and does without the one on pods", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    ground.cluster.logs.set("shop/p/a", lines("hello"));
    ground.cluster.denied.add("get pods");
    expect((await call({ name: "p" })).text).toBe("hello");
    ground.cluster.denied.add("get pods/log");
    const { isError, text, structured } = await call({ name: "p" });
    expect({ isError, code: structured["code"] }).toEqual({ isError: true, code: "FORBIDDEN" });
    expect(text).toContain('cannot get resource "pods/log" in API group "" in the namespace "shop"');
    expect(text).toContain("Missing permission: verb get on pods/log.");
  });

  it("names the pod and where to look when it is gone", async () => {
    const { isError, text } = await call({ name: "gone" });
    expect(isError).toBe(true);
    expect(text).toMatch(
      /^failed to get pod gone log in namespace shop: pods "gone" not found\n.*pods_list_in_namespace/,
    );
  });

  it("takes the kubelet's apology with status 200 for no log", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    const apology = Buffer.from("unable to retrieve container logs for cri-o://abc");
    ground.cluster.logs.set("shop/p/a", [{ at: "", text: apology }]);
    const { text } = await call({ name: "p" });
    expect(text).toBe("[no log: unable to retrieve container logs for cri-o://abc]");
  });

  it("shows the newest lines within the budget, and says what it left out", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    const texts = Array.from({ length: 5_000 }, (_, i) => `line ${i} ${"x".repeat(50 + (i % 7))}`);
    ground.cluster.logs.set("shop/p/a", lines(...texts));
    const { text, structured } = await call({ name: "p", tail: 5_000 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
    expect(text).toContain("line 4999 ");
    expect(structured["logs"]).toMatchObject([{ truncated: true, lines_total: 5_000 }]);
  });

  it("never shows the hub's own token, neither from a log nor in a failure", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    ground.cluster.logs.set("shop/p/a", lines(`got ${TOKEN} from somewhere`));
    const { text, structured } = await call({ name: "p" });
    expect(text).toMatch(/^got \[REDACTED:/);
    expect(JSON.stringify(structured)).not.toContain(TOKEN);
  });

  it("ends when the caller hangs up", async () => {
    ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
    ground.cluster.mishaps.push({ kind: "hang" });
    const controller = new AbortController();
    const answer = ground.hub.call("pods_log", { namespace: "shop", name: "p" }, { signal: controller.signal });
    await expect.poll(() => ground.cluster.requests.length).toBe(1);
    controller.abort();
    expect(await answer).toMatchObject({ isError: true, text: "the call was cancelled by the client" });
  });
});
