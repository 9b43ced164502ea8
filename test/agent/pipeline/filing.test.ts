// From a report to its issue, and what happens when the same failure comes again.
import { afterEach, describe, expect, it } from "vitest";
import { closing } from "./ground.ts";

const start = closing(afterEach);
const DAY_MS = 86_400_000;

describe("one report", () => {
  it("becomes one issue with the model's analysis, its evidence and its timeline", async () => {
    const ground = await start();
    const report = await ground.settle("ledger-1", { container: "app", pipelineRun: "run-1" });
    expect(report).toEqual({
      report_id: expect.stringMatching(/^rpt_[0-9a-z]{20}$/),
      state: "filed",
      outcome: "created",
      created_at: expect.any(String),
      updated_at: expect.any(String),
      namespace: "shop",
      pod_name: "ledger-1",
      container: "app",
      pipeline_run: "run-1",
      attempts: expect.any(Number),
      issue: { owner: "ops", repo: "reports", number: 1, url: `${ground.gitea.url}/ops/reports/issues/1` },
      analysis: "llm",
      deduplicated: false,
      tokens: 42,
      last_error: null,
      policy_violations: [],
    });
    expect(ground.issues).toHaveLength(1);
    expect(ground.issues[0]!.body).toContain("MODEL SAYS SO");
    expect(ground.issues[0]!.body).toMatch(new RegExp(`<!-- hub:v1 fp=[0-9a-f]{16} report=${report.report_id} -->`));
    expect(ground.labels(1)).toEqual(["ai-analyzed", "pipeline-failure"]);
    const { timeline } = await ground.pipeline.desk.get(report.report_id);
    expect(timeline.map(({ state }) => state)).toEqual([
      "received",
      "collecting",
      "collected",
      "waiting_llm",
      "analyzing",
      "drafted",
      "filing",
      "filed",
    ]);
    expect(await ground.pipeline.desk.evidence(report.report_id)).toMatchObject({ pod: { name: "ledger-1" } });
    const states = ground.lines
      .filter((line) => line["report"] === report.report_id && line["level"] === "debug")
      .map((line) => line["state"]);
    expect(states).toEqual(timeline.map(({ state }) => state));
  });

  it("is one report however often it is sent at once, and after a restart", async () => {
    const ground = await start();
    const all = await Promise.all(Array.from({ length: 10 }, () => ground.settle("ledger-1")));
    await ground.restart();
    all.push(await ground.settle("ledger-1"));
    expect(new Set(all.map(({ report_id }) => report_id)).size).toBe(1);
    expect(new Set(all.map(({ issue }) => issue?.url)).size).toBe(1);
    expect(ground.model.asked).toHaveLength(1);
    expect(ground.issues).toHaveLength(1);
  });

  it("is filed with what is known when Kubernetes is not configured", async () => {
    const ground = await start({ hasSource: false, hasModel: false });
    expect(await ground.settle("", { namespace: "shop" })).toMatchObject({ state: "filed", analysis: "fallback" });
    expect(ground.issues[0]!.body).toContain("KUBECONFIG");
  });

  it("is filed without evidence when the cluster does not answer in time", async () => {
    const ground = await start({ limits: { collectMs: 50 } });
    ground.cluster.collectNow = () => new Promise(() => undefined);
    expect(await ground.settle("ledger-1")).toMatchObject({ state: "filed" });
  });

  it("is filed when the evidence source fails unexpectedly", async () => {
    const ground = await start();
    ground.cluster.collectNow = () => Promise.reject(new Error("a bug"));
    expect(await ground.settle("ledger-1")).toMatchObject({ state: "filed" });
  });

  it("carries no secret of its metadata or its evidence", async () => {
    const ground = await start();
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    const collect = ground.cluster.collectNow;
    ground.cluster.collectNow = async (...given) => {
      const found = await collect(...given);
      return { ...found, logs: found.logs.map((log) => ({ ...log, text: `${log.text}\nError: ${secret} refused` })) };
    };
    const report = await ground.settle("ledger-1", { metadata: { note: `token ${secret}` } });
    expect(report.state).toBe("filed");
    expect(JSON.stringify(ground.gitea.requests)).not.toContain(secret);
    expect(JSON.stringify(await ground.store.get(report.report_id))).not.toContain(secret);
  });
});

