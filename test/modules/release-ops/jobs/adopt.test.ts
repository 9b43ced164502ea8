// A call that becomes a job when it takes too long: it answers as itself while its caller waits.
import { afterEach, expect, test } from "vitest";
import { ToolFailure } from "../../../../src/core/failure.ts";
import { createGround, outcome, toolSpec, type Ground } from "./ground.ts";

let ground: Ground;
afterEach(() => ground.remove());

const auto = toolSpec("auto");
const one = toolSpec("one", {}, { singleton: "one:{release}" });
const repeated = (maxFailures = 2, waitMs = 45_000) =>
  toolSpec("repeated", {}, { waitMs, repeat: { everyMs: 600_000, maxFailures } });

const onlyJob = async () => {
  const [job] = (await ground.call("ops_job_list")).structured["jobs"] as { id: string; state: string }[];
  return job ?? { id: "none", state: "none" };
};

test("a command that ends within the wait is the answer itself, whole, and its lines were seen", async () => {
  ground = await createGround([auto]);
  const lines: string[] = [];
  const answer = ground.adopt(auto, { onLine: (line) => lines.push(line) });
  const run = await ground.runs.next();
  const sleep = await ground.timers.next();
  expect(sleep.milliseconds).toBe(45_000);
  run.options.onLine("hello");
  expect(run.options).toMatchObject({ caller: "me", door: "mcp" });
  run.end(outcome());
  expect(await answer).toEqual(outcome());
  expect(lines).toEqual(["hello"]);
  expect(sleep.signal.aborted).toBe(true);
  expect((await ground.call("ops_job_list")).structured).toMatchObject({
    jobs: [{ tool: "auto", state: "succeeded" }],
  });
});

test("a failure within the wait is an outcome too", async () => {
  ground = await createGround([auto]);
  const answer = ground.adopt(auto);
  (await ground.runs.next()).end(outcome({ ok: false }));
  expect(await answer).toEqual(outcome({ ok: false }));
});

test("after the wait it names the job, which no longer ends with its caller nor tells it lines", async () => {
  ground = await createGround([auto]);
  const caller = new AbortController();
  const lines: string[] = [];
  const answer = ground.adopt(auto, { signal: caller.signal, onLine: (line) => lines.push(line) });
  const run = await ground.runs.next();
  (await ground.timers.next()).fire();
  const { id } = await onlyJob();
  expect(await answer).toEqual({
    job_id: id,
    is_new: true,
    text: `▶ Running in background (job ${id})\n\nops_job_status and ops_job_logs follow it, ops_job_stop ends it.`,
  });
  caller.abort();
  run.options.onLine("later");
  expect(run.options.signal.aborted).toBe(false);
  expect(lines).toEqual([]);
  run.end(outcome());
  await ground.jobs.find(id).ended;
  expect(await ground.status(id)).toMatchObject({ state: "succeeded", lines: 1 });
});

test("a caller who leaves within the wait ends the command, and gets its outcome", async () => {
  ground = await createGround([auto]);
  const caller = new AbortController();
  const answer = ground.adopt(auto, { signal: caller.signal });
  await ground.runs.next();
  caller.abort();
  expect(await answer).toMatchObject({ ok: false, facts: { reason: "cancelled" } });
  expect(await onlyJob()).toMatchObject({ state: "stopped" });
});

test("a second call of a singleton is told of the first, which then outlives its own caller", async () => {
  ground = await createGround([one]);
  const caller = new AbortController();
  const first = ground.adopt(one, { signal: caller.signal });
  const run = await ground.runs.next();
  const { id } = await onlyJob();
  const second = await ground.adopt(one);
  expect(second).toMatchObject({ job_id: id, is_new: false, text: expect.stringContaining("started by an earlier") });
  caller.abort(new Error("gone"));
  await expect(first).rejects.toThrow("gone");
  expect(run.options.signal.aborted).toBe(false);
  expect(await ground.start("one")).toBe(id);
  expect(ground.runs.runs).toHaveLength(1);
});

test("what kept the command from running is thrown, and leaves no job", async () => {
  ground = await createGround([one]);
  const answer = ground.adopt(one);
  (await ground.runs.next()).fail(new ToolFailure("denied", "not run: read_only"));
  await expect(answer).rejects.toThrow("not run: read_only");
  expect((await ground.call("ops_job_list")).structured).toMatchObject({ total: 0 });
  expect((await ground.stored()).jobs).toEqual([]);
  void ground.adopt(one);
  await ground.runs.next(); // its key is free again
});

test("a caller who has left starts nothing", async () => {
  ground = await createGround([auto]);
  await expect(ground.adopt(auto, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  expect(ground.runs.runs).toEqual([]);
});

test("mode always does not wait", async () => {
  const always = toolSpec("always", {}, { mode: "always" });
  ground = await createGround([always]);
  expect(await ground.adopt(always)).toMatchObject({ is_new: true, job_id: (await onlyJob()).id });
});

test("a repeated command answers after its first run, runs again, and counts", async () => {
  const spec = repeated();
  ground = await createGround([spec]);
  const answer = ground.adopt(spec);
  const first = await ground.runs.next();
  await ground.timers.next(); // the caller's wait
  first.end(outcome());
  expect(await answer).toMatchObject({ is_new: true });
  const { id } = await onlyJob();

  const pause = await ground.timers.next();
  expect(pause.milliseconds).toBe(600_000);
  expect(await ground.status(id)).toMatchObject({
    state: "running",
    restarts: 0,
    next_run_at: "2026-11-25T12:10:00.000Z",
  });
  pause.fire();
  const second = await ground.runs.next();
  expect(await ground.status(id)).toMatchObject({ state: "running", restarts: 1, next_run_at: null });
  expect((await ground.call("ops_job_logs", { id })).text).toContain("1 --- run 2 starts at 2026-11-25T12:00:00.000Z");
  second.end(outcome());

  await ground.timers.next(); // stopped between two runs
  expect((await ground.call("ops_job_stop", { id })).structured).toMatchObject({ state: "stopped", restarts: 1 });
  expect(ground.runs.runs).toHaveLength(2);
});

test("a repeated command ends after so many failures in a row; a success begins the count anew", async () => {
  const spec = repeated();
  ground = await createGround([spec]);
  const id = await ground.start("repeated");
  for (const ok of [false, true, false]) {
    (await ground.runs.next()).end(outcome({ ok }));
    (await ground.timers.next()).fire();
  }
  (await ground.runs.next()).fail(new ToolFailure("unavailable", "busy"));
  await ground.jobs.find(id).ended;
  expect(await ground.status(id)).toMatchObject({
    state: "failed",
    failures: 2,
    restarts: 3,
    message: "it failed 2 times in a row: busy",
  });
});

test("a repeated command that cannot run at all is not tried again", async () => {
  const spec = repeated();
  ground = await createGround([spec]);
  const answer = ground.adopt(spec);
  (await ground.runs.next()).fail(new ToolFailure("unavailable", "OAR_JWK is not set"));
  await expect(answer).rejects.toThrow("OAR_JWK is not set");
  expect((await ground.call("ops_job_list")).structured).toMatchObject({ total: 0 });
});
