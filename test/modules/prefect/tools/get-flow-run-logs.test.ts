// prefect_get_flow_run_logs: the end first, every line once, nothing too long, nothing secret, and no silence about an unknown run.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";
import { messages, read, START, TOOL, write } from "./written-log.ts";

it("shows the log of a run whole", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(hub, ["Beginning", "Working", "Done"]);
  expect(await read(hub, { flow_run_id })).toEqual({
    flow_run_id,
    name: "etl-ok",
    state: "Completed",
    logs: [
      { timestamp: "2026-11-25T10:00:00.000Z", level: "INFO", message: "Beginning" },
      { timestamp: "2026-11-25T10:00:00.010Z", level: "INFO", message: "Working" },
      { timestamp: "2026-11-25T10:00:00.020Z", level: "INFO", message: "Done" },
    ],
    total: 3,
    returned: 3,
    truncated: false,
    scanned: 3,
    has_more_before: false,
    has_more_after: false,
  });
});

it("reads the end of 10,000 lines in one request, oldest first", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = hub.server.world.seeded.runs["big"];
  const tail = await read(hub, { flow_run_id });
  expect(tail).toMatchObject({ returned: 100, truncated: true, has_more_before: true, has_more_after: false });
  expect(tail).not.toHaveProperty("total");
  expect(messages(tail)).toEqual(Array.from({ length: 100 }, (_, i) => `line ${9_900 + i}`));
  expect(hub.server.bodies("/logs/filter")).toEqual([
    { logs: { flow_run_id: { any_: [flow_run_id] } }, sort: "TIMESTAMP_DESC", limit: 200, offset: 0 },
  ]);
});

it("takes a limit of 1,000, in pages that Prefect allows, and fills the answer", async () => {
  const hub = await startWithPrefect();
  const log = await read(hub, { flow_run_id: hub.server.world.seeded.runs["big"], limit: 1_000 });
  expect(log).toMatchObject({ truncated_reason: "size" });
  expect(log.returned).toBeGreaterThan(250);
  expect(hub.server.bodies("/logs/filter").map((body) => body?.["limit"])).toEqual([200, 200]);
});

it("reads from the beginning, in the smaller pages of a server that allows no more", async () => {
  const hub = await startWithPrefect({ pageLimit: 50 });
  const flow_run_id = write(
    hub,
    Array.from({ length: 700 }, (_, i) => String(i)),
  );
  const head = await read(hub, { flow_run_id, order: "head", limit: 180 });
  expect(messages(head)).toEqual(Array.from({ length: 180 }, (_, i) => String(i)));
  expect(head).toMatchObject({ has_more_before: false, has_more_after: true });
  const rest = await read(hub, { flow_run_id, order: "head", limit: 180, cursor: head.next_cursor });
  expect([messages(rest)[0], rest.has_more_before]).toEqual(["180", true]);
});

it("pages backwards without losing or repeating a line while the run goes on writing", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(
    hub,
    Array.from({ length: 450 }, (_, i) => `line ${i}`),
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page++) {
    const answer = await read(hub, { flow_run_id, limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    expect(answer.has_more_after).toBe(page > 0);
    seen.unshift(...messages(answer));
    cursor = answer.next_cursor;
    const last = hub.server.world.logs.at(-1)!;
    const later = new Date(START + 3_600_000 + page).toISOString(); // by a worker whose clock is ahead, or after the first page
    hub.server.world.logs.push({ ...last, id: crypto.randomUUID(), message: "later", timestamp: later });
  }
  expect(seen).toEqual(Array.from({ length: 450 }, (_, i) => `line ${i}`));
});

it("asks for level and time as Prefect's own filter", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = hub.server.world.seeded.runs["big"];
  const input = { flow_run_id, min_level: "ERROR", since: "2026-11-01", until: "2026-12-01" };
  const errors = await read(hub, input);
  expect(messages(errors)).toEqual(Array.from({ length: 10 }, (_, i) => `line ${997 * (i + 1)}`));
  expect(errors).toMatchObject({ total: 10, truncated: false });
  expect(hub.server.bodies("/logs/filter")[0]).toMatchObject({
    logs: {
      flow_run_id: { any_: [flow_run_id] },
      level: { ge_: 40 },
      timestamp: { after_: "2026-11-01T00:00:00.000Z", before_: "2026-12-01T00:00:00.000Z" },
    },
  });
});

