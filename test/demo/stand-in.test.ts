// The stand-in on the wire: what it knows, what it refuses, and how.
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { BATCH_DOWN_FROM, INCIDENT } from "../../src/demo/shop/plan.ts";
import { ERROR_RATE, MEMORY, P99 } from "../../src/demo/questions.ts";
import { readCapture } from "../../src/demo/replay/capture.ts";
import { startStandIn } from "../../src/demo/stand-in.ts";
import { fixedClock } from "../support/modules.ts";

const NOW = Date.parse("2026-11-25T12:00:20Z");
const END = NOW / 1000 - 20;

async function standIn() {
  const running = await startStandIn({ capture: await readCapture(), clock: fixedClock(NOW) });
  onTestFinished(() => running.close());
  const request = (path: string, init?: RequestInit) => fetch(running.url + path, init);
  const api = async (path: string, parameters: Record<string, string> = {}, status = 200): Promise<unknown> => {
    const reply = await request(`/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = z.looseObject({ data: z.unknown().optional() }).parse(await reply.json());
    expect({ status: reply.status, body }).toMatchObject({ status });
    return status === 200 ? body.data : body;
  };
  return { url: running.url, request, api };
}

const matrix = z.object({
  resultType: z.literal("matrix"),
  result: z.array(
    z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
  ),
});
const names = z.array(z.string());

test("the last day of every suggested query ends now and has the incident in it", async () => {
  const { api } = await standIn();
  const day = { start: String(END - 86_400), end: String(END), step: "60" };
  const curve = async (query: string, metric: Record<string, string>) => {
    const { result } = matrix.parse(await api("query_range", { query, ...day }));
    const values =
      result.find((series) => Object.entries(metric).every(([k, v]) => series.metric[k] === v))?.values ?? [];
    expect(values.at(-1)?.[0]).toBe(END);
    const peak = values.reduce((best, point) => (Number(point[1]) > Number(best[1]) ? point : best));
    return { values, peak: Number(peak[1]), peakAt: peak[0] - END };
  };
  const errors = await curve(ERROR_RATE, { service: "checkout" });
  expect(errors.values).toHaveLength(1441);
  expect(errors.peak).toBeGreaterThan(0.3);
  const slow = await curve(P99, { service: "checkout" });
  expect(slow.peak).toBeGreaterThan(4);
  // The capture was taken some two minutes after the story's time zero.
  for (const { peakAt } of [errors, slow]) {
    expect(peakAt).toBeGreaterThan(INCIDENT.from - 300);
    expect(peakAt).toBeLessThan(INCIDENT.to);
  }
  const memory = await curve(MEMORY, { pod: "checkout-0" });
  expect(memory.peak).toBeGreaterThan(500 * 2 ** 20);
  expect(Number(memory.values.at(-1)?.[1])).toBeLessThan(400 * 2 ** 20);
  const down = await curve("up == 0", { instance: "batch-0" });
  expect(Math.abs((down.values[0]?.[0] ?? 0) - END - BATCH_DOWN_FROM)).toBeLessThan(300);
});

test("an instant query answers with the value at its time, stamped with that time", async () => {
  const { api } = await standIn();
  const at = async (time?: string) =>
    z
      .looseObject({ result: z.array(z.unknown()) })
      .parse(await api("query", { query: "up == 0", ...(time ? { time } : {}) }));
  const batch = { __name__: "up", job: "batch", instance: "batch-0" };
  expect(await at()).toEqual({ resultType: "vector", result: [{ metric: batch, value: [NOW / 1000, "0"] }] });
  expect((await at("2026-11-25T11:59:00+00:00")).result).toEqual([{ metric: batch, value: [END - 60, "0"] }]);
  expect((await at("2026-11-25T01:00:00Z")).result).toEqual([]);
  expect((await at("2025-11-25T12:00:00Z")).result).toEqual([]);
});

test("spaces and line ends do not make another query", async () => {
  const { api } = await standIn();
  expect(await api("query", { query: "\n up==0 " })).toEqual(await api("query", { query: "up == 0" }));
  expect(await api("format_query", { query: "up==0" })).toBe("up == 0");
});

test("numbers and vector(number) are answered without a capture", async () => {
  const { api } = await standIn();
  expect(await api("query", { query: "1", time: "5" })).toEqual({ resultType: "scalar", result: [5, "1"] });
  expect(await api("query", { query: "vector(1)", time: "5.5" })).toEqual({
    resultType: "vector",
    result: [{ metric: {}, value: [5.5, "1"] }],
  });
  expect(await api("query_range", { query: "2", start: "1", end: "3", step: "1s" })).toEqual({
    resultType: "matrix",
    result: [
      {
        metric: {},
        values: [
          [1, "2"],
          [2, "2"],
          [3, "2"],
        ],
      },
    ],
  });
});

test("series of a selector and of a known query can be counted", async () => {
  const { api } = await standIn();
  const counts = async (query: string) =>
    z
      .object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.array(z.unknown()) })) })
      .parse(await api("query", { query }))
      .result.map(({ metric, value }) => [metric, value[1]]);
  expect(await counts("count(up == 0\n)")).toEqual([[{}, "1"]]);
  expect(await counts('count({__name__="http_requests_total"})')).toEqual([[{}, "40"]]);
  expect(await counts('topk(2, count by (job) ({__name__="up"}))')).toEqual([
    [{ job: "shop" }, "9"],
    [{ job: "batch" }, "1"],
  ]);
  expect(await counts("count(no_such_metric)")).toEqual([]);
});

test.each([
  ["query", { query: "topk(3, http_requests_total)" }],
  ["query", { query: "count(rate(up[5m]))" }],
  ["query", { query: "topk(3, count by (job) (up)" }],
  ["query", { query: "count by (job, instance) (up)" }],
  ["query", { query: "vector(1" }],
  ["query_range", { query: "rate(up[5m])", start: "1", end: "2", step: "1" }],
  ["format_query", { query: "rate(up[5m])" }],
  ["query_exemplars", { query: "rate(up[5m])" }],
  ["series", { "match[]": '{__name__=~".+"}' }],
  ["labels", { "match[]": 'up{job!="x"}' }],
])("%s %j is refused with the queries that are known", async (path, parameters) => {
  const { api } = await standIn();
  const parameter = "query" in parameters ? "query" : "match[]";
  const body = z.looseObject({ error: z.string() }).parse(await api(path, parameters, 400));
  expect(body).toMatchObject({ status: "error", errorType: "bad_data" });
  expect(body.error).toContain(`invalid parameter "${parameter}": this demo replays a captured day`);
  expect(body.error).toContain(ERROR_RATE);
  expect(body.error).toContain(MEMORY);
});

// The texts are those of Prometheus 2.42, asked with the same parameters.
test.each([
  ["query", {}, 'invalid parameter "query": 1:1: parse error: no expression found in input'],
  [
    "query",
    { query: "1", time: "x" },
    `invalid parameter "time": Invalid time value for 'time': cannot parse "x" to a valid timestamp`,
  ],
  [
    "query",
    { query: "1", time: "2025-01-01" },
    `invalid parameter "time": Invalid time value for 'time': cannot parse "2025-01-01" to a valid timestamp`,
  ],
  ["query", { query: "1", timeout: "x" }, 'invalid parameter "timeout": cannot parse "x" to a valid duration'],
  ["query_range", { query: "1" }, 'invalid parameter "start": cannot parse "" to a valid timestamp'],
  [
    "query_range",
    { query: "1", start: "1", end: "0", step: "1" },
    'invalid parameter "end": end timestamp must not be before start time',
  ],
  [
    "query_range",
    { query: "1", start: "1", end: "2", step: "x" },
    'invalid parameter "step": cannot parse "x" to a valid duration',
  ],
  [
    "query_range",
    { query: "1", start: "1", end: "2", step: "0" },
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  ],
  [
    "query_range",
    { query: "1", start: "1", end: "20000", step: "1" },
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
  ],
  ["series", {}, "no match[] parameter provided"],
  ["label/a-b/values", {}, 'invalid label name: "a-b"'],
  [
    "labels",
    { start: "x" },
    `invalid parameter "start": Invalid time value for 'start': cannot parse "x" to a valid timestamp`,
  ],
  ["rules", { type: "x" }, 'invalid parameter "type": not supported value "x"'],
  ["metadata", { limit: "x" }, "limit must be a number"],
  ["query_exemplars", { query: "up", start: "3", end: "2" }, "end timestamp must not be before start timestamp"],
])("%s %j is refused as Prometheus does", async (path, parameters, error) => {
  const { api } = await standIn();
  expect(await api(path, parameters, 400)).toEqual({ status: "error", errorType: "bad_data", error });
});

test("names, labels, values and series follow match[], and an unknown parameter is ignored", async () => {
  const { api } = await standIn();
  expect(names.parse(await api("label/__name__/values"))).toEqual(
    expect.arrayContaining(["http_requests_total", "up"]),
  );
  const match = { "match[]": 'http_requests_total{service="checkout"}', limit: "1", nonsense: "x" };
  expect(await api("labels", match)).toEqual(["__name__", "instance", "job", "method", "pod", "service", "status"]);
  expect(await api("label/status/values", match)).toEqual(["200", "201", "404", "500"]);
  expect(await api("series", match)).toHaveLength(10);
  expect(await api("label/nothing/values")).toEqual([]);
  expect(await api("series", { "match[]": "no_such_metric" })).toEqual([]);
  expect(await api("labels", { ...match, end: String(END - 200_000) })).toEqual([]);
});

test("alerts, rules, targets and exemplars have their times in the last minutes", async () => {
  const { api } = await standIn();
  const recent = z.iso.datetime().refine((text) => Date.parse(text) <= NOW && Date.parse(text) > NOW - 600_000);
  const alert = z.looseObject({
    labels: z.looseObject({ alertname: z.string() }),
    state: z.string(),
    activeAt: recent,
  });
  const { alerts } = z.object({ alerts: z.array(alert) }).parse(await api("alerts"));
  expect(alerts.map(({ labels, state }) => `${labels.alertname} ${state}`).sort()).toEqual([
    "MemoryNearLimit pending",
    "MemoryNearLimit pending",
    "QueueBacklog firing",
    "TargetDown firing",
  ]);
  const rule = z.looseObject({ type: z.string(), lastEvaluation: recent });
  const rules = async (type: string) =>
    z
      .object({ groups: z.array(z.looseObject({ lastEvaluation: recent, rules: z.array(rule) })) })
      .parse(await api("rules", { type }))
      .groups.flatMap((group) => group.rules.map((entry) => entry.type));
  expect(await rules("")).toHaveLength(5);
  expect(await rules("record")).toEqual(["recording"]);
  const target = z.looseObject({ health: z.string(), lastScrape: recent });
  const targets = async (parameters: Record<string, string>) =>
    z
      .object({ activeTargets: z.array(target), droppedTargets: z.array(z.unknown()) })
      .parse(await api("targets", parameters));
  expect((await targets({ state: "active" })).activeTargets.filter(({ health }) => health === "down")).toHaveLength(1);
  expect((await targets({ scrapePool: "batch" })).activeTargets).toHaveLength(1);
  expect(await targets({ state: "nope" })).toEqual({ activeTargets: [], droppedTargets: [] });
  const exemplars = z.array(
    z.looseObject({
      exemplars: z.array(
        z.looseObject({
          timestamp: z
            .number()
            .max(END)
            .min(END - 600),
        }),
      ),
    }),
  );
  const query = 'http_request_duration_seconds_bucket{service="payments"}';
  expect(exemplars.parse(await api("query_exemplars", { query })).length).toBeGreaterThan(0);
  expect(await api("query_exemplars", { query, end: "1" })).toEqual([]);
  expect(await api("query_exemplars", { query: "up" })).toEqual([]);
});

test("metadata, buildinfo and head statistics are there", async () => {
  const { api } = await standIn();
  expect(await api("metadata", { metric: "queue_depth" })).toEqual({
    queue_depth: [{ type: "gauge", help: "Jobs waiting.", unit: "" }],
  });
  expect(Object.keys(z.looseObject({}).parse(await api("metadata", { limit: "2" })))).toHaveLength(2);
  expect(await api("status/buildinfo")).toMatchObject({ version: expect.stringMatching(/^2\.42/) });
  expect(await api("status/tsdb")).toMatchObject({ headStats: { numSeries: expect.any(Number) } });
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };

test("forms are read where Prometheus reads them, and nothing else is", async () => {
  const { request } = await standIn();
  const post = async (path: string, headers: Record<string, string>, body: string) => {
    const reply = await request(`/api/v1/${path}`, { method: "POST", headers, body });
    return { status: reply.status, text: await reply.text() };
  };
  expect(await post("query", FORM, "query=1&time=5")).toMatchObject({
    status: 200,
    text: expect.stringContaining('[5,"1"]'),
  });
  expect(await post("query?query=2", FORM, "query=1&time=5")).toMatchObject({
    text: expect.stringContaining('[5,"1"]'),
  });
  const noExpression = { status: 400, text: expect.stringContaining("no expression found in input") };
  expect(await post("query", { "content-type": "application/json" }, '{"query":"1"}')).toMatchObject(noExpression);
  expect(await post("query", FORM, "query=1%zz")).toMatchObject(noExpression);
  expect(await post("query", FORM, `query=1&x=${"y".repeat(11 * 1024 * 1024)}`)).toMatchObject(noExpression);
  const badEscape = {
    status: 400,
    text: expect.stringContaining('error parsing form values: invalid URL escape \\"%zz\\"'),
  };
  expect(await post("series", FORM, "match[]=1%zz")).toMatchObject(badEscape);
});

test.each([
  ["POST", "targets", "GET, OPTIONS"],
  ["POST", "label/job/values", "GET, OPTIONS"],
  ["POST", "metadata", "GET, OPTIONS"],
  ["PUT", "query", "GET, OPTIONS, POST"],
  ["HEAD", "query?query=1", "GET, OPTIONS, POST"],
])("%s %s is a plain 405", async (method, path, allow) => {
  const { request } = await standIn();
  const reply = await request(`/api/v1/${path}`, { method });
  expect(reply.status).toBe(405);
  expect(reply.headers.get("allow")).toBe(allow);
  expect(reply.headers.get("content-type")).toBe("text/plain; charset=utf-8");
});

test.each(["/api/v1/parse_query", "/api/v1/", "/api/v2/query", "/query?query=1", "/"])(
  "%s is a plain 404",
  async (path) => {
    const { request } = await standIn();
    const reply = await request(path);
    expect(reply.status).toBe(404);
    expect(await reply.text()).toBe("404 page not found\n");
  },
);

test("the probes say what Prometheus says", async () => {
  const { request } = await standIn();
  expect(await (await request("/-/healthy")).text()).toBe("Prometheus Server is Healthy.\n");
  expect(await (await request("/-/ready")).text()).toBe("Prometheus Server is Ready.\n");
});
