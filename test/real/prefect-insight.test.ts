// Why runs failed and why runs wait, on a real, seeded Prefect: the causes of late runs are made here, one pool for each, with a worker
// that sends its heartbeat just before it matters.
import { afterAll, beforeAll, expect, test } from "vitest";
import { AUTOMATION } from "../../src/modules/prefect/schemas/automation.ts";
import type { TestHub } from "../support/modules.ts";
import { asker } from "./support/prefect-ask.ts";
import { PREFECT_GROUND_MS, prefectGround, type PrefectGround } from "./support/prefect-ground.ts";

let ground: PrefectGround;
let hub: TestHub;
let flowId: string;
const mine: Record<string, string> = {};
const runs: string[] = [];
const pools = ["insight-dead", "insight-pool", "insight-queue", "insight-limit", "insight-free"];

const ask = asker(() => hub);
const delays = (input: object = {}) => ask("diagnose_delays", input);
const causes = ({ hypothesis }: any): string[] => hypothesis.map((one: any) => one.cause);
const seeded = (name: string) => ground.seeded.runs[name]!;

/** The worker of a pool lives and has looked at its queues: Prefect notes that in the background. */
const beat = async (pool: string) => {
  const from = Date.now();
  await ground.api.post(`work_pools/${pool}/workers/heartbeat`, {
    name: `${pool}-worker`,
    heartbeat_interval_seconds: 30,
  });
  await ground.api.post(`work_pools/${pool}/get_scheduled_flow_runs`, {});
  const polled = async (): Promise<number[]> => {
    const queues = await ground.api.post(`work_pools/${pool}/queues/filter`, {});
    return queues.map(({ last_polled: at }: any) => Date.parse(at ?? 0));
  };
  await expect.poll(polled, { timeout: 15_000 }).toSatisfy((times: number[]) => times.every((at) => at >= from));
};
const setState = (id: string, state: object, force = false) =>
  ground.api.post(`flow_runs/${id}/set_state`, { state, force });
const newRun = async (name: string, deployment: string, more: object = {}): Promise<string> => {
  const { id } = await ground.api.post(`deployments/${mine[deployment]}/create_flow_run`, { name, ...more });
  runs.push(id);
  return id;
};
const lateRun = async (name: string, deployment: string, more: object = {}): Promise<string> => {
  const id = await newRun(name, deployment, more);
  const scheduled_time = new Date(Date.now() - 600_000).toISOString();
  await setState(id, { type: "SCHEDULED", name: "Late", state_details: { scheduled_time } }, true);
  return id;
};

beforeAll(async () => {
  ground = await prefectGround();
  hub = await ground.hub();
  const { api } = ground;
  flowId = (await api.post("flows/", { name: "insight-flow" })).id;
  for (const name of pools)
    await api.post("work_pools/", {
      name,
      type: "process",
      ...(name === "insight-pool" ? { concurrency_limit: 1 } : {}),
    });
  await api.post("work_pools/insight-queue/queues", { name: "narrow", concurrency_limit: 1 });
  const deploy = async (name: string, pool: string, more: object = {}) => {
    mine[name] = (await api.post("deployments/", { name, flow_id: flowId, work_pool_name: pool, ...more })).id;
  };
  await deploy("dead", "insight-dead");
  await deploy("pool", "insight-pool");
  await deploy("queue", "insight-queue", { work_queue_name: "narrow" });
  await deploy("limit", "insight-limit", { concurrency_limit: 1 });
  await deploy("free", "insight-free");
  await deploy("tagged", "insight-free", { tags: ["insight-db"] });
  await deploy("paused", "insight-free", { paused: true });
}, PREFECT_GROUND_MS);

afterAll(async () => {
  const { api } = ground;
  for (const id of runs) await api.remove(`flow_runs/${id}`);
  for (const id of Object.values(mine)) await api.remove(`deployments/${id}`);
  for (const name of pools) await api.remove(`work_pools/${name}`);
  await api.remove(`flows/${flowId}`);
  await hub.close();
});

