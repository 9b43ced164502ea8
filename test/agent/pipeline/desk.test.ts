// The desk: one report per failure, pages, cancel and retry in each state.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { ReportStore } from "../../../src/agent/store/contract.ts";
import type { ReportFilter } from "../../../src/core/report-desk.ts";
import { closing, modelDown, override, type Ground } from "./ground.ts";

const start = closing(afterEach);
const never = new AbortController().signal;

describe("which requests are one report", () => {
  it("depends on every name in them", async () => {
    const ground = await start({ isStarted: false });
    const names = [
      {},
      { container: "app" },
      { pipelineRun: "r" },
      { taskRun: "r" },
      { pipelineTask: "r" },
      { cluster: "c" },
      { namespace: "bank" },
      { idempotencyKey: "k" },
    ];
    for (const again of [true, false]) {
      const sent = await Promise.all(names.map((more) => ground.report("ledger-1", more)));
      expect(sent.map(({ isNew }) => isNew)).toEqual(names.map(() => again));
      expect(new Set(sent.map(({ report }) => report.report_id)).size).toBe(names.length);
    }
    expect((await ground.report("ledger-1", { container: "*" })).isNew).toBe(false);
    expect((await ground.report("a/b", { namespace: "x" })).isNew).toBe(true);
    expect((await ground.report("b", { namespace: "x/a" })).isNew).toBe(true);
  });

  it("ends after 24 hours", async () => {
    const ground = await start({ isStarted: false });
    await ground.report("ledger-1");
    ground.clock.advance(24 * 3_600_000 + 1_000);
    expect((await ground.report("ledger-1")).isNew).toBe(true);
  });

  it("is asked of the cluster once the first of them is filed", async () => {
    const ground = await start();
    ground.cluster.identities.set("ledger-1", "uid/0");
    const first = await ground.settle("ledger-1");
    expect(await ground.report("ledger-1")).toMatchObject({ isNew: false, report: { report_id: first.report_id } });
    ground.cluster.identities.set("ledger-1", "uid/1");
    const second = await ground.report("ledger-1");
    expect(second.isNew).toBe(true);
    const third = await ground.report("ledger-1");
    expect(third).toMatchObject({ isNew: false, report: { report_id: second.report.report_id } });
    ground.cluster.identities.delete("ledger-1");
    expect(await ground.report("ledger-1")).toMatchObject({ isNew: false, report: { report_id: first.report_id } });
  });

  it("is the caller's word alone where it sends a key", async () => {
    const ground = await start();
    ground.cluster.identities.set("ledger-1", "uid/0");
    const first = await ground.settle("ledger-1", { idempotencyKey: "k" });
    ground.cluster.identities.set("ledger-1", "uid/1");
    expect(await ground.report("ledger-1", { idempotencyKey: "k" })).toMatchObject({
      isNew: false,
      report: { report_id: first.report_id },
    });
  });

  it("is the caller's word within its namespace: nobody gets the report of another by its key", async () => {
    const ground = await start({ isStarted: false });
    await ground.report("ledger-1", { idempotencyKey: "k" });
    for (const other of [{ namespace: "bank" }, { cluster: "c" }, { namespace: "x", idempotencyKey: "shop/k" }]) {
      expect((await ground.report("ledger-1", { idempotencyKey: "k", ...other })).isNew).toBe(true);
      expect((await ground.report("ledger-1", { idempotencyKey: "k", ...other })).isNew).toBe(false);
    }
  });

  it("is left open by a stop that interrupts the question: the caller shall ask again", async () => {
    const ground = await start();
    ground.cluster.identities.set("ledger-1", "uid/0");
    await ground.settle("ledger-1");
    ground.cluster.identify = () => new Promise(() => undefined);
    const request = { namespace: "shop", podName: "ledger-1", links: {}, metadata: {} };
    const stopped = ground.pipeline.desk.submit(request, AbortSignal.timeout(50));
    await expect(stopped).rejects.toMatchObject({ kind: "unavailable" });
  });

  it("does not wait for a cluster that hangs", async () => {
    const ground = await start();
    ground.cluster.identities.set("ledger-1", "uid/0");
    await ground.settle("ledger-1");
    ground.cluster.identify = () => new Promise(() => undefined);
    expect((await ground.report("ledger-1")).isNew).toBe(false);
  });
});

describe("the list", () => {
  it("goes page by page, newest first, and filters", async () => {
    const ground = await start({ isStarted: false });
    for (const pod of ["a-1", "b-1", "c-1"]) await ground.report(pod);
    await ground.report("d-1", { namespace: "bank" });
    const { desk } = ground.pipeline;
    const first = await desk.list({ namespace: "shop", limit: 2 });
    expect(first.reports.map(({ pod_name }) => pod_name)).toEqual(["c-1", "b-1"]);
    expect(first.total).toBe(3);
    const second = await desk.list({ namespace: "shop", limit: 2, cursor: first.next_cursor! });
    expect(second.reports.map(({ pod_name }) => pod_name)).toEqual(["a-1"]);
    expect(second.next_cursor).toBeNull();
    expect(await desk.list({ state: "filed", limit: 2 })).toEqual({ reports: [], total: 0, next_cursor: null });
    await expect(desk.list({ limit: 2, cursor: "x" })).rejects.toMatchObject({ kind: "invalid" });
  });
});

