// prefect_cancel_flow_runs: what becomes of each run, whatever becomes of the others.
import { expect, it } from "vitest";
import { startHurried, startWithPrefect } from "../start.ts";

const TOOL = "prefect_cancel_flow_runs";
const outcomes = ({ structured }: { structured: any }) => structured.results.map((one: any) => one.outcome);

it("cancels each run by itself, and tells the whole outcome", async () => {
  const { call, server } = await startWithPrefect();
  const { runs, goneRun } = server.world.seeded;
  const [late, pending, zombie, failed] = [
    runs["report-late-1"]!,
    runs["etl-pending"]!,
    runs["etl-zombie"]!,
    runs["etl-failed"]!,
  ];
  const url = (id: string) => `${server.url.replace(/\/api$/, "")}/runs/flow-run/${id}`;
  const ids = [late, pending, zombie, failed, goneRun];
  const { isError, structured } = await call(TOOL, { flow_run_ids: [...ids, late] });
  expect([isError, structured]).toEqual([
    false,
    {
      cancelled: 1,
      cancelling: 2,
      not_cancelled: 2,
      results: [
        {
          flow_run_id: late,
          outcome: "cancelled",
          state: "CANCELLED",
          reason: "Scheduled flow run has no infrastructure to terminate.",
          url: url(late),
        },
        { flow_run_id: pending, outcome: "cancelling", state: "CANCELLING", url: url(pending) },
        { flow_run_id: zombie, outcome: "cancelling", state: "CANCELLING", url: url(zombie) },
        {
          flow_run_id: failed,
          outcome: "already FAILED",
          state: "FAILED",
          reason: "Run is already in terminal state FAILED.",
          url: url(failed),
        },
        { flow_run_id: goneRun, outcome: "not found", reason: expect.stringContaining("not found (404). SCHEDULED") },
      ],
    },
  ]);
  for (const id of ids)
    expect(server.bodies(`/flow_runs/${id}/set_state`)).toEqual([{ state: { type: "CANCELLING" }, force: false }]);
  expect(server.requests).toHaveLength(ids.length);
});

it.each([
  ["COMPLETED", "already COMPLETED"],
  ["CRASHED", "already CRASHED"],
  ["CANCELLED", "already CANCELLED"],
])("leaves a run that is %s", async (state, outcome) => {
  const { call, server } = await startWithPrefect();
  const run = server.world.flow_runs.find((one) => one["state_type"] === state)!;
  expect(outcomes(await call(TOOL, { flow_run_ids: [run["id"]] }))).toEqual([outcome]);
});

it.each([
  ["WAIT", { type: "PAUSED" }, "refused"],
  ["REJECT", { type: "RUNNING" }, "refused"],
  ["ABORT", { type: "RUNNING" }, "refused"],
  ["REJECT", { type: "CANCELLED" }, "cancelled"],
  ["ACCEPT", { type: "CANCELLED" }, "cancelled"],
])("takes %s with the state %j as %s, though the status is 201", async (status, state, outcome) => {
  const { call, server } = await startWithPrefect();
  const body = { status, state, details: { reason: "for a reason" } };
  server.fail("POST", /set_state/, { status: 201, body });
  const reply = await call(TOOL, { flow_run_ids: [server.world.seeded.runs["etl-zombie"]] });
  expect(outcomes(reply)).toEqual([outcome]);
  expect(reply.text).toContain("for a reason");
});

it("tells what was done to the others when one fails", async () => {
  const { call, server } = await startHurried();
  const { runs } = server.world.seeded;
  const at = (name: string) => new RegExp(`${runs[name]}/set_state`);
  server.fail("POST", at("etl-pending"), { status: 500, body: { exception_message: "Internal Server Error" } });
  server.fail("POST", at("etl-zombie"), "hang");
  const ids = [runs["report-late-1"], runs["etl-pending"], runs["etl-zombie"]];
  const { isError, structured, text } = await call(TOOL, { flow_run_ids: ids });
  expect([isError, outcomes({ structured })]).toEqual([false, ["cancelled", "failed", "failed"]]);
  expect(text).toContain("500: Internal Server Error");
  expect(text).toContain("It may have happened all the same");
  expect(server.requests).toHaveLength(3); // a write is never sent twice
});

it.each([
  [
    "refused",
    { status: 201, body: { status: "ABORT", state: { type: "RUNNING" }, details: { reason: "r".repeat(999) } } },
  ],
  ["failed", { status: 500, body: { exception_message: "e".repeat(999) } }],
])("fits fifty runs that are %s into one answer", async (outcome, fault) => {
  const { call, server } = await startWithPrefect({ cloud: true }, { PREFECT_API_KEY: "pnu_test" });
  server.fail("POST", /set_state/, fault, 50);
  const ids = Array.from({ length: 50 }, () => crypto.randomUUID());
  const { text } = await call(TOOL, { flow_run_ids: ids });
  expect(outcomes({ structured: JSON.parse(text) })).toEqual(ids.map(() => outcome));
});

it.each([
  [["abc"], "'abc' is not a UUID"],
  [[], "flow_run_ids"],
  [Array.from({ length: 51 }, () => crypto.randomUUID()), "flow_run_ids"],
])("refuses to cancel a list such as %j", async (ids, why) => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, { flow_run_ids: ids });
  expect([isError, text, server.requests]).toEqual([true, expect.stringContaining(why), []]);
});

it("offers no cancelling by filter", async () => {
  const { call, server } = await startWithPrefect();
  const { isError, text } = await call(TOOL, { filter: { state: { type: { any_: ["RUNNING"] } } } });
  expect([isError, text, server.requests]).toEqual([true, expect.stringContaining("filter"), []]);
});
