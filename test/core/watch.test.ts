import { Registry as MetricsRegistry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { Trail } from "../../src/core/trail.ts";
import { createUpstream, UpstreamError, type Upstream, type UpstreamOptions } from "../../src/core/upstream.ts";
import { createWatches, type Watch } from "../../src/core/watch.ts";
import {
  data,
  drip,
  hang,
  page,
  redirect,
  startPrometheusMock,
  type PrometheusMock,
} from "../support/prometheus-mock.ts";
import { keepSpans, type SpanKeeper } from "../support/spans.ts";
import { until } from "../support/wire.ts";

let mock: PrometheusMock;
let metrics: MetricsRegistry;
let spans: SpanKeeper;
let trail: Trail;
let watch: Watch;
let opened: Upstream[];

beforeEach(async () => {
  mock = await startPrometheusMock({ prefix: "/prom" });
  metrics = new MetricsRegistry();
  spans = keepSpans();
  trail = spans.trail();
  watch = createWatches(metrics, trail)("mock");
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((upstream) => upstream.close()));
  await mock.close();
});

function open(options: Partial<UpstreamOptions> = {}): Upstream {
  const headers = () => [["Authorization", new Secret("Bearer s3cret")]] as const;
  const upstream = createUpstream({
    baseUrl: mock.url,
    headers,
    maxResponseBytes: 1_000,
    timeoutMs: 20_000,
    watch,
    ...options,
  });
  opened.push(upstream);
  return upstream;
}

type Asked = Partial<Parameters<Upstream["send"]>[0]>;
const get = (upstream: Upstream, path: string, more: Asked = {}) =>
  upstream.send({ method: "GET", path, signal: new AbortController().signal, ...more });

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof UpstreamError) return error.reason;
  throw new Error(`it was no UpstreamError: ${String(error)}`);
}

/** How many requests ended how. */
async function outcomes(): Promise<Record<string, number>> {
  const [counted] = await metrics
    .getMetricsAsJSON()
    .then((all) => all.filter(({ name }) => /requests_total/.test(name)));
  return Object.fromEntries(counted?.values.map(({ labels, value }) => [String(labels["outcome"]), value]) ?? []);
}

const numberOf = async (name: string): Promise<number> =>
  Number(new RegExp(`^${name}\\{[^}]*upstream="mock"[^}]*\\} (\\S+)$`, "m").exec(await metrics.metrics())?.[1] ?? 0);
const waiting = () => numberOf("ops_hub_upstream_requests_waiting");
const timed = () => numberOf("ops_hub_upstream_request_duration_seconds_count");

describe("a reply", () => {
  it.each([
    [200, "2xx", undefined],
    [204, "2xx", undefined],
    [304, "3xx", undefined],
    [404, "4xx", "404"],
    [503, "5xx", "503"],
  ])("of %i counts as %s", async (status, outcome, failure) => {
    mock.on("x", { status });
    expect((await get(open(), "x")).status).toBe(status);
    expect(await outcomes()).toEqual({ [outcome]: 1 });
    expect(await timed()).toBe(1);
    const { attributes, hasFailed } = spans.one("GET");
    expect(attributes["http.response.status_code"]).toBe(status);
    expect([attributes["error.type"], hasFailed]).toEqual([failure, failure !== undefined]);
  });

  it("has a span of a client that tells the address without its credentials and its query", async () => {
    const upstream = open({ baseUrl: mock.url.replace("//", "//user:pass@") });
    mock.on("api/v1/things", data(null));
    await get(upstream, "api/v1/things", { query: [["token", "s3cret"]] });
    const { port, origin } = new URL(mock.url);
    expect(mock.requests[0]?.query.get("token")).toBe("s3cret");
    expect(spans.one("GET")).toMatchObject({ kind: "client", parentId: undefined, links: [] });
    expect(spans.one("GET").attributes).toEqual({
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "ops_hub.upstream": "mock",
      "server.address": "127.0.0.1",
      "server.port": Number(port),
      "url.full": `${origin}/prom/api/v1/things`,
    });
  });

  it("after redirects is one request", async () => {
    mock.on("old", redirect(307, "/prom/older"));
    mock.on("older", redirect(308, "/prom/new"));
    mock.on("new", page(200, "here"));
    await get(open(), "old");
    expect(mock.requests).toHaveLength(3);
    expect(await outcomes()).toEqual({ "2xx": 1 });
    expect([spans.all().length, await timed()]).toEqual([1, 1]);
    const sent = mock.requests.map(({ headers }) => headers["traceparent"]);
    expect(new Set(sent).size).toBe(1);
  });

  it("lasts from its turn to its last byte", async () => {
    const gate = Promise.withResolvers<void>();
    mock.on("gated", async () => (await gate.promise, data("done")));
    const work = get(open(), "gated");
    await until(() => mock.requests.length === 1, "the request");
    expect(await timed()).toBe(0);
    gate.resolve();
    await work;
    const sum = await numberOf("ops_hub_upstream_request_duration_seconds_sum");
    expect(sum).toBeGreaterThan(0);
    const [seconds, nanos] = spans.raw(spans.one("GET")).duration;
    expect(Math.abs(seconds + nanos / 1e9 - sum)).toBeLessThan(0.05);
  });
});