describe("what a caller of some namespaces sees", () => {
  it("is what was reported about them in the hub's own cluster, with exact totals", async () => {
    const ground = await start({ isStarted: false });
    await ground.report("a-1");
    await ground.report("b-1", { namespace: "bank" });
    await ground.report("c-1", { namespace: "pay", metadata: { cluster: "shop" } });
    await ground.report("d-1", { cluster: "east" });
    const { desk } = ground.pipeline;
    const podsOf = async (filter: Partial<ReportFilter>) => {
      const { reports, total } = await desk.list({ limit: 9, ...filter });
      expect(reports).toHaveLength(total);
      return reports.map(({ pod_name }) => pod_name);
    };
    expect(await podsOf({ namespaces: ["shop", "pay"] })).toEqual(["c-1", "a-1"]);
    expect(await podsOf({ namespaces: ["shop", "pay"], namespace: "shop" })).toEqual(["a-1"]);
    expect(await podsOf({ namespaces: ["shop"], namespace: "bank" })).toEqual([]);
    expect(await podsOf({ namespaces: [] })).toEqual([]);
    expect((await desk.list({ namespaces: ["shop", "bank"], limit: 1 })).total).toBe(2);
    expect(await desk.namespaces()).toEqual(["bank", "pay", "shop"]);
    const { reports } = await desk.list({ limit: 9 });
    expect(reports.map(({ cluster }) => cluster)).toEqual(["east", undefined, undefined, undefined]);
  });
});

it("names what is missing when there is no such report", async () => {
  const { pipeline } = await start({ isStarted: false });
  for (const ask of [pipeline.desk.get("rpt_x"), pipeline.desk.retry("rpt_x"), pipeline.desk.cancel("rpt_x")]) {
    await expect(ask).rejects.toMatchObject({ kind: "not-found" });
  }
});

it("tells when reports cannot be stored", async () => {
  const ground = await start();
  expect(await ground.pipeline.desk.isWritable()).toBe(true);
  await ground.pipeline.close();
  await ground.store.close();
  expect(await ground.pipeline.desk.isWritable()).toBe(false);
  await expect(ground.report("ledger-1")).rejects.toMatchObject({ kind: "unavailable" });
  await ground.open();
});

it("lets nobody wait longer than asked, or beyond a stop", async () => {
  const ground = await start({ isStarted: false });
  const { report } = await ground.report("ledger-1");
  expect(await ground.settled(report.report_id, 50)).toMatchObject({ state: "received" });
  const waiting = ground.settled(report.report_id, 60_000);
  await ground.pipeline.close();
  expect(await waiting).toMatchObject({ state: "received" });
  const aborted = AbortSignal.abort(new Error("gone"));
  await expect(ground.pipeline.desk.settled(report.report_id, 50, aborted)).rejects.toThrow("gone");
});

it("lets who waits wait on while the store cannot be read", async () => {
  const ground = await start();
  await ground.shut();
  let isReadable = true;
  const get: ReportStore["get"] = async (id) => {
    if (!isReadable) throw new Error("the connection is gone");
    return ground.store.get(id);
  };
  await ground.open({ store: (store) => override(store, { get }), tracker: (tracker) => tracker });
  const { report } = await ground.report("ledger-1");
  isReadable = false;
  const waiting = ground.settled(report.report_id);
  await expect(ground.settled(report.report_id, 50)).rejects.toMatchObject({ kind: "unavailable" });
  isReadable = true;
  expect(await waiting).toMatchObject({ state: "filed" });
});

