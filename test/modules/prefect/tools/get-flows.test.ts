// prefect_get_flows: names, deployments and the last run of each flow, in a handful of requests.
import { expect, it } from "vitest";
import { emptyWorld } from "../../../support/prefect-stand-in.ts";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_flows";

it("shows flows whole", async () => {
  const { call, server } = await startWithPrefect();
  const { isError, structured } = await call(TOOL, { names: ["child-flow", "filler"] });
  const { flows, runs } = server.world.seeded;
  const ui = server.url.replace(/\/api$/, "");
  const row = (name: string) => ({
    id: flows[name],
    name,
    tags: expect.any(Array),
    created: expect.stringMatching(/^2026-11-25T/),
    url: `${ui}/flows/flow/${flows[name]}`,
  });
  expect([isError, structured]).toEqual([
    false,
    {
      flows: [
        {
          ...row("child-flow"),
          deployments: 0,
          last_run_id: runs["child"],
          last_run_state: "Failed",
          last_run_at: expect.stringMatching(/^2026-11-25T/),
        },
        { ...row("filler"), deployments: 45 },
      ],
      total: 2,
      returned: 2,
      truncated: false,
    },
  ]);
});

it("asks for each argument as Prefect's own filter, and for no run still to come", async () => {
  const { call, server } = await startWithPrefect();
  await call(TOOL, { name_contains: "ETL", tags: ["etl"], filter: '{"deployment":{"is_null_":false}}' });
  const flows = { name: { like_: "ETL" }, tags: { all_: ["etl"] }, deployment: { is_null_: false } };
  expect(server.bodies("/flows/count")).toEqual([{ flows }]);
  expect(server.bodies("/flows/filter")).toEqual([{ flows, sort: "NAME_ASC", limit: 20, offset: 0 }]);
  expect(server.bodies("/flow_runs/filter")[0]).toEqual({
    flows: { id: { any_: [server.world.seeded.flows["etl-nightly"]] } },
    flow_runs: { expected_start_time: { before_: new Date(server.world.captured_at).toISOString() } },
    sort: "START_TIME_DESC",
    limit: 200,
    offset: 0,
  });
});

it("counts more deployments and finds older runs than one page holds", async () => {
  const { call, server } = await startWithPrefect();
  const deployment = server.world.deployments.find((one) => one["name"] === "f-00")!;
  for (let i = 0; i < 300; i++)
    server.world.deployments.push({ ...deployment, id: crypto.randomUUID(), name: `more-${i}` });
  const run = server.world.flow_runs.find((one) => one["name"] === "etl-zombie")!;
  for (let i = 0; i < 300; i++) server.world.flow_runs.push({ ...run, id: crypto.randomUUID() });
  const { structured } = await call(TOOL, { limit: 100 });
  const byName = new Map((structured as any).flows.map((flow: any) => [flow.name, flow]));
  expect(byName.get("filler")).toMatchObject({ deployments: 345 });
  expect(byName.get("parent-flow")).toMatchObject({ last_run_state: "Failed" });
});

it("pages", async () => {
  const { call, server } = await startWithPrefect();
  const first = (await call(TOOL, { limit: 4 })).structured as any;
  const second = (await call(TOOL, { limit: 4, cursor: first.next_cursor })).structured as any;
  const names = [...first.flows, ...second.flows].map((flow: any) => flow.name);
  expect([first.total, second.truncated, new Set(names).size]).toEqual([
    names.length,
    false,
    server.world.flows.length,
  ]);
});

it.each([
  [{ filter: { bogus: 1 } }, "Unknown filter key 'bogus' in flows filter. Allowed: "],
  [{ filter: "not json" }, "filter"],
  [{ names: ["a"], filter: { name: { any_: ["b"] } } }, "say two things"],
  [{ limit: 101 }, "limit"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
  expect(server.requests).toEqual([]);
});

it("shows an empty server, and fails when Prefect does", async () => {
  const { call, server } = await startWithPrefect({ world: emptyWorld() });
  expect((await call(TOOL)).structured).toEqual({ flows: [], total: 0, returned: 0, truncated: false });
  server.fail("POST", /flows\/filter/, { status: 500, body: { exception_message: "Internal Server Error" } });
  expect((await call(TOOL)).text).toContain("could not list flows");
});
