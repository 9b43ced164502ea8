// prefect_get_deployments with detail=full: parameters, schema, job variables and pull steps, without secrets and within an answer.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_deployments";

it("shows one in full without its secrets", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.deployments["etl-nightly/prod"];
  const { structured, text } = await call(TOOL, { name: "etl-nightly/prod", detail: "full" });
  expect((structured as any).deployments).toEqual([
    {
      id,
      slug: "etl-nightly/prod",
      paused: false,
      status: "NOT_READY",
      work_pool: "proc-free",
      work_queue: "default",
      schedules: [{ active: true, cron: "0 2 * * *", timezone: "Europe/Berlin", slug: "nightly" }],
      next_run: "2026-11-26T01:00:00Z",
      last_run_states: [],
      url: expect.stringContaining(`/deployments/deployment/${id}`),
      flow_id: server.world.seeded.flows["etl-nightly"],
      description: "Loads the warehouse every night.",
      version: "1.4.2",
      tags: ["prod", "etl"],
      entrypoint: "flows/etl.py:etl",
      path: "/opt/flows",
      created: expect.stringMatching(/^2026-/),
      updated: expect.stringMatching(/^2026-/),
      enforce_parameter_schema: true,
      parameter_schema: {
        type: "object",
        title: "Parameters",
        properties: {
          day: { type: "string", title: "day", position: 0 },
          rows: { type: "integer", title: "rows", default: 10, position: 1 },
          db_password: { type: "string", title: "db_password", default: "", position: 2 },
        },
        required: ["day"],
      },
      parameters: { day: "today", rows: 10, db_password: "***" },
      job_variables: { env: { WAREHOUSE_TOKEN: "***", REGION: "***" }, image: "registry.example.com/etl:1.4.2" },
      pull_steps: [
        {
          "prefect.deployments.steps.git_clone": {
            repository: expect.stringMatching(/^https:\/\/bot:\[REDACTED:.*@git\.example\.com\/ops\/etl\.git$/),
            branch: "main",
          },
        },
      ],
    },
  ]);
  expect(text).not.toContain("canary");
});

it("hides the default of a secret parameter, and says how large a schema is that it leaves out", async () => {
  const { call, server } = await startWithPrefect();
  const row = server.world.deployments.find(
    (one) => one["id"] === server.world.seeded.deployments["etl-nightly/prod"],
  )!;
  const properties = {
    api_key: { type: "string", default: "canary-default" },
    pin: { type: "string", format: "password", default: "canary-format" },
    token: { anyOf: [{ type: "string", default: "canary-nested" }, { type: "null" }] },
  };
  row["parameter_openapi_schema"] = { type: "object", properties };
  const ask = () => call(TOOL, { name: "etl-nightly/prod", detail: "full" });
  const { text, structured } = await ask();
  expect(text).not.toContain("canary");
  expect((structured as any).deployments[0].parameter_schema.properties.api_key).toEqual({
    type: "string",
    default: "***",
  });
  row["parameter_openapi_schema"] = { type: "object", properties: { a: { type: "string", title: "x".repeat(9_000) } } };
  expect((await ask()).text).toMatch(/not shown: 9\d\d\d bytes/);
});

it("fits the largest deployment into one answer", async () => {
  const { call, server } = await startWithPrefect();
  const row = server.world.deployments.find((one) => one["name"] === "prod")!;
  const large = (bytes: number) => ({ text: "x".repeat(bytes) });
  Object.assign(row, {
    description: "d".repeat(9_000),
    tags: Array.from({ length: 100 }, (_, i) => `${i}${"t".repeat(200)}`),
    schedules: Array.from({ length: 50 }, () => ({
      active: true,
      schedule: { rrule: "R".repeat(999), timezone: "UTC" },
    })),
    parameter_openapi_schema: { properties: {}, title: "x".repeat(6_900) },
    parameters: large(2_900),
    job_variables: large(2_900),
    pull_steps: [large(2_900)],
  });
  const { text } = await call(TOOL, { id: row["id"], detail: "full" });
  expect(JSON.parse(text).deployments[0]).toMatchObject({ schedules_total: 50, parameters: large(2_900) });
});

it("shows at most five in full", async () => {
  const { call } = await startWithPrefect();
  const { structured } = await call(TOOL, { detail: "full", limit: 100 });
  expect(structured).toMatchObject({ total: 53, returned: 5, truncated: true, truncated_reason: "limit" });
});
