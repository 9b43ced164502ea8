// prefect_get_concurrency_limits: every kind of limit in one list, and who holds the slots, also where Prefect does not say so.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";
import { enter } from "../../../support/prefect-stand-in.ts";

const TOOL = "prefect_get_concurrency_limits";
const HOLDING_DEPLOYMENT = { flow_runs: { state: { type: { any_: ["PENDING", "RUNNING", "CANCELLING"] } } } };
const HOLDING_POOL = { flow_runs: { state: { type: { any_: ["PENDING", "RUNNING"] } } } };
const limitsOf = ({ structured }: { structured: any }): any[] => structured.limits;

it("shows all limits whole, fullest first", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, taskRuns } = server.world.seeded;
  const ui = server.url.replace(/\/api$/, "");
  const { isError, structured } = await call(TOOL);
  const full = { saturated: true, active: true };
  const free = { saturated: false, active: true, active_slots: 0 };
  const age = expect.any(Number);
  expect([isError, structured]).toEqual([
    false,
    {
      limits: [
        {
          kind: "global",
          name: "warehouse",
          limit: 2,
          active_slots: 2,
          ...full,
          holders_note: "Prefect does not tell who holds a global limit",
        },
        {
          kind: "tag",
          name: "database",
          limit: 1,
          active_slots: 1,
          ...full,
          holders: [
            {
              id: taskRuns["tagged/holder"],
              name: "holder-0",
              state: "Running",
              time_in_state_s: age,
              flow_run_id: runs["tagged"],
              url: `${ui}/runs/task-run/${taskRuns["tagged/holder"]}`,
            },
          ],
        },
        {
          kind: "deployment",
          name: "etl-nightly/limited",
          limit: 1,
          active_slots: 1,
          ...full,
          holders: [
            {
              id: runs["etl-zombie"],
              name: "etl-zombie",
              state: "Running",
              time_in_state_s: age,
              url: `${ui}/runs/flow-run/${runs["etl-zombie"]}`,
            },
          ],
        },
        {
          kind: "work_pool",
          name: "proc-limited",
          limit: 1,
          active_slots: 1,
          ...full,
          holders: [
            {
              id: runs["etl-pending"],
              name: "etl-pending",
              state: "Pending",
              time_in_state_s: age,
              queue: "default",
              url: `${ui}/runs/flow-run/${runs["etl-pending"]}`,
            },
          ],
        },
        { kind: "work_queue", name: "k8s-prod/high", limit: 2, ...free },
        { kind: "global", name: "mailer", limit: 5, ...free },
      ],
      total: 6,
      returned: 6,
      truncated: false,
    },
  ]);
});

it("asks for the lists once, and for holders only where a slot is taken", async () => {
  const { call, server } = await startWithPrefect();
  await call(TOOL);
  const { deployments, taskRuns, flows } = server.world.seeded;
  const id = deployments["etl-nightly/limited"];
  const all = { limit: 200, offset: 0 };
  for (const path of ["/v2/concurrency_limits/filter", "/concurrency_limits/filter", "/work_pools/filter"])
    expect(server.bodies(path)).toEqual([all]);
  expect(server.bodies("/deployments/filter")).toEqual([
    { deployments: { id: { any_: [id] } }, sort: "NAME_ASC", ...all },
  ]);
  expect(server.bodies("/flows/filter")).toEqual([
    { flows: { id: { any_: [flows["etl-nightly"]] } }, sort: "NAME_ASC", ...all },
  ]);
  expect(server.bodies("/flow_runs/filter")).toEqual([
    {
      ...HOLDING_DEPLOYMENT,
      deployments: { id: { any_: [id] } },
      sort: "EXPECTED_START_TIME_ASC",
      limit: 10,
      offset: 0,
    },
  ]);
  expect(server.bodies("/task_runs/filter")).toEqual([
    {
      task_runs: { id: { any_: [taskRuns["tagged/holder"]] } },
      sort: "EXPECTED_START_TIME_ASC",
      limit: 1,
      offset: 0,
    },
  ]);
  expect(server.bodies("/work_pools/proc-limited/concurrency_status")).toEqual([
    { page: 1, limit: 200, flow_run_limit: 10 },
  ]);
});

it("counts and finds the holders of pools and queues itself before 3.6.23", async () => {
  const { call, server } = await startWithPrefect({ hasSlots: false });
  for (const one of [...server.world.work_pools, ...server.world.work_queues]) delete one["active_slots"];
  const { runs, queues } = server.world.seeded;
  const queue = server.world.work_queues.find((one) => one["id"] === queues["proc-limited/default"])!;
  queue["concurrency_limit"] = 1;
  const found = limitsOf(await call(TOOL, { only_saturated: true }));
  const pool = { work_pools: { name: { any_: ["proc-limited"] } } };
  for (const kind of ["work_pool", "work_queue"])
    expect(found.find((one) => one.kind === kind)).toMatchObject({
      active_slots: 1,
      holders: [{ id: runs["etl-pending"], time_in_state_s: expect.any(Number) }],
    });
  expect(server.bodies("/flow_runs/count")).toEqual(
    expect.arrayContaining([
      { ...HOLDING_POOL, ...pool },
      { ...HOLDING_POOL, ...pool, work_pool_queues: { id: { any_: [queue["id"]] } } },
    ]),
  );
});

it("sees the slot of a run that is being cancelled where it is held: in the deployment", async () => {
  const { call, server } = await startWithPrefect();
  const zombie = server.world.flow_runs.find((one) => one["id"] === server.world.seeded.runs["etl-zombie"])!;
  enter(server.world, zombie, { type: "CANCELLING" }, server.world.captured_at);
  const deployment = limitsOf(await call(TOOL)).find((one) => one.kind === "deployment");
  expect(deployment.holders).toMatchObject([{ id: zombie["id"], state: "Cancelling", time_in_state_s: 0 }]);
});

it("shows only full limits when asked, and none that is switched off", async () => {
  const { call, server } = await startWithPrefect();
  const names = async (input: object) => limitsOf(await call(TOOL, input)).map((one) => one.name);
  expect(await names({ only_saturated: true })).toEqual([
    "warehouse",
    "database",
    "etl-nightly/limited",
    "proc-limited",
  ]);
  server.world.global_limits.find((one: any) => one["name"] === "warehouse")!["active"] = false;
  expect(await names({ only_saturated: "true" })).toEqual(["database", "etl-nightly/limited", "proc-limited"]);
});

it("keeps the limit of a deployment that was deleted", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.deployments["etl-nightly/limited"];
  server.world.deployments = server.world.deployments.filter((one) => one["id"] !== id);
  expect(limitsOf(await call(TOOL)).map((one) => one.name)).toContain(`${id} (deployment deleted)`);
});

it("pages without a limit twice", async () => {
  const { call } = await startWithPrefect();
  const first = await call(TOOL, { limit: 4 });
  expect(first.structured).toMatchObject({ total: 6, returned: 4, truncated: true });
  const rest = await call(TOOL, { limit: 4, cursor: first.structured["next_cursor"] });
  expect([...limitsOf(first), ...limitsOf(rest)].map((one) => one.name).sort()).toEqual(
    limitsOf(await call(TOOL))
      .map((one) => one.name)
      .sort(),
  );
});

it.each([[{ only_saturated: "x" }], [{ limit: 201 }], [{ bogus: 1 }]])(
  "refuses %j without asking Prefect",
  async (input) => {
    const { call, server } = await startWithPrefect();
    const { isError, text } = await call(TOOL, input);
    expect([isError, text, server.requests]).toEqual([true, expect.stringContaining(Object.keys(input)[0]!), []]);
  },
);
