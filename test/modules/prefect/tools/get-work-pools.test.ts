// prefect_get_work_pools: workers, queues and backlogs in Prefect's own counts, and a verdict that names what hinders.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_work_pools";
const poolOf = async ({ call }: Awaited<ReturnType<typeof startWithPrefect>>, name: string, more: object = {}) =>
  ((await call(TOOL, { name, ...more })).structured as any).work_pools[0];

it("shows a full pool whole, and who holds its slot", async () => {
  const { call, server } = await startWithPrefect();
  const { pools, queues, runs } = server.world.seeded;
  const ui = server.url.replace(/\/api$/, "");
  const { isError, structured } = await call(TOOL, { name: "proc-limited", detail: "full" });
  expect([isError, structured]).toEqual([
    false,
    {
      work_pools: [
        {
          id: pools["proc-limited"],
          name: "proc-limited",
          type: "process",
          status: "READY",
          is_paused: false,
          limit: 1,
          active_slots: 1,
          late: 0,
          scheduled_due: 0,
          pending: 1,
          verdict:
            "work pool proc-limited is full: 1 of 1 slots are taken; queue default is NOT_READY: it was never polled; " +
            "waiting: 1 PENDING, which never become Late and hold slots",
          workers_online: 1,
          workers_total: 1,
          workers: [{ name: "worker-proc-limited", status: "ONLINE", heartbeat_age_s: expect.any(Number) }],
          queues_total: 1,
          queues: [
            {
              id: queues["proc-limited/default"],
              name: "default",
              priority: 1,
              paused: false,
              status: "NOT_READY",
              late: 0,
              scheduled_due: 0,
              pending: 1,
            },
          ],
          slot_holders: [
            {
              id: runs["etl-pending"],
              name: "etl-pending",
              state: "Pending",
              time_in_state_s: expect.any(Number),
              queue: "default",
              url: `${ui}/runs/flow-run/${runs["etl-pending"]}`,
            },
          ],
          url: `${ui}/work-pools/work-pool/proc-limited`,
        },
      ],
      total: 1,
      returned: 1,
      truncated: false,
    },
  ]);
});

it("asks by top-level pools and queues, never by work_queue_name, which matches no pool's queue", async () => {
  const { call, server } = await startWithPrefect();
  await call(TOOL, { name: "k8s-prod" });
  const now = new Date(server.world.captured_at).toISOString();
  const pool = { work_pools: { name: { any_: ["k8s-prod"] } } };
  const queue = (name: string) => ({
    ...pool,
    work_pool_queues: { id: { any_: [server.world.seeded.queues[`k8s-prod/${name}`]] } },
  });
  const counts = (where: object) => [
    { flow_runs: { state: { type: { any_: ["SCHEDULED"] }, name: { any_: ["Late"] } } }, ...where },
    {
      flow_runs: { state: { type: { any_: ["SCHEDULED"] } }, next_scheduled_start_time: { before_: now } },
      ...where,
    },
    { flow_runs: { state: { type: { any_: ["PENDING"] } } }, ...where },
  ];
  const asked = server.bodies("/flow_runs/count");
  expect(asked).toHaveLength(9);
  expect(asked).toEqual(
    expect.arrayContaining([...counts(pool), ...counts(queue("high")), ...counts(queue("default"))]),
  );
  expect(server.bodies("/work_pools/filter")).toEqual([{ ...pool, limit: 20, offset: 0 }]);
  expect(server.bodies("/work_pools/k8s-prod/queues/filter")).toEqual([{ limit: 200, offset: 0 }]);
  expect(server.bodies("/work_pools/k8s-prod/workers/filter")).toEqual([{ limit: 200, offset: 0 }]);
});

it("tells each pool's trouble in its verdict", async () => {
  const { call } = await startWithPrefect();
  const { structured } = await call(TOOL);
  const pools = new Map((structured as any).work_pools.map((pool: any) => [pool.name, pool]));
  expect(pools.get("k8s-prod")).toMatchObject({
    late: 5,
    scheduled_due: 5,
    verdict: expect.stringMatching(/^work pool k8s-prod has no ONLINE worker .*; waiting: 5 due \(5 Late\)$/),
    queues: [
      { name: "high", late: 1, limit: 2, active_slots: 0 },
      { name: "default", late: 4 },
    ],
  });
  expect(pools.get("proc-free")).toMatchObject({ late: 1, verdict: expect.stringContaining("queue slow is paused") });
  expect(pools.get("idle-pool")).toMatchObject({ is_paused: true, verdict: expect.stringContaining("is paused") });
});

