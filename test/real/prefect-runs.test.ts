// Runs, tasks, logs and flows of a real, seeded Prefect, compared with what its own API says.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestHub } from "../support/modules.ts";
import { asker } from "./support/prefect-ask.ts";
import { PREFECT_GROUND_MS, prefectGround, type PrefectGround } from "./support/prefect-ground.ts";

let ground: PrefectGround;
let hub: TestHub;
const ask = asker(() => hub);

beforeAll(async () => {
  ground = await prefectGround();
  hub = await ground.hub();
}, PREFECT_GROUND_MS);
afterAll(() => hub?.close());

test("recent runs hold none of the future, and say how many there are", async () => {
  const body = { flow_runs: { expected_start_time: { before_: new Date().toISOString() } } };
  const [past, all] = [await ground.api.post("flow_runs/count", body), await ground.api.post("flow_runs/count", {})];
  const recent = await ask("get_flow_runs", { limit: 100 });
  expect(recent).toMatchObject({ total: past, future_hidden: all - past });
  expect(recent.flow_runs.map((run: any) => run.name)).not.toContain("future-2030");
  const every = await ask("get_flow_runs", { include_future: true, limit: 1 });
  expect(every).toMatchObject({ total: all, flow_runs: [{ name: "future-2030" }] });
});

test("runs are found by flow, deployment, pool, queue, state and parent", async () => {
  const names = async (input: object) =>
    (await ask("get_flow_runs", input)).flow_runs.map((run: any) => run.name).sort();
  expect(await names({ flow_name: "etl-nightly", states: ["FAILED"] })).toEqual(
    expect.arrayContaining(["etl-failed", "etl-failed-before"]),
  );
  expect(await names({ states: ["late"], work_pool: "k8s-prod" })).toEqual([
    "paused-late",
    "report-late-1",
    "report-late-2",
    "report-late-3",
    "report-late-high",
  ]);
  expect(await names({ states: ["Late"], work_pool: "k8s-prod", work_queue: "high" })).toEqual(["report-late-high"]);
  expect(await names({ parent_flow_run_id: ground.seeded.runs["parent"] })).toEqual(["child"]);
  expect(await names({ states: ["CRASHED", "AwaitingConcurrencySlot"] })).toEqual(["etl-crashed", "etl-waiting"]);
  expect(await names({ deployment: "etl-nightly/unlimited", name_contains: "ETL-ok" })).toEqual(["etl-ok"]);
});

test("one run shows its states, its family and no secret", async () => {
  const run = await ask("get_flow_run", { flow_run_id: ground.seeded.runs["etl-failed"] });
  expect(run).toMatchObject({ flow_name: "etl-nightly", state: "Failed", parameters: { db_password: "***" } });
  expect(run.states.map((state: any) => state.state)).toEqual(["Scheduled", "Pending", "Running", "Failed"]);
  const child = await ask("get_flow_run", { flow_run_id: ground.seeded.runs["child"] });
  expect(child.parent).toMatchObject({ id: ground.seeded.runs["parent"] });
  const parent = await ask("get_flow_run", { flow_run_id: ground.seeded.runs["parent"] });
  expect(parent).toMatchObject({ children_total: 1, children: [{ name: "child", state: "Failed" }] });
});

test("the log of 10,000 lines: its end, what comes before it, its errors, and a word in it", async () => {
  const flow_run_id = ground.seeded.runs["big"];
  const tail = await ask("get_flow_run_logs", { flow_run_id });
  expect(tail).toMatchObject({ has_more_before: true, has_more_after: false, returned: 100 });
  expect(tail.logs.at(-1)?.message).toBe("line 9999");
  const older = await ask("get_flow_run_logs", { flow_run_id, cursor: tail.next_cursor });
  expect(older.logs.at(-1)?.message).toBe("line 9899");
  const errors = await ask("get_flow_run_logs", { flow_run_id, min_level: "ERROR" });
  expect(errors).toMatchObject({ total: 10, has_more_before: false });
  const needle = await ask("get_flow_run_logs", { flow_run_id, contains: "LINE 77", limit: 1_000 });
  expect(needle.scanned).toBe(10_000);
  expect(needle.total).toBe(111); // 77, 770 to 779, 7700 to 7799
});

test("the log of a task holds only its lines; unknown runs are 404", async () => {
  const task = await ask("get_flow_run_logs", { task_run_id: ground.seeded.taskRuns["etl-failed/load"] });
  expect(task.logs).toMatchObject([{ level: "ERROR" }]);
  const other = ground.seeded.deployments["etl-nightly/prod"];
  for (const id of [crypto.randomUUID(), other, ground.seeded.goneRun]) {
    for (const tool of ["prefect_get_flow_run_logs", "prefect_get_flow_run"]) {
      const { isError, text } = await hub.call(tool, { flow_run_id: id });
      expect([isError, text]).toEqual([true, expect.stringContaining(`Flow run ${id} not found (404)`)]);
    }
  }
});

test("tasks name what they waited for and their retries", async () => {
  const { task_runs: tasks } = await ask("get_task_runs", { flow_run_id: ground.seeded.runs["etl-failed"] });
  expect(tasks).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "load-0", upstream: ["extract-0"], retries_used: 2, retries_max: 2 }),
      expect.objectContaining({ name: "publish-0", state: "NotReady", upstream: ["load-0"] }),
    ]),
  );
  const failed = await ask("get_task_runs", { flow_run_id: ground.seeded.runs["etl-failed"], states: ["FAILED"] });
  expect(failed).toMatchObject({ total: 1, task_runs: [{ name: "load-0" }] });
});

test("flows count their deployments and tell how they last went", async () => {
  const total = await ground.api.post("flows/count", {});
  const flows = await ask("get_flows", { limit: 100 });
  expect(flows).toMatchObject({ total, returned: total });
  const filler = flows.flows.find((flow: any) => flow.name === "filler");
  expect(filler).toMatchObject({ deployments: 45 });
  expect(flows.flows.find((flow: any) => flow.name === "child-flow")).toMatchObject({ last_run_state: "Failed" });
});
