// The five tools, through the registry.
import { afterEach, describe, expect, test } from "vitest";
import { ToolFailure } from "../../../../src/core/failure.ts";
import { createGround, outcome, toolSpec, type Ground } from "./ground.ts";

let ground: Ground;
afterEach(() => ground.remove());

const one = toolSpec("controller", {}, { singleton: "controller:{release}" });
const free = toolSpec("free");

describe("ops_job_start", () => {
  test("answers at once, and the job goes on to its end", async () => {
    ground = await createGround([free]);
    const answer = await ground.call("ops_job_start", {
      tool: "free",
      arguments: { release: "4.19", token: "hunter2", key: null, note: "x".repeat(300) },
    });
    const { id } = answer.structured;
    expect(id).toMatch(/^job-[0-9a-f]{8}-[0-9a-f]{4}$/);
    expect(answer.text).toBe(
      `▶ Running in background (job ${String(id)})\n\nops_job_status and ops_job_logs follow it, ops_job_stop ends it.`,
    );
    expect(answer.structured).toEqual({
      id,
      tool: "free",
      arguments: { release: "4.19", token: "***", note: `${"x".repeat(200)}… (300 bytes)` },
      state: "running",
      started_at: "2026-11-25T12:00:00.000Z",
      ended_at: null,
      restarts: 0,
      failures: 0,
      next_run_at: null,
      reason: null,
      exit_code: null,
      signal: null,
      verdict: null,
      duration_ms: null,
      message: null,
      lines: 0,
      dropped_lines: 0,
      is_new: true,
    });

    const run = await ground.runs.next();
    expect(run.input).toMatchObject({ release: "4.19", token: "hunter2" });
    expect(run.options).toMatchObject({ caller: "anonymous", door: "internal" });
    run.options.onLine("hello");
    ground.clock.at += 5000;
    run.end(outcome({ verdict: "Fail" }));
    await ground.jobs.find(String(id)).ended;
    expect(await ground.status(String(id))).toMatchObject({
      state: "succeeded",
      ended_at: "2026-11-25T12:00:05.000Z",
      reason: "exit",
      exit_code: 0,
      verdict: "Fail",
      duration_ms: 12,
      lines: 1,
    });
  });

  test("a second start of a singleton is the running job; another key, or another tool, is not", async () => {
    ground = await createGround([one, { ...one, name: "other" }]);
    const [first, second] = await Promise.all([ground.start("controller"), ground.start("controller")]);
    expect(second).toBe(first);
    const again = await ground.call("ops_job_start", { tool: "controller", arguments: { release: "4.19" } });
    expect(again.structured).toMatchObject({ id: first, is_new: false });
    expect(again.text).toContain("started by an earlier call");
    const others = await Promise.all([ground.start("controller", { release: "4.20" }), ground.start("other")]);
    expect(new Set([first, ...others]).size).toBe(3);
    for (let n = 0; n < 3; n += 1) await ground.runs.next();
    expect(ground.runs.runs).toHaveLength(3);

    ground.runs.runs[0]?.end(outcome());
    await ground.jobs.find(first).ended;
    expect(await ground.start("controller")).not.toBe(first);
  });

  test("refuses unknown tools, wrong arguments and what the gate forbids, and makes no job of them", async () => {
    ground = await createGround([free], (_, input) => {
      if (input["note"] === "critical") throw new ToolFailure("denied", "needs confirm");
      return input;
    });
    const refused = async (tool: string, given: object) => {
      const answer = await ground.call("ops_job_start", { tool, arguments: given });
      expect(answer.isError).toBe(true);
      return answer.text;
    };
    expect(await refused("fre", {})).toContain("no tool fre can run as a job; did you mean free?");
    expect(await refused("free", {})).toContain("release");
    expect(await refused("free", { release: "-x" })).toContain("must not start with -");
    expect(await refused("free", { release: "4.19", nope: 1 })).toContain('unknown argument "nope"');
    expect(await refused("free", { release: "4.19", note: "critical" })).toBe("needs confirm");
    expect((await ground.call("ops_job_list")).structured).toEqual({ total: 0, returned: 0, jobs: [] });
    expect(ground.runs.runs).toEqual([]);
  });

  test("what keeps the command from running is the job's message; a bug of ours is not told", async () => {
    ground = await createGround([free]);
    const [busy, broken] = [await ground.start("free"), await ground.start("free")];
    (await ground.runs.next()).fail(new ToolFailure("unavailable", "busy, retry in 5 s"));
    (await ground.runs.next()).fail(new TypeError("secret path"));
    await Promise.all([busy, broken].map((id) => ground.jobs.find(id).ended));
    expect(await ground.status(busy)).toMatchObject({ state: "failed", message: "busy, retry in 5 s", reason: null });
    const shown = await ground.status(broken);
    expect(shown).toMatchObject({ state: "failed", message: expect.stringContaining("its log says why") });
    expect(JSON.stringify(shown)).not.toContain("secret path");
  });

  test("50 jobs run at once and no more", async () => {
    ground = await createGround([free]);
    await Promise.all(Array.from({ length: 50 }, () => ground.start("free")));
    const answer = await ground.call("ops_job_start", { tool: "free", arguments: { release: "4.19" } });
    expect(answer.text).toContain("50 jobs are running");
    expect(answer.isError).toBe(true);
  });
});

