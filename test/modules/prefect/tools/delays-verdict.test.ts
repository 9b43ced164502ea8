// What prefect_diagnose_delays says in one line: the cause that holds back the most runs, and never "nothing waits" alone where one asked
// about a run, a pool or a deployment that has its own reason.
import { expect, it } from "vitest";
import { startWithPrefect, type Started } from "../start.ts";

const TOOL = "prefect_diagnose_delays";
const row = ({ server }: Started, name: string) => server.world.flow_runs.find((one) => one["name"] === name)!;
const runId = ({ server }: Started, name: string) => server.world.seeded.runs[name]!;
const causes = (structured: any): string[] => structured.hypothesis.map((one: any) => one.cause);
const ask = async ({ call }: Started, input: object = {}): Promise<any> => (await call(TOOL, input)).structured;

/** More late runs like this one. */
function more(hub: Started, name: string, count: number): void {
  for (let i = 0; i < count; i += 1)
    hub.server.world.flow_runs.push({ ...row(hub, name), id: crypto.randomUUID(), name: `${name}-more-${i}` });
}

it("names the cause that holds back the most runs, with counts, and the others after it", async () => {
  const hub = await startWithPrefect();
  const told = await ask(hub, { work_pool: "k8s-prod" });
  expect(told.hypothesis).toMatchObject([
    { cause: "no_worker", holds_back: 5 },
    { cause: "deployment_paused", holds_back: 1 },
  ]);
  expect(told.verdict).toMatch(
    /^5 due \(5 Late\), 0 PENDING, .*: work pool k8s-prod has no ONLINE worker \(.*\) \(5 runs\); and 1 more: deployment_paused \(1 run\)$/,
  );
});

it("goes by the order in which one would look where two causes hold back as many", async () => {
  const hub = await startWithPrefect();
  expect(causes(await ask(hub, { flow_run_id: runId(hub, "paused-late") }))).toEqual([
    "deployment_paused",
    "no_worker",
  ]);
});

it("names the fullest cause of the whole server, whatever the order of looking", async () => {
  const hub = await startWithPrefect();
  more(hub, "queue-late", 9);
  const told = await ask(hub);
  expect(told.hypothesis[0]).toMatchObject({ cause: "queue_paused", holds_back: 10 });
  expect(told.verdict).toMatch(/queue slow is paused \(10 runs\); and \d more: .*no_worker \(5 runs\)/);
});

it("calls deployments by flow and name", async () => {
  const hub = await startWithPrefect();
  const texts = (await ask(hub)).hypothesis.map((one: any) => one.text).join("\n");
  expect(texts).toContain("deployment report-weekly/paused is paused");
  expect(texts).toContain("deployment etl-nightly/limited is full");
});

it("tells of a PENDING run that its process is missing, not what only holds back runs before it", async () => {
  const hub = await startWithPrefect();
  const { world } = hub.server;
  for (const queue of world.work_queues) Object.assign(queue, { status: "NOT_READY", last_polled: null });
  for (const one of world.deployments) one["paused"] = true;
  expect(causes(await ask(hub, { flow_run_id: runId(hub, "etl-pending") }))).toEqual(["stuck_pending"]);
  for (const worker of world.workers) worker["status"] = "OFFLINE";
  const dead = await ask(hub, { flow_run_id: runId(hub, "etl-pending") });
  expect(causes(dead)).toEqual(["stuck_pending", "no_worker"]);
  expect(dead.verdict).toContain("PENDING never becomes Late");
});

it("says that a full pool holds back the run behind a PENDING one, and names that one", async () => {
  const hub = await startWithPrefect();
  const own = row(hub, "etl-pending");
  const behind = { work_pool_name: own["work_pool_name"], work_queue_name: own["work_queue_name"] };
  const id = crypto.randomUUID();
  hub.server.world.flow_runs.push({ ...row(hub, "queue-late"), ...behind, id, name: "behind" });
  const { hypothesis } = await ask(hub, { flow_run_id: id });
  const full = hypothesis.find((one: any) => one.cause === "pool_full");
  expect(full).toMatchObject({ holds_back: 1, evidence: [own["id"], id] });
  expect(full.text).toMatch(
    /1 of 1 slots are taken; held by etl-pending \(.*\) Pending for .*PENDING never becomes Late/,
  );
});

it.each([
  ["etl-ok", "nothing waits: etl-ok is Completed"],
  ["etl-crashed", "nothing waits: etl-crashed is Crashed"],
  ["etl-zombie", "nothing waits: etl-zombie is Running"],
])("says of %s, which does not wait, what it is", async (name, verdict) => {
  const hub = await startWithPrefect();
  expect(await ask(hub, { flow_run_id: runId(hub, name) })).toMatchObject({ verdict, hypothesis: [], runs: [] });
});

it("says when a run is due whose time is still to come", async () => {
  const hub = await startWithPrefect();
  const { verdict, hypothesis } = await ask(hub, { flow_run_id: runId(hub, "future-2030") });
  expect([verdict, hypothesis]).toEqual([
    expect.stringMatching(/^nothing waits: future-2030 is due in 3 y \(2030-01-01T00:00:00/),
    [],
  ]);
});

it("does not call a pool well in which nothing waits: it may be paused and have no worker", async () => {
  const hub = await startWithPrefect();
  const told = await ask(hub, { work_pool: "idle-pool" });
  expect(causes(told)).toEqual(["pool_paused", "no_worker"]);
  expect(told.verdict).toMatch(
    /^nothing waits: no run is due, Late or PENDING; but work pool idle-pool is paused; work pool idle-pool has no ONLINE/,
  );
  hub.server.world.flow_runs.length = 0;
  for (const queue of hub.server.world.work_queues) Object.assign(queue, { is_paused: false, status: "READY" });
  expect(await ask(hub, { work_pool: "proc-free" })).toMatchObject({
    verdict: "nothing waits: no run is due, Late or PENDING; nothing keeps it from starting runs",
    hypothesis: [],
  });
});

it("says why nothing of a deployment waits: it is paused, or nothing schedules it", async () => {
  const hub = await startWithPrefect();
  const { world } = hub.server;
  world.flow_runs.length = 0;
  const paused = await ask(hub, { deployment: "report-weekly/paused" });
  expect(causes(paused)).toEqual(["deployment_paused", "no_worker"]);
  expect(paused.verdict).toMatch(
    /; but deployment report-weekly\/paused is paused: its schedules make no runs; work pool/,
  );
  const unscheduled = await ask(hub, { deployment: "etl-nightly/pending" });
  expect(causes(unscheduled)).toContain("no_schedule");
  const scheduled = await ask(hub, { deployment: "etl-nightly/prod" });
  expect(causes(scheduled)).not.toContain("no_schedule");
});

it("shows only limits of tags that the waiting runs have", async () => {
  const hub = await startWithPrefect();
  expect((await ask(hub, { work_pool: "k8s-prod" })).tag_limits).toEqual([]);
  row(hub, "report-late-1")["tags"] = ["database"];
  expect((await ask(hub, { work_pool: "k8s-prod" })).tag_limits).toEqual([
    { tag: "database", limit: 1, active_slots: 1 },
  ]);
});