it("says that a pool is ready, that its only worker went away, and that a full queue is full", async () => {
  const started = await startWithPrefect();
  const { world } = started.server;
  const pool = world.work_pools.find((one) => one["name"] === "proc-limited")!;
  const [queue] = world.work_queues.filter((one) => one["work_pool_name"] === "proc-limited");
  Object.assign(pool, { concurrency_limit: null, active_slots: 0 });
  Object.assign(queue!, { status: "READY", last_polled: world.captured_at });
  expect((await poolOf(started, "proc-limited")).verdict).toMatch(/^ready \(workers: 1 ONLINE\); waiting: 1 PENDING/);
  Object.assign(queue!, { concurrency_limit: 1, active_slots: 1 });
  expect((await poolOf(started, "proc-limited")).verdict).toMatch(/^queue default is full: 1 of 1 slots are taken/);
  for (const worker of world.workers) worker["status"] = "OFFLINE";
  expect(await poolOf(started, "proc-limited")).toMatchObject({
    workers_online: 0,
    workers_total: 1,
    verdict: expect.stringMatching(/no ONLINE worker \(worker-proc-limited was last heard .* ago\)/),
  });
  Object.assign(pool, { type: "ecs:push", status: "READY" });
  expect((await poolOf(started, "proc-limited")).verdict).not.toContain("worker");
});

it("counts the runs that hold slots where Prefect, before 3.6.23, does not tell", async () => {
  const started = await startWithPrefect({ hasSlots: false });
  const { server } = started;
  for (const one of [...server.world.work_pools, ...server.world.work_queues]) delete one["active_slots"];
  expect(await poolOf(started, "proc-limited", { detail: "full" })).toMatchObject({
    active_slots: 1,
    verdict: expect.stringContaining("is full: 1 of 1"),
    slot_holders: [{ id: server.world.seeded.runs["etl-pending"], state: "Pending" }],
  });
  const holding = { flow_runs: { state: { type: { any_: ["PENDING", "RUNNING"] } } } };
  const pool = { work_pools: { name: { any_: ["proc-limited"] } } };
  expect(server.bodies("/flow_runs/count")).toContainEqual({ ...holding, ...pool });
  expect(server.bodies("/flow_runs/filter")).toEqual([
    { ...holding, ...pool, sort: "EXPECTED_START_TIME_ASC", limit: 20, offset: 0 },
  ]);
});

it.each([
  [{ type: "process" }, { type: { any_: ["process"] } }, 3],
  [{ filter: '{"name":{"any_":["k8s-prod"]}}' }, { name: { any_: ["k8s-prod"] } }, 1],
  [{ filter: { name: { any_: ["k8s-prod"] } }, type: "process" }, { name: { any_: ["k8s-prod"] }, type: { any_: ["process"] } }, 0], // prettier-ignore
])("asks %j as Prefect's own filter", async (input, work_pools, total) => {
  const { call, server } = await startWithPrefect();
  expect((await call(TOOL, input)).structured).toMatchObject({ total });
  expect(server.bodies("/work_pools/count")).toEqual([{ work_pools }]);
});

it("shows ten workers and queues of a large pool, all of them in full", async () => {
  const started = await startWithPrefect();
  const { world } = started.server;
  const worker = world.workers.find((one) => one["name"] === "worker-proc-free")!;
  for (let i = 0; i < 30; i++) world.workers.push({ ...worker, id: crypto.randomUUID(), name: `w-${i}` });
  const [summary, full] = [await poolOf(started, "proc-free"), await poolOf(started, "proc-free", { detail: "full" })];
  expect([summary.workers_total, summary.workers.length, full.workers.length]).toEqual([31, 10, 31]);
});

it("fits a pool of 200 workers and 200 queues into one answer, and counts them all", async () => {
  const { call, server } = await startWithPrefect();
  const { workers, work_queues: queues } = server.world;
  const worker = workers.find((one) => one["name"] === "worker-proc-limited")!;
  const queue = queues.find((one) => one["work_pool_name"] === "proc-limited")!;
  for (let i = 1; i < 200; i++) {
    workers.push({ ...worker, id: crypto.randomUUID(), name: `worker-${i}-${"w".repeat(100)}` });
    queues.push({ ...queue, id: crypto.randomUUID(), name: `queue-${i}-${"q".repeat(100)}` });
  }
  const { text } = await call(TOOL, { name: "proc-limited", detail: "full" });
  const [pool] = JSON.parse(text).work_pools;
  expect([pool.workers_total, pool.queues_total]).toEqual([200, 200]);
  expect([pool.workers.length > 10, pool.queues.length > 10]).toEqual([true, true]);
}, 20_000);

it.each([
  [{ filter: { name: { like_: "prod-%" } } }, "Unknown operator 'like_'"],
  [{ filter: { bogus: 1 } }, "Unknown filter key 'bogus' in work_pools filter. Allowed: "],
  [{ name: "a", filter: { name: { any_: ["b"] } } }, "say two things"],
  [{ limit: 51 }, "limit"],
  [{ bogus: 1 }, "bogus"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text, server.requests]).toEqual([true, expect.stringContaining(words), []]);
});

it("says that a pool of that name is not there", async () => {
  const { call } = await startWithPrefect();
  const { isError, text } = await call(TOOL, { name: "nope" });
  expect([isError, text]).toEqual([true, expect.stringContaining('no work pool is named "nope" (404)')]);
});
