// Events, automations and artifacts: read past the server's own page, filtered for real, and without secrets.
import { expect, it } from "vitest";
import type { PrefectStandIn } from "../../../support/prefect-stand-in.ts";
import { startHurried, startWithPrefect } from "../start.ts";

it("reads more events than one page of the server, then the rest by cursor, none twice", async () => {
  const { call, server } = await startWithPrefect();
  const asked = { event_prefix: "ops.sample.", since: "now-1d", limit: 51 };
  const first = (await call("prefect_read_events", asked)).structured as any;
  expect(server.bodies("/events/filter")[0]).toMatchObject({
    limit: 50,
    filter: { event: { prefix: ["ops.sample."] } },
  });
  const { structured, text } = await call("prefect_read_events", { ...asked, cursor: first.next_cursor });
  const ids = [...first.events, ...(structured as any).events].map((one: any) => one.id);
  expect(new Set(ids).size).toBe(first.total);
  expect(text).not.toContain("canary");
});

it("filters automations by enabled, explains the threshold, and is 404 for one that is not there", async () => {
  const { call, server } = await startWithPrefect();
  const { structured } = await call("prefect_get_automations", { enabled: true });
  expect(structured).toMatchObject({
    total: 1,
    automations: [{ name: "three-failures", trigger_text: expect.stringContaining("fires at 3 ×") }],
  });
  const gone = await call("prefect_get_automations", { id: server.world.seeded.goneRun });
  expect([gone.isError, gone.text]).toEqual([true, expect.stringContaining("not found (404)")]);
  expect((await call("prefect_get_automations", { filter: { bogus: 1 } })).text).toContain(
    "Unknown filter key 'bogus'",
  );
});

it("shows artifacts, only the newest of a key with latest, and hides where results are stored", async () => {
  const { call, server } = await startWithPrefect();
  const all = await call("prefect_get_artifacts", {});
  expect(all.structured).toMatchObject({ total: 4, returned: 4 });
  expect(all.text).not.toContain("/var/secret/place");
  const latest = await call("prefect_get_artifacts", { key: "etl-summary", latest: true });
  expect(latest.structured).toMatchObject({ total: 1, artifacts: [{ data: "# Rows\n\n12 loaded" }] });
  expect(server.bodies("/artifacts/latest/filter")).toMatchObject([{ artifacts: { key: { any_: ["etl-summary"] } } }]);
});

const UI = (server: PrefectStandIn) => server.url.replace(/\/api$/, "");

it("shows one event whole", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.runs["paused-late"];
  const asked = { event_names: ["prefect.flow-run.Late"], resource_id: `prefect.flow-run.${id}`, since: "now-1d" };
  const { isError, structured } = await call("prefect_read_events", asked);
  expect([isError, structured]).toEqual([
    false,
    {
      events: [
        {
          id: expect.any(String),
          event: "prefect.flow-run.Late",
          occurred: expect.stringMatching(/^2026-11-25T/),
          resource_id: `prefect.flow-run.${id}`,
          resource_name: "paused-late",
          state_type: "SCHEDULED",
          state_name: "Late",
          flow_name: "report-weekly",
          related: expect.arrayContaining([
            `prefect.deployment.${server.world.seeded.deployments["report-weekly/paused"]}`,
          ]),
          from_state: "Scheduled",
          follows: expect.any(String),
        },
      ],
      since: "2026-11-24T19:45:09.947Z",
      until: "2026-11-25T19:45:09.947Z",
      total: 1,
      returned: 1,
      truncated: false,
    },
  ]);
});

it("takes the hour before until when since is left out, and refuses what runs backwards", async () => {
  const { call, server } = await startWithPrefect();
  const { structured } = await call("prefect_read_events", { until: "2026-11-20T12:00:00Z" });
  expect(structured).toMatchObject({ since: "2026-11-20T11:00:00.000Z", until: "2026-11-20T12:00:00.000Z", total: 0 });
  expect(server.bodies("/events/filter")[0]).toMatchObject({
    filter: { occurred: { since: "2026-11-20T11:00:00.000Z", until: "2026-11-20T12:00:00.000Z" } },
  });
  server.requests.length = 0;
  for (const input of [{ since: "now-1h", until: "now-2h" }, { since: "now" }, { since: "2030-01-01" }])
    expect((await call("prefect_read_events", input)).text).toContain("must be before until");
  expect((await call("prefect_read_events", { since: "yesterday" })).text).toContain("cannot understand since");
  expect(server.requests).toEqual([]);
});

it("asks Cloud for at most 14 days of events", async () => {
  const { call, server } = await startWithPrefect({ cloud: true, key: "pnu_1" }, { PREFECT_API_KEY: "pnu_1" });
  expect((await call("prefect_read_events", { since: "now-15d" })).text).toContain("at most 14 days");
  expect(server.requests).toEqual([]);
  expect((await call("prefect_read_events", { since: "now-14d" })).isError).toBe(false);
});

