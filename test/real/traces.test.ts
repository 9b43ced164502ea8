// The real process and a collector on loopback: what it is sent, as OpenTelemetry's own package reads it.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { startCollector, type Collector } from "../support/collector.ts";
import { outside } from "../support/spans.ts";
import { call, initialize, LEGACY, meta, MODERN, send } from "../support/wire.ts";
import { startChild } from "./support/child.ts";
import { startOtlpReader, type OtlpReader, type Scoped } from "./support/otlp.ts";
import { startTracedProcess } from "./support/traced-process.ts";
import { until as eventually } from "./support/wait.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const CANARY = "Canary-Collector-51d07e";
const [CLIENT, TRANSPORT] = [outside(3), outside(4)];

let collector: Collector;
let otlp: OtlpReader;
beforeAll(async () => void (otlp = await startOtlpReader()));
afterAll(() => otlp.close());
beforeEach(async () => {
  collector = await startCollector();
  return () => collector.close();
});

const query = (url: string, promql: string, trace: Record<string, string> = {}) => {
  const params = { name: "query_instant", arguments: { promql }, _meta: { ...meta(), ...trace } };
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": "query_instant",
    traceparent: TRANSPORT.traceparent,
  };
  return send(`${url}/mcp`, { headers, body: { jsonrpc: "2.0", id: promql, method: "tools/call", params } });
};

/** Every span that was sent, each group of one resource and one scope. */
async function sent(): Promise<{ groups: Scoped[]; spans: Scoped["spans"] }> {
  const groups = (await Promise.all(collector.batches.map(({ body }) => otlp.read(body)))).flat();
  return { groups, spans: groups.flatMap(({ spans }) => spans) };
}

const endpoint = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });

describe("the process that is told of a collector", () => {
  test("sends what it did before it ends, in traces that belong to their callers", async () => {
    const hub = await startTracedProcess({
      ...endpoint(),
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${CANARY}`,
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    });
    const before = Date.now();
    await query(hub.url, "up", { traceparent: CLIENT.traceparent, tracestate: "vendor=x" });
    await query(hub.url, "bad");
    expect((await hub.end()).how).toBe("ended with code 0");
    const { version } = z
      .looseObject({ version: z.string() })
      .parse(JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")));
    const { groups, spans } = await sent();
    for (const { headers } of collector.batches) expect(headers.authorization).toBe(`Bearer ${CANARY}`);
    for (const { resource, scope } of groups) {
      expect(resource).toEqual({
        "deployment.environment.name": "test",
        "service.instance.id": expect.stringMatching(/^[\da-f]{8}-[\da-f-]{27}$/),
        "service.name": "ops-hub",
        "service.version": version,
        "telemetry.sdk.language": "nodejs",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": expect.stringMatching(/^\d+\.\d+\.\d+$/),
      });
      expect(scope).toEqual({ name: "ops-hub", version });
    }
    const of = (name: string, trace: string) => {
      const found = spans.filter((span) => span.name === name && span.trace === trace);
      expect(found, `${name} of ${trace}`).toHaveLength(1);
      return found[0];
    };
    const [good, bad] = [CLIENT, TRANSPORT].map(({ traceId }) => of("tools/call query_instant", traceId));
    expect(good).toMatchObject({
      kind: "SPAN_KIND_SERVER",
      parent: CLIENT.spanId,
      state: "vendor=x",
      status: "STATUS_CODE_UNSET",
      links: [{ trace: TRANSPORT.traceId, id: TRANSPORT.spanId }],
      attributes: { "mcp.method.name": "tools/call", "jsonrpc.request.id": "up", "ops_hub.outcome": "success" },
    });
    expect(good?.began).toBeGreaterThanOrEqual(before - 1);
    expect(bad).toMatchObject({
      kind: "SPAN_KIND_SERVER",
      parent: TRANSPORT.spanId,
      status: "STATUS_CODE_ERROR",
      words: "",
      links: [],
      attributes: { "error.type": "tool_error", "jsonrpc.request.id": "bad", "ops_hub.outcome": "invalid" },
    });
    const { port } = new URL(hub.prometheus.url);
    expect(of("POST", CLIENT.traceId)).toMatchObject({
      kind: "SPAN_KIND_CLIENT",
      parent: good?.id,
      status: "STATUS_CODE_UNSET",
      attributes: {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": Number(port),
        "url.full": `${hub.prometheus.url}/api/v1/query`,
      },
    });
    expect(of("POST", TRANSPORT.traceId)).toMatchObject({
      parent: bad?.id,
      status: "STATUS_CODE_ERROR",
      attributes: { "error.type": "422", "http.response.status_code": 422 },
    });
    expect(spans.map(({ events, dropped }) => events + dropped)).toEqual(spans.map(() => 0));
    const upstream = hub.prometheus.requests.filter(({ path }) => path === "/api/v1/query");
    const told = upstream.map(({ headers }) => String(headers["traceparent"]).split("-").slice(1, 3).join(" "));
    const requests = spans.filter(({ name }) => name === "POST").map(({ trace, id }) => `${trace} ${id}`);
    expect(told.toSorted()).toEqual(requests.toSorted());
    const line = hub.lines.find(({ trace_id: trace }) => trace === CLIENT.traceId);
    expect(line).toMatchObject({ span_id: good?.id, callId: good?.attributes["ops_hub.call.id"], msg: "tool call" });
  });

  test("does not wait for the end: a batch goes out every few seconds", async () => {
    const hub = await startTracedProcess(endpoint());
    await query(hub.url, "up", { traceparent: CLIENT.traceparent });
    await eventually("a batch", 20_000, async () => collector.batches[0]);
    const { spans } = await sent();
    expect(spans.map(({ trace }) => trace)).toContain(CLIENT.traceId);
    expect((await hub.end()).how).toBe("ended with code 0");
  });

  test("says once that its traces are refused, and never what was said there", async () => {
    collector.answer = ({ headers: { authorization = "" } }, response) =>
      void response.writeHead(401, authorization, { "www-authenticate": authorization }).end(authorization);
    const hub = await startTracedProcess({
      ...endpoint(),
      LOG_LEVEL: "trace",
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${CANARY}`,
    });
    await query(hub.url, "up");
    expect((await hub.end()).how).toBe("ended with code 0");
    expect(collector.batches[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
    const warnings = hub.lines.filter(({ msg }) => msg === "traces could not be sent");
    expect(warnings.map(({ problem }) => problem)).toEqual(["the collector answered 401"]);
    expect(JSON.stringify(hub.lines)).not.toContain(CANARY);
  });

  test("ends in a few seconds when the collector never answers", async () => {
    collector.answer = () => undefined;
    const hub = await startTracedProcess({ ...endpoint(), OTEL_EXPORTER_OTLP_TIMEOUT: "60000" });
    await query(hub.url, "up");
    const { how, tookMs } = await hub.end();
    expect(how).toBe("ended with code 0");
    expect(collector.batches).toHaveLength(1);
    expect(tookMs).toBeLessThan(15_000);
  });

  test("keeps nothing of a trace that its caller does not keep", async () => {
    const hub = await startTracedProcess(endpoint());
    const { traceparent, traceId } = outside(6, "00");
    const reply = await query(hub.url, "up", { traceparent });
    expect(reply.json.result?.["structuredContent"]).toMatchObject({ status: "success" });
    await hub.end();
    expect((await sent()).spans.filter(({ trace }) => trace === traceId)).toEqual([]);
  });
});

describe("a process that does not listen", () => {
  const start = (args: string[], env: Record<string, string> = {}) =>
    startChild(process.execPath, [MAIN, ...args], {
      PATH: process.env["PATH"] ?? "",
      GRAFANA_DATASOURCES_PATH: "/nowhere",
      ...endpoint(),
      ...env,
    });

  test.each([false, true])("sends its traces when its client has gone (and waits for no answer: %j)", async (hangs) => {
    if (hangs) collector.answer = () => undefined;
    const child = await start(["--stdio"], { OTEL_EXPORTER_OTLP_TIMEOUT: "60000" });
    const answers: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => answers.push(line));
    const say = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
    say(initialize());
    await eventually("the greeting", 20_000, async () => answers[0]);
    const { params, ...message } = call("list_datasources", {});
    say({ ...message, params: { ...params, _meta: { traceparent: CLIENT.traceparent } } });
    await eventually("the answer", 20_000, async () => answers[1]);
    const began = performance.now();
    child.stdin.end();
    expect(await child.exited).toMatch(/ended with code 0$/);
    expect(performance.now() - began).toBeLessThan(15_000);
    const { spans } = await sent();
    expect(spans.map(({ name, trace, parent }) => [name, trace, parent])).toEqual([
      ["tools/call list_datasources", CLIENT.traceId, CLIENT.spanId],
    ]);
    expect(spans[0]?.attributes).toMatchObject({ "network.transport": "pipe", "mcp.protocol.version": LEGACY });
  });

  test("sends nothing when it only checks its settings, and checks those of traces, too", async () => {
    expect(await (await start(["--check-config"])).exited).toMatch(/ended with code 0$/);
    expect(collector.batches).toEqual([]);
    const bad = await start(["--check-config"], { OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere" });
    expect(await bad.exited).toMatch(/ended with code 2$/);
  });
});

describe("the process refuses to start", () => {
  test.each([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf"],
    [{ OTEL_EXPORTER_OTLP_HEADERS: CANARY }, "OTEL_EXPORTER_OTLP_HEADERS must be a comma list"],
    [{ OTEL_TRACES_SAMPLER_ARG: "2" }, "OTEL_TRACES_SAMPLER_ARG must be at most 1"],
  ])("with %j, and says what to do", async (env, words) => {
    const child = await startChild(process.execPath, [MAIN], {
      PATH: process.env["PATH"] ?? "",
      PORT: "0",
      HEALTH_METRICS_PORT: "0",
      ...endpoint(),
      ...env,
    });
    expect(await child.exited).toMatch(/ended with code 2$/);
    expect(child.lastWords()).toContain(words);
    expect(child.lastWords()).not.toContain(CANARY);
  });
});
