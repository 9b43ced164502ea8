// A reported failure as one trace, from the request that told of it to the issue in Gitea, through every lane, and over a restart.
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Trail } from "../../src/core/trail.ts";
import { gitea } from "../../src/modules/gitea/index.ts";
import { kubernetes } from "../../src/modules/kubernetes/index.ts";
import { startAgentHub, type AgentHub, type AgentHubOptions } from "../support/agent-hub.ts";
import { loadFailure, readFailures } from "../support/failures.ts";
import { goodAnalyst, type ModelRequest, type ModelScript } from "../support/model-stand-in.ts";
import { keepSpans, type KeptSpan, type SpanKeeper } from "../support/spans.ts";

const [failure] = (await readFailures()).filter(({ name }) => name.endsWith("npm-eresolve"));
const { report } = failure!;

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";
const header = { traceparent: `00-${TRACE}-${CALLER}-01` };
const LANES = ["report evidence", "report triage", "report model", "report filing"];

/** Looks into the log before it answers. */
const curious: ModelScript = (request: ModelRequest) =>
  request.at === 0 ? { calls: [{ name: "pods_log", arguments: { tail: 20 } }] } : goodAnalyst(request);

interface World {
  readonly hub: AgentHub;
  readonly spans: SpanKeeper;
  /** Resolves when the report is filed, and all that was done for it has ended. */
  readonly filed: (id: string) => Promise<void>;
  /** As it stands in the database. */
  readonly target: () => Promise<Record<string, unknown>>;
}

async function start(options: AgentHubOptions = {}): Promise<World> {
  const spans = keepSpans();
  const hub = await startAgentHub({ script: curious, trail: () => spans.trail(), ...options });
  onTestFinished(() => hub.close());
  loadFailure(failure!, hub.kubernetes);
  const target = async () => {
    await hub.stop(); // it has its database for itself
    return JSON.parse(String(rowsOf(hub)[0]?.["target"])) as Record<string, unknown>;
  };
  const filed = async (id: string): Promise<void> => {
    const state = async () => (await hub.get(`/reports/${id}`)).body.state;
    await expect.poll(state, { timeout: 20_000 }).toBe("filed");
    if (options.trail !== undefined) return; // its spans are the test's
    await expect.poll(() => spans.named("report filing").length, { timeout: 5_000 }).toBeGreaterThan(0);
  };
  return { hub, spans, filed, target };
}

function rowsOf({ directory }: AgentHub): Record<string, unknown>[] {
  const database = new DatabaseSync(join(directory, "data", "reports.db"), { readOnly: true });
  const rows = database.prepare("select * from hub_reports").all();
  database.close();
  return rows;
}

/** The server's own span ends a moment after its answer. */
const served = async (spans: SpanKeeper): Promise<KeptSpan> => {
  await expect.poll(() => spans.named("POST /report-failure").length).toBe(1);
  return spans.one("POST /report-failure");
};

const upstreamOf = ({ attributes }: KeptSpan) => attributes["ops_hub.upstream"];

