// The tracker fails: reports wait, are tried again, and never make two issues.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { ToolFailure } from "../../../src/core/failure.ts";
import type { IssueText, MarkedText } from "../../../src/core/issue-tracker.ts";
import { backoffMs } from "../../../src/agent/pipeline/outbox.ts";
import { closing, override, type Ground } from "./ground.ts";

const start = closing(afterEach);

/** Moves the clock on until the report has ended. */
async function endure(ground: Ground, id: string) {
  for (let tries = 0; tries < 100; tries++) {
    const report = await ground.pipeline.desk.get(id);
    if (["filed", "dead", "cancelled"].includes(report.state)) return report;
    ground.clock.advance(5_000);
    await pause(20);
  }
  throw new Error("it never ended");
}

it("waits five seconds, then twice as long each time, at most ten minutes", () => {
  expect([1, 2, 3, 7, 8, 50].map(backoffMs)).toEqual([5_000, 10_000, 20_000, 320_000, 600_000, 600_000]);
});

describe("a lost reply", () => {
  it.each(["reset-after", "hang-after"] as const)("of the creation (%s) makes no second issue", async (fault) => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, fault);
    const waiting = await ground.settle("ledger-1");
    expect(waiting).toMatchObject({
      state: "filing",
      last_error: expect.stringContaining("could not create the issue"),
    });
    expect(await endure(ground, waiting.report_id)).toMatchObject({
      state: "filed",
      outcome: "created",
      last_error: null,
    });
    expect(ground.issues).toHaveLength(1);
  });

  it("of a creation that the tracker carries out late makes no second issue", async () => {
    const ground = await start();
    await ground.shut();
    let looked = 0;
    const late = Promise.withResolvers<void>();
    await ground.open({
      store: (store) => store,
      tracker: (tracker) =>
        override(tracker, {
          create: async (text: IssueText, signal: AbortSignal) => {
            if (looked > 0) return tracker.create(text, signal);
            void late.promise.then(() => tracker.create(text, new AbortController().signal));
            throw new ToolFailure("timeout", "no reply", { may_have_written: true });
          },
          findIssue: async (marked: MarkedText, signal: AbortSignal) => {
            looked += 1;
            return tracker.findIssue(marked, signal);
          },
        }),
    });
    const { report_id: id } = await ground.settle("ledger-1");
    ground.clock.advance(20_000);
    await expect.poll(() => looked).toBe(1);
    const { last_error } = await ground.until(id, (report) => report.last_error !== "no reply");
    expect(last_error).toContain("may still arrive");
    late.resolve();
    expect(await endure(ground, id)).toMatchObject({ state: "filed", outcome: "created" });
    expect(ground.issues).toHaveLength(1);
  });

  it("of a creation that never happened is made up for after a moment", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, "reset");
    const { report_id: id } = await ground.settle("ledger-1");
    const from = ground.clock.offset;
    expect(await endure(ground, id)).toMatchObject({ state: "filed", outcome: "created" });
    expect(ground.clock.offset - from).toBeGreaterThanOrEqual(9_000);
    expect(ground.issues).toHaveLength(1);
  });

  it("of a creation is waited for no longer because the hub was started again and again", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, "reset");
    const { report_id: id } = await ground.settle("ledger-1");
    const at = ground.clock.now();
    for (let tries = 2; tries < 9; tries++) {
      ground.clock.advance(at - ground.clock.now()); // nothing is later for a machine that is slow
      await ground.restart();
      await ground.until(id, ({ attempts, last_error }) => attempts >= tries - 2 && /may still/.test(last_error ?? ""));
    }
    ground.clock.advance(61_000);
    expect(await ground.until(id, ({ state }) => state === "filed")).toMatchObject({ outcome: "created" });
    expect(ground.issues).toHaveLength(1);
  });

  it("of a comment makes no second comment", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    ground.gitea.fail("POST", /comments$/, "reset-after");
    const { report } = await ground.report("ledger-2");
    await ground.until(report.report_id, ({ last_error }) => last_error !== null);
    expect(await endure(ground, report.report_id)).toMatchObject({ outcome: "commented" });
    expect(ground.issues[0]!.thread).toHaveLength(1);
    expect(await ground.settle("ledger-3")).toMatchObject({ outcome: "commented" });
    expect(ground.issues[0]!.thread[0]!.body).toMatch(/ledger-3[^]*ledger-2/);
  });

  it("of a reopening is still told as reopened", async () => {
    const ground = await start();
    await ground.settle("ledger-1");
    Object.assign(ground.issues[0]!, { state: "closed", closed_at: new Date(ground.clock.now()).toISOString() });
    ground.gitea.fail("PATCH", /issues\/1$/, "reset-after");
    ground.gitea.fail("POST", /comments$/, { status: 403, body: { message: "no" } });
    const { report } = await ground.report("ledger-2");
    expect(await endure(ground, report.report_id)).toMatchObject({ outcome: "reopened" });
    expect(ground.issues[0]!.thread).toHaveLength(1);
  });
});

