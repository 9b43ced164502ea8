// What /health shows of Prefect: whether it served the last request, from memory, and nothing of what was asked.
import { expect, it } from "vitest";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { startHub } from "../../support/hub.ts";
import { startPrefectStandIn } from "../../support/prefect-stand-in.ts";
import { startWithPrefect, type Started } from "./start.ts";

const shown = ({ running, server }: Started) => {
  const { instances } = running.health?.() as { instances: Record<string, unknown>[] };
  expect(instances[0]).toMatchObject({ api_url: server.url });
  return instances[0]!;
};

it("says nothing before the first request, and then how the last one went and when", async () => {
  const hub = await startWithPrefect();
  expect(shown(hub)).toMatchObject({ answers: null });
  await hub.call("prefect_get_dashboard");
  expect(shown(hub)).toEqual(
    expect.objectContaining({ answers: true, asked_at: new Date(hub.clock.at).toISOString() }),
  );
  expect(shown(hub)).not.toHaveProperty("trouble");
  await hub.server.close();
  await hub.call("prefect_get_deployments", { name: "secret-flow/secret-deployment" });
  expect(shown(hub)).toMatchObject({ answers: false, trouble: expect.stringContaining("UNREACHABLE (ECONNREFUSED") });
  const { port } = new URL(hub.server.url);
  const back = await startPrefectStandIn({ port: Number(port) });
  await hub.call("prefect_get_dashboard");
  expect(shown(hub)).toMatchObject({ answers: true });
  await back.close();
});

it("shows refused credentials and a server in trouble, and nothing of what was asked", async () => {
  const hub = await startWithPrefect({ auth: "admin:pass" }, { PREFECT_API_AUTH_STRING: "admin:canary-wrong" });
  await hub.call("prefect_get_flow_run", { flow_run_id: hub.server.world.seeded.runs["etl-ok"] });
  expect(shown(hub)).toMatchObject({ answers: false, trouble: "UNAUTHORIZED (401)" });
  hub.server.fail("GET", /./, { status: 500, body: { exception_message: "canary" } });
  hub.server.fail("POST", /./, { status: 500, body: { exception_message: "canary" } }, 100);
  await hub.call("prefect_get_flows", { name_contains: "canary" });
  expect(shown(hub)).toMatchObject({ answers: false, trouble: "UNAVAILABLE (500)" });
  expect(JSON.stringify(shown(hub))).not.toContain("canary");
});

it("takes an unknown id for an answer: Prefect is there", async () => {
  const hub = await startWithPrefect();
  expect((await hub.call("prefect_get_flow_run", { flow_run_id: hub.server.world.seeded.goneRun })).isError).toBe(true);
  expect(shown(hub)).toMatchObject({ answers: true });
});

it("a hub asks once when it begins, so that /health shows a Prefect that is away before anybody calls; the hub stays healthy", async () => {
  const hub = await startHub([prefect], { PREFECT_API_URL: "http://127.0.0.1:1/api" });
  const health = async () => (await fetch(`${hub.url}/health`)).json() as Promise<any>;
  let last = await health();
  for (let i = 0; i < 200 && last.modules.prefect.instances[0].answers === null; i++) last = await health();
  expect(last).toMatchObject({ status: "healthy", modules: { prefect: { instances: [{ answers: false }] } } });
  await hub.close();
});
