// What prefect_investigate_flow_run concludes: persistent or intermittent, zombie or alive, and that it stays within its bounds.
import { expect, it } from "vitest";
import type { PrefectStandIn } from "../../../support/prefect-stand-in.ts";
import { startHurried, startWithPrefect } from "../start.ts";

const WHY = "prefect_investigate_flow_run";
type Hub = Awaited<ReturnType<typeof startWithPrefect>>;

const row = ({ world }: PrefectStandIn, name: string) => world.flow_runs.find((one) => one["name"] === name)!;
const causes = (structured: any): string[] => structured.hypothesis.map((one: any) => one.cause);

/** Runs of a flow of their own, one a minute: P passed, F failed, C crashed, X cancelled. Gives their ids. */
function story({ server, clock }: Hub, letters: string, message = (i: number) => `ValueError: bad row ${i}`): string[] {
  const types: Record<string, string> = { P: "COMPLETED", F: "FAILED", C: "CRASHED", X: "CANCELLED" };
  const flow = { ...server.world.flows[0]!, id: crypto.randomUUID(), name: "story" };
  server.world.flows.push(flow);
  return letters.split("").map((letter, i) => {
    const at = new Date(clock.at - (letters.length - i) * 60_000).toISOString();
    const id = crypto.randomUUID();
    const type = types[letter]!;
    const state = { type, name: type, timestamp: at, message: letter === "P" ? null : message(i) };
    const own = { id, flow_id: flow.id, name: `story-${i}`, state_type: type, state_name: type, state };
    server.world.flow_runs.push({
      ...row(server, "child"),
      ...own,
      start_time: at,
      end_time: at,
      parent_task_run_id: null,
    });
    return id;
  });
}

it.each([
  ["PPFFF", 4, "persistent", "PPFF[F]", true],
  ["FFF", 2, "persistent", "FF[F]", true],
  ["PFXC", 3, "persistent", "PF-[F]", true],
  ["PFF", 1, "persistent", "P[F]F", true],
  ["FPFPF", 4, "intermittent", "FPFP[F]", true],
  ["PFFP", 2, "intermittent", "PF[F]P", true],
  ["PFP", 1, "intermittent", "P[F]P", false],
  ["PPF", 2, "first", "PP[F]", false],
  ["F", 0, "first", "[F]", false],
])("%s, of which the one at %i is asked about, is %s", async (letters, at, kind, strip, same_message) => {
  const hub = await startWithPrefect();
  const ids = story(hub, letters);
  const { structured } = await hub.call(WHY, { flow_run_id: ids[at] });
  expect(structured).toMatchObject({ pattern: { kind, strip, same_message }, missing: [] });
  expect((structured as any).verdict).toContain(
    `${kind === "first" ? "first failure of the runs compared" : kind} (${strip}`,
  );
});

it("names the first failure after the last success, and a change of the deployment between the two", async () => {
  const hub = await startWithPrefect();
  const ids = story(hub, "PPFF", (i) => (i === 2 ? "timeout" : "out of disk"));
  const { server, clock } = hub;
  const deployment = server.world.deployments[0]!;
  deployment["updated"] = new Date(clock.at - 150_000).toISOString();
  for (const one of server.world.flow_runs) if (ids.includes(one["id"])) one["deployment_id"] = deployment["id"];
  const { structured } = await hub.call(WHY, { flow_name: "story" });
  expect(structured).toMatchObject({
    run: { id: ids[3] },
    pattern: { first_failure_id: ids[2], last_success_id: ids[1], same_message: false },
  });
  expect(causes(structured)).toEqual(["flow_failed", "deployment_changed"]);
});

it("does not know the pattern when the other runs cannot be read, nor the tasks when those cannot", async () => {
  const { call, server } = await startWithPrefect();
  const broken = { status: 500, body: {} };
  server.fail("POST", /flow_runs\/filter/, broken, 99);
  server.fail("POST", /task_runs\/filter/, broken, 99);
  const { structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["etl-failed"] });
  expect(structured).toMatchObject({ pattern: { kind: "unknown" } });
  expect((structured as any).hypothesis[0].text).toContain("could not be read");
});

it.each([
  [
    "a worker that is OFFLINE",
    "process",
    "OFFLINE",
    /perhaps a zombie: Running, but its work pool proc-free has no ONLINE worker; silent for/,
  ],
  ["a worker that is ONLINE", "process", "ONLINE", /did not fail: it is Running$/],
  ["a pool that needs no worker", "ecs:push", "OFFLINE", /did not fail: it is Running$/],
])("judges a RUNNING run with %s", async (_, type, status, verdict) => {
  const { call, server } = await startWithPrefect();
  server.world.work_pools.find((one) => one["name"] === "proc-free")!["type"] = type;
  for (const worker of server.world.workers) worker["status"] = status;
  const { structured } = await call(WHY, { flow_run_id: server.world.seeded.runs["etl-zombie"] });
  expect((structured as any).verdict).toMatch(verdict);
});

