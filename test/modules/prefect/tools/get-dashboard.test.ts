// prefect_get_dashboard: exact counts, however many there are, and what they were asked with.
import { expect, it } from "vitest";
import { emptyWorld } from "../../../support/prefect-stand-in.ts";
import { startWithPrefect } from "../start.ts";

it("shows the seeded server", async () => {
  const { call, server } = await startWithPrefect();
  const { isError, structured, text } = await call("prefect_get_dashboard");
  const ui = server.url.replace(/\/api$/, "");
  const pool = (name: string) => ({ name, url: `${ui}/work-pools/work-pool/${name}` });
  expect([isError, structured]).toEqual([
    false,
    {
      window_hours: 24,
      since: expect.stringMatching(/^2026-11-24T/),
      flow_runs: {
        running: 2,
        pending: 1,
        late: 6,
        scheduled_next_1h: 0,
        failed: 4,
        crashed: 1,
        completed: 4,
        cancelled: 1,
      },
      work_pools: [
        {
          ...pool("k8s-prod"),
          type: "kubernetes",
          status: "NOT_READY",
          is_paused: false,
          workers_online: 0,
          workers_total: 0,
          late: 5,
          average_lateness_s: expect.any(Number),
        },
        {
          ...pool("proc-free"),
          type: "process",
          status: "READY",
          is_paused: false,
          workers_online: 1,
          workers_total: 1,
          late: 1,
          average_lateness_s: expect.any(Number),
        },
        {
          ...pool("idle-pool"),
          type: "process",
          status: "PAUSED",
          is_paused: true,
          workers_online: 0,
          workers_total: 0,
          late: 0,
        },
        {
          ...pool("proc-limited"),
          type: "process",
          status: "READY",
          is_paused: false,
          concurrency_limit: 1,
          active_slots: 1,
          workers_online: 1,
          workers_total: 1,
          late: 0,
        },
      ],
      work_pools_total: 4,
      saturated_limits: [
        { name: "proc-limited", type: "work_pool", limit: 1, active_slots: 1 },
        { name: "etl-nightly/limited", type: "deployment", limit: 1, active_slots: 1 },
        { name: "warehouse", type: "global", limit: 2, active_slots: 2 },
        { name: "database", type: "tag", limit: 1, active_slots: 1 },
      ],
      top_failing_flows: expect.arrayContaining([
        expect.objectContaining({
          flow_name: "etl-nightly",
          failures: 3,
          last_run_id: server.world.seeded.runs["etl-crashed"],
        }),
        expect.objectContaining({
          flow_name: "child-flow",
          failures: 1,
          last_message: "Flow run encountered an exception: ValueError: bad row 17",
        }),
      ]),
    },
  ]);
  expect(text).not.toContain("canary");
});

it("counts, and never takes the length of a page", async () => {
  const { call, server } = await startWithPrefect();
  const [failed] = server.world.flow_runs.filter((run) => run["state_type"] === "FAILED");
  for (let i = 0; i < 500; i++) server.world.flow_runs.push({ ...failed, id: crypto.randomUUID() });
  const { structured } = await call("prefect_get_dashboard");
  expect(structured).toMatchObject({
    flow_runs: { failed: 504 },
    top_failing_flows_note: "from the newest 200 failures",
  });
});

it("asks for its window", async () => {
  const { call, server } = await startWithPrefect();
  await call("prefect_get_dashboard", { window_hours: "2" });
  const since = new Date(Date.parse(server.world.captured_at) - 7_200_000).toISOString();
  expect(server.bodies("/flow_runs/count")).toContainEqual({
    flow_runs: { state: { type: { any_: ["CRASHED"] } }, end_time: { after_: since } },
  });
});

it("shows an empty server", async () => {
  const { call } = await startWithPrefect({ world: emptyWorld() });
  expect((await call("prefect_get_dashboard")).structured).toMatchObject({
    flow_runs: { running: 0, failed: 0 },
    work_pools: [],
    saturated_limits: [],
    top_failing_flows: [],
  });
});

it.each([0, 721, "x"])("refuses a window of %s hours", async (hours) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call("prefect_get_dashboard", { window_hours: hours });
  expect([isError, text]).toEqual([true, expect.stringContaining("window_hours")]);
  expect(server.requests).toEqual([]);
});

it("fails whole when one part fails, and ends with its caller", async () => {
  const { call, server } = await startWithPrefect();
  server.fail("POST", /concurrency_limits/, { status: 500, body: { exception_message: "Internal Server Error" } });
  expect((await call("prefect_get_dashboard")).text).toContain("could not list concurrency limits");
  server.fail("POST", /concurrency_limits/, "hang");
  expect((await call("prefect_get_dashboard", {}, { signal: AbortSignal.timeout(100) })).text).toBe(
    "the call was cancelled by the client",
  );
});
