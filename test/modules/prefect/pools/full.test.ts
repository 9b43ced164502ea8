// When a limit is full: one reading, which the dashboard, the list of limits, the diagnosis and the warning before a run share.
import { expect, it } from "vitest";
import { howFull, isFull } from "../../../../src/modules/prefect/pools/full.ts";
import { startWithPrefect, type Started } from "../start.ts";

it.each([
  [{ limit: 2, active_slots: 1 }, false],
  [{ limit: 2, active_slots: 1.9 }, false],
  [{ limit: 2, active_slots: 2 }, true],
  [{ limit: 2, active_slots: 2, active: false }, false],
  [{ limit: 0, active_slots: 0 }, true],
  [{ limit: 0, active_slots: undefined }, true],
  [{ limit: 0, active_slots: 0, active: false }, false],
  [{ limit: undefined, active_slots: 9 }, false],
  [{ limit: 1, active_slots: undefined }, false],
])("%j: %s", (slots, expected) => {
  expect(isFull(slots)).toBe(expected);
});

it("says how full in whole slots, and what a limit of 0 means", () => {
  expect(howFull({ limit: 2, active_slots: 2.3 })).toBe("2 of 2 slots are taken");
  expect(howFull({ limit: 0, active_slots: 0 })).toBe("its limit is 0, so nothing gets through");
});

/** Whether each of the four calls the limit of etl-nightly/limited full. */
async function readings({ call, server }: Started) {
  const told = async (tool: string, input: object): Promise<any> => (await call(tool, input)).structured;
  const dashboard = await told("prefect_get_dashboard", {});
  const { limits } = await told("prefect_get_concurrency_limits", {});
  const delays = await told("prefect_diagnose_delays", { flow_run_id: server.world.seeded.runs["etl-waiting"] });
  const run = await told("prefect_run_deployment", { deployment: "etl-nightly/limited" });
  return {
    dashboard: dashboard.saturated_limits.some((one: any) => one.name === "etl-nightly/limited"),
    limits: limits.find((one: any) => one.name === "etl-nightly/limited").saturated,
    delays: delays.hypothesis.some((one: any) => one.cause === "deployment_full"),
    run: run.warnings.some((text: string) => text.includes("concurrency limit is full")),
  };
}

it.each([
  ["full", { limit: 1, active_slots: 1, active: true }, true],
  ["switched off", { limit: 1, active_slots: 1, active: false }, false],
  ["0", { limit: 0, active_slots: 0, active: true }, true],
  ["0 and switched off", { limit: 0, active_slots: 0, active: false }, false],
])("reads a limit that is %s alike everywhere", async (_, slots, expected) => {
  const hub = await startWithPrefect({}, { ALLOW_WRITES: "prefect" });
  const { world } = hub.server;
  const id = world.seeded.deployments["etl-nightly/limited"];
  Object.assign(world.deployments.find((one) => one["id"] === id)!["global_concurrency_limit"], slots);
  Object.assign(
    world.global_limits.find((one) => one["name"] === `deployment:${id}`)!,
    slots,
  );
  expect(await readings(hub)).toEqual({ dashboard: expected, limits: expected, delays: expected, run: expected });
});
