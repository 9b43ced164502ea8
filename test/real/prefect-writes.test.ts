// The four writes against a real Prefect: each is looked up afterwards in Prefect's own API.
import { afterAll, beforeAll, expect, test } from "vitest";
import { prefect } from "../../src/modules/prefect/index.ts";
import { startModule, type TestHub } from "../support/modules.ts";
import { connectPrefect } from "./support/prefect-api.ts";
import { asker } from "./support/prefect-ask.ts";
import { PREFECT_GROUND_MS, prefectGround, type PrefectGround } from "./support/prefect-ground.ts";
import { makeOwnThings, type OwnThings } from "./support/prefect-own.ts";
import { startPrefect } from "./support/prefect.ts";

let ground: PrefectGround;
let own: OwnThings;
let hub: TestHub;

const call = (tool: string, input: object = {}) => hub.call(`prefect_${tool}`, input);
const ask = asker(() => hub);

beforeAll(async () => {
  ground = await prefectGround();
  own = await makeOwnThings(ground);
  hub = await ground.hub();
}, PREFECT_GROUND_MS);
afterAll(async () => {
  await own?.remove();
  await hub?.close();
});

test("a run is made with all that was given, and the same key makes no second one", async () => {
  const given = {
    deployment: "work-flow/checked",
    parameters: '{"day":"2026-11-24","rows":3}',
    tags: ["by-hand"],
    run_name: "made",
    scheduled_time: "2030-01-01T00:00:00Z",
    work_queue: "fast",
    job_variables: { image: "etl:2" },
    idempotency_key: crypto.randomUUID(),
  };
  const made = await ask("run_deployment", given);
  own.keep(made.flow_run_id);
  expect(made).toMatchObject({ created: true, name: "made", state: "Scheduled", work_queue: "fast" });
  expect(await ground.api.get(`flow_runs/${made.flow_run_id}`)).toMatchObject({
    name: "made",
    deployment_id: own.deployments["checked"],
    parameters: { day: "2026-11-24", rows: 3 },
    tags: expect.arrayContaining(["by-hand", "mcp"]),
    work_queue_name: "fast",
    job_variables: { image: "etl:2" },
    idempotency_key: given.idempotency_key,
    expected_start_time: expect.stringMatching(/^2030-01-01T00:00:00/),
  });
  const again = await ask("run_deployment", given);
  expect(again).toMatchObject({ created: false, flow_run_id: made.flow_run_id });
  expect(again.warnings[0]).toContain("nothing new was made");
});

test("a run that would go wrong is not made, and no queue is", async () => {
  const count = () =>
    ground.api.post("flow_runs/count", { deployments: { id: { any_: [own.deployments["checked"]] } } });
  const queues = () => ground.api.post("work_pools/work-pool/queues/filter");
  const [before, queuesBefore] = [await count(), await queues()];
  for (const [given, why] of [
    [{ parameters: { day: "d", rowz: 1 } }, "unknown parameter 'rowz'. Did you mean 'rows'?"],
    [{ parameters: { day: "d", rows: "many" } }, "parameter 'rows'"],
    [{ parameters: {} }, "parameter 'day' is required"],
    [{ parameters: { day: "d" }, work_queue: "nope" }, 'has no queue "nope"'],
  ] as const) {
    const { isError, text } = await call("run_deployment", { deployment: own.deployments["checked"], ...given });
    expect([isError, text]).toEqual([true, expect.stringContaining(why)]);
  }
  expect(await count()).toBe(before);
  expect((await queues()).length).toBe(queuesBefore.length);
});

test("warnings tell what will delay a run", async () => {
  const paused = await ask("run_deployment", { deployment: "report-weekly/paused", run_name: "delayed" });
  own.keep(paused.flow_run_id);
  const bare = await ask("run_deployment", { deployment: "work-flow/bare" });
  own.keep(bare.flow_run_id);
  expect(paused.warnings.join("; ")).toMatch(/the deployment is paused.*no ONLINE worker/);
  expect(bare.warnings).toEqual([expect.stringContaining("no work pool")]);
});

