// prefect_get_object_schema: small and complete in words, whole and true on request.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_get_object_schema";
const schemas = {
  AutomationCreate: {
    title: "AutomationCreate",
    type: "object",
    properties: { title: { type: "string", title: "Title" }, trigger: { $ref: "#/components/schemas/Trigger" } },
  },
  Trigger: {
    properties: { within: { type: "number", description: "How long." }, of: { $ref: "#/components/schemas/Trigger" } },
  },
  Unrelated: { type: "object" },
};

it("tells in words, within 6 KB and without asking anyone, what an automation is made of", async () => {
  const { call, server } = await startWithPrefect();
  const { structured, text } = await call(TOOL, { object_type: "automation" });
  expect(structured).toMatchObject({
    object_type: "automation",
    triggers: { event: {}, compound: {}, sequence: {}, metric: {} },
    actions: { "run-deployment": expect.stringContaining("deployment_id") },
  });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(6 * 1024);
  expect(server.requests).toEqual([]);
});

it("shows the server's own schema with all that it refers to, and nothing else", async () => {
  const { call, server } = await startWithPrefect();
  server.fail("GET", /openapi/, { status: 200, body: { openapi: "3.1.0", components: { schemas } } });
  const { structured } = await call(TOOL, { object_type: "automation", detail: "full" });
  expect(structured).toEqual({
    object_type: "automation",
    schema: {
      $ref: "#/$defs/AutomationCreate",
      $defs: {
        AutomationCreate: {
          type: "object",
          properties: { title: { type: "string" }, trigger: { $ref: "#/$defs/Trigger" } },
        },
        Trigger: {
          properties: { within: { type: "number", description: "How long." }, of: { $ref: "#/$defs/Trigger" } },
        },
      },
    },
  });
});

it("leaves descriptions out where they do not fit, and points at the summary where there is no schema", async () => {
  const { call, server } = await startWithPrefect();
  const long = { ...schemas, Trigger: { properties: { within: { type: "number", description: "x".repeat(30_000) } } } };
  server.fail("GET", /openapi/, { status: 200, body: { components: { schemas: long } } });
  expect((await call(TOOL, { object_type: "automation", detail: "full" })).structured).toMatchObject({
    schema: { $defs: { Trigger: { properties: { within: { type: "number" } } } } },
  });
  server.fail("GET", /openapi/, { status: 200, body: { components: { schemas: {} } } });
  const none = await call(TOOL, { object_type: "automation", detail: "full" });
  expect([none.isError, none.text]).toEqual([true, expect.stringContaining("detail=summary always works")]);
  const cloud = await startWithPrefect({ cloud: true, key: "pnu_cloud" }, { PREFECT_API_KEY: "pnu_cloud" });
  expect((await cloud.call(TOOL, { object_type: "automation", detail: "full" })).text).toContain(
    "Prefect Cloud does not",
  );
});
