// prefect_investigate_flow_run: failures whole in one call, and what else it may be asked about.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const WHY = "prefect_investigate_flow_run";
const DELAYS = "prefect_diagnose_delays";
const causes = (structured: any): string[] => structured.hypothesis.map((one: any) => one.cause);

it("investigates a failed run whole: the root task first, its log, and how the flow went before", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, taskRuns } = server.world.seeded;
  const { isError, structured, text } = await call(WHY, { flow_run_id: runs["etl-failed"] });
  expect([isError, structured]).toMatchObject([
    false,
    {
      verdict: expect.stringMatching(/^etl-nightly\/etl-failed Failed, (persistent|intermittent) \([PF-]+.*503/),
      missing: [],
      run: { id: runs["etl-failed"] },
      failed_tasks: [{ id: taskRuns["etl-failed/load"] }],
    },
  ]);
  expect((structured as any).hypothesis[0]).toMatchObject({
    cause: "task_failed",
    evidence: [taskRuns["etl-failed/load"]],
  });
  expect(server.requests.length).toBeLessThanOrEqual(12);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  expect(text).not.toContain("canary");
});

it("finds the last failed run of a flow by its name", async () => {
  const { call } = await startWithPrefect();
  const { structured } = await call(WHY, { flow_name: "child-flow" });
  expect(structured).toMatchObject({ run: { name: "child" } });
});

it("says of a completed run that it did not fail", async () => {
  const { call, server } = await startWithPrefect();
  const { isError, structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["etl-ok"] });
  expect([isError, structured]).toMatchObject([
    false,
    { verdict: expect.stringContaining("did not fail"), hypothesis: [] },
  ]);
});

it("calls a run that is RUNNING and silent a zombie", async () => {
  const { call, server, clock } = await startWithPrefect();
  clock.at += 7_200_000;
  const { structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["etl-zombie"] });
  expect(structured).toMatchObject({ verdict: expect.stringContaining("zombie"), hypothesis: [{ cause: "zombie" }] });
});

it("names the parent's failed child, a crash and a deleted deployment", async () => {
  const { call, server } = await startWithPrefect();
  const { runs } = server.world.seeded;
  expect(causes((await call(WHY, { flow_run_id: runs["parent"] })).structured)).toContain("child_failed");
  expect(causes((await call(WHY, { flow_run_id: runs["etl-crashed"] })).structured)).toContain("crashed");
  expect((await call(WHY, { flow_run_id: runs["orphan-completed"] })).structured).toMatchObject({
    deployment: "deleted",
    missing: [],
  });
});

it("goes on without what cannot be read, and says so", async () => {
  const { call, server } = await startWithPrefect();
  server.fail("POST", /logs/, { status: 500, body: { exception_message: "Internal Server Error" } }, 99);
  const { isError, structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["etl-failed"] });
  expect([isError, causes(structured)]).toEqual([false, expect.arrayContaining(["task_failed"])]);
  expect((structured as any).missing.map((one: any) => one.what)).toEqual(["error log", "log"]);
});

it("refuses names for ids, unknown ids, and none or two ways to say which run", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, goneRun } = server.world.seeded;
  expect((await call(WHY, { flow_run_id: "etl" })).text).toContain("is not a UUID");
  expect((await call(WHY, {})).text).toContain("give either flow_run_id or flow_name");
  expect((await call(WHY, { flow_run_id: runs["etl-ok"], flow_name: "x" })).text).toContain("give either");
  expect((await call(DELAYS, { work_pool: "a", deployment: "b/c" })).text).toContain("give only one");
  expect(server.requests).toEqual([]);
  for (const tool of [WHY, DELAYS]) {
    const { isError, text } = await call(tool, { flow_run_id: goneRun });
    expect([isError, text]).toEqual([true, expect.stringContaining("not found (404)")]);
  }
  expect((await call(DELAYS, { work_pool: "nowhere" })).text).toContain('no work pool is named "nowhere"');
});

it("gives all-clear only where nothing waits", async () => {
  const { call, server } = await startWithPrefect();
  const { structured } = await call(DELAYS, { flow_run_id: server.world.seeded.runs["etl-ok"] });
  expect(structured).toMatchObject({ verdict: expect.stringContaining("nothing waits"), hypothesis: [], runs: [] });
  const all = await call(DELAYS, {});
  expect(all.structured).toMatchObject({ late: expect.any(Number), missing: [] });
  expect(Buffer.byteLength(all.text)).toBeLessThanOrEqual(24 * 1024);
});
