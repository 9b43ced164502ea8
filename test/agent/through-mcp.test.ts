// The seed's own configuration: a cluster and a Gitea that are reached through MCP servers alone, whichever generation they are.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { reports } from "../../src/agent/index.ts";
import { readConfig } from "../../src/config.ts";
import { createHub } from "../../src/hub.ts";
import { upstreamModules } from "../../src/modules/upstream/index.ts";
import { loadFailure, readFailures, recurrence } from "../support/failures.ts";
import { GENERATIONS, giteaMcp, type Generation } from "../support/gitea-mcp.ts";
import { startGitea } from "../support/gitea-stand-in.ts";
import { kubernetesMcp } from "../support/kubernetes-mcp.ts";
import { startKubernetes } from "../support/kubernetes-stand-in.ts";
import { goodAnalyst, startModel, type ModelScript } from "../support/model-stand-in.ts";
import { serveTable } from "../support/tool-table.ts";

const GITEA_TOKEN = "feedface".repeat(5);
const MODEL_KEY = "model-key-c0ffee-0123456789";
const [failure] = (await readFailures()).filter(({ name }) => name.endsWith("npm-eresolve"));

async function start(generation: Generation, isDown = false, script: ModelScript = goodAnalyst) {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-mcp-"));
  const cluster = await startKubernetes({ token: "kube-t0ken" });
  const gitea = await startGitea({ token: GITEA_TOKEN, repos: { "ops/failures": {} } });
  const model = await startModel(script, { key: MODEL_KEY });
  const kubernetesServer = await serveTable("kubernetes-mcp-server", kubernetesMcp(cluster));
  const giteaServer = await serveTable("gitea-mcp", giteaMcp(gitea, GITEA_TOKEN, generation));
  kubernetesServer.isDown = isDown;
  giteaServer.isDown = isDown;
  let logged = "";
  const env = {
    PORT: "0",
    HEALTH_METRICS_PORT: "0",
    DRAIN_SECONDS: "2",
    DATA_DIR: join(directory, "data"),
    // as the seed's chart has them: a transport that is gone with its path, and an address without one
    MCP_OPENSHIFT_URL: `${kubernetesServer.url.replace(/\/mcp$/, "/sse")}#openshift`,
    MCP_GITEA_URL: giteaServer.url.replace(/\/mcp$/, ""),
    MCP_GITEA_OWNER: "ops",
    MCP_GITEA_REPO: "failures",
    LITELLM_URL: model.url,
    LITELLM_API_KEY: MODEL_KEY,
  };
  const modules = [...(await upstreamModules(env)), reports];
  const log = pino({ level: "debug" }, { write: (line: string) => void (logged += line) });
  const hub = await createHub({
    config: await readConfig(env, modules),
    version: "test",
    log,
    clock: { now: Date.now },
  });
  const { url } = await hub.listen();
  onTestFinished(async () => {
    await hub.close();
    await Promise.all([kubernetesServer, giteaServer, cluster, gitea, model].map((one) => one.close()));
    await rm(directory, { recursive: true, force: true });
  });
  const ask = async (path: string, body?: unknown): Promise<any> => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const reply = await fetch(url + path, body === undefined ? {} : init);
    return { status: reply.status, ...((await reply.json()) as object) };
  };
  const issues = () => gitea.repo("ops/failures").issues;
  return { ask, cluster, gitea, issues, kubernetesServer, giteaServer, model, logged: () => logged };
}

const label = (name: string, id: number) => ({ id: id + 1, name, color: "d73a4a", description: "" });

if (failure === undefined) throw new Error("no failure npm-eresolve");

describe.each(GENERATIONS)("through MCP servers alone (gitea-mcp: %s)", (generation) => {
  it("makes an issue of a report, and a comment of the next one", async () => {
    const world = await start(generation);
    loadFailure(failure, world.cluster);
    const first = await world.ask("/report-failure", failure.report);
    expect(first).toMatchObject({ status: "success", state: "filed", analysis: "llm" });
    expect(first.result).toBe(`Issue created: ${world.gitea.url}/ops/failures/issues/1`);
    expect(world.issues()).toHaveLength(1);
    expect(world.issues()[0]?.body).toContain("ERESOLVE");
    expect(
      world
        .issues()[0]
        ?.labels.map(({ name }) => name)
        .sort(),
    ).toEqual(["ai-analyzed", "pipeline-failure"]);
    world.cluster.objects.splice(0);
    const again = recurrence(failure);
    loadFailure(again, world.cluster);
    const second = await world.ask("/report-failure", again.report);
    expect(second).toMatchObject({ status: "success", issue: { number: 1 } });
    expect(world.issues()).toHaveLength(1);
    expect(world.issues()[0]?.thread).toHaveLength(1);
    expect(world.issues()[0]?.thread[0]?.body).toContain(again.report.pod_name);
    const asked = world.kubernetesServer.calls.map(({ tool }) => tool);
    expect(asked.filter((tool) => !/_(?:get|list|log|list_in_namespace)$/.test(tool))).toEqual([]);
    for (const secret of [GITEA_TOKEN, MODEL_KEY]) expect(world.logged()).not.toContain(secret);
  });
});

