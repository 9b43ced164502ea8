// prefect_get_task_runs: tasks in their order, with what each waited for and its retries.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_task_runs";

it("shows the tasks of a failed run whole", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, taskRuns } = server.world.seeded;
  const flow_run_id = runs["etl-failed"];
  const { isError, structured, text } = await call(TOOL, { flow_run_id });
  const ui = server.url.replace(/\/api$/, "");
  const row = (name: string) => ({
    id: taskRuns[`etl-failed/${name}`],
    name: `${name}-0`,
    flow_run_id,
    url: `${ui}/runs/task-run/${taskRuns[`etl-failed/${name}`]}`,
  });
  const ran = { start_time: expect.any(String), end_time: expect.any(String), duration_s: expect.any(Number) };
  expect([isError, structured]).toEqual([
    false,
    {
      task_runs: [
        {
          ...row("extract"),
          ...ran,
          state: "Completed",
          state_type: "COMPLETED",
          run_count: 1,
          retries_used: 0,
          retries_max: 0,
        },
        {
          ...row("load"),
          ...ran,
          state: "Failed",
          state_type: "FAILED",
          message: expect.stringContaining("503 Service Unavailable"),
          run_count: 3,
          retries_used: 2,
          retries_max: 2,
          upstream: ["extract-0"],
        },
        {
          ...row("publish"),
          state: "NotReady",
          state_type: "PENDING",
          message: "Upstream task run 'load' did not reach a 'COMPLETED' state.",
          run_count: 0,
          retries_used: 0,
          retries_max: 0,
          upstream: ["load-0"],
        },
      ],
      total: 3,
      returned: 3,
      truncated: false,
    },
  ]);
  expect(text).not.toContain("canary");
  expect(server.bodies("/task_runs/filter")).toEqual([
    { task_runs: { flow_run_id: { any_: [flow_run_id] } }, sort: "EXPECTED_START_TIME_ASC", limit: 20, offset: 0 },
  ]);
});

it("asks for states and names as Prefect's own filter, and names what is not on the page", async () => {
  const { call, server } = await startWithPrefect();
  const { structured } = await call(TOOL, {
    states: ["failed", "NotReady"],
    name_contains: "PUB",
    filter: { tags: { is_null_: true } },
  });
  expect(structured).toMatchObject({ task_runs: [{ upstream: ["load-0"] }, { upstream: ["load-0"] }] });
  const [first, second] = server.bodies("/task_runs/filter");
  expect(first).toEqual({
    task_runs: {
      name: { like_: "PUB" },
      state: { operator: "or_", type: { any_: ["FAILED"] }, name: { any_: ["NotReady"] } },
      tags: { is_null_: true },
    },
    sort: "EXPECTED_START_TIME_DESC",
    limit: 20,
    offset: 0,
  });
  expect(second).toMatchObject({ task_runs: { id: { any_: expect.any(Array) } } });
});

it("pages 250 tasks to the end", async () => {
  const { call, server } = await startWithPrefect();
  const task = server.world.task_runs.find((one) => one["name"] === "extract-0")!;
  for (let i = 0; i < 250; i++) server.world.task_runs.push({ ...task, id: crypto.randomUUID(), name: `many-${i}` });
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const input = { name_contains: "many-", limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const page = (await call(TOOL, input)).structured as any;
    expect(page.total).toBe(250);
    for (const row of page.task_runs) seen.add(row.id);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect(seen.size).toBe(250);
});

it.each([
  [{ flow_run_id: "abc" }, "'abc' is not a UUID"],
  [{ filter: { bogus: 1 } }, "Unknown filter key 'bogus' in task_runs filter. Allowed: "],
  [{ filter: { state: { type: { any_: ["BROKEN"] } } } }, "filter.state.type.any_"],
  [{ limit: 0 }, "limit"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
  expect(server.requests).toEqual([]);
});

it("says that a run is unknown, shows a run without tasks, and fails when Prefect does", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.goneRun;
  expect((await call(TOOL, { flow_run_id: id })).text).toContain(`Flow run ${id} not found (404)`);
  const none = await call(TOOL, { flow_run_id: server.world.seeded.runs["etl-crashed"] });
  expect(none).toMatchObject({ isError: false, structured: { task_runs: [], total: 0 } });
  server.fail("POST", /task_runs\/count/, { status: 500, body: { exception_message: "Internal Server Error" } });
  expect((await call(TOOL)).text).toContain("could not count task runs");
});
