// prefect_get_deployments: what is asked of Prefect for each argument, the whole of what is shown, and nothing unfiltered or secret.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_deployments";
const slugsOf = ({ structured }: { structured: any }): string[] => structured.deployments.map((one: any) => one.slug);

it("shows a deployment whole: its slot, its last runs, and no future one among them", async () => {
  const { call, server } = await startWithPrefect();
  const { deployments, runs } = server.world.seeded;
  const id = deployments["etl-nightly/limited"];
  const { isError, structured, text } = await call(TOOL, { name: "etl-nightly/limited" });
  expect([isError, structured]).toEqual([
    false,
    {
      deployments: [
        {
          id,
          slug: "etl-nightly/limited",
          paused: false,
          status: "NOT_READY",
          work_pool: "proc-free",
          work_queue: "default",
          schedules: [],
          last_run_states: ["AwaitingConcurrencySlot", "Running"],
          last_run_id: runs["etl-waiting"],
          last_run_at: expect.stringMatching(/^2026-11-25T19:44/),
          concurrency: { limit: 1, active_slots: 1 },
          url: `${server.url.replace(/\/api$/, "")}/deployments/deployment/${id}`,
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
  [{ paused: true }, { deployments: { paused: { eq_: true } } }],
  [{ paused: false }, { deployments: { paused: { eq_: false } } }],
  [{ tags: ["etl", "prod"] }, { deployments: { tags: { all_: ["etl", "prod"] } } }],
  [{ name_contains: "WEEK" }, { deployments: { flow_or_deployment_name: { like_: "WEEK" } } }],
  [{ flow_name: "etl-nightly" }, { deployments: {}, flows: { name: { any_: ["etl-nightly"] } } }],
  [{ work_pool: "k8s-prod" }, { deployments: {}, work_pools: { name: { any_: ["k8s-prod"] } } }],
  [{ filter: '{"name":{"like_":"prod"}}' }, { deployments: { name: { like_: "prod" } } }],
  [
    { name: "etl-nightly/prod" },
    { deployments: { name: { any_: ["prod"] } }, flows: { name: { any_: ["etl-nightly"] } } },
  ],
  [
    { filter: { tags: { any_: ["a"] } }, paused: true },
    { deployments: { tags: { any_: ["a"] }, paused: { eq_: true } } },
  ],
])("asks %j as Prefect's own filter", async (input, body) => {
  const { call, server } = await startWithPrefect();
  expect((await call(TOOL, input)).isError).toBe(false);
  expect(server.bodies("/deployments/count")).toEqual([body]);
  expect(server.bodies("/deployments/filter")).toEqual([{ ...body, sort: "NAME_ASC", limit: 20, offset: 0 }]);
});

it("shows only the paused one, and finds names in any case", async () => {
  const { call } = await startWithPrefect();
  expect(slugsOf(await call(TOOL, { paused: true }))).toEqual(["report-weekly/paused"]);
  expect(slugsOf(await call(TOOL, { name_contains: "WEEK" })).sort()).toEqual([
    "report-weekly/no-pool",
    "report-weekly/paused",
    "report-weekly/weekly",
  ]);
  expect(slugsOf(await call(TOOL, { tags: ["etl", "prod"] }))).toEqual(["etl-nightly/prod"]);
});

it("pages through 53 deployments without one twice, in pages of two batched questions", async () => {
  const { call, server } = await startWithPrefect();
  const seen: string[] = [];
  let cursor: unknown;
  do {
    const { structured, isError } = await call(TOOL, cursor === undefined ? {} : { cursor });
    expect([isError, structured["total"]]).toEqual([false, 53]);
    seen.push(...slugsOf({ structured }));
    cursor = structured["next_cursor"];
  } while (cursor !== undefined);
  expect([seen.length, new Set(seen).size]).toEqual([53, 53]);
  // Prefect refuses more than 200 rows: upstream asked for five times as many as it showed and failed from 41 on.
  const limits = server.bodies("/flow_runs/filter").map((body: any) => body.limit);
  expect([limits.length, Math.max(...limits)]).toEqual([6, 200]);
});

it("asks for runs whose time has come, and for the next one", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.deployments["report-weekly/weekly"];
  const { structured } = await call(TOOL, { id });
  const now = new Date(server.world.captured_at).toISOString();
  expect(server.bodies("/flow_runs/filter")).toEqual([
    {
      flow_runs: { expected_start_time: { before_: now }, deployment_id: { any_: [id] } },
      sort: "START_TIME_DESC",
      limit: 200,
      offset: 0,
    },
    {
      flow_runs: {
        state: { type: { any_: ["SCHEDULED"] } },
        next_scheduled_start_time: { after_: now },
        deployment_id: { any_: [id] },
      },
      sort: "NEXT_SCHEDULED_START_TIME_ASC",
      limit: 200,
      offset: 0,
    },
  ]);
  expect((structured as any).deployments[0]).toMatchObject({ last_run_states: ["Late", "Late", "Late"] });
  expect(Date.parse((structured as any).deployments[0].next_run)).toBeGreaterThan(Date.parse(now));
});

it("finds the last runs of a quiet deployment that a busy one crowds out", async () => {
  const { call, server } = await startWithPrefect();
  const { runs } = server.world.seeded;
  const busy = server.world.flow_runs.find((one) => one["id"] === runs["etl-ok"])!;
  for (let i = 0; i < 300; i++)
    server.world.flow_runs.push({ ...busy, id: crypto.randomUUID(), start_time: server.world.captured_at });
  const { structured } = await call(TOOL, { flow_name: "etl-nightly" });
  const limited = (structured as any).deployments.find((one: any) => one.slug === "etl-nightly/limited");
  expect(limited.last_run_states).toEqual(["AwaitingConcurrencySlot", "Running"]);
});

it("looks for a status itself, pages what it found, and counts only that", async () => {
  const { call, server } = await startWithPrefect();
  const ready = server.world.deployments.filter((one) => one["name"].startsWith("f-0"));
  for (const one of ready) one["status"] = "READY";
  for (const one of server.world.deployments) if (!ready.includes(one)) one["status"] = "NOT_READY";
  const first = await call(TOOL, { status: "READY", limit: 6 });
  expect(first.structured).toMatchObject({ total: 10, returned: 6, truncated: true });
  const second = await call(TOOL, { status: "READY", limit: 6, cursor: first.structured["next_cursor"] });
  expect(second.structured).toMatchObject({ total: 10, returned: 4, truncated: false });
  expect(new Set([...slugsOf(first), ...slugsOf(second)]).size).toBe(10);
  expect((await call(TOOL, { status: "NOT_READY" })).structured).toMatchObject({ total: 43 });
});

it("says when there were more than it looked through for a status", async () => {
  const { call, server } = await startWithPrefect();
  const [one] = server.world.deployments;
  for (let i = 0; i < 960; i++) server.world.deployments.push({ ...one, id: crypto.randomUUID(), name: `more-${i}` });
  const { structured } = await call(TOOL, { status: "READY" });
  expect(structured).toMatchObject({ note: "status was looked for in the first 1000 of 1013 deployments" });
});

it.each([
  [{ id: "abc" }, "'abc' is not a UUID"],
  [{ name: "prod" }, "not of the form flow/deployment"],
  [{ filter: { bogus: 1 } }, "Unknown filter key 'bogus' in deployments filter. Allowed: "],
  [{ filter: { concurrency_limit: { ge_: 1 } } }, "Unknown filter key 'concurrency_limit'"],
  [{ filter: { paused: { eq_: true } }, paused: false }, "say two things"],
  [{ status: "BUSY" }, "status"],
  [{ limit: 101 }, "limit"],
  [{ bogus: 1 }, "bogus"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text, server.requests]).toEqual([true, expect.stringContaining(words), []]);
});

it("says that what was named is not there, and shows nothing where a search finds nothing", async () => {
  const { call, server } = await startWithPrefect();
  const { goneDeployment, runs } = server.world.seeded;
  for (const id of [goneDeployment, runs["etl-ok"], crypto.randomUUID()])
    expect((await call(TOOL, { id })).text).toContain(`Deployment ${id} not found (404)`);
  expect((await call(TOOL, { name: "etl-nightly/nope" })).text).toContain('no deployment is named "etl-nightly/nope"');
  expect((await call(TOOL, { tags: ["nope"] })).structured).toMatchObject({ deployments: [], total: 0 });
});