it("does not call a run silent whose log could not be read, nor one that wrote a line just now", async () => {
  const { call, server, clock } = await startWithPrefect();
  clock.at += 7_200_000;
  const flow_run_id = server.world.seeded.runs["etl-zombie"]!;
  const line = { id: crypto.randomUUID(), flow_run_id, level: 20, name: "p", message: "alive", task_run_id: null };
  server.world.logs.push({ ...line, timestamp: new Date(clock.at - 5_000).toISOString() });
  expect((await call(WHY, { flow_run_id, log_lines: 0 })).structured).toMatchObject({ hypothesis: [] });
  server.fail("POST", /logs/, { status: 500, body: {} }, 99);
  expect((await call(WHY, { flow_run_id })).structured).toMatchObject({ hypothesis: [] });
});

it("needs at most twelve requests, whatever the run's state, and 24 KB", async () => {
  const { call, server } = await startWithPrefect();
  server.world.seeded.runs["retrying"] = crypto.randomUUID();
  const waits = { state_type: "SCHEDULED", state_name: "AwaitingRetry", run_count: 2, end_time: null };
  server.world.flow_runs.push({ ...row(server, "report-late-1"), ...waits, id: server.world.seeded.runs["retrying"] });
  for (const one of server.world.flow_runs) one["tags"] = ["database"];
  for (const [name, id] of Object.entries(server.world.seeded.runs)) {
    server.requests.length = 0;
    const { isError, text } = await call(WHY, { flow_run_id: id });
    expect([name, isError, text.includes("canary")]).toEqual([name, false, false]);
    expect(server.requests.length, name).toBeLessThanOrEqual(12);
    expect(Buffer.byteLength(text), name).toBeLessThanOrEqual(24 * 1024);
  }
}, 60_000);

it("cuts what is missed least where all is huge, and says so", async () => {
  const { call, server } = await startWithPrefect();
  const { runs } = server.world.seeded;
  const id = runs["etl-failed"]!;
  const long = 'é"\n'.repeat(2_000);
  const task = server.world.task_runs.find((one) => one["name"] === "load-0" && one["flow_run_id"] === id)!;
  for (let i = 0; i < 30; i++) {
    const state = { ...task["state"], message: long };
    server.world.task_runs.push({
      ...task,
      id: crypto.randomUUID(),
      name: `t-${i}${long}`,
      state,
      tags: Array(10).fill(long),
    });
    const states = server.world.flow_run_states[id]!;
    states.push({ ...states[0]!, id: crypto.randomUUID(), message: long });
  }
  for (let i = 0; i < 300; i++) {
    const timestamp = new Date(Date.parse("2026-11-25T19:44:34Z") + i).toISOString();
    const one = { id: crypto.randomUUID(), flow_run_id: id, task_run_id: null, name: "p", level: 40, timestamp };
    server.world.logs.push({ ...one, message: `${i} ${long}` });
  }
  const { isError, text, structured } = await call(WHY, { flow_run_id: id, log_lines: 200, recent: 50 });
  expect(isError).toBe(false);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  expect(JSON.parse(text)).toEqual(structured);
  const { error_log: errors, cut, failed_tasks: tasks } = structured as any;
  expect([cut.length > 0, tasks.length > 0]).toEqual([true, true]);
  expect(errors.at(-1)).toContain("299 ");
});

it("is kept from an answer only by the run itself", async () => {
  const { call, server } = await startWithPrefect();
  const flow_run_id = server.world.seeded.runs["etl-failed"]!;
  const one = new RegExp(`/flow_runs/${flow_run_id}`);
  server.fail("GET", one, { status: 401, body: { exception_message: "Unauthorized" } });
  expect(await call(WHY, { flow_run_id })).toMatchObject({ isError: true, text: expect.stringContaining("(401)") });
  server.fail("GET", one, { status: 500, body: { exception_message: "Internal Server Error" } });
  expect(await call(WHY, { flow_run_id })).toMatchObject({ isError: true, text: expect.stringContaining("500") });
  const hurried = await startHurried();
  hurried.server.fail("GET", one, "hang");
  expect((await hurried.call(WHY, { flow_run_id })).text).toContain("within 1s");
  const caller = new AbortController();
  server.fail("POST", /logs/, "hang", 9);
  const ending = call(WHY, { flow_run_id }, { signal: caller.signal });
  await expect.poll(() => server.bodies("/logs/filter").length).toBeGreaterThan(0);
  caller.abort();
  expect((await ending).isError).toBe(true);
});