/** Brings a report into a state and holds it there. */
const HOLDS: Record<string, (ground: Ground) => void> = {
  collecting: ({ cluster }) => void (cluster.collectNow = (_, signal) => untilAborted(signal)),
  analyzing: ({ model }) => void (model.behave = (_, signal) => untilAborted(signal)),
  filing: ({ gitea }) => gitea.fail("POST", /issues$/, { status: 403 }, 99),
};

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("cancel", () => {
  it("ends a report that nobody works on", async () => {
    const ground = await start({ isStarted: false });
    const { report } = await ground.report("ledger-1");
    expect(await ground.pipeline.desk.cancel(report.report_id)).toMatchObject({ state: "cancelled" });
    expect((await ground.report("ledger-1")).isNew).toBe(true);
  });

  it.each(Object.keys(HOLDS))("ends a report that is %s", async (state) => {
    const ground = await start();
    HOLDS[state]!(ground);
    const { report } = await ground.report("ledger-1");
    await ground.until(
      report.report_id,
      (view) => view.state === state && (state !== "filing" || view.last_error !== null),
    );
    expect(await ground.pipeline.desk.cancel(report.report_id)).toMatchObject({ state: "cancelled" });
    expect(ground.issues).toHaveLength(0);
    await expect(ground.pipeline.desk.retry(report.report_id)).rejects.toThrow("report the failure again");
    await expect(ground.pipeline.desk.cancel(report.report_id)).rejects.toThrow("it has ended (cancelled)");
  });

  it("of a new analysis leaves the report filed, with the issue that it has", async () => {
    const ground = await start();
    ground.model.behave = modelDown;
    const { report_id: id } = await ground.settle("ledger-1");
    await ground.until(id, ({ state, last_error }) => state === "filed" && last_error !== null);
    HOLDS["analyzing"]!(ground);
    await ground.pipeline.desk.retry(id);
    await ground.until(id, ({ state }) => state === "analyzing");
    expect(await ground.pipeline.desk.cancel(id)).toMatchObject({
      state: "filed",
      outcome: "created",
      analysis: "fallback",
      issue: { number: 1 },
    });
    expect((await ground.report("ledger-1")).isNew).toBe(false);
  });

  it("refuses a report that is filed", async () => {
    const ground = await start();
    const { report_id: id } = await ground.settle("ledger-1");
    await expect(ground.pipeline.desk.cancel(id)).rejects.toMatchObject({ kind: "invalid" });
  });

  it("of a leader makes the next of its group the leader", async () => {
    const ground = await start();
    const behave = ground.model.behave;
    HOLDS["analyzing"]!(ground);
    const first = await ground.report("ledger-1");
    await ground.until(first.report.report_id, ({ state }) => state === "analyzing");
    const second = await ground.report("ledger-2");
    await ground.until(second.report.report_id, ({ state }) => state === "collected");
    ground.model.behave = behave;
    await ground.pipeline.desk.cancel(first.report.report_id);
    expect(await ground.settled(second.report.report_id)).toMatchObject({ state: "filed", outcome: "created" });
  });
});

describe("retry", () => {
  it.each(["collecting", "analyzing"])("refuses a report that is %s", async (state) => {
    const ground = await start();
    HOLDS[state]!(ground);
    const { report } = await ground.report("ledger-1");
    await ground.until(report.report_id, (view) => view.state === state);
    await expect(ground.pipeline.desk.retry(report.report_id)).rejects.toThrow(`it is on its way (${state})`);
  });

  it("refuses a filed report that the model analysed, and one that another's issue carries", async () => {
    const ground = await start();
    const first = await ground.settle("ledger-1");
    const second = await ground.settle("ledger-2");
    await expect(ground.pipeline.desk.retry(first.report_id)).rejects.toThrow("the model analysed it");
    await expect(ground.pipeline.desk.retry(second.report_id)).rejects.toThrow("issue #1 of an earlier report");
  });
});

it("shows states, outbox, model and tracker in its health, and counts in its metrics", async () => {
  const ground = await start();
  await ground.settle("ledger-1");
  await ground.settle("ledger-2");
  const metrics = await ground.metrics.metrics();
  expect(metrics).toContain("ops_hub_reports_accepted_total 2");
  expect(metrics).toContain('ops_hub_reports_outcomes_total{outcome="created",analysis="llm"} 1');
  expect(metrics).toContain('ops_hub_reports_outcomes_total{outcome="commented",analysis="llm"} 1');
  expect(metrics).toContain('ops_hub_reports_model_runs_total{result="ok"} 1');
  expect(metrics).toContain("ops_hub_reports_tokens_total 42");
  expect(metrics).toMatch(/ops_hub_reports_state_duration_seconds_count\{state="filing"\} 2/);
  expect(ground.pipeline.health()).toMatchObject({
    dead: 0,
    outbox_age_seconds: 0,
    model: { state: "ok" },
    tracker: "ops/reports",
  });
});

it("files each failure once when two replicas share the store", async () => {
  const ground = await start();
  const { report_id: id } = (await ground.report("ledger-0")).report;
  const first = ground.pipeline;
  await ground.open2();
  const pods = Array.from({ length: 60 }, (_, at) => `${["ledger", "cashbox", "till"][at % 3]}-${at + 1}`);
  const all = await Promise.all(
    pods.map(async (podName, at) => {
      const { desk } = at % 2 === 0 ? first : ground.pipeline;
      const { report } = await desk.submit({ namespace: "shop", podName, links: {}, metadata: {} }, never);
      return desk.settled(report.report_id, 8_000, never);
    }),
  );
  expect(all.map(({ state }) => state)).toEqual(pods.map(() => "filed"));
  expect(await ground.settled(id)).toMatchObject({ state: "filed" });
  expect(ground.issues).toHaveLength(3);
});

it("deletes what ended thirty days ago", async () => {
  const ground = await start();
  const { report_id: id } = await ground.settle("ledger-1");
  ground.clock.advance(29 * 86_400_000);
  await pause(100);
  expect(await ground.pipeline.desk.get(id)).toMatchObject({ state: "filed" });
  ground.clock.advance(2 * 86_400_000);
  await expect.poll(() => ground.store.get(id), { timeout: 5_000 }).toBeUndefined();
});
