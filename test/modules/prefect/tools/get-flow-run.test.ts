// prefect_get_flow_run: one run whole, with its history and family, and without its secrets.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_flow_run";

it("shows a failed run whole", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, deployments } = server.world.seeded;
  const { isError, structured, text } = await call(TOOL, { flow_run_id: runs["etl-failed"] });
  const failure = expect.stringContaining("503 Service Unavailable");
  const moment = expect.stringMatching(/^2026-11-25T/);
  expect([isError, structured]).toEqual([
    false,
    {
      id: runs["etl-failed"],
      name: "etl-failed",
      flow_name: "etl-nightly",
      state: "Failed",
      state_type: "FAILED",
      message: failure,
      start_time: moment,
      end_time: moment,
      duration_s: expect.any(Number),
      run_count: 1,
      deployment: "etl-nightly/unlimited",
      work_pool: "proc-free",
      work_queue: "default",
      tags: ["etl"],
      url: `${server.url.replace(/\/api$/, "")}/runs/flow-run/${runs["etl-failed"]}`,
      flow_id: expect.any(String),
      deployment_id: deployments["etl-nightly/unlimited"],
      created: moment,
      scheduled_for: moment,
      auto_scheduled: false,
      total_run_time_s: expect.any(Number),
      max_retries: 0,
      parameters: { day: "2026-11-24", db_password: "***" },
      states: [
        {
          state: "Scheduled",
          state_type: "SCHEDULED",
          timestamp: moment,
          scheduled_for: moment,
          seconds: expect.any(Number),
        },
        {
          state: "Pending",
          state_type: "PENDING",
          timestamp: moment,
          scheduled_for: moment,
          seconds: expect.any(Number),
        },
        { state: "Running", state_type: "RUNNING", timestamp: moment, seconds: expect.any(Number) },
        { state: "Failed", state_type: "FAILED", timestamp: moment, message: failure },
      ],
      states_total: 4,
      children: [],
      children_total: 0,
    },
  ]);
  expect(text).not.toContain("canary");
});

it("shows the parent of a child, and the child of a parent", async () => {
  const { call, server } = await startWithPrefect();
  const { runs } = server.world.seeded;
  const child = await call(TOOL, { flow_run_id: runs["child"] });
  expect(child.structured).toMatchObject({ parent: { id: runs["parent"], name: "parent" } });
  const parent = await call(TOOL, { flow_run_id: runs["parent"] });
  expect(parent.structured).toMatchObject({
    children_total: 1,
    children: [{ id: runs["child"], flow_name: "child-flow" }],
  });
  expect(server.bodies("/flow_runs/filter").at(-1)).toEqual({
    flow_runs: { parent_flow_run_id: { any_: [runs["parent"]] } },
    sort: "START_TIME_DESC",
    limit: 200,
    offset: 0,
  });
});

it("says how long a run has been in its state by now", async () => {
  const { call, server, clock } = await startWithPrefect();
  clock.at += 3_600_000;
  const { structured } = await call(TOOL, { flow_run_id: server.world.seeded.runs["etl-zombie"] });
  const { states } = structured as any;
  expect(states.at(-1)).toMatchObject({ state: "Running" });
  expect(states.at(-1).seconds).toBeGreaterThan(3_600);
});

it("keeps its size, whatever a run holds", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.runs["etl-failed"]!;
  const run = server.world.flow_runs.find((one) => one["id"] === id)!;
  run["parameters"] = { rows: "x".repeat(1_000_000), api_key: "canary-key" };
  run["job_variables"] = { env: { PASSWORD: "canary-env" }, image: "i".repeat(100_000) };
  const states = (server.world as any).flow_run_states[id];
  (server.world as any).flow_run_states[id] = Array.from({ length: 500 }, () => ({
    ...states[2],
    message: "m".repeat(9_000),
  }));
  const { text, structured } = await call(TOOL, { flow_run_id: id });
  expect(structured).toMatchObject({ parameters: expect.stringContaining("[cut here:"), states_total: 500 });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  expect(text).not.toContain("canary");
});

it("tells a deployment that was deleted", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, goneDeployment } = server.world.seeded;
  const { structured } = await call(TOOL, { flow_run_id: runs["orphan-completed"] });
  expect(structured).toMatchObject({ deployment: `${goneDeployment} (deleted)`, deployment_id: goneDeployment });
});

it("refuses a name without asking, and says when there is no such run", async () => {
  const { call, server } = await startWithPrefect();
  expect((await call(TOOL, { flow_run_id: "etl-failed" })).text).toContain("'etl-failed' is not a UUID");
  expect(server.requests).toEqual([]);
  const { goneRun, deployments } = server.world.seeded;
  for (const id of [goneRun, deployments["etl-nightly/prod"]]) {
    const { isError, text } = await call(TOOL, { flow_run_id: id });
    expect([isError, text]).toEqual([
      true,
      expect.stringContaining(
        `Flow run ${id} not found (404). SCHEDULED runs disappear when their deployment is deleted.`,
      ),
    ]);
  }
});

it("fails when a part of it cannot be read", async () => {
  const { call, server } = await startWithPrefect();
  server.fail("GET", /flow_run_states/, { status: 500, body: { exception_message: "Internal Server Error" } }, 9);
  const { isError, text } = await call(TOOL, { flow_run_id: server.world.seeded.runs["etl-ok"] });
  expect([isError, text]).toEqual([true, expect.stringContaining("could not read the states of flow run")]);
});