describe("a request without a reply", () => {
  it("counts by its reason, and so does its span", async () => {
    const gone = await startPrometheusMock();
    await gone.close();
    mock.on("hang", hang());
    mock.on("drip", drip());
    mock.on("large", page(200, "x".repeat(2_000)));
    mock.on("garbled", { headers: { "content-encoding": "gzip" }, body: "no gzip" });
    mock.on("cut", { reset: true });
    mock.on("away", redirect(302, "http://elsewhere.invalid/"));
    const own = () => AbortSignal.timeout(30);
    const reasons: (readonly [string, Promise<unknown>])[] = [
      ["timeout", get(open(), "hang", { timeoutMs: 30 })],
      ["timeout", get(open(), "drip", { timeoutMs: 30 })],
      ["timeout", get(open(), "hang", { signal: own() })],
      ["too-large", get(open(), "large")],
      ["garbled", get(open(), "garbled")],
      ["reset", get(open(), "cut")],
      ["redirect", get(open(), "away")],
      ["refused", get(open({ baseUrl: gone.url }), "x")],
    ];
    const settled = await Promise.all(reasons.map(([, work]) => reasonOf(work)));
    expect(settled).toEqual(reasons.map(([reason]) => reason));
    const expected = { timeout: 3, "too-large": 1, garbled: 1, reset: 1, redirect: 1, refused: 1 };
    expect(await outcomes()).toEqual(expected);
    const failures = spans.all().map(({ attributes, hasFailed }) => [hasFailed, attributes["error.type"]].join(" "));
    expect(failures.toSorted()).toEqual(reasons.map(([reason]) => `true ${reason}`).toSorted());
    expect(spans.all().flatMap(({ attributes }) => Object.keys(attributes))).not.toContain("http.response.status_code");
    expect([await timed(), await waiting()]).toEqual([8, 0]);
  });

  it("counts as aborted when the caller hangs up", async () => {
    mock.on("hang", hang());
    const caller = new AbortController();
    const work = reasonOf(get(open(), "hang", { signal: caller.signal }));
    await until(() => mock.requests.length === 1, "the request");
    caller.abort();
    expect(await work).toBe("aborted");
    expect(await outcomes()).toEqual({ aborted: 1 });
    expect(spans.one("GET").attributes["error.type"]).toBe("aborted");
  });

  it("counts as failed for what no network does, and its span tells the error's name alone", async () => {
    const about = { method: "GET", url: new URL(mock.url) };
    await expect(watch.request(about, () => Promise.reject(new RangeError("s3cret")))).rejects.toThrow(RangeError);
    expect(await outcomes()).toEqual({ failed: 1 });
    expect(spans.one("GET").attributes["error.type"]).toBe("RangeError");
  });
});