describe("ops_job_status", () => {
  test("of a failure it has code and reason, of a JSON tool the answer", async () => {
    ground = await createGround([toolSpec("json", { result: "json" })]);
    const id = await ground.start("json");
    (await ground.runs.next()).end(outcome({ ok: false, exit_code: 1, reason: "fail_on", output: '{"error": "x"}' }));
    await ground.jobs.find(id).ended;
    expect(await ground.status(id)).toMatchObject({
      state: "failed",
      failures: 1,
      exit_code: 1,
      reason: "fail_on",
      result: '{"error": "x"}',
    });
  });

  test("an unknown job says where to look, and an id that is none is refused", async () => {
    ground = await createGround([]);
    const unknown = await ground.call("ops_job_status", { id: "job-00000000-0000" });
    expect(unknown).toMatchObject({ isError: true, text: expect.stringContaining("ops_job_list shows") });
    expect(await ground.call("ops_job_logs", { id: "../etc" })).toMatchObject({ isError: true });
  });
});

describe("ops_job_logs", () => {
  test("pages by line number, and its text has every line", async () => {
    ground = await createGround([free]);
    const id = await ground.start("free");
    const { options, end } = await ground.runs.next();
    for (const line of ["a", "b", "c"]) options.onLine(line);
    const tail = await ground.call("ops_job_logs", { id, max_lines: 2 });
    expect(tail.text).toBe(`${id} running: lines 2 to 3 of 3\n2 b\n3 c`);
    const head = await ground.call("ops_job_logs", { id, since_line: "0", max_lines: 2 });
    expect(head.structured).toEqual({
      id,
      state: "running",
      first_line: 1,
      last_line: 2,
      total_lines: 3,
      dropped_lines: 0,
      lines: ["a", "b"],
    });
    expect(head.text).toBe(`${id} running: lines 1 to 2 of 3; since_line=2 shows more\n1 a\n2 b`);
    options.onLine("d");
    end(outcome());
    await ground.jobs.find(id).ended;
    const rest = await ground.call("ops_job_logs", { id, since_line: 3 });
    expect(rest.text).toBe(`${id} succeeded: lines 4 to 4 of 4\n4 d`);
    expect((await ground.call("ops_job_logs", { id, since_line: 4 })).text).toBe(`${id} succeeded: no lines of 4`);
  });

  test("keeps 1 MiB, says what is gone, and fits its page into the budget", async () => {
    ground = await createGround([free]);
    const id = await ground.start("free");
    const { options } = await ground.runs.next();
    for (let n = 0; n < 3000; n += 1) options.onLine("\\".repeat(1023));
    const { text, structured, isError } = await ground.call("ops_job_logs", { id, since_line: 0, max_lines: 2000 });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ first_line: 1977, total_lines: 3000, dropped_lines: 1976 });
    expect(text).toContain("(1 to 1976 are gone); since_line=");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
    expect(text).not.toContain("[cut here");
  });
});

describe("ops_job_stop", () => {
  test("aborts the run and answers when it is gone; doing it again changes nothing", async () => {
    ground = await createGround([free]);
    const id = await ground.start("free");
    const run = await ground.runs.next();
    const stopped = await ground.call("ops_job_stop", { id });
    expect(run.options.signal.aborted).toBe(true);
    const state = { state: "stopped", reason: "cancelled", signal: "SIGTERM", exit_code: null };
    expect(stopped.structured).toMatchObject({ ...state, was_running: true });
    expect((await ground.call("ops_job_stop", { id })).structured).toMatchObject({ ...state, was_running: false });
  });

  test("a command that was quicker has succeeded", async () => {
    ground = await createGround([free]);
    const id = await ground.start("free");
    (await ground.runs.next()).end(outcome());
    expect((await ground.call("ops_job_stop", { id })).structured).toMatchObject({ state: "succeeded" });
  });
});

describe("ops_job_list", () => {
  test("is newest first, by state and limit", async () => {
    ground = await createGround([free]);
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.unshift(await ground.start("free"));
    await ground.call("ops_job_stop", { id: ids[1] });
    const found = async (input: object) =>
      ((await ground.call("ops_job_list", input)).structured["jobs"] as { id: string }[]).map(({ id }) => id);
    expect(await found({})).toEqual(ids);
    expect(await found({ state: "running" })).toEqual([ids[0], ids[2]]);
    expect(await found({ state: "stopped" })).toEqual([ids[1]]);
    expect((await ground.call("ops_job_list", { limit: 1 })).structured).toMatchObject({ total: 3, returned: 1 });
  });

  test("ended jobs go after 24 hours, and beyond 200; running ones stay", async () => {
    ground = await createGround([free]);
    const running = await ground.start("free");
    const old = await ground.start("free");
    await ground.call("ops_job_stop", { id: old });
    ground.clock.at += 24 * 3_600_000;
    expect(await ground.status(old)).toMatchObject({ state: "stopped" });
    ground.clock.at += 1;
    expect(await ground.status(old)).toMatchObject({ status: "error" });
    for (let n = 0; n < 201; n += 1) {
      ground.clock.at += 1;
      await ground.call("ops_job_stop", { id: await ground.start("free") });
    }
    expect((await ground.call("ops_job_list")).structured).toMatchObject({ total: 201 });
    expect(await ground.status(running)).toMatchObject({ state: "running" });
  });
});
