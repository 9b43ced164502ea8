// Deployments, pools and limits of a real, seeded Prefect, compared with what Prefect's own API says.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestHub } from "../support/modules.ts";
import { asker } from "./support/prefect-ask.ts";
import { PREFECT_GROUND_MS, prefectGround, type PrefectGround } from "./support/prefect-ground.ts";
import { makeOwnThings, type OwnThings } from "./support/prefect-own.ts";

let ground: PrefectGround;
let own: OwnThings;
let hub: TestHub;

const call = (tool: string, input: object = {}) => hub.call(`prefect_${tool}`, input);
const ask = asker(() => hub);

beforeAll(async () => {
  ground = await prefectGround();
  own = await makeOwnThings(ground);
  hub = await ground.hub();
}, PREFECT_GROUND_MS);
afterAll(async () => {
  await own?.remove();
  await hub?.close();
});

test("all deployments are paged through once, however many more than 40 there are", async () => {
  const total = await ground.api.post("deployments/count", {});
  expect(total).toBeGreaterThan(46);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask("get_deployments", cursor === undefined ? {} : { cursor });
    expect(page.total).toBe(total);
    seen.push(...page.deployments.map((one: any) => one.slug));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect([seen.length, new Set(seen).size]).toEqual([total, total]);
});

test("deployments are found by name, part of a name, flow, tags, pool, paused and status", async () => {
  const slugs = async (input: object) =>
    (await ask("get_deployments", { limit: 100, ...input })).deployments.map((one: any) => one.slug);
  expect(await slugs({ name: "etl-nightly/prod" })).toEqual(["etl-nightly/prod"]);
  expect(await slugs({ id: ground.seeded.deployments["etl-nightly/prod"] })).toEqual(["etl-nightly/prod"]);
  expect(await slugs({ name_contains: "WEEK" })).toEqual([
    "report-weekly/no-pool",
    "report-weekly/paused",
    "report-weekly/weekly",
  ]);
  expect(await slugs({ flow_name: "work-flow" })).toEqual(["work-flow/bare", "work-flow/checked", "work-flow/fast"]);
  expect(await slugs({ tags: ["prod", "etl"] })).toEqual(["etl-nightly/prod"]);
  expect(await slugs({ work_pool: "proc-limited" })).toEqual(["etl-nightly/pending"]);
  expect(await slugs({ paused: true })).toEqual(["report-weekly/paused"]);
  const [ready, not] = [await slugs({ status: "READY" }), await slugs({ status: "NOT_READY" })];
  expect(ready.length + not.length).toBe(await ground.api.post("deployments/count", {}));
});

test("a deployment in full shows its schedule, its next run and its last runs, and no secret", async () => {
  const { deployments } = await ask("get_deployments", { name: "etl-nightly/prod", detail: "full" });
  expect(deployments).toMatchObject([
    {
      work_pool: "proc-free",
      schedules: [{ cron: "0 2 * * *", timezone: "Europe/Berlin", active: true }],
      next_run: expect.stringMatching(/^20\d\d-/),
      parameters: { db_password: "***" },
      job_variables: { env: { WAREHOUSE_TOKEN: "***" } },
      parameter_schema: { required: ["day"] },
    },
  ]);
  const { deployments: busy } = await ask("get_deployments", { name: "etl-nightly/unlimited" });
  expect(busy[0].last_run_states).toHaveLength(3);
  expect(busy[0].last_run_id).toBeDefined();
  const { text, isError } = await call("get_deployments", { id: ground.seeded.goneDeployment });
  expect([isError, text]).toEqual([true, expect.stringContaining("not found (404)")]);
});