describe("the same failure again", () => {
  it("is a comment on the open issue, and the next ones stand in the same comment", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    const second = await ground.settle("ledger-2");
    const third = await ground.settle("ledger-3");
    expect(second).toMatchObject({ state: "filed", outcome: "commented", deduplicated: true, analysis: "llm" });
    expect(third).toMatchObject({ outcome: "commented", issue: { number: 1 } });
    expect(ground.issues).toHaveLength(1);
    const { thread } = ground.issues[0]!;
    expect(thread).toHaveLength(1);
    expect(thread[0]!.body).toContain("ledger-2");
    expect(thread[0]!.body).toContain("ledger-3");
    expect(ground.model.asked).toHaveLength(1);
  });

  it("is a new comment ten minutes later", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    await ground.settle("ledger-2");
    ground.clock.advance(601_000);
    await ground.settle("ledger-3");
    expect(ground.issues[0]!.thread.map(({ body }) => /ledger-\d/.exec(body)?.[0])).toEqual(["ledger-2", "ledger-3"]);
  });

  it("is a new comment when somebody deleted the last one", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    await ground.settle("ledger-2");
    ground.issues[0]!.thread.length = 0;
    await ground.settle("ledger-3");
    expect(ground.issues[0]!.thread).toHaveLength(1);
  });

  it("opens an issue again that was closed within seven days", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    Object.assign(ground.issues[0]!, { state: "closed", closed_at: new Date(ground.clock.now()).toISOString() });
    ground.clock.advance(6 * DAY_MS);
    expect(await ground.settle("ledger-2")).toMatchObject({ outcome: "reopened", deduplicated: true });
    expect(ground.issues).toHaveLength(1);
    expect(ground.issues[0]!.state).toBe("open");
    expect(ground.issues[0]!.thread[0]!.body).toMatch(/Reopened: .*ledger-2/s);
  });

  it("is a new analysed issue that names the old one when that was closed longer ago", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    Object.assign(ground.issues[0]!, { state: "closed", closed_at: new Date(ground.clock.now()).toISOString() });
    ground.clock.advance(8 * DAY_MS);
    expect(await ground.settle("ledger-2")).toMatchObject({
      outcome: "created",
      issue: { number: 2 },
      analysis: "llm",
    });
    expect(ground.issues[1]!.body).toMatch(
      /An earlier issue of this failure, #1, was closed on \d{4}-\d\d-\d\d\.\n\n<!--/,
    );
    expect(await ground.settle("ledger-3")).toMatchObject({ outcome: "commented", issue: { number: 2 } });
  });

  it("is a new issue when the old one was deleted", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    ground.issues[0]!.number = 99; // gone from its place
    expect(await ground.settle("ledger-2")).toMatchObject({ outcome: "created" });
    expect(ground.issues.at(-1)!.body).toContain("#1, is gone");
  });

  it.each(["wontfix", "hub:ignore"])("is only counted on an issue with the label %s", async (name) => {
    const ground = await start();
    await ground.settle("ledger-1");
    ground.issues[0]!.labels.push({ id: 1, name, color: "", description: "" });
    ground.issues[0]!.state = "closed";
    const before = ground.writes();
    expect(await ground.settle("ledger-2")).toMatchObject({ state: "filed", outcome: "recorded", deduplicated: true });
    expect(ground.writes()).toEqual(before);
  });

  it("costs few writes when it comes a hundred times at once", async () => {
    const ground = await start();
    const all = await Promise.all(Array.from({ length: 100 }, (_, at) => ground.settle(`ledger-${at}`)));
    expect(all.map(({ state }) => state)).toEqual(Array(100).fill("filed"));
    expect(all.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect(ground.issues).toHaveLength(1);
    expect(ground.issues[0]!.thread).toHaveLength(1);
    expect(ground.issues[0]!.thread[0]!.body).toContain("99 occurrences");
    expect(ground.writes().length).toBeLessThan(50);
    expect(ground.model.asked).toHaveLength(1);
  });
});

describe("a storm", () => {
  it("of sixty different failures is fifty issues and one umbrella", async () => {
    const ground = await start();
    const all = await Promise.all(Array.from({ length: 60 }, (_, at) => ground.settle(`${word(at)}-1`)));
    expect(all.map(({ state }) => state)).toEqual(Array(60).fill("filed"));
    expect(all.filter(({ outcome }) => outcome === "created")).toHaveLength(51);
    expect(ground.issues).toHaveLength(51);
    expect(ground.model.asked).toHaveLength(50);
    const [umbrella] = ground.issues.filter(({ thread }) => thread.length > 0);
    expect(umbrella!.thread).toHaveLength(1);
    const again = all.findIndex(({ issue, outcome }) => issue?.number === umbrella!.number && outcome !== "created");
    expect(await ground.settle(`${word(again)}-2`)).toMatchObject({ issue: { number: umbrella!.number } });
    const first = all.find(({ issue, outcome }) => issue?.number === umbrella!.number && outcome === "created")!;
    await expect(ground.pipeline.desk.retry(first.report_id)).rejects.toThrow("a storm of failures");
  });

  it("of another namespace is its own", async () => {
    const ground = await start({ limits: { stormThreshold: 2 } });
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => ground.settle(`${name}-1`)));
    expect(ground.issues).toHaveLength(3);
    await ground.settle("a-1", { namespace: "bank" });
    expect(ground.issues).toHaveLength(4);
  });
});

const word = (at: number): string => `w${String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26))}`;