test("each run is cancelled by itself, and Prefect says so too", async () => {
  const scheduled = await own.newRun("cancel-scheduled", "checked");
  const pending = await own.newRun("cancel-pending", "checked", "PENDING");
  const running = await own.newRun("cancel-running", "bare", "PENDING", "RUNNING");
  const failed = await own.newRun("cancel-failed", "bare", "PENDING", "RUNNING", "FAILED");
  const unknown = crypto.randomUUID();
  const { results, ...counts } = await ask("cancel_flow_runs", {
    flow_run_ids: [scheduled, pending, running, failed, unknown],
  });
  expect(results.map((one: any) => one.outcome)).toEqual([
    "cancelled",
    "cancelling",
    "cancelling",
    "already FAILED",
    "not found",
  ]);
  expect(counts).toEqual({ cancelled: 1, cancelling: 2, not_cancelled: 2 });
  const states = await Promise.all(
    [scheduled, pending, running, failed].map(async (id) => (await ground.api.get(`flow_runs/${id}`)).state_type),
  );
  expect(states).toEqual(["CANCELLED", "CANCELLING", "CANCELLING", "FAILED"]);
});

test("a failed run is scheduled again; one that did not fail or has no deployment is not", async () => {
  const failed = await own.newRun("retry-failed", "bare", "PENDING", "RUNNING", "FAILED");
  const done = await own.newRun("retry-done", "bare", "PENDING", "RUNNING", "COMPLETED");
  const alone = await own.newRun("retry-alone", undefined, "RUNNING", "FAILED");
  expect(await ask("retry_flow_run", { flow_run_id: failed })).toMatchObject({ retried: true, state: "AwaitingRetry" });
  const now = await ground.api.get(`flow_runs/${failed}`);
  expect([now.state_type, now.state_name]).toEqual(["SCHEDULED", "AwaitingRetry"]);
  const left = await ask("retry_flow_run", { flow_run_id: done });
  expect(left).toMatchObject({ retried: false, message: expect.stringContaining("did not fail") });
  expect((await ground.api.get(`flow_runs/${done}`)).state_type).toBe("COMPLETED");
  const { isError, text } = await call("retry_flow_run", { flow_run_id: alone });
  expect([isError, text]).toEqual([true, expect.stringContaining("no deployment")]);
});

test("a deployment is paused and resumed, and reads back so", async () => {
  const set = (paused: boolean) => ask("set_deployment_paused", { deployment: "work-flow/checked", paused });
  const held = async () => (await ground.api.get(`deployments/${own.deployments["checked"]}`)).paused;
  expect(await set(true)).toMatchObject({ paused: true, changed: true });
  expect(await held()).toBe(true);
  expect(await set(true)).toMatchObject({ paused: true, changed: false });
  expect(await set(false)).toMatchObject({ paused: false, changed: true, active_schedules: 1 });
  expect(await held()).toBe(false);
});

test("writes bring the password and the CSRF token of a server that wants both", async () => {
  const auth = "admin:pa:ss";
  const server = await startPrefect({ auth });
  const guarded = await startModule(prefect, { PREFECT_API_URL: server.url, PREFECT_API_AUTH_STRING: auth });
  try {
    const api = await connectPrefect(server.url, auth);
    const { deployments, newRun } = await makeOwnThings({ api });
    const failed = await newRun("failed", "bare", "PENDING", "RUNNING", "FAILED");
    const write = async (tool: string, input: object) => (await guarded.call(`prefect_${tool}`, input)).structured;
    const made = await write("run_deployment", { deployment: deployments["bare"] });
    expect(made).toMatchObject({ created: true });
    expect(await write("cancel_flow_runs", { flow_run_ids: [made["flow_run_id"]] })).toMatchObject({ cancelled: 1 });
    expect(await write("retry_flow_run", { flow_run_id: failed })).toMatchObject({ retried: true });
    const set = { deployment: "work-flow/bare", paused: true };
    expect(await write("set_deployment_paused", set)).toMatchObject({ paused: true, changed: true });
  } finally {
    await guarded.close();
    await server.close();
  }
}, 120_000);
