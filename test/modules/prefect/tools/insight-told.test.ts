// What prefect_investigate_flow_run says and leaves out: words for a first failure, each log line once, and why a RUNNING run stands still.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

type Server = Awaited<ReturnType<typeof startWithPrefect>>["server"];

/** One line each, the levels Python's. */
function write(
  { world }: Server,
  flow_run_id: string | undefined,
  lines: readonly (readonly [number, string])[],
): void {
  for (const [i, [level, message]] of lines.entries()) {
    const timestamp = new Date(Date.parse("2026-11-25T19:45:00Z") + i).toISOString();
    world.logs.push({ id: crypto.randomUUID(), flow_run_id, task_run_id: null, name: "p", level, timestamp, message });
  }
}

const WHY = "prefect_investigate_flow_run";

it("says of a failure without an earlier one that it is the first of those compared", async () => {
  const { call, server } = await startWithPrefect();
  const { structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["parent"] });
  expect(structured).toMatchObject({
    pattern: { kind: "first" },
    verdict: expect.stringContaining("Failed, first failure of the runs compared ([F]):"),
  });
});

it("shows each line of the log once: errors by themselves, and what else was written last", async () => {
  const { call, server } = await startWithPrefect();
  const flow_run_id = server.world.seeded.runs["etl-failed"];
  write(server, flow_run_id, [
    [20, "begins"],
    [40, "goes wrong"],
    [20, "ends"],
  ]);
  const { structured } = await call(WHY, { flow_run_id });
  const { error_log: errors, last_log: last } = structured as any;
  expect(errors.at(-1)).toMatch(/goes wrong$/);
  expect(last.slice(-2)).toEqual([expect.stringMatching(/begins$/), expect.stringMatching(/ends$/)]);
  expect(last.filter((line: string) => errors.includes(line))).toEqual([]);
});

it("loses no error line that finds no room among the errors", async () => {
  const { call, server } = await startWithPrefect();
  const flow_run_id = server.world.seeded.runs["etl-failed"];
  const errors = Array.from({ length: 20 }, (_, i) => [40, `error ${i} ${"x".repeat(460)}`] as const);
  write(server, flow_run_id, errors);
  const { text } = await call(WHY, { flow_run_id });
  for (let i = 5; i < 20; i += 1) expect(text).toContain(`error ${i} x`);
});

it("says why a RUNNING run stands still: its task waits for a slot of a full tag", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, taskRuns } = server.world.seeded;
  const { structured } = await call(WHY, { flow_run_id: runs["tagged"] });
  const { verdict, hypothesis } = structured as any;
  expect(verdict).toMatch(
    /tagged did not fail: it is Running; .*tag database is full: 1 of 1 .*waiter-0 .* waits for one/,
  );
  expect(hypothesis).toMatchObject([{ cause: "tag_full" }]);
  expect(hypothesis[0].evidence).toEqual(
    expect.arrayContaining([taskRuns["tagged/holder"], taskRuns["tagged/waiter"], runs["tagged"]]),
  );
  expect(server.requests.length).toBeLessThanOrEqual(12);
});

it("points at prefect_diagnose_delays where no run of a flow failed", async () => {
  const { call } = await startWithPrefect();
  const { isError, text } = await call(WHY, { flow_name: "report-weekly" });
  expect([isError, text]).toEqual([true, expect.stringMatching(/no run .*failed or crashed.*prefect_diagnose_delays/)]);
});

it("counts no retries where none are allowed: a task that wraps a child run runs twice", async () => {
  const { call, server } = await startWithPrefect();
  const { structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["parent"] });
  for (const task of (structured as any).failed_tasks) expect(task.retries_used).toBeLessThanOrEqual(task.retries_max);
});
