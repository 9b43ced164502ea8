// The model is slow, down, over its budget, or back again.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { closing, modelDown, override, type Ground } from "./ground.ts";

const start = closing(afterEach);

async function withFallback(ground: Ground, pod = "ledger-1") {
  const behave = ground.model.behave;
  ground.model.behave = modelDown;
  const report = await ground.settle(pod);
  expect(report).toMatchObject({ state: "filed", outcome: "created", analysis: "fallback" });
  // The pipeline asks once more by itself; after that it waits a minute, and nothing comes between the steps of a test.
  await ground.until(report.report_id, ({ state, last_error }) => state === "filed" && last_error !== null);
  return { id: report.report_id, recover: () => void (ground.model.behave = behave) };
}

describe("without the model", () => {
  it("a report becomes the classifier's issue, and is edited when the model answers again", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    expect(ground.labels(1)).toEqual(["needs-analysis", "pipeline-failure"]);
    const before = ground.issues[0]!.body;
    recover();
    ground.clock.advance(61_000);
    const edited = await ground.until(id, ({ analysis, state }) => analysis === "llm" && state === "filed");
    expect(edited).toMatchObject({ outcome: "created", issue: { number: 1 }, tokens: 42, deduplicated: false });
    expect(ground.issues).toHaveLength(1);
    expect(ground.issues[0]!.body).not.toBe(before);
    expect(ground.issues[0]!.body).toContain("MODEL SAYS SO");
    expect(ground.labels(1)).toEqual(["ai-analyzed", "pipeline-failure"]);
  });

  it("an issue that a person rewrote gets a comment instead", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    ground.issues[0]!.body = "I looked at this myself.";
    recover();
    await ground.pipeline.desk.retry(id);
    await ground.until(id, ({ analysis, state }) => analysis === "llm" && state === "filed");
    expect(ground.issues[0]!.body).toBe("I looked at this myself.");
    expect(ground.issues[0]!.thread.map(({ body }) => body)).toEqual([expect.stringContaining("MODEL SAYS SO")]);
    expect(ground.labels(1)).toEqual(["ai-analyzed", "pipeline-failure"]);
  });

  it("an issue that was deleted meanwhile is left alone", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    ground.issues[0]!.number = 99;
    recover();
    await ground.pipeline.desk.retry(id);
    await ground.until(id, ({ analysis, state }) => analysis === "llm" && state === "filed");
    expect(ground.issues).toHaveLength(1);
  });

  it("an issue that stands in another repository than today's is left alone", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    const asked = ground.model.asked.length;
    await ground.shut();
    await ground.open({ store: (store) => store, tracker: (tracker) => override(tracker, { repo: "elsewhere" }) });
    recover();
    ground.clock.advance(61_000);
    const writes = ground.writes().length;
    await expect(ground.pipeline.desk.retry(id)).rejects.toThrow("ops/reports");
    await pause(200); // the sweeper leaves it alone too
    expect(await ground.pipeline.desk.get(id)).toMatchObject({ state: "filed", analysis: "fallback" });
    expect(ground.model.asked).toHaveLength(asked);
    expect(ground.writes()).toHaveLength(writes);
  });

  it("an issue whose repository changes while it is analysed again is left alone", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    recover();
    ground.gitea.fail("PATCH", /issues\/1$/, { status: 401 });
    await ground.pipeline.desk.retry(id);
    await ground.until(id, ({ state, last_error }) => state === "filing" && last_error !== null);
    await ground.shut();
    const writes = ground.writes().length;
    await ground.open({ store: (store) => store, tracker: (tracker) => override(tracker, { repo: "elsewhere" }) });
    const kept = await ground.until(id, ({ state }) => state === "filed");
    expect(kept).toMatchObject({ analysis: "fallback", last_error: expect.stringContaining("ops/reports") });
    expect(ground.writes()).toHaveLength(writes);
  });

  it("an issue whose edit stays refused keeps its text, and its report is no less filed", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    const { body } = ground.issues[0]!;
    recover();
    ground.gitea.fail("PATCH", /issues\/1$/, { status: 422, body: { message: "no" } }, 99);
    await ground.pipeline.desk.retry(id);
    const kept = await ground.until(id, ({ last_error, state }) => state === "filed" && last_error !== null);
    expect(kept).toMatchObject({ outcome: "created", analysis: "fallback", issue: { number: 1 } });
    expect(kept.last_error).toContain("not analysed again: the tracker refuses the text");
    expect(ground.issues[0]!.body).toBe(body);
  });

  it("a lost reply of the edit is no harm", async () => {
    const ground = await start();
    const { id, recover } = await withFallback(ground);
    recover();
    ground.gitea.fail("PATCH", /issues\/1$/, "reset-after");
    await ground.pipeline.desk.retry(id);
    await ground.until(id, ({ last_error, state }) => state === "filing" && last_error !== null);
    ground.clock.advance(10_000);
    await ground.until(id, ({ state }) => state === "filed");
    expect(ground.labels(1)).toEqual(["ai-analyzed", "pipeline-failure"]);
  });

  it("nothing is asked while the breaker is open", async () => {
    const ground = await start();
    ground.model.isOpen = false;
    expect(await ground.settle("ledger-1")).toMatchObject({ state: "filed", analysis: "fallback" });
    expect(ground.model.asked).toEqual([]);
    ground.model.isOpen = true;
    await ground.until((await ground.pipeline.desk.list({ limit: 1 })).reports[0]!.report_id, ({ analysis, state }) => {
      return analysis === "llm" && state === "filed";
    });
  });

  it("nothing is asked when the day's tokens are used up", async () => {
    const ground = await start({ limits: { dailyTokens: 42 } });
    expect(await ground.settle("ledger-1")).toMatchObject({ analysis: "llm", tokens: 42 });
    expect(await ground.settle("cashbox-1")).toMatchObject({ analysis: "fallback" });
    expect(ground.model.asked).toHaveLength(1);
  });

  it("a model that is off changes nothing but the analysis", async () => {
    const ground = await start({ hasModel: false });
    const report = await ground.settle("ledger-1");
    expect(report).toMatchObject({ state: "filed", analysis: "fallback" });
    await expect(ground.pipeline.desk.retry(report.report_id)).rejects.toThrow("LITELLM_URL");
  });
});

