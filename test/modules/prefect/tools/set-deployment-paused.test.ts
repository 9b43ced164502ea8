// prefect_set_deployment_paused: what is sent, and that only what is read back is told.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_set_deployment_paused";

it("pauses, reads back, and shows the result whole", async () => {
  const { call, server } = await startWithPrefect();
  const id = server.world.seeded.deployments["etl-nightly/prod"];
  const { isError, structured } = await call(TOOL, { deployment: "etl-nightly/prod", paused: true });
  expect([isError, structured]).toEqual([
    false,
    {
      deployment_id: id,
      name: "prod",
      paused: true,
      changed: true,
      active_schedules: 1,
      url: `${server.url.replace(/\/api$/, "")}/deployments/deployment/${id}`,
    },
  ]);
  expect(server.requests.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["GET", "/deployments/name/etl-nightly/prod", undefined],
    ["POST", `/deployments/${id}/pause_deployment`, undefined],
    ["GET", `/deployments/${id}`, undefined],
  ]);
});

it("says whether anything changed, and resumes", async () => {
  const { call, server } = await startWithPrefect();
  const deployment = server.world.seeded.deployments["report-weekly/paused"];
  const set = async (paused: unknown) => (await call(TOOL, { deployment, paused })).structured;
  expect(await set(true)).toMatchObject({ paused: true, changed: false });
  expect(await set("false")).toMatchObject({ paused: false, changed: true });
  expect(server.requests.map(({ path }) => path)).toContain(`/deployments/${deployment}/resume_deployment`);
});

it("fails when Prefect took the change and the deployment is as before", async () => {
  const { call, server } = await startWithPrefect();
  server.fail("POST", /pause_deployment/, { status: 200, body: undefined });
  const { isError, text } = await call(TOOL, { deployment: "etl-nightly/prod", paused: true });
  expect([isError, text]).toEqual([true, expect.stringContaining("but the deployment is not paused")]);
});

it.each([
  [{ deployment: "prod", paused: true }, "not of the form flow/deployment"],
  [{ deployment: "etl-nightly/prod" }, "paused"],
  [{ deployment: "etl-nightly/prod", paused: "perhaps" }, "paused"],
  [{ deployment: "etl-nightly/prod", paused: true, bogus: 1 }, "bogus"],
])("refuses %j without asking Prefect", async (input, words) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, input);
  expect([isError, text, server.requests]).toEqual([true, expect.stringContaining(words), []]);
});

it("says that the deployment is not there", async () => {
  const { call, server } = await startWithPrefect();
  const gone = server.world.seeded.goneDeployment;
  expect((await call(TOOL, { deployment: gone, paused: true })).text).toContain(`Deployment ${gone} not found (404)`);
  expect((await call(TOOL, { deployment: "a/b", paused: true })).text).toContain('no deployment is named "a/b" (404)');
  expect(server.requests.filter(({ method }) => method === "POST")).toEqual([]);
});
