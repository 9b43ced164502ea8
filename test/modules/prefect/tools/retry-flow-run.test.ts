// prefect_retry_flow_run: only what failed is scheduled again, and a refusal is told in Prefect's words.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_retry_flow_run";
type Started = Awaited<ReturnType<typeof startWithPrefect>>;
const idOf = ({ server }: Started, name: string): string => server.world.seeded.runs[name]!;
const sent = ({ server }: Started) => server.requests.filter(({ path }) => path.endsWith("/set_state"));

it.each(["etl-failed", "etl-crashed"])("schedules %s again, now", async (name) => {
  const started = await startWithPrefect();
  const id = idOf(started, name);
  const { isError, structured } = await started.call(TOOL, { flow_run_id: id });
  expect([isError, structured]).toEqual([
    false,
    {
      flow_run_id: id,
      retried: true,
      state: "AwaitingRetry",
      message: "scheduled again; a worker must pick it up",
      url: `${started.server.url.replace(/\/api$/, "")}/runs/flow-run/${id}`,
    },
  ]);
  expect(sent(started).map(({ path, body }) => [path, body])).toEqual([
    [
      `/flow_runs/${id}/set_state`,
      {
        state: {
          type: "SCHEDULED",
          name: "AwaitingRetry",
          state_details: { scheduled_time: new Date(started.server.world.captured_at).toISOString() },
        },
        force: false,
      },
    ],
  ]);
});

it.each([
  ["etl-ok", "Completed"],
  ["etl-cancelled", "Cancelled"],
  ["etl-zombie", "Running"],
  ["report-late-1", "Late"],
])("leaves %s, which did not fail, though Prefect would run it again", async (name, state) => {
  const started = await startWithPrefect();
  const id = idOf(started, name);
  const { isError, structured } = await started.call(TOOL, { flow_run_id: id });
  const message = `the run did not fail: it is ${state}, and was left as it is`;
  expect([isError, structured]).toMatchObject([false, { flow_run_id: id, retried: false, state, message }]);
  expect(sent(started)).toEqual([]);
});

it("says why a run without a deployment cannot be retried, and sends nothing", async () => {
  const started = await startWithPrefect();
  const { isError, text } = await started.call(TOOL, { flow_run_id: idOf(started, "child") });
  expect([isError, text]).toEqual([
    true,
    expect.stringContaining("Cannot reschedule a run without an associated deployment."),
  ]);
  expect(sent(started)).toEqual([]);
});

it.each(["ABORT", "REJECT", "WAIT"])("fails when Prefect answers %s, with its reason", async (status) => {
  const started = await startWithPrefect();
  const body = { status, state: { type: "FAILED", name: "Failed" }, details: { reason: "not now" } };
  started.server.fail("POST", /set_state/, { status: 200, body });
  const { isError, text } = await started.call(TOOL, { flow_run_id: idOf(started, "etl-failed") });
  expect([isError, text]).toEqual([
    true,
    expect.stringContaining(`Prefect did not retry the run (${status}): not now`),
  ]);
});

it("refuses garbage unasked, and what is not a run with 404", async () => {
  const started = await startWithPrefect();
  const ask = async (flow_run_id: unknown) => (await started.call(TOOL, { flow_run_id })).text;
  expect(await ask("abc")).toContain("'abc' is not a UUID");
  expect(started.server.requests).toEqual([]);
  const { goneRun, deployments } = started.server.world.seeded;
  for (const id of [goneRun, deployments["etl-nightly/prod"], crypto.randomUUID()])
    expect(await ask(id)).toContain(`Flow run ${id} not found (404)`);
});