test("a pool shows its workers, its queues and what waits, as Prefect counts them", async () => {
  const { work_pools: pools } = await ask("get_work_pools");
  const pool = (name: string) => pools.find((one: any) => one.name === name);
  expect(pool("k8s-prod")).toMatchObject({
    late: 5,
    workers_online: 0,
    queues: [
      { name: "high", late: 1, limit: 2 },
      { name: "default", late: 4 },
    ],
    verdict: expect.stringContaining("no ONLINE worker"),
  });
  expect(pool("proc-limited")).toMatchObject({ limit: 1, active_slots: 1, pending: 1 });
  expect(pool("proc-limited").verdict).toContain("1 of 1 slots");
  expect(pool("idle-pool").verdict).toContain("is paused");
  expect(pool("work-pool")).toMatchObject({
    status: "READY",
    workers_online: 1,
    workers: [{ name: "work-worker", status: "ONLINE", heartbeat_age_s: expect.any(Number) }],
  });
  const { work_pools: full } = await ask("get_work_pools", { name: "proc-limited", detail: "full" });
  expect(full[0].slot_holders).toMatchObject([{ name: "etl-pending", state: "Pending", queue: "default" }]);
  const { isError, text } = await call("get_work_pools", { name: "nope" });
  expect([isError, text]).toEqual([true, expect.stringContaining('no work pool is named "nope" (404)')]);
});

test("every kind of full limit names who holds it and for how long", async () => {
  const { limits } = await ask("get_concurrency_limits", { only_saturated: true });
  const limit = (kind: string, name: string) => limits.find((one: any) => one.kind === kind && one.name === name);
  const age = { time_in_state_s: expect.any(Number) };
  expect(limit("deployment", "etl-nightly/limited")).toMatchObject({
    holders: [{ id: ground.seeded.runs["etl-zombie"], state: "Running", ...age }],
  });
  expect(limit("work_pool", "proc-limited")).toMatchObject({
    holders: [{ id: ground.seeded.runs["etl-pending"], state: "Pending", ...age }],
  });
  expect(limit("tag", "database")).toMatchObject({
    holders: [{ id: ground.seeded.taskRuns["tagged/holder"], flow_run_id: ground.seeded.runs["tagged"], ...age }],
  });
  expect(limit("global", "warehouse")).toMatchObject({ limit: 2, active_slots: 2 });
  expect(limits.every((one: any) => one.active_slots >= one.limit)).toBe(true);
  const all = await ask("get_concurrency_limits");
  expect(all.limits.map((one: any) => one.name)).toEqual(expect.arrayContaining(["mailer", "k8s-prod/high"]));
});

test("a slot that is taken is seen in its deployment, its queue and its pool, and seen again when it is free", async () => {
  const about = async () => {
    const { limits } = await ask("get_concurrency_limits", { limit: 200 });
    return limits
      .filter((one: any) => /^work-(flow|pool)/.test(one.name))
      .map((one: any) => [one.kind, one.active_slots, (one.holders ?? []).map((holder: any) => holder.name).join()])
      .sort();
  };
  expect(await about()).toEqual([
    ["deployment", 0, ""],
    ["work_pool", 0, ""],
    ["work_queue", 0, ""],
  ]);
  const id = await own.newRun("holder", "fast", "PENDING");
  expect(await about()).toEqual([
    ["deployment", 1, "holder"],
    ["work_pool", 1, "holder"],
    ["work_queue", 1, "holder"],
  ]);
  const waiting = await own.newRun("waiter", "fast", "PENDING");
  expect((await ground.api.get(`flow_runs/${waiting}`)).state_name).toBe("AwaitingConcurrencySlot");
  // While it is being cancelled it keeps its deployment's slot, but no longer those of queue and pool.
  await ask("cancel_flow_runs", { flow_run_ids: [id] });
  expect((await about()).map(([kind, taken]: any) => [kind, taken])).toEqual([
    ["deployment", 1],
    ["work_pool", 0],
    ["work_queue", 0],
  ]);
  await ground.api.post(`flow_runs/${id}/set_state`, { state: { type: "CANCELLED" }, force: false });
  expect((await about()).map(([, taken]: any) => taken)).toEqual([0, 0, 0]);
});
