import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openClusters } from "../../../../src/modules/kubernetes/api/clusters.ts";
import { kubeconfigFiles } from "../../../../src/modules/kubernetes/api/kubeconfig.ts";
import { readLog, type ReadOptions } from "../../../../src/modules/kubernetes/objects/read-log.ts";
import { createRedactor } from "../../../../src/core/redact.ts";
import { lines, pod, startGround, type Ground } from "../ground.ts";

let ground: Ground;
let clusters: Awaited<ReturnType<typeof openClusters>>;
beforeAll(async () => {
  ground = await startGround();
  ground.cluster.objects.push(pod({ name: "p", containers: [{ name: "a" }] }));
  const source = kubeconfigFiles(`${ground.folder}/config`);
  clusters = await openClusters({ source, wanted: [], timeoutMs: 5_000 });
});
afterAll(async () => {
  await clusters.close();
  await ground.close();
});
beforeEach(() => {
  ground.cluster.requests.splice(0);
});

const options: ReadOptions = { maxBytes: 20_000, redactor: createRedactor(), signal: new AbortController().signal };
const request = { namespace: "shop", pod: "p", container: "a", tail: 1_000 };
const tails = () => ground.cluster.requests.map((one) => /tailLines=(\d+)/.exec(one)?.[1]);

it("asks again for a quarter of the lines when they are too large, so that the newest are seen", async () => {
  const texts = Array.from({ length: 1_000 }, (_, i) => `line ${i} ${"x".repeat(60)}`);
  ground.cluster.logs.set("shop/p/a", lines(...texts));
  const log = await readLog(clusters.find(), request, { ...options, maxReadBytes: 10_000 });
  expect(tails()).toEqual(["1000", "250", "62"]);
  expect(log.text).toMatch(/line 999 x+$/);
  expect(log.lines_total).toBe(62);
});

it("shows what came from a stream that stalls, and says that newer lines may be missing", async () => {
  const text = Buffer.from("half a line");
  ground.cluster.logs.set("shop/p/a", [...lines("one"), { at: "2026-11-25T11:00:05Z", text }]);
  ground.cluster.stalls.add("shop/p/a");
  const log = await readLog(clusters.find(), request, { ...options, limits: { idleMs: 50, totalMs: 5_000 } });
  expect(log).toMatchObject({ text: "one\nhalf a line", truncated: true, ended_early: true });
  expect(tails()).toEqual(["1000"]);
  ground.cluster.stalls.clear();
});

it("breaks off with a reason when the connection does", async () => {
  ground.cluster.mishaps.push({ kind: "reset" });
  await expect(readLog(clusters.find(), request, options)).rejects.toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("connection closed"),
  });
});
