import Fastify from "fastify";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_AUDIT } from "../../src/core/audit.ts";
import { ANONYMOUS } from "../../src/core/caller.ts";
import { ToolFailure } from "../../src/core/failure.ts";
import { InFlight } from "../../src/core/in-flight.ts";
import type { ReportDesk, ReportRequest, ReportView } from "../../src/core/report-desk.ts";
import type { ReportAccess } from "../../src/http/report-access.ts";
import { addReportRoutes } from "../../src/http/reports.ts";
import { silent } from "../support/modules.ts";
import { untraced } from "../support/untraced.ts";

const issue = { owner: "ops", repo: "failures", number: 7, url: "http://git.test/ops/failures/issues/7" };
const stored: ReportView = {
  report_id: "rpt_1",
  state: "received",
  outcome: null,
  created_at: "2026-11-25T10:00:00.000Z",
  updated_at: "2026-11-25T10:00:00.000Z",
  namespace: "shop",
  pod_name: "web-1",
  container: null,
  pipeline_run: null,
  attempts: 0,
  issue: null,
  analysis: null,
  deduplicated: false,
  tokens: 0,
  last_error: null,
  policy_violations: [],
};
const created: ReportView = { ...stored, state: "filed", outcome: "created", issue, analysis: "llm" };

const seen: { requests: ReportRequest[]; waits: number[]; filters: unknown[] } = {
  requests: [],
  waits: [],
  filters: [],
};
let outcome: ReportView | "waits" = created;
let isNew = true;

const desk: ReportDesk = {
  submit: async (request) => {
    if (request.namespace === "full") throw new ToolFailure("unavailable", "the disk is full");
    if (request.namespace === "bug") throw new TypeError("secret internals");
    seen.requests.push(request);
    return { report: stored, isNew };
  },
  settled: async (_id, waitMs, signal) => {
    seen.waits.push(waitMs);
    if (outcome !== "waits") return outcome;
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  },
  get: async (id) => {
    if (id !== "rpt_1") throw new ToolFailure("not-found", `no report "${id}"`);
    return { ...created, timeline: [] };
  },
  evidence: async () => undefined,
  list: async (filter) => {
    seen.filters.push(filter);
    return { reports: [created], total: 1, next_cursor: null };
  },
  namespaces: async () => ["shop"],
  retry: async () => {
    throw new ToolFailure("invalid", "rpt_1 is being worked on; wait until it has ended");
  },
  cancel: async () => ({ ...stored, state: "cancelled" }),
  isWritable: async () => true,
};

const stopping = new AbortController();
const inFlight = new InFlight();
const access: ReportAccess = {
  gate: { reporter: async () => ({ caller: ANONYMOUS }), reader: async () => undefined },
  callerOf: async () => ANONYMOUS,
  limits: { calls: async () => undefined, address: async () => undefined, spare: async () => undefined },
  audit: NO_AUDIT,
};
const serve = (isSeedStrict: boolean, hasDesk = true) => {
  const app = Fastify();
  const { trail } = untraced;
  const options = { waitMs: 120_000, isSeedStrict, stopping: stopping.signal, inFlight, access, log: silent, trail };
  addReportRoutes(app, { ...options, desk: hasDesk ? () => desk : undefined });
  return app;
};
const app = serve(false);
const strict = serve(true);
const off = serve(false, false);
afterAll(() => Promise.all([app, strict, off].map((one) => one.close())));
beforeEach(() => {
  outcome = created;
  isNew = true;
});
afterEach(() => {
  for (const list of Object.values(seen)) list.length = 0;
});

const post = (body: unknown, options: { url?: string; headers?: Record<string, string> } = {}, server = app) =>
  server.inject({
    method: "POST",
    url: options.url ?? "/report-failure",
    headers: { "content-type": "application/json", ...options.headers },
    payload: typeof body === "string" ? body : JSON.stringify(body),
  });

const POD = { namespace: "shop", pod_name: "web-1" };