test("late: the pool never had a worker", async () => {
  const id = await lateRun("dead-late", "dead");
  const told = await delays({ flow_run_id: id });
  expect(causes(told)[0]).toBe("no_worker");
  expect(told).toMatchObject({ late: 1, due: 1, missing: [], runs: [{ id, deployment: "insight-flow/dead" }] });
  expect(told.verdict).toMatch(/1 due \(1 Late\).*10 min.*no ONLINE worker \(it never had one/);
  expect((await delays({ deployment: "insight-flow/dead" })).verdict).toContain("no ONLINE worker");
  const whole = await ask("investigate_flow_run", { flow_run_id: id });
  expect(whole.verdict).toMatch(
    /insight-flow\/dead-late did not fail: it is Late; it has not started: .*no ONLINE worker/,
  );
});

test("late: the pool is full, and a PENDING run has its slot", async () => {
  const holder = await newRun("pool-holder", "pool");
  await setState(holder, { type: "PENDING" });
  const id = await lateRun("pool-late", "pool");
  await beat("insight-pool");
  const told = await delays({ flow_run_id: id });
  expect(causes(told)).toEqual(["pool_full"]);
  expect(told.hypothesis[0].text).toContain(
    "work pool insight-pool is full: 1 of 1 slots are taken; held by pool-holder",
  );
  expect(told.hypothesis[0].text).toContain("PENDING never becomes Late");
  expect(told.hypothesis[0].evidence).toEqual([holder, id]);
  const both = await delays({ work_pool: "insight-pool" });
  expect(both).toMatchObject({ late: 1, due: 1, pending: 1 });
  expect(causes(both)).toEqual(["stuck_pending", "pool_full"]);
});

test("late: the queue is full", async () => {
  const holder = await newRun("queue-holder", "queue");
  await setState(holder, { type: "PENDING" });
  const id = await lateRun("queue-late-2", "queue");
  await beat("insight-queue");
  const told = await delays({ flow_run_id: id });
  expect(causes(told)).toEqual(["queue_full"]);
  expect(told.hypothesis[0]).toMatchObject({
    text: expect.stringContaining("queue narrow is full: 1 of 1 slots are taken; held by queue-holder"),
    evidence: [holder, id],
  });
});

test("waiting for a slot of the deployment: told at once, though such a run is seldom due", async () => {
  const holder = await newRun("limit-holder", "limit");
  for (const type of ["PENDING", "RUNNING"]) await setState(holder, { type });
  const id = await newRun("limit-waits", "limit");
  await setState(id, { type: "PENDING" });
  await beat("insight-limit");
  const told = await delays({ flow_run_id: id });
  expect(told).toMatchObject({ late: 0, pending: 0, awaiting_slot: 1 });
  expect(causes(told)).toEqual(["deployment_full"]);
  expect(told.verdict).toMatch(/1 AwaitingConcurrencySlot.*insight-flow\/limit is full: 1 of 1 .*held by limit-holder/);
  expect(told.hypothesis[0].evidence).toEqual([mine["limit"], holder, id]);
  expect((await delays({ deployment: mine["limit"] })).awaiting_slot).toBe(1);
  expect((await ask("investigate_flow_run", { flow_run_id: id })).verdict).toContain(
    "deployment insight-flow/limit is full",
  );
});

test("waiting for a tag: task runs do, inside RUNNING runs, and late runs are told that theirs will", async () => {
  const { api } = ground;
  const task = async (name: string, run: string, types: string[]) => {
    const made = {
      name,
      flow_run_id: run,
      task_key: name,
      dynamic_key: "0",
      tags: ["insight-db"],
      state: { type: "PENDING" },
    };
    const { id } = await api.post("task_runs/", made);
    for (const type of types) await api.post(`task_runs/${id}/set_state`, { state: { type }, force: false });
    return id as string;
  };
  const [one, other] = [await newRun("tag-one", "tagged"), await newRun("tag-other", "tagged")];
  for (const id of [one, other]) for (const type of ["PENDING", "RUNNING"]) await setState(id, { type });
  const holder = await task("holds", one, ["RUNNING"]);
  const waiter = await task("waits", other, []);
  await api.post("concurrency_limits/", { tag: "insight-db", concurrency_limit: 1 });
  await api.post("concurrency_limits/tag/insight-db/reset", { slot_override: [holder] });
  try {
    await beat("insight-free");
    const told = await delays({ flow_run_id: other });
    expect(told).toMatchObject({ waiting_tasks: 1, due: 0, pending: 0 });
    expect(told.verdict).toMatch(
      /^tag-other is Running, but 1 task run waits inside RUNNING runs: .*tag insight-db is full: 1 of 1/,
    );
    expect(told.hypothesis[0].text).toMatch(
      /held by holds .*waits .* of run tag-other waits for one inside RUNNING runs/,
    );
    expect(told.hypothesis[0].evidence).toEqual(expect.arrayContaining([holder, waiter, other]));
    const whole = await ask("investigate_flow_run", { flow_run_id: other });
    expect(whole.verdict).toMatch(/did not fail: it is Running; .*tag insight-db is full.*waits .* waits for one/);
    const late = await lateRun("tag-late", "tagged");
    const about = await delays({ flow_run_id: late });
    expect(causes(about)).toContain("tag_full");
    expect(about.tag_limits).toContainEqual({ tag: "insight-db", limit: 1, active_slots: 1 });
    for (const type of ["COMPLETED"]) await setState(one, { type });
    expect((await delays({ flow_run_id: other })).hypothesis[0].text).toContain("perhaps a zombie");
  } finally {
    await api.remove("concurrency_limits/tag/insight-db");
  }
});

test("late without a cause that Prefect knows of, and late though its deployment is paused", async () => {
  const id = await lateRun("free-late", "free");
  await beat("insight-free");
  expect(causes(await delays({ flow_run_id: id }))).toEqual(["not_picked_up"]);
  const paused = await lateRun("paused-late-2", "paused");
  expect(causes(await delays({ flow_run_id: paused }))[0]).toBe("deployment_paused");
});

test("the whole server: exact counts, and nothing missing", async () => {
  const told = await delays();
  const late = await ground.api.post("flow_runs/count", { flow_runs: { state: { name: { any_: ["Late"] } } } });
  expect(told).toMatchObject({ late, missing: [], runs: expect.any(Array) });
  const held = told.hypothesis.map((one: any) => one.holds_back);
  expect(held).toEqual(held.toSorted((a: number, b: number) => b - a));
  expect(causes(told)).toEqual(expect.arrayContaining(["no_worker", "queue_paused", "tag_full", "deployment_full"]));
});

test("etl-failed: the root task, its errors, and that a later run succeeded", async () => {
  const told = await ask("investigate_flow_run", { flow_run_id: seeded("etl-failed") });
  expect(told).toMatchObject({
    missing: [],
    pattern: { kind: "intermittent", first_failure_id: seeded("etl-failed-before"), last_success_id: seeded("etl-ok") },
    failed_tasks: [{ id: ground.seeded.taskRuns["etl-failed/load"], retries_max: 2 }],
    deployment: { slug: "etl-nightly/unlimited", paused: false },
    work_pool: { name: "proc-free" },
  });
  expect(told.verdict).toMatch(
    /^etl-nightly\/etl-failed Failed, intermittent \(PF\[F\][PF-]*, it succeeded since\): task load-0 failed first: .*503/,
  );
  expect(told.error_log.join("\n")).toContain("503 Service Unavailable");
  expect(told.states.map((state: any) => state.state)).toEqual(["Scheduled", "Pending", "Running", "Failed"]);
});

test("a flow that fails each time is persistent", async () => {
  for (const name of ["always-1", "always-2", "always-3"]) {
    const id = await newRun(name, "dead");
    for (const type of ["PENDING", "RUNNING"]) await setState(id, { type });
    await setState(id, { type: "FAILED", message: `ValueError: bad row ${name.slice(-1)}` });
  }
  const told = await ask("investigate_flow_run", { flow_name: "insight-flow" });
  expect(told.verdict).toMatch(
    /^insight-flow\/always-3 Failed, persistent \([PF-]*FF\[F\], the same message each time\)/,
  );
});

test("etl-crashed and etl-zombie: the lost process, and the run that nobody runs any more", async () => {
  const crashed = await ask("investigate_flow_run", { flow_run_id: seeded("etl-crashed") });
  expect(causes(crashed)).toEqual(["crashed"]);
  expect(crashed.hypothesis[0].text).toContain("exited with status code: -9");
  const orphan = await newRun("orphan-running", "dead");
  for (const type of ["PENDING", "RUNNING"]) await setState(orphan, { type });
  const zombie = await ask("investigate_flow_run", { flow_run_id: orphan });
  expect(zombie.verdict).toMatch(
    /did not fail: it is Running; perhaps a zombie: .*insight-dead has no ONLINE worker; silent/,
  );
  await ground.api.post("work_pools/proc-free/workers/heartbeat", {
    name: "worker-proc-free",
    heartbeat_interval_seconds: 30,
  });
  const alive = await ask("investigate_flow_run", { flow_run_id: seeded("etl-zombie") });
  expect(alive).toMatchObject({ hypothesis: [], run: { state: "Running" }, work_pool: { workers_online: 1 } });
});

test("what is to come is not late, and what ended well did not fail", async () => {
  const future = await ask("investigate_flow_run", { flow_run_id: seeded("future-2030") });
  expect(future).toMatchObject({ verdict: expect.stringContaining("its time is 2030-01-01"), hypothesis: [] });
  expect((await delays({ flow_run_id: seeded("future-2030") })).verdict).toMatch(
    /^nothing waits: future-2030 is due in 3 y/,
  );
  expect((await delays({ flow_run_id: seeded("etl-ok") })).verdict).toBe("nothing waits: etl-ok is Completed");
  expect((await delays({ work_pool: "idle-pool" })).verdict).toContain("but work pool idle-pool is paused");
  expect((await ask("investigate_flow_run", { flow_run_id: seeded("etl-ok") })).verdict).toContain("did not fail");
});

test("the automation's schema is that of this server, and the summary leaves no kind of it out", async () => {
  const { schema } = await ask("get_object_schema", { object_type: "automation", detail: "full" });
  const kinds = [...JSON.stringify(schema).matchAll(/"const":"([a-z-]+)"/g)].map((one) => one[1]);
  const told = [...Object.keys(AUTOMATION.triggers), ...Object.keys(AUTOMATION.actions)];
  const cloudOnly = ["metric"];
  expect([...new Set(kinds)].sort()).toEqual(told.filter((kind) => !cloudOnly.includes(kind)).sort());
});

test("completions know the names that there are", async () => {
  const complete = async (prompt: string, argument: string, typed: string) =>
    hub.running.prompts
      ?.find(({ name }) => name === prompt)
      ?.arguments[argument]?.complete?.(typed, {}, new AbortController().signal);
  expect(await complete("prefect_debug_deployment", "deployment", "etl-nightly/li")).toEqual(["etl-nightly/limited"]);
  expect(await complete("prefect_health_check", "flow_name", "etl")).toEqual(["etl-nightly"]);
  expect(await complete("prefect_health_check", "work_pool", "k8s")).toEqual(["k8s-prod"]);
});