describe("a report that comes with a trace", () => {
  it("is one trace: the request, every lane, the agent, its turns and look-ups, and each request to the others", async () => {
    const { hub, spans, filed } = await start();
    const reply = await hub.report(report, header);
    expect(reply.body).toMatchObject({ state: "filed", analysis: "llm" });
    await filed(reply.body.report_id);
    const server = await served(spans);
    expect(server).toMatchObject({ kind: "server", traceId: TRACE, parentId: CALLER, hasFailed: false });
    expect(server.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": "/report-failure",
      "url.path": "/report-failure",
      "url.scheme": "http",
      "http.response.status_code": 200,
    });
    expect(new Set(spans.all().map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    for (const name of LANES) {
      expect(spans.path(spans.one(name)), name).toEqual([name, "POST /report-failure"]);
      expect(spans.one(name).attributes).toMatchObject({ "ops_hub.report.id": reply.body.report_id });
    }
    const below = ["invoke_agent failure-agent", "report model", "POST /report-failure"];
    expect(spans.path(spans.one("invoke_agent failure-agent"))).toEqual(below);
    const turns = spans.all().filter(({ name }) => name.startsWith("chat "));
    expect(turns.map((turn) => spans.path(turn).slice(1))).toEqual([below, below]);
    const lookUp = spans.one("execute_tool pods_log");
    expect([lookUp.kind, spans.path(lookUp).slice(1)]).toEqual(["internal", below]);
    expect(lookUp.attributes).toMatchObject({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "pods_log",
      "ops_hub.outcome": "success",
    });
  });

  it("names in each request to Kubernetes, to the model and to Gitea what it is a part of", async () => {
    const { hub, spans, filed } = await start();
    const { body } = await hub.report(report, header);
    await filed(body.report_id);
    const requests = spans.all().filter(({ kind, name }) => kind === "client" && !name.startsWith("chat "));
    const lanes = (upstream: string) =>
      new Set(requests.filter((one) => upstreamOf(one) === upstream).map((one) => spans.path(one).at(-2)));
    expect(lanes("kubernetes")).toEqual(new Set(["report evidence", "report model"]));
    expect(lanes("model")).toEqual(new Set(["report model"]));
    expect(lanes("gitea")).toEqual(new Set(["report filing"]));
    const created = requests.find(({ attributes }) => String(attributes["url.full"]).endsWith("/issues"));
    expect(created?.attributes).toMatchObject({ "http.response.status_code": 201 });
    expect(hub.model.requests.map(({ headers }) => headers["traceparent"]?.split("-")[1])).toEqual([TRACE, TRACE]);
  });

  it("has nothing of the report, the log, the prompt or the answer in it", async () => {
    const { hub, spans, filed } = await start();
    const { body } = await hub.report({ ...report, metadata: { owner: "metadata-canary" } }, header);
    await filed(body.report_id);
    await served(spans);
    expect(hub.issues()[0]!.body).toContain("ERESOLVE");
    const words = spans.text().replaceAll(/"url\.full":"[^"]*"/g, ""); // paths name the pod
    for (const word of [
      "metadata-canary",
      "ERESOLVE",
      "react",
      report.pod_name,
      report.namespace,
      hub.issues()[0]!.title,
    ])
      expect(words, word).not.toContain(word);
  });

  it("is told in the log under its trace, by the request and by every lane", async () => {
    const { hub, filed } = await start();
    const { body } = await hub.report(report, header);
    await filed(body.report_id);
    const told = hub
      .logged()
      .split("\n")
      .filter((line) => line.includes(body.report_id))
      .map((line) => JSON.parse(line));
    expect(told.map(({ state }) => state)).toEqual(expect.arrayContaining(["received", "collected", "filed"]));
    expect(new Set(told.map(({ trace_id: trace }) => trace))).toEqual(new Set([TRACE]));
  });

  it("goes on in its trace in a hub that was started again, wherever the first one stopped", async () => {
    const { hub, spans, filed } = await start({ script: () => ({ fault: "hang" }) });
    const first = await hub.report(report, header, "?mode=async");
    expect(first.status).toBe(202);
    await expect.poll(() => hub.model.hits, { timeout: 20_000 }).toBe(1);
    hub.model.script = goodAnalyst;
    await hub.restart();
    await filed(first.body.report_id);
    const models = spans.named("report model");
    expect(models.map(({ traceId, hasFailed }) => [traceId, hasFailed])).toEqual([
      [TRACE, true],
      [TRACE, false],
    ]);
    expect(models[0]!.attributes["error.type"]).toBe("interrupted");
    expect(spans.one("report filing").traceId).toBe(TRACE);
    expect(spans.path(spans.one("report filing"))).toEqual(["report filing", "POST /report-failure"]);
  });
});

describe("the trace of a report", () => {
  it("that nobody waits for is the same, after a request that was answered with 202", async () => {
    const { hub, spans, filed } = await start();
    const { status, body } = await hub.report(report, { ...header, prefer: "respond-async" });
    expect(status).toBe(202);
    await filed(body.report_id);
    expect((await served(spans)).attributes["http.response.status_code"]).toBe(202);
    expect(LANES.map((name) => spans.one(name).traceId)).toEqual(LANES.map(() => TRACE));
  });

  it("is one of its own when nobody brought one", async () => {
    const { hub, spans, filed, target } = await start();
    const { body } = await hub.report(report);
    await filed(body.report_id);
    const { traceId, spanId, parentId } = await served(spans);
    expect(parentId).toBeUndefined();
    expect((await target())["traceparent"]).toBe(`00-${traceId}-${spanId}-01`);
    expect(LANES.map((name) => spans.one(name).traceId)).toEqual(LANES.map(() => traceId));
  });

  it.each([
    ["no trace at all", "canary'; drop table reports; --"],
    ["a version that must not be", `ff-${TRACE}-${CALLER}-01`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${CALLER}-01`],
    ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["letters that are no digits", `00-${"z".repeat(32)}-${CALLER}-01`],
    ["ten thousand letters", `00-${TRACE}-${CALLER}-01${"x".repeat(10_000)}`],
  ])("is one of its own when the header is %s, of which nothing is kept", async (_what, traceparent) => {
    const { hub, spans, target } = await start({ script: "none" });
    await hub.report(report, { traceparent, tracestate: "canary=1" }, "?mode=async");
    const { traceId, spanId } = await served(spans);
    expect(traceId).not.toBe(TRACE);
    expect((await target())["traceparent"]).toBe(`00-${traceId}-${spanId}-01`);
    expect(JSON.stringify(rowsOf(hub))).not.toContain("canary");
    expect(spans.text()).not.toContain("canary");
  });

  it("that its caller does not keep is not kept here either, and its mark goes on", async () => {
    const { hub, spans, target } = await start({ script: "none" });
    const reply = await hub.report(report, { traceparent: `00-${TRACE}-${CALLER}-00` });
    expect(reply.body.state).toBe("filed");
    expect((await target())["traceparent"]).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(spans.all()).toEqual([]);
  });

  it("is one for each lane when the report came before the hub was traced", async () => {
    const spans = keepSpans();
    const trails = [new Trail()];
    const trail = () => trails.pop() ?? spans.trail();
    const { hub, filed } = await start({ script: () => ({ fault: "hang" }), trail });
    const { body } = await hub.report(report, header, "?mode=async");
    await expect.poll(() => hub.model.hits, { timeout: 20_000 }).toBe(1);
    hub.model.script = goodAnalyst;
    await hub.restart();
    await filed(body.report_id);
    await expect.poll(() => spans.named("report filing").length).toBe(1);
    const lanes = [spans.one("report model"), spans.one("report filing")];
    expect(lanes.map(({ parentId }) => parentId)).toEqual([undefined, undefined]);
    expect(new Set([TRACE, ...lanes.map(({ traceId }) => traceId)]).size).toBe(3);
  });

  it("is nowhere while the hub traces nothing", async () => {
    const hub = await startAgentHub({ script: "none" });
    onTestFinished(() => hub.close());
    loadFailure(failure!, hub.kubernetes);
    const { body } = await hub.report(report, header);
    expect(body.state).toBe("filed");
    await hub.stop();
    expect(JSON.stringify(rowsOf(hub))).not.toMatch(/traceparent|4bf92f35/);
    expect(hub.logged()).not.toContain("trace_id");
  });
});

describe("the span of a request that is refused", () => {
  const filing = ({ spans }: World) => served(spans);

  it.each<[string, unknown, number]>([
    ["no JSON", "{", 422],
    ["a pod of no namespace", { pod_name: "x" }, 422],
  ])("for %s tells the status, and is no failure of the hub", async (_what, body, status) => {
    const world = await start({ script: "none" });
    expect((await world.hub.report(body, header)).status).toBe(status);
    const { attributes, hasFailed, traceId } = await filing(world);
    expect([attributes["http.response.status_code"], attributes["error.type"]]).toEqual([status, undefined]);
    expect([hasFailed, traceId]).toEqual([false, TRACE]);
  });

  it("for want of a token tells 401, and is no failure of the hub", async () => {
    const world = await start({
      script: "none",
      env: { REPORT_AUTH: "token", REPORT_TOKEN: "right-token-0123456789" },
    });
    expect((await world.hub.report(report)).status).toBe(401);
    const { attributes, hasFailed } = await filing(world);
    expect([attributes["http.response.status_code"], hasFailed]).toEqual([401, false]);
  });

  it("by a hub that takes no reports is one, and says 503", async () => {
    const world = await start({ script: "none", modules: [kubernetes, gitea] });
    expect((await world.hub.report(report)).status).toBe(503);
    const { attributes, hasFailed } = await filing(world);
    expect([attributes["http.response.status_code"], attributes["error.type"], hasFailed]).toEqual([503, "503", true]);
  });

  it("since the report was cancelled meanwhile is one, and so is its lane's", async () => {
    const world = await start({ script: () => ({ fault: "hang" }) });
    const reply = world.hub.report(report, header);
    await expect.poll(() => world.hub.model.hits, { timeout: 20_000 }).toBe(1);
    const { reports } = (await world.hub.get("/reports")).body;
    await world.hub.post(`/reports/${reports[0].report_id}/cancel`);
    expect((await reply).status).toBe(500);
    expect(await filing(world)).toMatchObject({ hasFailed: true, attributes: { "error.type": "500" } });
    expect(world.spans.one("report model").attributes["error.type"]).toBe("cancelled");
  });
});