describe("a tracker in trouble", () => {
  it("that answers 500 gets the issue later, once, without the wait of a lost reply", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status: 500, body: { message: "" } }, 3);
    const waiting = await ground.settle("ledger-1");
    expect(waiting.last_error).toContain("HTTP 500");
    const { state, timeline } = await endure(ground, waiting.report_id);
    expect(state).toBe("filed");
    expect(timeline.filter(({ note }) => note.includes("may still arrive"))).toEqual([]);
    expect(ground.issues).toHaveLength(1);
  });

  it.each([401, 403, 404, 410, 423])("that answers %i keeps the report waiting and says why", async (status) => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status, body: { message: "bad token" } }, 99);
    const waiting = await ground.settle("ledger-1");
    expect(waiting).toMatchObject({ state: "filing", issue: null });
    expect(waiting.last_error).toContain(`HTTP ${status}: bad token`);
    const { draft, intent } = (await ground.store.get(waiting.report_id))!;
    expect({ hasDraft: draft !== undefined, intent }).toEqual({ hasDraft: true, intent: undefined });
    expect(await ground.metrics.metrics()).toContain(`ops_hub_reports_filing_failures_total{reason="${status}"} 1`);
  });

  it("is asked again no sooner than its Retry-After", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status: 429, headers: { "retry-after": "120" }, body: { message: "slow" } });
    const waiting = await ground.settle("ledger-1");
    const { dueAt, updatedAt } = (await ground.store.get(waiting.report_id))!;
    expect(dueAt - updatedAt).toBeGreaterThanOrEqual(119_000);
  });

  it("for 72 hours makes the report dead, aloud, and a retry files it", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status: 401, body: { message: "bad token" } }, 2);
    const { report_id: id } = await ground.settle("ledger-1");
    ground.clock.advance(73 * 3_600_000);
    expect(await endure(ground, id)).toMatchObject({ state: "dead", last_error: expect.stringContaining("in time") });
    ground.clock.advance(5_001); // statistics are kept so long
    expect(await ground.metrics.metrics()).toContain('ops_hub_reports_by_state{state="dead"} 1');
    expect(ground.pipeline.health()).toMatchObject({ dead: 1 });
    const said = { level: "error", report: id, reason: expect.stringContaining("HTTP 401: bad token") };
    expect(ground.lines).toContainEqual(said);
    await ground.pipeline.desk.retry(id);
    expect(await endure(ground, id)).toMatchObject({ state: "filed", outcome: "created", analysis: "llm" });
    expect(ground.model.asked).toHaveLength(1);
  });
});

describe("a refused text", () => {
  it("goes without labels once more", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status: 422, body: { message: "labels" } });
    expect(await ground.settle("ledger-1")).toMatchObject({ state: "filed", last_error: null });
    expect(ground.labels(1)).toEqual([]);
  });

  it("twice makes the report dead, and its followers go their own way", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status: 422, body: { message: "title" } }, 2);
    const [first, second] = await Promise.all([ground.report("ledger-1"), ground.report("ledger-2")]);
    const ids = [first.report.report_id, second.report.report_id];
    const ends = await Promise.all(ids.map((id) => ground.until(id, ({ state }) => ["filed", "dead"].includes(state))));
    expect(ends.map(({ state }) => state).sort()).toEqual(["dead", "filed"]);
    expect(ends.find(({ state }) => state === "dead")!.last_error).toContain("refuses the text");
    expect(ground.issues).toHaveLength(1);
  });

  it("is written at once when an operator retries it: nothing can be under way", async () => {
    const ground = await start();
    ground.gitea.fail("POST", /issues$/, { status: 422, body: { message: "title" } }, 2);
    const { report_id: id } = await ground.settle("ledger-1");
    expect((await ground.pipeline.desk.get(id)).state).toBe("dead");
    await ground.pipeline.desk.retry(id);
    await ground.until(id, ({ state }) => state === "filed");
    const { timeline } = await ground.pipeline.desk.get(id);
    expect(timeline.map(({ note }) => note).join()).not.toContain("may still arrive");
  });
});

it("waits for a tracker to be configured, and says which variables", async () => {
  const ground = await start({ hasTracker: false });
  const waiting = await ground.settle("ledger-1");
  expect(waiting).toMatchObject({
    state: "filing",
    last_error: "no issue tracker: set GITEA_HOST and GITEA_ACCESS_TOKEN, or MCP_GITEA_URL",
  });
  expect(ground.pipeline.health()).toMatchObject({
    tracker: "off: set GITEA_HOST and GITEA_ACCESS_TOKEN, or MCP_GITEA_URL",
  });
});

it("tries a waiting report at once when an operator asks", async () => {
  const ground = await start();
  ground.gitea.fail("POST", /issues$/, { status: 403 });
  const { report_id: id } = await ground.settle("ledger-1");
  await ground.pipeline.desk.retry(id);
  expect(await ground.until(id, ({ state }) => state === "filed")).toMatchObject({ outcome: "created" });
});

it("tries a waiting report at once after a restart, which may have mended the cause", async () => {
  const ground = await start();
  ground.gitea.fail("POST", /issues$/, { status: 401 });
  const { report_id: id } = await ground.settle("ledger-1");
  await ground.restart();
  expect(await ground.until(id, ({ state }) => state === "filed")).toMatchObject({ outcome: "created" });
});
