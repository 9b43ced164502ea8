// The ground itself: everything that later tests rely on is asserted here, straight at Prometheus and without the hub.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { makeCertificates } from "./support/certificate.ts";
import { ODD_HELP, ODD_LABELS, ODD_VALUES } from "./support/exporters.ts";
import { askNumber, askPrometheus, askSeries, startPrometheus } from "./support/prometheus.ts";
import { startPython } from "./support/python.ts";
import { GAP, INCIDENT } from "./support/shop.ts";

const ground = inject("ground");
const ask = (path: string, parameters?: Record<string, string>) => askPrometheus(ground.url, path, parameters);
const number = (query: string) => askNumber(ground.url, query);
const rule = (fields: object) => expect.objectContaining(fields);
const targets = z.object({
  activeTargets: z.array(
    z.object({
      labels: z.object({ job: z.string(), instance: z.string() }),
      health: z.string(),
      lastError: z.string(),
    }),
  ),
  droppedTargets: z.array(z.unknown()),
});

/** One series as [seconds since the start, value], a point a minute. */
async function curve(query: string, from: number, to: number): Promise<[number, number][]> {
  const start = String(ground.startedAt + from);
  const end = String(ground.startedAt + to);
  const result = await askSeries(ground.url, "query_range", { query, start, end, step: "60" });
  expect(result).toHaveLength(1);
  return result[0]!.values.map(([time, value]) => [time - ground.startedAt, Number(value)]);
}

test("one alert fires, one is pending, one is inactive, and one rule is broken", async () => {
  const firing = expect.objectContaining({
    state: "firing",
    labels: { alertname: "TargetDown", severity: "page", team: "db-core", job: "dead", instance: "dead-1" },
    annotations: expect.objectContaining({ summary: "dead-1 is down" }),
  });
  expect(await ask("rules")).toEqual({
    groups: [
      rule({
        name: "alerts",
        rules: [
          rule({ name: "TargetDown", state: "firing", health: "ok", alerts: [firing] }),
          rule({ name: "SlowBurn", state: "pending", health: "ok" }),
          rule({ name: "NeverTrue", state: "inactive", health: "ok", alerts: [] }),
        ],
      }),
      rule({ name: "broken", rules: [rule({ health: "err", lastError: expect.stringContaining("many-to-many") })] }),
      rule({ name: "shop-recording", rules: [rule({ name: "job:shop_requests:rate1m", health: "ok" })] }),
    ],
  });
  expect(await number("job:shop_requests:rate1m")).toBeGreaterThan(1);
});

test("four targets are up, the dead one is down with its reason, and the retired one is dropped", async () => {
  const { activeTargets, droppedTargets } = targets.parse(await ask("targets"));
  const lines = activeTargets.map(({ labels, health, lastError }) => `${labels.instance} ${health} ${lastError}`);
  // Prometheus does not order the targets of one job.
  expect(lines.sort()).toEqual([
    expect.stringMatching(/^dead-1 down .*connection refused$/),
    "odd-1 up ",
    "shop-1 up ",
    "shop-2 up ",
    "wide-1 up ",
  ]);
  expect(droppedTargets).toMatchObject([{ discoveredLabels: { job: "retired", instance: "retired-1" } }]);
});

test("the wide metric has 200,000 series with six labels beside job and instance", async () => {
  expect(ground.wideSeries).toBe(200_000);
  expect(await number("count(wide_sessions)")).toBe(200_000);
  const labels = "__name__ cluster instance job namespace node pod region zone".split(" ");
  expect(await ask("labels", { "match[]": "wide_sessions" })).toEqual(labels);
  expect(await ask("label/region/values")).toHaveLength(4);
});

test("histogram buckets carry exemplars with a trace id", async () => {
  const now = Date.now() / 1000;
  const query = 'shop_latency_seconds_bucket{instance="shop-1",le="0.5"}';
  const found = await ask("query_exemplars", { query, start: String(now - 60), end: String(now) });
  expect(found).toMatchObject([
    {
      seriesLabels: { instance: "shop-1", le: "0.5" },
      exemplars: expect.arrayContaining([
        expect.objectContaining({
          labels: { trace_id: expect.stringMatching(/^shop-1-0\.5-\d+$/) },
          value: "0.45",
        }),
      ]),
    },
  ]);
});