describe("POST /report-failure", () => {
  it("answers as the seed, and says more", async () => {
    const { statusCode, body } = await post({ ...POD, container_name: "app" });
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      {
        status: "success",
        result: `Issue created: ${issue.url}`,
        report_id: "rpt_1",
        state: "filed",
        outcome: "created",
        issue,
        analysis: "llm",
        deduplicated: false,
      },
    ]);
    expect(seen.requests[0]).toEqual({ ...emptyRequest, podName: "web-1", namespace: "shop", container: "app" });
  });

  it("says nothing beside the seed's two members when asked to", async () => {
    expect((await post(POD, {}, strict)).json()).toEqual({
      status: "success",
      result: `Issue created: ${issue.url}`,
    });
  });

  it.each([
    ["created", "Issue created: "],
    ["reopened", "Issue reopened: "],
    ["commented", "Issue updated: "],
    ["recorded", "Occurrence recorded: "],
  ] as const)("has a result line for %s", async (word, start) => {
    outcome = { ...created, outcome: word };
    expect((await post(POD)).json()).toMatchObject({ result: start + issue.url });
  });

  it("calls a repetition deduplicated", async () => {
    isNew = false;
    expect((await post(POD)).json()).toMatchObject({ deduplicated: true });
  });

  it.each([
    ["with mode=async", { url: "/report-failure?mode=async" }],
    ["with Prefer", { headers: { prefer: "respond-async, wait=5" } }],
  ])("answers 202 at once %s", async (_how, options) => {
    const { statusCode, headers, body } = await post(POD, options);
    expect([statusCode, headers["location"], seen.waits.length]).toEqual([202, "/reports/rpt_1", 0]);
    expect(JSON.parse(body)).toEqual({
      status: "accepted",
      result: "Report rpt_1 stored",
      report_id: "rpt_1",
      state: "received",
      url: "/reports/rpt_1",
    });
  });

  it("waits as long as configured, less when the caller prefers", async () => {
    await post(POD);
    await post(POD, { headers: { prefer: "wait=5" } });
    await post(POD, { headers: { prefer: "wait=500" } });
    expect(seen.waits).toEqual([120_000, 5_000, 120_000]);
  });

  it("answers 202 when the issue has to wait", async () => {
    outcome = { ...stored, state: "filing", last_error: "Gitea: HTTP 500" };
    expect((await post(POD)).statusCode).toBe(202);
  });

  it("never calls a dead or cancelled report a success", async () => {
    outcome = { ...stored, state: "dead", last_error: "Gitea: HTTP 422" };
    const dead = await post(POD);
    outcome = { ...stored, state: "cancelled" };
    const cancelled = await post(POD);
    expect([dead.statusCode, cancelled.statusCode]).toEqual([500, 500]);
    expect(dead.json()).toMatchObject({
      detail: "report rpt_1 could not be filed: Gitea: HTTP 422; see /reports/rpt_1",
    });
  });

  it.each(["application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-8", "garbage", "a/b/c;;"])(
    "takes JSON called %s",
    async (type) => expect((await post(POD, { headers: { "content-type": type } })).statusCode).toBe(200),
  );

  it("takes JSON without any type", async () => {
    const { statusCode } = await app.inject({
      method: "POST",
      url: "/report-failure",
      payload: Buffer.from(JSON.stringify(POD)),
    });
    expect(statusCode).toBe(200);
  });

  it("tolerates null, extra members, empty names, and runs without a pod", async () => {
    await post({ ...POD, container_name: null, color: "red" });
    await post({ namespace: "", pod_name: "" });
    await post({ namespace: "shop", pipeline_run: "build-7" });
    await post({ namespace: "shop", pod_name: "", task_run: "build-7-unit" });
    await post({ ...POD, links: { commit: "https://git.test/c/1" }, metadata: { try: 2, tags: ["a"], none: null } });
    expect(seen.requests).toEqual([
      { ...emptyRequest, namespace: "shop", podName: "web-1" },
      emptyRequest,
      { ...emptyRequest, namespace: "shop", pipelineRun: "build-7" },
      { ...emptyRequest, namespace: "shop", taskRun: "build-7-unit" },
      {
        ...emptyRequest,
        namespace: "shop",
        podName: "web-1",
        links: { commit: "https://git.test/c/1" },
        metadata: { try: "2", tags: '["a"]' },
      },
    ]);
  });

  it("passes the caller's own key on", async () => {
    await post(POD, { headers: { "idempotency-key": '"shop/build-7"' } });
    expect(seen.requests[0]?.idempotencyKey).toBe("shop/build-7");
  });

  it.each([
    [
      "a missing member",
      { pod_name: "web-1" },
      [{ type: "missing", loc: ["body", "namespace"], msg: "Field required", input: { pod_name: "web-1" } }],
    ],
    [
      "two missing members",
      { x: 1 },
      [
        { type: "missing", loc: ["body", "namespace"], msg: "Field required", input: { x: 1 } },
        { type: "missing", loc: ["body", "pod_name"], msg: "Field required", input: { x: 1 } },
      ],
    ],
    [
      "a number for a name",
      { namespace: 5, pod_name: "web-1" },
      [{ type: "string_type", loc: ["body", "namespace"], msg: "Input should be a valid string", input: 5 }],
    ],
    [
      "null for a required name",
      { namespace: "shop", pod_name: null },
      [{ type: "string_type", loc: ["body", "pod_name"], msg: "Input should be a valid string", input: null }],
    ],
    [
      "a list",
      [1],
      [
        {
          type: "model_attributes_type",
          loc: ["body"],
          msg: "Input should be a valid dictionary or object to extract fields from",
          input: [1],
        },
      ],
    ],
    ["nothing", "", [{ type: "missing", loc: ["body"], msg: "Field required", input: null }]],
    ["null", "null", [{ type: "missing", loc: ["body"], msg: "Field required", input: null }]],
    [
      "JSON that breaks off",
      '{"namespace":',
      [
        {
          type: "json_invalid",
          loc: ["body", 13],
          msg: "JSON decode error",
          input: {},
          ctx: { error: "Unexpected end of JSON input" },
        },
      ],
    ],
    [
      "broken JSON",
      '{"namespace": }',
      [
        {
          type: "json_invalid",
          loc: ["body", 0],
          msg: "JSON decode error",
          input: {},
          ctx: { error: expect.stringContaining("Unexpected token") },
        },
      ],
    ],
    [
      "a text for links",
      { ...POD, links: "x" },
      [{ type: "dict_type", loc: ["body", "links"], msg: "Input should be a valid dictionary", input: "x" }],
    ],
  ])("answers 422 in the seed's words for %s", async (_what, body, detail) => {
    const reply = await post(body);
    expect([reply.statusCode, reply.json()]).toEqual([422, { detail }]);
  });

  it("takes JSON with a byte order mark", async () => {
    expect((await post(`\ufeff${JSON.stringify(POD)}`)).statusCode).toBe(200);
  });

  it("refuses a name that no cluster has", async () => {
    const { statusCode, body } = await post({ ...POD, pod_name: "x".repeat(254) });
    expect([statusCode, JSON.parse(body).detail[0].msg]).toEqual([422, "String should have at most 253 characters"]);
  });

  it.each([
    { ...POD, namespace: "Shop" },
    { ...POD, namespace: "shop.pay" },
    { ...POD, namespace: "shop/../pay" },
    { ...POD, pod_name: "web_1" },
    { ...POD, pod_name: "web-1?previous=true" },
    { ...POD, pod_name: "-web" },
    { ...POD, container_name: "app/log" },
    { ...POD, container_name: "a".repeat(64) },
    { ...POD, pipeline_run: "build 7" },
    { ...POD, task_run: "build\u0000" },
    { ...POD, pipeline_task: "%2e%2e" },
  ])("refuses %j, which no cluster can have", async (body) => {
    const reply = await post(body);
    const [name] = Object.entries(body).find(
      ([key, value]) => value !== Object.entries(POD).find(([k]) => k === key)?.[1],
    )!;
    expect([reply.statusCode, reply.json().detail]).toMatchObject([
      422,
      [{ type: "value_error", loc: ["body", name] }],
    ]);
    expect(seen.requests).toEqual([]);
  });

  it("takes names with dots, and blanks around them", async () => {
    await post({ namespace: " shop ", pod_name: "web-1.example.com ", container_name: " " });
    expect(seen.requests).toEqual([{ ...emptyRequest, namespace: "shop", podName: "web-1.example.com" }]);
  });

  it("refuses a body over 64 KiB", async () => {
    const reply = await post({ ...POD, metadata: { big: "x".repeat(65_536) } });
    expect([reply.statusCode, reply.json()]).toEqual([
      413,
      { detail: "the body is larger than 64 KiB; send less metadata" },
    ]);
  });

  it("answers 503 with Retry-After when it cannot be stored, 500 without internals for a bug", async () => {
    const full = await post({ namespace: "full", pod_name: "" });
    const bug = await post({ namespace: "bug", pod_name: "" });
    expect([full.statusCode, full.headers["retry-after"], full.json()]).toEqual([
      503,
      "10",
      { detail: "the disk is full" },
    ]);
    expect([bug.statusCode, bug.body]).toEqual([500, expect.not.stringContaining("internals")]);
  });

  it("says which setting is missing when no module takes reports", async () => {
    const { statusCode, body } = await post(POD, {}, off);
    expect([statusCode, JSON.parse(body).detail]).toEqual([503, expect.stringContaining("GITEA_HOST")]);
  });

  it("answers 405 for other methods", async () => {
    const reply = await app.inject({ method: "GET", url: "/report-failure" });
    expect([reply.statusCode, reply.json(), reply.headers["allow"]]).toEqual([
      405,
      { detail: "Method Not Allowed" },
      "POST",
    ]);
  });
});

