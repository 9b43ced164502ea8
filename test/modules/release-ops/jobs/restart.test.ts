// What outlives the hub: the file that says what ran, and what the next start makes of it.
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createGround, outcome, toolSpec, type Ground } from "./ground.ts";

let ground: Ground;
afterEach(() => ground.remove());

const free = toolSpec("free", {}, { singleton: "free" });

test("a job is on disk before its command runs, for the hub's user alone and without secrets", async () => {
  ground = await createGround([free]);
  const id = await ground.start("free", { release: "4.19", token: "hunter2" });
  expect(await ground.stored()).toMatchObject({ version: 1, jobs: [{ id, state: "running", tool: "free" }] });
  expect(JSON.stringify(await ground.stored())).not.toContain("hunter2");
  const folder = join(ground.folder, "state");
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "jobs.json"))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["jobs.json"]);
});

test("after a crash the running job is lost, the ended one is as it was, and the key is free", async () => {
  ground = await createGround([free]);
  const done = await ground.start("free");
  (await ground.runs.next()).end(outcome({ verdict: "Pass" }));
  await ground.jobs.find(done).ended;
  const running = await ground.start("free");
  (await ground.runs.next()).options.onLine("hello");

  ground.clock.at += 60_000;
  const next = ground.hubOf(await ground.open());
  const status = async (id: string) => (await next.call("ops_job_status", { id })).structured;
  expect(await status(running)).toMatchObject({
    state: "lost",
    ended_at: "2026-11-25T12:01:00.000Z",
    message: "the hub ended while it ran; what became of it is unknown",
    lines: 0,
  });
  expect(await status(done)).toMatchObject({ state: "succeeded", verdict: "Pass", message: null });
  expect((await ground.stored()).jobs).toMatchObject([{ state: "succeeded" }, { state: "lost" }]);
  expect((await next.call("ops_job_stop", { id: running })).structured).toMatchObject({ was_running: false });
  const again = await next.call("ops_job_start", { tool: "free", arguments: { release: "4.19" } });
  expect(again.structured).toMatchObject({ is_new: true });
});

test("old jobs are not brought back", async () => {
  ground = await createGround([free]);
  const id = await ground.start("free");
  await ground.call("ops_job_stop", { id });
  ground.clock.at += 25 * 3_600_000;
  expect((await ground.open()).list()).toEqual([]);
  expect((await ground.stored()).jobs).toEqual([]);
});

test("closing ends what runs, takes no more, and leaves it lost", async () => {
  ground = await createGround([free, toolSpec("repeated", {}, { repeat: { everyMs: 1000, maxFailures: 2 } })]);
  const [id, paused] = [await ground.start("free"), await ground.start("repeated")];
  const [run, other] = [await ground.runs.next(), await ground.runs.next()];
  other.end(outcome());
  await ground.timers.next();
  await ground.jobs.close();
  expect(run.options.signal.aborted).toBe(true);
  expect((await ground.stored()).jobs).toMatchObject([
    { id, state: "lost", message: "the hub was stopped before it ended" },
    { id: paused, state: "lost" },
  ]);
  const refused = await ground.call("ops_job_start", { tool: "free", arguments: { release: "4.19" } });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("the hub is stopping") });
  await expect(ground.adopt(toolSpec("x"))).rejects.toThrow("the hub is stopping");
});

test("a file that cannot be read is forgotten, and a folder that cannot be written stops no job", async () => {
  ground = await createGround([free]);
  const file = join(ground.folder, "state", "jobs.json");
  await writeFile(file, '{"version": 1, "jobs": [{"id": 7}]}');
  expect((await ground.open()).list()).toEqual([]);
  await mkdir(`${file}.new`); // cannot be written any more
  const id = await ground.start("free");
  (await ground.runs.next()).end(outcome());
  await ground.jobs.find(id).ended;
  expect(await ground.status(id)).toMatchObject({ state: "succeeded" });
});