test("emoji, newlines, quotes and a 5 KB value come back byte for byte", async () => {
  expect(Buffer.byteLength(ODD_LABELS["long"]!)).toBeGreaterThan(5_000);
  const series = await askSeries(ground.url, "query", { query: "odd_label" });
  const values = series.map(({ metric }) => [metric["case"], metric["value"]]);
  expect(Object.fromEntries(values)).toEqual(ODD_LABELS);
});

test("NaN, the infinities and extreme floats are there, and a HELP text tries to give orders", async () => {
  const series = await askSeries(ground.url, "query", { query: "odd_value" });
  expect(Object.fromEntries(series.map(({ metric, value }) => [metric["kind"], value?.[1]]))).toEqual(ODD_VALUES);
  expect(await ask("metadata", { metric: "odd_help" })).toEqual({
    odd_help: [{ type: "gauge", help: ODD_HELP, unit: "" }],
  });
});

test("six hours of history run into the live samples, with an incident and a gap of one instance", async () => {
  const whole = await curve('up{job="shop",instance="shop-1"}', -ground.historySeconds + 60, 0);
  expect(whole).toHaveLength(ground.historySeconds / 60);

  const gapped = await curve('count(up{job="shop",instance="shop-2"})', GAP.from - 600, GAP.to + 600);
  const inGap = gapped.filter(([offset]) => offset > GAP.from + 300 && offset < GAP.to);
  expect(inGap).toEqual([]);
  expect(gapped.length).toBeGreaterThan(10);

  const errors = 'sum(rate(shop_requests_total{code="500"}[5m]))';
  const calm = await curve(errors, INCIDENT.to + 600, -60);
  const incident = await curve(errors, INCIDENT.from + 400, INCIDENT.to);
  expect(Math.min(...incident.map(([, rate]) => rate))).toBeGreaterThan(10 * Math.max(...calm.map(([, rate]) => rate)));

  // A step between history and live scrapes would show as a counter reset or a burst here.
  expect(await number('max(resets(shop_requests_total{instance="shop-1"}[1h]))')).toBe(0);
  expect(await number('sum(rate(shop_requests_total{instance="shop-1"}[2m]))')).toBeLessThan(30);
});

test("a Prometheus of one's own can sit under a path, behind TLS and a password", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-tls-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { ca, server } = await makeCertificates(directory);
  const prometheus = await startPrometheus({
    path: "/prom",
    args: ["--query.max-samples=10"],
    webConfig: {
      tls_server_config: { cert_file: server.cert, key_file: server.key },
      // bcrypt of "open-sesame"
      basic_auth_users: { ops: "$2b$04$abcdefghijklmnopqrstuuXcjcm5avyCiJoD2uS24xa2lb6fjMB3G" },
    },
  });
  onTestFinished(() => prometheus.close());
  expect(prometheus.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/prom$/);

  const trusted = await readFile(ca);
  const status = (auth?: string) =>
    new Promise((resolve, reject) => {
      const options = { ca: trusted, agent: false, ...(auth === undefined ? {} : { auth }) };
      https
        .get(`${prometheus.url}/-/ready`, options, (reply) => resolve(reply.resume().statusCode))
        .on("error", reject);
    });
  expect(await status("ops:open-sesame")).toBe(200);
  expect(await status("ops:wrong")).toBe(401);
  expect(await status()).toBe(401);
});

test("a Prometheus that cannot start says why", async () => {
  await expect(startPrometheus({ args: ["--no-such-flag"] })).rejects.toThrow(/no-such-flag/);
});

test("a Python script with the MCP clients answers JSON lines, and its failures and silence are told", async () => {
  const code = `
import json, sys, time
import fastmcp, mcp
for line in sys.stdin:
    message = json.loads(line)
    if message == "crash": raise RuntimeError("on purpose")
    if message == "sleep": time.sleep(60)
    print(json.dumps({"echo": message, "fastmcp": fastmcp.__version__}))
`;
  const python = await startPython(["-c", code]);
  onTestFinished(() => python.close());
  expect(await python.ask({ text: "é\n🚒" })).toEqual({
    echo: { text: "é\n🚒" },
    fastmcp: expect.stringMatching(/^4\./),
  });
  await expect(python.ask("crash")).rejects.toThrow(/on purpose/);

  const sleeper = await startPython(["-c", code]);
  onTestFinished(() => sleeper.close());
  await expect(sleeper.ask("sleep", 300)).rejects.toThrow(/no answer in 300 ms/);
});
