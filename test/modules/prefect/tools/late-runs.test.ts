// The late runs of the seed's own evaluations, one by one: no worker, a full pool, a full queue, a full deployment, a full tag.
import { expect, it } from "vitest";
import { startWithPrefect, type Started } from "../start.ts";

const TOOL = "prefect_diagnose_delays";
const WHOLE = "prefect_investigate_flow_run";
const row = ({ server }: Started, name: string) => server.world.flow_runs.find((one) => one["name"] === name)!;

/** A late run in the pool and queue of another run, which nothing else holds back. */
function lateBehind(hub: Started, name: string): string {
  const { work_pool_name, work_queue_name, work_queue_id } = row(hub, name);
  const id = crypto.randomUUID();
  const own = { id, name: "behind", work_pool_name, work_queue_name, work_queue_id };
  hub.server.world.flow_runs.push({ ...row(hub, "queue-late"), ...own });
  for (const queue of hub.server.world.work_queues) Object.assign(queue, { status: "READY", is_paused: false });
  return id;
}

/** The first cause, which the verdict of both tools must name. */
async function firstCause({ call }: Started, flow_run_id: string | undefined): Promise<any> {
  const told = (await call(TOOL, { flow_run_id })).structured as any;
  const [first] = told.hypothesis;
  expect(told).toMatchObject({ missing: [], verdict: expect.stringContaining(first.text) });
  const { structured } = await call(WHOLE, { flow_run_id });
  expect((structured as any).verdict).toContain(first.text.slice(0, 60));
  return first;
}

it("worker: the pool has no ONLINE worker", async () => {
  const hub = await startWithPrefect();
  const first = await firstCause(hub, hub.server.world.seeded.runs["report-late-1"]);
  expect(first).toMatchObject({ cause: "no_worker", holds_back: 1 });
  expect(first.text).toContain("work pool k8s-prod has no ONLINE worker");
});

it("pool: its limit is taken, by whom and for how long", async () => {
  const hub = await startWithPrefect();
  const id = lateBehind(hub, "etl-pending");
  const first = await firstCause(hub, id);
  expect(first).toMatchObject({ cause: "pool_full", evidence: [row(hub, "etl-pending")["id"], id] });
  expect(first.text).toMatch(
    /proc-limited is full: 1 of 1 .*held by etl-pending .* for \d+ .*PENDING never becomes Late/,
  );
});

it("queue: its limit is taken, also where it is paused", async () => {
  const hub = await startWithPrefect();
  const id = lateBehind(hub, "queue-late");
  const queue = hub.server.world.work_queues.find((one) => one["id"] === row(hub, "queue-late")["work_queue_id"])!;
  Object.assign(queue, { concurrency_limit: 1, active_slots: 1 });
  const first = await firstCause(hub, id);
  expect(first).toMatchObject({ cause: "queue_full", holds_back: 1 });
  expect(first.text).toMatch(/work pool proc-free: queue slow is full: 1 of 1/);
  queue["is_paused"] = true;
  expect(await firstCause(hub, id)).toMatchObject({ cause: "queue_paused" });
});

it("deployment: its limit is taken, and Prefect has sent the run back", async () => {
  const hub = await startWithPrefect();
  const first = await firstCause(hub, hub.server.world.seeded.runs["etl-waiting"]);
  expect(first).toMatchObject({ cause: "deployment_full", holds_back: 1 });
  expect(first.text).toMatch(
    /deployment etl-nightly\/limited is full: 1 of 1 .*AwaitingConcurrencySlot; held by etl-zombie/,
  );
});

it("deployment: it is paused", async () => {
  const hub = await startWithPrefect();
  const first = await firstCause(hub, hub.server.world.seeded.runs["paused-late"]);
  expect(first).toMatchObject({ cause: "deployment_paused", holds_back: 1 });
});

it("tag: its limit is taken by a task of another run", async () => {
  const hub = await startWithPrefect();
  const id = lateBehind(hub, "queue-late");
  hub.server.world.flow_runs.find((one) => one["id"] === id)!["tags"] = ["database"];
  const first = await firstCause(hub, id);
  expect(first).toMatchObject({ cause: "tag_full" });
  expect(first.text).toMatch(/tag database is full: 1 of 1 slots are taken; held by holder-0/);
});
