// prefect_run_deployment: the whole of what is sent and told, and every check that keeps a bad run from being made.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_run_deployment";
type Started = Awaited<ReturnType<typeof startWithPrefect>>;
const idOf = ({ server }: Started, slug: string): string => server.world.seeded.deployments[slug]!;
const created = ({ server }: Started) => server.requests.filter(({ path }) => path.includes("create_flow_run"));
const rowOf = ({ server }: Started, slug: string) =>
  server.world.deployments.find((one) => one["id"] === server.world.seeded.deployments[slug])!;

it("sends all that is given, and shows the run whole", async () => {
  const started = await startWithPrefect();
  const { call, server } = started;
  const id = idOf(started, "etl-nightly/prod");
  const { isError, structured } = await call(TOOL, {
    deployment: "etl-nightly/prod",
    parameters: { day: "2026-11-24", rows: 3 },
    tags: ["now", "mcp"],
    run_name: "by-hand",
    scheduled_time: "2026-12-01T02:00:00+02:00",
    work_queue: "slow",
    job_variables: '{"image":"etl:2"}',
    idempotency_key: "k1",
  });
  const run = structured["flow_run_id"];
  expect([isError, structured]).toEqual([
    false,
    {
      flow_run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      created: true,
      name: "by-hand",
      state: "Scheduled",
      deployment_id: id,
      expected_start_time: "2026-12-01T00:00:00.000Z",
      work_pool: "proc-free",
      work_queue: "slow",
      tags: ["prod", "etl", "now", "mcp"],
      warnings: ["queue slow is paused"],
      url: `${server.url.replace(/\/api$/, "")}/runs/flow-run/${run}`,
    },
  ]);
  expect(server.bodies(`/deployments/${id}/create_flow_run`)).toEqual([
    {
      name: "by-hand",
      parameters: { day: "2026-11-24", rows: 3 },
      tags: ["now", "mcp"],
      idempotency_key: "k1",
      work_queue_name: "slow",
      job_variables: { image: "etl:2" },
      state: { type: "SCHEDULED", state_details: { scheduled_time: "2026-12-01T00:00:00.000Z" } },
    },
  ]);
});

it("sends nothing but its tag when only the deployment is given", async () => {
  const started = await startWithPrefect();
  const id = idOf(started, "etl-nightly/prod");
  expect((await started.call(TOOL, { deployment: id })).structured).toMatchObject({ created: true, tags: ["prod", "etl", "mcp"] }); // prettier-ignore
  expect(created(started).map(({ body }) => body)).toEqual([{ tags: ["mcp"] }]);
});

it("says created: false when the key was used before, and that nothing new was made", async () => {
  const { call } = await startWithPrefect();
  const given = { deployment: "etl-nightly/prod", idempotency_key: "k1" };
  const [first, again] = [(await call(TOOL, given)).structured, (await call(TOOL, given)).structured as any];
  expect([first["created"], again.created]).toEqual([true, false]);
  expect(again.flow_run_id).toBe(first["flow_run_id"]);
  expect(again.warnings[0]).toContain("nothing new was made");
});

it.each([
  [{ parameters: { rowz: 1 } }, "unknown parameter 'rowz'. Did you mean 'rows'? Known: day, rows, db_password"],
  [{ parameters: { rows: "x" } }, "parameter 'rows'"],
  [{ parameters: { rows: 1.5 } }, "parameter 'rows'"],
  [{ parameters: { day: null } }, "parameter 'day'"],
  [{ parameters: { rowz: 1, day: 7 } }, "; parameter 'day'"],
  [{ parameters: "[1]" }, "parameters"],
  [{ work_queue: "nope" }, 'work pool "proc-free" has no queue "nope"'],
  [{ deployment: "prod" }, "not a UUID and not of the form flow/deployment"],
  [{ deployment: "a/b/c" }, "not of the form flow/deployment"],
  [{ deployment: "etl-nightly/nope" }, 'no deployment is named "etl-nightly/nope" (404)'],
  [{ deployment: "report-weekly/no-pool", work_queue: "q" }, "has no work pool, so work_queue cannot be given"],
  [{ scheduled_time: "soon" }, "cannot understand scheduled_time"],
  [{ bogus: 1 }, "bogus"],
])("refuses %j and makes neither run nor queue", async (given, why) => {
  const started = await startWithPrefect();
  const queues = started.server.world.work_queues.length;
  const { isError, text } = await started.call(TOOL, { deployment: "etl-nightly/prod", ...given });
  expect([isError, text]).toEqual([true, expect.stringContaining(why)]);
  expect([created(started), started.server.world.work_queues.length]).toEqual([[], queues]);
});