describe("/reports", () => {
  it("lists with its filters", async () => {
    const reply = await app.inject("/reports?state=dead&namespace=shop&since=2026-11-25T10:00:00Z&limit=5&cursor=17");
    expect([reply.statusCode, reply.json().total]).toEqual([200, 1]);
    const sinceMs = Date.parse("2026-11-25T10:00:00Z");
    expect(seen.filters).toEqual([{ state: "dead", namespace: "shop", sinceMs, limit: 5, cursor: "17" }]);
  });

  it.each([
    ["state=&namespace=&since=&limit=&cursor=", { limit: 50 }],
    ["limit=1000", { limit: 1_000 }],
    ["since=2026-11-25", { limit: 50, sinceMs: Date.parse("2026-11-25") }],
    ["since=2026-11-25T10:00:00+01:00", { limit: 50, sinceMs: Date.parse("2026-11-25T09:00:00Z") }],
    ["since=2026-11-25T10:00:00%2B01:00", { limit: 50, sinceMs: Date.parse("2026-11-25T09:00:00Z") }],
  ])("understands ?%s", async (query, filter) => {
    expect((await app.inject(`/reports?${query}`)).statusCode).toBe(200);
    expect(seen.filters).toEqual([filter]);
  });

  it.each(["state=gone", "since=yesterday", "since=1700000000", "limit=0", "limit=many", "cursor=abc", "cursor=-1"])(
    "refuses ?%s",
    async (query) => {
      const reply = await app.inject(`/reports?${query}`);
      expect([reply.statusCode, reply.json().detail[0].loc]).toEqual([422, ["query", query.split("=")[0]]]);
    },
  );

  it("shows one, and says which it does not know", async () => {
    const [known, unknown] = await Promise.all([app.inject("/reports/rpt_1"), app.inject("/reports/rpt_2")]);
    expect([known.statusCode, known.json().timeline]).toEqual([200, []]);
    expect([unknown.statusCode, unknown.json()]).toEqual([404, { detail: 'no report "rpt_2"' }]);
  });

  it("cancels, and refuses to retry what is under way", async () => {
    const cancelled = await app.inject({ method: "POST", url: "/reports/rpt_1/cancel" });
    const retried = await app.inject({ method: "POST", url: "/reports/rpt_1/retry" });
    expect([cancelled.statusCode, cancelled.json().state]).toEqual([200, "cancelled"]);
    expect([retried.statusCode, retried.json().detail]).toEqual([409, expect.stringContaining("worked on")]);
  });
});

it("tells who waits where the report is when the hub stops", async () => {
  outcome = "waits";
  const reply = post(POD);
  await expect.poll(() => seen.waits.length).toBe(1);
  expect(inFlight.count).toBe(1);
  stopping.abort();
  expect((await reply).statusCode).toBe(202);
  expect(inFlight.count).toBe(0);
});

const emptyRequest: ReportRequest = {
  namespace: "",
  podName: "",
  container: undefined,
  pipelineRun: undefined,
  taskRun: undefined,
  pipelineTask: undefined,
  cluster: undefined,
  idempotencyKey: undefined,
  links: {},
  metadata: {},
};
