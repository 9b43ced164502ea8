// prefect_diagnose_delays: which runs count as waiting, tasks that wait inside RUNNING runs, the order of causes, and one full answer.
import { expect, it } from "vitest";
import { startHurried, startWithPrefect } from "../start.ts";

const TOOL = "prefect_diagnose_delays";
type Server = Awaited<ReturnType<typeof startWithPrefect>>["server"];
const causes = (structured: any): string[] => structured.hypothesis.map((one: any) => one.cause);
const row = ({ world }: Server, id: string | undefined) => world.flow_runs.find((one) => one["id"] === id)!;

it("shows one late run whole", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.runs["report-late-1"];
  const { isError, structured } = await call(TOOL, { flow_run_id: id });
  const text = "work pool k8s-prod has no ONLINE worker (it never had one, or they were removed)";
  expect([isError, structured]).toEqual([
    false,
    {
      verdict: `1 due (1 Late), 0 PENDING, the oldest for 11 min: ${text}`,
      hypothesis: [{ cause: "no_worker", text, holds_back: 1, evidence: [id] }],
      missing: [],
      late: 1,
      due: 1,
      pending: 0,
      awaiting_slot: 0,
      waiting_tasks: 0,
      oldest_lateness_s: expect.any(Number),
      tag_limits: [],
      runs: [
        {
          id,
          name: "report-late-1",
          flow_name: "report-weekly",
          state: "Late",
          state_type: "SCHEDULED",
          expected_start_time: expect.stringMatching(/^2026-11-25T/),
          lateness_s: expect.any(Number),
          run_count: 0,
          deployment: "report-weekly/weekly",
          work_pool: "k8s-prod",
          work_queue: "default",
          url: `${server.url.replace(/\/api$/, "")}/runs/flow-run/${id}`,
        },
      ],
    },
  ]);
});

it("sees a run that waits for a slot of its deployment also while its new time is still to come", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.runs["etl-waiting"];
  row(server, id)["next_scheduled_start_time"] = "2026-11-25T20:00:00Z";
  for (const input of [{ flow_run_id: id }, { deployment: "etl-nightly/limited" }]) {
    const { structured } = await call(TOOL, input);
    expect(structured).toMatchObject({ due: 0, awaiting_slot: 1, runs: [{ id }] });
    expect(causes(structured)[0]).toBe("deployment_full");
    expect((structured as any).hypothesis[0].text).toMatch(/1 of 1 slots are taken.*held by etl-zombie \(/);
  }
});

it("finds the task runs that wait for a tag inside RUNNING runs, and who has the slot", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, taskRuns } = server.world.seeded;
  const { structured } = await call(TOOL, { flow_run_id: runs["tagged"] });
  expect(structured).toMatchObject({
    due: 0,
    waiting_tasks: 1,
    verdict: expect.stringContaining("but 1 task run waits"),
  });
  const [full] = (structured as any).hypothesis;
  expect(full.text).toMatch(/tag database is full: 1 of 1 .*held by holder-0 .*waiter-0 .*of run tagged wait/);
  expect(full.text).not.toContain("zombie");
  expect(full.evidence).toEqual([taskRuns["tagged/holder"], taskRuns["tagged/waiter"], runs["tagged"]]);
  expect(server.bodies("/task_runs/filter")[0]).toMatchObject({
    flow_runs: { id: { any_: [runs["tagged"]] } },
    task_runs: { tags: { all_: ["database"] }, state: { type: { any_: ["PENDING", "SCHEDULED"] } } },
  });
});

it("calls the holder of a tag's slot a zombie once its flow run has ended", async () => {
  const { call, server } = await startWithPrefect();
  const { runs } = server.world.seeded;
  row(server, runs["tagged"])["state_type"] = "CRASHED";
  row(server, runs["report-late-1"])["tags"] = ["database"];
  const { structured } = await call(TOOL, { flow_run_id: runs["report-late-1"] });
  expect((structured as any).hypothesis.at(-1)).toMatchObject({
    cause: "tag_full",
    text: expect.stringMatching(/holder-0 .* perhaps a zombie; task runs with it wait once/),
  });
});