it("names a parameter that is missing, and never shows the value of one that does not fit", async () => {
  const started = await startWithPrefect();
  rowOf(started, "etl-nightly/prod")["parameters"] = {};
  const { text } = await started.call(TOOL, {
    deployment: "etl-nightly/prod",
    parameters: { db_password: ["canary-given"] },
  });
  expect(text).toContain("parameter 'day' is required; parameter 'db_password'");
  expect(text).not.toContain("canary");
});

it("warns only, where the deployment does not enforce its schema", async () => {
  const started = await startWithPrefect();
  rowOf(started, "etl-nightly/prod")["enforce_parameter_schema"] = false;
  const ask = (parameters: object) => started.call(TOOL, { deployment: "etl-nightly/prod", parameters });
  expect((await ask({ rows: "x" })).structured).toMatchObject({
    created: true,
    warnings: expect.arrayContaining([expect.stringContaining("Prefect does not enforce the schema here")]),
  });
  expect((await ask({ rowz: 1 })).text).toContain("unknown parameter 'rowz'");
});

it("takes what its schema takes: references, templates, null for what may be left out, open schemas", async () => {
  const started = await startWithPrefect();
  const row = rowOf(started, "etl-nightly/prod");
  const ask = async (parameters: object) => (await started.call(TOOL, { deployment: row["id"], parameters })).text;
  row["parameter_openapi_schema"] = {
    type: "object",
    properties: { where: { allOf: [{ $ref: "#/definitions/Where" }] }, day: { type: "string", format: "date" } },
    definitions: { Where: { type: "object", properties: { port: { type: "integer" } }, required: ["port"] } },
  };
  row["parameters"] = {};
  row["enforce_parameter_schema"] = false; // the stand-in then accepts everything
  expect(await ask({ where: { port: "x" } })).toContain("parameter 'where.port'");
  expect(await ask({ where: {} })).toContain("parameter 'where");
  for (const fine of [{ where: { port: 1 } }, { day: null }, { day: "any" }, { day: { __prefect_kind: "jinja" } }])
    expect(await ask(fine)).not.toContain("parameter '");
  Object.assign(row["parameter_openapi_schema"], { additionalProperties: true });
  expect(await ask({ more: 1 })).toContain("created");
  row["parameter_openapi_schema"] = null;
  expect(await ask({ more: 1 })).toContain("nothing was checked");
});

it.each([
  ["report-weekly/weekly", [/k8s-prod has no ONLINE worker/, /never polled/]],
  ["report-weekly/paused", [/deployment is paused/, /no ONLINE worker/, /never polled/]],
  ["report-weekly/no-pool", [/has no work pool/]],
  ["etl-nightly/limited", [/concurrency limit is full \(1 of 1 slots are taken\): the run waits for a slot/]],
  ["etl-nightly/pending", [/proc-limited is full: 1 of 1 slots are taken/, /never polled/]],
  ["etl-nightly/slow-queue", [/queue slow is paused/]],
  ["filler/f-00", [/idle-pool is paused/, /no ONLINE worker/]],
])("tells what will delay a run of %s", async (deployment, warnings) => {
  const { call } = await startWithPrefect();
  const told = (await call(TOOL, { deployment })).structured["warnings"] as string[];
  for (const warning of warnings) expect(told).toContainEqual(expect.stringMatching(warning));
});

it("tells that a full limit which cancels new runs will cancel this one", async () => {
  const started = await startWithPrefect();
  rowOf(started, "etl-nightly/limited")["concurrency_options"] = { collision_strategy: "CANCEL_NEW" };
  expect((await started.call(TOOL, { deployment: "etl-nightly/limited" })).text).toContain("is cancelled instead");
});

it("finds a queue beyond the first 200 of a pool", async () => {
  const started = await startWithPrefect();
  const { world } = started.server;
  const queue = world.work_queues.find((one) => one["work_pool_name"] === "proc-free")!;
  for (let i = 0; i < 210; i++) world.work_queues.push({ ...queue, id: crypto.randomUUID(), name: `q-${i}` });
  const { structured } = await started.call(TOOL, { deployment: "etl-nightly/prod", work_queue: "q-209" });
  expect(structured).toMatchObject({ created: true, work_queue: "q-209" });
});

it.each([
  [400, { detail: "Cannot create flow run: no pool" }, "(400: Cannot create flow run: no pool)"],
  [409, { detail: "Error creating flow run: Validation failed" }, "(409: Error creating flow run: Validation failed)"],
  [422, { exception_detail: [{ loc: ["body", "tags"], msg: "bad", input: "canary" }], request_body: { a: "canary" } }, "(422: body.tags: bad)"], // prettier-ignore
])("passes Prefect's %i on as its words, never the request", async (status, body, words) => {
  const started = await startWithPrefect();
  started.server.fail("POST", /create_flow_run/, { status, body });
  const { isError, text } = await started.call(TOOL, { deployment: "etl-nightly/prod" });
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
  expect(text).not.toContain("canary");
  expect(created(started)).toHaveLength(1);
});
