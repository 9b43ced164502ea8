// prefect_get_flow_runs: what is asked of Prefect for each argument, what is shown, and what is refused before anything is asked.
import { expect, it } from "vitest";
import { startHurried, startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_flow_runs";

it("shows a run whole", async () => {
  const { call, server } = await startWithPrefect();
  const { isError, structured, text } = await call(TOOL, { states: ["late"], name_contains: "report-late-high" });
  const id = server.world.seeded.runs["report-late-high"];
  expect([isError, structured]).toEqual([
    false,
    {
      flow_runs: [
        {
          id,
          name: "report-late-high",
          flow_name: "report-weekly",
          state: "Late",
          state_type: "SCHEDULED",
          expected_start_time: expect.stringMatching(/^2026-11-25T/),
          lateness_s: expect.any(Number),
          run_count: 0,
          deployment: "report-weekly/weekly",
          work_pool: "k8s-prod",
          work_queue: "high",
          url: `${server.url.replace(/\/api$/, "")}/runs/flow-run/${id}`,
        },
      ],
      total: 1,
      returned: 1,
      truncated: false,
    },
  ]);
  expect(text.length).toBeLessThan(700);
});

it.each([
  [{ flow_name: "etl-nightly" }, { flows: { name: { any_: ["etl-nightly"] } } }],
  [{ work_pool: "k8s-prod" }, { work_pools: { name: { any_: ["k8s-prod"] } } }],
  [{ work_queue: "high" }, { work_pool_queues: { name: { any_: ["high"] } } }],
  [{ tags: ["etl"] }, { flow_runs: { tags: { all_: ["etl"] } } }],
  [{ name_contains: "etl" }, { flow_runs: { name: { like_: "etl" } } }],
  [{ states: ["failed", "CRASHED"] }, { flow_runs: { state: { type: { any_: ["FAILED", "CRASHED"] } } } }],
  [{ states: ["late", "Custom"] }, { flow_runs: { state: { name: { any_: ["Late", "Custom"] } } } }],
  [
    { states: ["FAILED", "AwaitingRetry"] },
    { flow_runs: { state: { operator: "or_", type: { any_: ["FAILED"] }, name: { any_: ["AwaitingRetry"] } } } },
  ],
  [
    { since: "2026-11-01", until: "2026-11-02" },
    {
      flow_runs: { start_time: { after_: "2026-11-01T00:00:00.000Z", before_: "2026-11-02T00:00:00.000Z" } },
    },
  ],
  [{ filter: '{"flow_version":{"any_":["7"]}}' }, { flow_runs: { flow_version: { any_: ["7"] } } }],
])("asks %j as Prefect's own filter, without the future", async (input, body: any) => {
  const { call, server } = await startWithPrefect();
  expect((await call(TOOL, input)).isError).toBe(false);
  const now = { expected_start_time: { before_: new Date(server.world.captured_at).toISOString() } };
  const whole = { ...body, flow_runs: { ...body.flow_runs, ...now } };
  expect(server.bodies("/flow_runs/filter")).toEqual([{ ...whole, sort: "START_TIME_DESC", limit: 20, offset: 0 }]);
  expect(server.bodies("/flow_runs/count")).toEqual(expect.arrayContaining([whole, body]));
});

it("finds the runs of a deployment by flow/deployment or id", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.deployments["etl-nightly/unlimited"];
  const [named, byId] = [
    await call(TOOL, { deployment: "etl-nightly/unlimited" }),
    await call(TOOL, { deployment: id }),
  ];
  expect(named.structured).toMatchObject({ total: expect.any(Number) });
  expect(byId.structured).toMatchObject({ total: (named.structured as any).total });
  expect(server.bodies("/flow_runs/filter")[0]).toMatchObject({ flow_runs: { deployment_id: { any_: [id] } } });
  const gone = await call(TOOL, { deployment: server.world.seeded.goneDeployment });
  expect(gone.structured).toMatchObject({ total: 1, flow_runs: [{ name: "orphan-completed" }] });
});

it("hides 60 runs still to come, counts them, and shows them when asked", async () => {
  const { call, server } = await startWithPrefect();
  const future = server.world.flow_runs.find((run) => run["name"] === "future-2030")!;
  const before = (await call(TOOL)).structured as any;
  for (let i = 0; i < 60; i++) server.world.flow_runs.push({ ...future, id: crypto.randomUUID(), name: `next-${i}` });
  const hidden = (await call(TOOL, { limit: 100 })).structured as any;
  expect(hidden).toMatchObject({ total: before.total, future_hidden: before.future_hidden + 60 });
  expect(hidden.note).toContain("include_future");
  expect(JSON.stringify(hidden.flow_runs)).not.toMatch(/next-|future-2030/);
  const all = (await call(TOOL, { include_future: true, limit: 100 })).structured as any;
  expect(all.total).toBe(hidden.total + hidden.future_hidden);
  const one = await call(TOOL, { id: future["id"] });
  expect(one.structured).toMatchObject({ total: 1, flow_runs: [{ name: "future-2030" }] });
});