it.each([
  ["critical", 50],
  ["30", 30],
])("takes the level %s in any case, or as Python's number", async (min_level, ge_) => {
  const hub = await startWithPrefect();
  await read(hub, { flow_run_id: hub.server.world.seeded.runs["big"], min_level });
  expect(hub.server.bodies("/logs/filter")[0]).toMatchObject({ logs: { level: { ge_ } } });
});

it("looks through 10,000 lines for a text in any case, and says how many", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = hub.server.world.seeded.runs["big"];
  const found = await read(hub, { flow_run_id, contains: "LINE 4242" });
  expect(found).toMatchObject({ scanned: 10_000, total: 1, logs: [{ message: "line 4242" }] });
  const none = await read(hub, { flow_run_id, contains: "nowhere" });
  expect(none).toMatchObject({ total: 0, note: "none of the 10000 lines matches" });
  write(
    hub,
    Array.from({ length: 10_001 }, () => "noise"),
  );
  const more = await read(hub, { flow_run_id: hub.server.world.seeded.runs["etl-ok"], contains: "nowhere" });
  expect(more).toMatchObject({ scanned: 10_000, has_more_before: true, truncated_reason: "scan", logs: [] });
});

it("keeps to the size of an answer and goes on from there", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(
    hub,
    Array.from({ length: 40 }, (_, i) => `${i} ${"z".repeat(1_900)}`),
  );
  const first = await read(hub, { flow_run_id });
  expect(first).toMatchObject({ truncated_reason: "size", has_more_before: true });
  const second = await read(hub, { flow_run_id, cursor: first.next_cursor });
  const [last, next] = [messages(second).at(-1), messages(first)[0]].map((message) => Number(message?.split(" ")[0]));
  expect(last).toBe(next! - 1);
});

it("reads only the lines of a task", async () => {
  const hub = await startWithPrefect();
  const task_run_id = hub.server.world.seeded.taskRuns["etl-ok/load"];
  write(hub, ["of the task"], { task_run_id });
  const log = await read(hub, { task_run_id });
  expect(log).toMatchObject({ task_run_id, name: "load-0", state: "Completed" });
  // Whose lines they are stands at the top, not in each of them.
  expect(log).toHaveProperty("logs", [{ timestamp: expect.any(String), level: "INFO", message: "of the task" }]);
  expect(hub.server.bodies("/logs/filter")[0]).toMatchObject({ logs: { task_run_id: { any_: [task_run_id] } } });
});

it.each([
  [{}, "say whose log: flow_run_id or task_run_id"],
  [{ flow_run_id: "abc" }, "'abc' is not a UUID"],
  [{ task_run_id: "abc" }, "'abc' is not a UUID"],
  [{ flow_run_id: "00000000-0000-4000-8000-000000000000", limit: 1_001 }, "limit"],
  [{ flow_run_id: "00000000-0000-4000-8000-000000000000", since: "later" }, "cannot understand since"],
  [{ flow_run_id: "00000000-0000-4000-8000-000000000000", cursor: "x.y" }, "cursor is not the next_cursor"],
  [{ flow_run_id: "00000000-0000-4000-8000-000000000000", min_level: "loud" }, "min_level"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
  expect(server.requests).toEqual([]);
});

it("says that a run or task is unknown, instead of showing no lines", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.deployments["etl-nightly/prod"];
  expect((await call(TOOL, { flow_run_id: id })).text).toContain(`Flow run ${id} not found (404)`);
  expect((await call(TOOL, { task_run_id: id })).text).toContain(`Task run ${id} not found (404)`);
  const silent = await call(TOOL, { flow_run_id: server.world.seeded.runs["report-late-1"] });
  expect(silent.structured).toMatchObject({ logs: [], total: 0, note: expect.stringContaining("it is Late") });
});

it("fails when Prefect does, and ends with its caller", async () => {
  const { call, server } = await startWithPrefect();
  const flow_run_id = server.world.seeded.runs["big"];
  server.fail("POST", /logs/, { status: 500, body: { exception_message: "Internal Server Error" } });
  expect((await call(TOOL, { flow_run_id })).text).toContain("could not read logs");
  server.fail("POST", /logs/, "hang");
  expect((await call(TOOL, { flow_run_id }, { signal: AbortSignal.timeout(100) })).text).toBe(
    "the call was cancelled by the client",
  );
});