describe("a model that comes back", () => {
  it("analyses the newest first, one at a time", async () => {
    const ground = await start();
    ground.model.isOpen = false;
    const ids: string[] = [];
    for (const pod of ["ledger-1", "cashbox-1", "till-1"]) ids.push((await ground.settle(pod)).report_id);
    ground.model.isOpen = true;
    for (const id of ids) await ground.until(id, ({ analysis, state }) => analysis === "llm" && state === "filed");
    expect(ground.model.asked).toEqual(ids.toReversed());
  });

  it("is asked less and less often about what it does not manage, and then no more", async () => {
    const ground = await start();
    ground.model.behave = async () => ({
      ok: false,
      reason: "no draft",
      isModelDown: false,
      violations: ["x"],
      tokens: 7,
    });
    const report = await ground.settle("ledger-1");
    expect(report).toMatchObject({ analysis: "fallback", policy_violations: ["x"], tokens: 7 });
    const { last_error } = await ground.until(report.report_id, ({ last_error }) => last_error !== null);
    expect(last_error).toBe("not analysed again: the model failed: no draft");
    const asked: number[] = [];
    for (const minutes of [0, 1, 3, 1, 16, 300]) {
      ground.clock.advance(minutes * 60_000);
      await pause(200);
      asked.push(ground.model.asked.length);
    }
    expect(asked).toEqual([2, 3, 3, 4, 5, 5]);
  });

  it("is probed once a minute while it is down", async () => {
    const ground = await start();
    await withFallback(ground);
    const asked = ground.model.asked.length;
    await pause(200);
    expect(ground.model.asked).toHaveLength(asked);
    ground.clock.advance(61_000);
    await pause(200);
    expect(ground.model.asked).toHaveLength(asked + 1);
  });
});

describe("a slow model", () => {
  it("leaves those that wait too long to the classifier", async () => {
    const ground = await start({ limits: { llmConcurrency: 1 } });
    const reading = Promise.withResolvers<void>();
    const behave = ground.model.behave;
    ground.model.behave = async (...given) => {
      await reading.promise;
      return behave(...given);
    };
    const first = await ground.report("ledger-1");
    await ground.until(first.report.report_id, ({ state }) => state === "analyzing");
    const second = await ground.report("cashbox-1");
    await ground.until(second.report.report_id, ({ state }) => state === "waiting_llm");
    ground.clock.advance(300_000);
    expect(await ground.settled(second.report.report_id)).toMatchObject({ state: "filed", analysis: "fallback" });
    reading.resolve();
    expect(await ground.settled(first.report.report_id)).toMatchObject({ state: "filed", analysis: "llm" });
  });

  it("is told the deadline, five minutes after acceptance", async () => {
    const ground = await start();
    const deadlines: number[] = [];
    const behave = ground.model.behave;
    ground.model.behave = (input, signal) => {
      deadlines.push(input.deadline);
      return behave(input, signal);
    };
    const { created_at } = await ground.settle("ledger-1");
    expect(deadlines).toEqual([Date.parse(created_at) + 300_000]);
  });

  it("is interrupted by a stop, and asked again after the next start", async () => {
    const ground = await start();
    const behave = ground.model.behave;
    ground.model.behave = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const { report } = await ground.report("ledger-1");
    await ground.until(report.report_id, ({ state }) => state === "analyzing");
    ground.model.behave = behave;
    const before = performance.now();
    await ground.restart();
    expect(performance.now() - before).toBeLessThan(1_500);
    expect(await ground.settled(report.report_id)).toMatchObject({ state: "filed", analysis: "llm" });
  });

  it("that never listens does not hold up a stop for long", async () => {
    const ground = await start();
    ground.model.behave = () => new Promise(() => undefined);
    const { report } = await ground.report("ledger-1");
    await ground.until(report.report_id, ({ state }) => state === "analyzing");
    const before = performance.now();
    await ground.pipeline.close();
    expect(performance.now() - before).toBeLessThan(1_500);
  });
});