it("takes a filter of or_ as it is", async () => {
  const { call, server } = await startWithPrefect();
  const filter = { operator: "or_", name: { any_: ["etl-ok"] }, state: { type: { any_: ["CRASHED"] } } };
  expect((await call(TOOL, { filter })).structured).toMatchObject({ total: 2 });
  expect(server.bodies("/flow_runs/filter")[0]).toMatchObject({ flow_runs: filter });
  expect((await call(TOOL, { filter, tags: ["etl"] })).text).toContain("or_ would loosen the other arguments");
});

it("pages to the end without a run twice, also when new ones come", async () => {
  const { call, server, clock } = await startWithPrefect();
  const seen: string[] = [];
  let cursor: string | undefined;
  let total = 0;
  do {
    const page = (await call(TOOL, { limit: 7, ...(cursor === undefined ? {} : { cursor }) })).structured as any;
    seen.push(...page.flow_runs.map((run: any) => run.id));
    ({ next_cursor: cursor, total } = page);
    clock.at += 60_000; // "now" stays that of the first page
  } while (cursor !== undefined);
  expect([seen.length, new Set(seen).size]).toEqual([total, total]);
  const nows = server.bodies("/flow_runs/filter").map((body: any) => body.flow_runs.expected_start_time.before_);
  expect(new Set(nows).size).toBe(1);
});

it("needs five requests for a page of runs, however many deployments they have", async () => {
  const { call, server } = await startWithPrefect();
  await call(TOOL, { limit: 100 });
  expect(
    server.requests
      .filter(({ path }) => !path.startsWith("/csrf"))
      .map(({ path }) => path)
      .sort(),
  ).toEqual(["/deployments/filter", "/flow_runs/count", "/flow_runs/count", "/flow_runs/filter", "/flows/filter"]);
});

it("cuts to the size of an answer and says so; no secret and no long message", async () => {
  const { call, server } = await startWithPrefect();
  const run = server.world.flow_runs.find((one) => one["name"] === "etl-failed")!;
  const message = `https://user:canary-password@git.example.com ${"x".repeat(5_000)}`;
  for (let i = 0; i < 100; i++) {
    server.world.flow_runs.push({ ...run, id: crypto.randomUUID(), state: { ...(run["state"] as object), message } });
  }
  const { text, structured } = await call(TOOL, { name_contains: "etl-failed", limit: 100 });
  expect(structured).toMatchObject({ total: 102, truncated: true, truncated_reason: "size" });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  expect(text).not.toContain("canary");
});

it.each([
  [{ id: "abc" }, "'abc' is not a UUID. For names use name_contains."],
  [{ parent_flow_run_id: "x" }, "'x' is not a UUID"],
  [{ filter: { bogus: 1 } }, "Unknown filter key 'bogus' in flow_runs filter. Allowed: "],
  [{ filter: { start_time: { gt_: "2026-01-01" } } }, "Unknown operator 'gt_'"],
  [{ filter: { name: { like_: "a" } }, name_contains: "b" }, "say two things"],
  [{ deployment: "etl-nightly" }, "neither an id nor flow/deployment"],
  [{ since: "yesterday" }, 'cannot understand since="yesterday"'],
  [{ cursor: "nonsense" }, "cursor is not the next_cursor"],
  [{ limit: 101 }, "limit"],
  [{ bogus: 1 }, "bogus"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
  expect(server.requests).toEqual([]);
});

it.each([
  [{ id: "00000000-0000-4000-8000-000000000000" }, "Flow run 00000000-0000-4000-8000-000000000000 not found (404)"],
  [{ flow_name: "etl" }, 'no flow is named "etl" (404)'],
  [{ deployment: "etl-nightly/none" }, 'no deployment is named "etl-nightly/none" (404)'],
  [{ work_pool: "none" }, "404"],
])("says that what %j asks about does not exist", async (input, words) => {
  const { call } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
});

it("shows nothing where there is nothing", async () => {
  const { call } = await startWithPrefect();
  const { isError, structured } = await call(TOOL, { flow_name: "etl-nightly", states: ["PAUSED"] });
  expect([isError, structured]).toMatchObject([false, { flow_runs: [], total: 0, truncated: false }]);
});

it.each([
  [{ status: 401, body: { exception_message: "Unauthorized" } } as const, "401"],
  [{ status: 500, body: { exception_message: "Internal Server Error" } } as const, "could not list flow runs"],
  ["hang" as const, "could not list flow runs"],
])("fails when Prefect does: %j", async (fault, words) => {
  const { call, server } = await (fault === "hang" ? startHurried() : startWithPrefect());
  server.fail("POST", /flow_runs\/filter/, fault, 9);
  const { isError, text } = await call(TOOL);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
});