it("flags a PENDING run after ten minutes, and one whose pool lost its worker at once", async () => {
  const { call, server, clock } = await startWithPrefect();
  const flow_run_id = server.world.seeded.runs["etl-pending"];
  const told = async () => (await call(TOOL, { flow_run_id })).structured as any;
  const stuck = (answer: any) => answer.hypothesis.find((one: any) => one.cause === "stuck_pending").text;
  expect(stuck(await told())).not.toContain("zombie");
  clock.at += 900_000;
  expect(stuck(await told())).toContain("perhaps a zombie");
  clock.at -= 900_000;
  for (const worker of server.world.workers) worker["status"] = "OFFLINE";
  const dead = await told();
  expect(causes(dead)).toEqual(["stuck_pending", "no_worker"]);
  expect(stuck(dead)).toContain("perhaps a zombie");
});

it("points at the workers where neither pool nor limit stands in the way", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.runs["queue-late"];
  for (const queue of server.world.work_queues) Object.assign(queue, { is_paused: false, status: "READY" });
  expect((await call(TOOL, { flow_run_id: id })).structured).toMatchObject({
    hypothesis: [{ cause: "not_picked_up", text: expect.stringContaining("worker's own log") }],
  });
  server.fail("POST", /work_pools\/filter/, { status: 500, body: {} }, 9);
  const { structured } = await call(TOOL, { flow_run_id: id });
  expect(structured).toMatchObject({
    missing: [{ what: "work pools" }],
    hypothesis: [{ text: expect.stringContaining("could not be read") }],
  });
});

it("names the pool of a queue, and what else there is", async () => {
  const { call } = await startWithPrefect();
  const { structured } = await call(TOOL, {});
  expect((structured as any).hypothesis.map((one: any) => one.text)).toContain(
    "work pool proc-free: queue slow is paused",
  );
  expect((structured as any).verdict).toMatch(/no ONLINE worker.* \(5 runs\); and \d more: .*queue_paused \(1 run\)/);
});

it.each<[Parameters<Server["fail"]>[2], string]>([
  [{ status: 401, body: { exception_message: "Unauthorized" } }, "(401)"],
  [{ status: 500, body: {} }, "500"],
  ["hang", "within 1s"],
])("gives no all-clear without the counts: %j", async (fault, words) => {
  const { call, server } = await (fault === "hang" ? startHurried() : startWithPrefect());
  server.fail("POST", /flow_runs\/count/, fault);
  expect(await call(TOOL)).toMatchObject({ isError: true, text: expect.stringContaining(words) });
});

it("ends with its call", async () => {
  const { call, server } = await startWithPrefect();
  const caller = new AbortController();
  server.fail("POST", /flow_runs\/count/, "hang", 9);
  const ending = call(TOOL, {}, { signal: caller.signal });
  await expect.poll(() => server.requests.length).toBeGreaterThan(0);
  caller.abort();
  expect((await ending).isError).toBe(true);
});

it("stays within 24 KB with hundreds of waiting runs of long names in many pools", async () => {
  const { call, server } = await startWithPrefect();
  const late = row(server, server.world.seeded.runs["report-late-1"]);
  const pool = server.world.work_pools.find((one) => one["name"] === "k8s-prod")!;
  for (let i = 0; i < 150; i++) {
    const name = `pool-${i % 15}-${"n".repeat(180)}`;
    if (i < 15) server.world.work_pools.push({ ...pool, id: crypto.randomUUID(), name });
    const tags = Array.from({ length: 10 }, (_, n) => `${n}${"t".repeat(99)}`);
    server.world.flow_runs.push({
      ...late,
      id: crypto.randomUUID(),
      name: "r".repeat(200),
      work_pool_name: name,
      tags,
    });
  }
  const { isError, text, structured } = await call(TOOL);
  expect(isError).toBe(false);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  expect(structured).toMatchObject({ late: 156 });
  expect((structured as any).missing.at(-1).why).toContain("too many pools");
});