it("looks for events of a related run, and refuses a name for its id", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.runs["etl-failed"];
  await call("prefect_read_events", { related_flow_run_id: id, since: "now-1d" });
  expect(server.bodies("/events/filter")[0]).toMatchObject({ filter: { related: { id: [`prefect.flow-run.${id}`] } } });
  expect((await call("prefect_read_events", { related_flow_run_id: "etl-failed" })).text).toContain("is not a UUID");
});

it("shows one automation whole", async () => {
  const { call, server } = await startWithPrefect();
  const { automations, deployments } = server.world.seeded;
  const id = automations["three-failures"];
  const { isError, structured } = await call("prefect_get_automations", { id });
  expect([isError, structured]).toEqual([
    false,
    {
      automations: [
        {
          id,
          name: "three-failures",
          enabled: true,
          description: "three-failures, seeded",
          trigger_text:
            "fires at 3 × prefect.flow-run.Failed within 1 h, for " +
            '{"prefect.resource.id":"prefect.flow-run.*"} related {"prefect.resource.name":"etl-nightly","prefect.resource.role":"flow"}',
          trigger: {
            type: "event",
            id: expect.any(String),
            match: { "prefect.resource.id": "prefect.flow-run.*" },
            match_related: { "prefect.resource.name": "etl-nightly", "prefect.resource.role": "flow" },
            after: [],
            expect: ["prefect.flow-run.Failed"],
            for_each: [],
            posture: "Reactive",
            threshold: 3,
            within: 3600,
          },
          actions: [
            {
              type: "pause-deployment",
              source: "selected",
              deployment_id: deployments["etl-nightly/prod"] ?? expect.any(String),
            },
          ],
          actions_on_trigger: [],
          actions_on_resolve: [],
          tags: ["ops"],
          created: expect.stringMatching(/^2026-11-25T/),
          updated: expect.stringMatching(/^2026-11-25T/),
          url: `${UI(server)}/automations/automation/${id}`,
        },
      ],
      total: 1,
      returned: 1,
      truncated: false,
    },
  ]);
  expect((await call("prefect_get_automations", { id, enabled: false })).structured).toMatchObject({ total: 0 });
});

it("shows one artifact whole, and cuts large ones at 8 KB", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, taskRuns } = server.world.seeded;
  const table = { flow_run_id: runs["etl-ok"], type: "table" };
  const { isError, structured } = await call("prefect_get_artifacts", table);
  const [found] = (structured as any).artifacts;
  expect([isError, structured]).toEqual([
    false,
    {
      artifacts: [
        {
          id: expect.any(String),
          key: "etl-table",
          type: "table",
          description: "",
          data: '[{"table":"a","rows":10},{"table":"b","rows":2}]',
          flow_run_id: runs["etl-ok"],
          task_run_id: taskRuns["etl-ok/load"],
          created: expect.stringMatching(/^2026-11-25T/),
          url: `${UI(server)}/artifacts/artifact/${found.id}`,
        },
      ],
      total: 1,
      returned: 1,
      truncated: false,
    },
  ]);
  for (const one of server.world.artifacts) one["data"] = "é".repeat(50_000);
  const { structured: cut, text } = await call("prefect_get_artifacts", {});
  expect((cut as any).artifacts[1]).toMatchObject({ data_bytes: 100_000, data_cut: true });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
});

const TOOLS: [tool: string, path: RegExp][] = [
  ["prefect_read_events", /events\/filter/],
  ["prefect_get_automations", /automations\/filter/],
  ["prefect_get_artifacts", /artifacts\/filter/],
];

it.each(TOOLS)("%s fails as Prefect does, and ends with its call", async (tool, path) => {
  const { call, server } = await startWithPrefect({}, { PREFECT_API_AUTH_STRING: "admin:canary-password" });
  for (const [fault, words] of [
    [{ status: 401, body: { exception_message: "Unauthorized" } }, "PREFECT_API_AUTH_STRING"],
    [{ status: 500, body: { exception_message: "Internal Server Error" } }, "500"],
    [{ status: 200, body: { huge: "x".repeat(17 * 1024 * 1024) } }, "16 MiB"],
    [{ status: 200, body: 7 }, "could not"],
  ] as const) {
    server.fail("POST", path, fault);
    const { isError, text } = await call(tool);
    expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
    expect(text).not.toContain("canary");
  }
  const hurried = await startHurried();
  hurried.server.fail("POST", path, "hang");
  expect((await hurried.call(tool)).text).toContain("within 1s");
  server.requests.length = 0;
  server.fail("POST", path, "hang");
  const caller = new AbortController();
  const ending = call(tool, {}, { signal: caller.signal });
  await expect.poll(() => server.requests.some((one) => path.test(one.path))).toBe(true);
  caller.abort();
  expect((await ending).isError).toBe(true);
});