describe("a request that waits for its turn", () => {
  it("is seen to wait, and counts by its reason when it never gets one: without a span or a duration", async () => {
    const gate = Promise.withResolvers<void>();
    mock.on("gated", async () => (await gate.promise, data("done")));
    const upstream = open({ concurrency: 1, queue: 2 });
    const first = get(upstream, "gated");
    await until(() => mock.requests.length === 1, "the first");
    expect(await waiting()).toBe(0);
    const caller = new AbortController();
    const second = reasonOf(get(upstream, "gated", { signal: caller.signal }));
    const third = reasonOf(get(upstream, "gated", { timeoutMs: 40 }));
    expect(await waiting()).toBe(2);
    expect(await reasonOf(get(upstream, "gated"))).toBe("busy");
    expect(await waiting()).toBe(2);
    caller.abort();
    expect([await second, await third]).toEqual(["aborted", "timeout"]);
    expect(await waiting()).toBe(0);
    expect(await reasonOf(get(upstream, "gated", { signal: AbortSignal.abort() }))).toBe("aborted");
    expect([await timed(), spans.all().length]).toEqual([0, 0]);
    gate.resolve();
    await first;
    expect(await outcomes()).toEqual({ aborted: 2, busy: 1, timeout: 1, "2xx": 1 });
    expect([await timed(), spans.all().length, await waiting()]).toEqual([1, 1, 0]);
  });

  it("counts nothing when it could never be sent", async () => {
    await expect(get(open(), "../x")).rejects.toThrow("dot segments");
    expect([await outcomes(), await waiting(), spans.all().length]).toEqual([{}, 0, 0]);
  });
});

describe("the trace of a request", () => {
  it("goes on at the upstream, below the span of the work", async () => {
    await trail.span({ name: "work", kind: "internal" }, () => get(open(), "api/v1/labels"));
    const request = spans.one("GET");
    expect(request.parentId).toBe(spans.one("work").spanId);
    expect(mock.requests[0]?.headers["traceparent"]).toBe(`00-${request.traceId}-${request.spanId}-01`);
    expect(mock.requests[0]?.headers).not.toHaveProperty("tracestate");
  });

  it("is none where nothing is traced", async () => {
    const untraced = createWatches(new MetricsRegistry(), new Trail())("mock");
    await get(open({ watch: untraced }), "api/v1/labels");
    await get(open({ watch: undefined }), "api/v1/labels");
    expect(mock.requests).toHaveLength(2);
    for (const { headers } of mock.requests) expect(headers).not.toHaveProperty("traceparent");
  });

  it("is not kept and still told, when its owner does not keep it", async () => {
    const off = keepSpans({ sampler: "always_off", share: 1 });
    await get(open({ watch: createWatches(new MetricsRegistry(), off.trail())("mock") }), "api/v1/labels");
    expect(mock.requests[0]?.headers["traceparent"]).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    expect(off.all()).toEqual([]);
  });
});

describe("an exchange of another protocol", () => {
  const start = { name: "tools/call echo", attributes: { "mcp.method.name": "tools/call" } };

  it("counts what its judge says, and gives the trace to its work", async () => {
    const carrier = await watch.exchange(
      start,
      () => "ok",
      async (given) => given,
    );
    const span = spans.one("tools/call echo");
    expect(carrier).toEqual({ traceparent: `00-${span.traceId}-${span.spanId}-01` });
    expect(span.kind).toBe("client");
    expect(span.attributes).toEqual({ "mcp.method.name": "tools/call", "ops_hub.upstream": "mock" });
    expect(await outcomes()).toEqual({ ok: 1 });
  });

  it("fails by what its judge says or by the reason", async () => {
    await watch.exchange(
      start,
      (_, span) => {
        span.fail("tool_error");
        return "tool_error";
      },
      async () => "no",
    );
    const lost = watch.exchange(
      start,
      () => "ok",
      () => Promise.reject(new UpstreamError("reset", "lost")),
    );
    expect(await reasonOf(lost)).toBe("reset");
    expect(await outcomes()).toEqual({ tool_error: 1, reset: 1 });
    expect(spans.all().map(({ attributes }) => attributes["error.type"])).toEqual(["tool_error", "reset"]);
  });
});