it("lets the model read more of the log, of this pod and of the container that failed alone", async () => {
  const draft = { title: "npm cannot resolve it", summary: "npm ci stops.", root_cause: "two versions of react" };
  const script = [
    { calls: [{ name: "pods_log", arguments: { namespace: "kube-system", name: "etcd" } }] },
    { calls: [{ name: "pods_log", arguments: { tail: 20 } }] },
    { calls: [{ name: "create_issue", arguments: draft }] },
  ];
  const world = await start("newest", false, script);
  loadFailure(failure, world.cluster);
  expect(await world.ask("/report-failure", failure.report)).toMatchObject({ state: "filed", analysis: "llm" });
  const logs = world.kubernetesServer.calls.filter(({ tool }) => tool === "pods_log").map(({ args }) => args);
  const { namespace, pod_name: name } = failure.report;
  expect(logs.at(-1)).toMatchObject({ namespace, name, tail: 20, container: expect.stringMatching(/^step-/) });
  expect(logs.filter((args) => args["namespace"] !== namespace)).toEqual([]);
  const told = world.model.requests.at(-1)?.body.messages.filter(({ role }) => role === "tool");
  expect(String(told?.at(-1)?.content)).toContain("ERESOLVE");
});

it("loses no report while its Gitea server is down, and writes none twice", async () => {
  const world = await start("newest");
  loadFailure(failure, world.cluster);
  world.giteaServer.isDown = true;
  const taken = await world.ask("/report-failure?mode=async", failure.report);
  expect(taken).toMatchObject({ status: "accepted" });
  const report = () => world.ask(`/reports/${taken.report_id}`);
  await vi.waitFor(async () => expect((await report()).state).toBe("filing"), { timeout: 20_000, interval: 50 });
  world.giteaServer.isDown = false;
  await vi.waitFor(
    async () => {
      await world.ask(`/reports/${taken.report_id}/retry`, {});
      expect((await report()).state).toBe("filed");
    },
    { timeout: 30_000, interval: 200 },
  );
  expect(world.issues()).toHaveLength(1);
}, 60_000);

it("writes an issue once whose answer was lost", async () => {
  const world = await start("consolidated");
  loadFailure(failure, world.cluster);
  world.gitea.repo("ops/failures").labels.push(...["pipeline-failure", "ai-analyzed"].map(label));
  world.giteaServer.losesAnswerOf = "issue_write";
  const { report_id: id } = await world.ask("/report-failure?mode=async", failure.report);
  await vi.waitFor(
    async () => {
      await world.ask(`/reports/${id}/retry`, {});
      expect((await world.ask(`/reports/${id}`)).state).toBe("filed");
    },
    { timeout: 30_000, interval: 200 },
  );
  expect(world.giteaServer.losesAnswerOf).toBeUndefined();
  expect(world.issues()).toHaveLength(1);
  const report = await world.ask(`/reports/${id}`);
  expect(JSON.stringify(report)).toContain("found as written by an earlier try");
}, 60_000);

it("serves while both servers are down at the start, and files once they are up", async () => {
  const world = await start("legacy", true);
  loadFailure(failure, world.cluster);
  world.kubernetesServer.isDown = false;
  world.giteaServer.isDown = false;
  await vi.waitFor(
    async () => {
      const health = await world.ask("/health");
      const states = ["openshift", "gitea"].map((name) => health.modules[name].connection);
      expect(states).toEqual(["connected", "connected"]);
    },
    { timeout: 30_000, interval: 100 },
  );
  const reply = await world.ask("/report-failure", failure.report);
  expect(reply).toMatchObject({ status: "success", state: "filed" });
  expect(world.issues()[0]?.body).toContain("ERESOLVE");
}, 60_000);
