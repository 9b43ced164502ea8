import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { createUpstream, UpstreamError, type Upstream, type UpstreamOptions } from "../../src/core/upstream.ts";
import {
  data,
  drip,
  hang,
  page,
  redirect,
  startPrometheusMock,
  type PrometheusMock,
} from "../support/prometheus-mock.ts";
import { until } from "../support/wire.ts";

const MIB = 1024 * 1024;
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const never = (): AbortSignal => new AbortController().signal;

let mock: PrometheusMock;
let opened: Upstream[];

beforeEach(async () => {
  mock = await startPrometheusMock({ prefix: "/prom" });
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((upstream) => upstream.close()));
  await mock.close();
});

function open(options: Partial<UpstreamOptions> = {}): Upstream {
  const upstream = createUpstream({
    baseUrl: mock.url,
    headers: () => [
      ["Authorization", new Secret("Bearer s3cret")],
      ["X-Scope-OrgID", new Secret("tenant")],
    ],
    maxResponseBytes: MIB,
    timeoutMs: 20_000,
    ...options,
  });
  opened.push(upstream);
  return upstream;
}

const get = (upstream: Upstream, path: string, more: Partial<Parameters<Upstream["send"]>[0]> = {}) =>
  upstream.send({ method: "GET", path, signal: never(), ...more });

async function failure(work: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await work.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof UpstreamError) return error;
  throw error;
}

describe("what is sent", () => {
  it("joins the path onto the prefix, whatever slashes there are", async () => {
    for (const baseUrl of [mock.url, `${mock.url}/`, `${mock.url}//`]) {
      for (const path of ["api/v1/labels", "/api/v1/labels"]) {
        const reply = await get(open({ baseUrl }), path);
        expect(reply.status, `${baseUrl} ${path}`).toBe(200);
      }
    }
    expect(new Set(mock.requests.map(({ path }) => path))).toEqual(new Set(["/api/v1/labels"]));
  });

  it("sends a form, a query and every header", async () => {
    await open().send({
      method: "POST",
      path: "api/v1/series",
      query: [["dedup", "true"]],
      form: [
        ["match[]", 'up{a="b&c+d"}'],
        ["match[]", "métrique"],
      ],
      signal: never(),
    });
    const [request] = mock.requests;
    expect(request?.query.toString()).toBe("dedup=true");
    expect(request?.params.getAll("match[]")).toEqual(['up{a="b&c+d"}', "métrique"]);
    expect(request?.headers).toMatchObject({
      authorization: "Bearer s3cret",
      "x-scope-orgid": "tenant",
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
    });
  });

  it("sends JSON", async () => {
    mock.on("things", data(null));
    await open().send({ method: "PATCH", path: "things", json: { name: "é" }, signal: never() });
    expect(mock.requests[0]).toMatchObject({ method: "PATCH", body: '{"name":"é"}' });
    expect(mock.requests[0]?.headers["content-type"]).toBe("application/json");
  });

  it("asks for the headers anew each time, so that a rotated secret counts at once", async () => {
    let token = "one";
    const upstream = open({ headers: () => [["Authorization", new Secret(token)]] });
    await get(upstream, "api/v1/labels");
    token = "two";
    await get(upstream, "api/v1/labels");
    expect(mock.requests.map(({ headers }) => headers.authorization)).toEqual(["one", "two"]);
  });

  it("never leaves the prefix by dot segments", async () => {
    for (const path of ["api/../../x", "api/%2e%2E/x", "..", "./x"]) {
      await expect(get(open(), path)).rejects.toThrow("dot segments");
    }
    expect(mock.requests).toEqual([]);
  });
});

describe("what comes back", () => {
  it("is any status with its headers and bytes", async () => {
    mock.on("odd", { status: 418, headers: { "X-Tea": "pot" }, body: "é" });
    const reply = await get(open(), "odd");
    expect(reply).toMatchObject({ status: 418, headers: { "x-tea": "pot" } });
    expect(decode(reply.body)).toBe("é");
  });

  it("is decompressed", async () => {
    const upstream = open();
    const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, "x-gzip": gzipSync };
    for (const [encoding, encode] of Object.entries(encoders)) {
      mock.on("packed", { headers: { "content-encoding": encoding }, body: encode("a text, packed") });
      expect(decode((await get(upstream, "packed")).body), encoding).toBe("a text, packed");
    }
    mock.on("packed", { headers: { "content-encoding": "deflate, gzip" }, body: gzipSync(deflateSync("twice")) });
    expect(decode((await get(upstream, "packed")).body)).toBe("twice");
    expect(mock.requests[0]?.headers["accept-encoding"]).toBe("gzip, deflate, br");
  });

  it("is refused when its compression is broken or unknown", async () => {
    const upstream = open();
    mock.on("broken", { headers: { "content-encoding": "gzip" }, body: "no gzip at all" });
    expect(await failure(get(upstream, "broken"))).toMatchObject({ reason: "garbled" });
    mock.on("broken", { headers: { "content-encoding": "br" }, body: "no brotli at all" });
    expect(await failure(get(upstream, "broken"))).toMatchObject({ reason: "garbled" });
    for (const encoding of ["zzz", "constructor", "gzip, gzip, gzip"]) {
      mock.on("broken", { headers: { "content-encoding": encoding }, body: "?" });
      expect(await failure(get(upstream, "broken")), encoding).toMatchObject({ reason: "garbled" });
    }
  });

  it("is cut at the limit while it is read, counted after decompression", async () => {
    const upstream = open();
    mock.on("exact", { body: "x".repeat(MIB) });
    expect((await get(upstream, "exact")).body.length).toBe(MIB);
    mock.on("bomb", { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(64 * MIB)) });
    expect(await failure(get(upstream, "bomb"))).toMatchObject({ reason: "too-large", message: "more than 1 MiB" });
    expect(await failure(get(upstream, "exact", { maxBytes: 1000 }))).toMatchObject({
      message: "more than 1000 bytes",
    });
    mock.on("endless", { body: endless() });
    expect(await failure(get(upstream, "endless"))).toMatchObject({ reason: "too-large" });
    await until(() => mock.requests.at(-1)?.aborted === true, "the end of the endless reply");
  });
});

async function* endless(): AsyncGenerator<Uint8Array> {
  const block = Buffer.alloc(64 * 1024);
  for (;;) yield block;
}

describe("redirects", () => {
  it("are followed on the same origin when the method stays", async () => {
    const upstream = open();
    for (const [method, status] of [
      ["GET", 301],
      ["GET", 302],
      ["GET", 307],
      ["GET", 308],
      ["POST", 307],
      ["POST", 308],
    ] as const) {
      mock.on("old", redirect(status, "/prom/new?kept=1"));
      mock.on("new", page(200, "here"));
      const form = method === "POST" ? { form: [["query", "up"]] as const } : {};
      const reply = await upstream.send({ method, path: "old", ...form, signal: never() });
      expect(decode(reply.body), `${method} ${status}`).toBe("here");
      const last = mock.requests.at(-1);
      expect([last?.method, last?.params.get("query"), last?.query.get("kept")]).toEqual([
        method,
        method === "POST" ? "up" : null,
        "1",
      ]);
    }
  });

  it("never turn a POST into an empty GET", async () => {
    for (const status of [301, 302, 303]) {
      mock.on("old", redirect(status, "/prom/new"));
      const error = await failure(
        open().send({ method: "POST", path: "old", form: [["query", "up"]], signal: never() }),
      );
      expect(error).toMatchObject({
        reason: "redirect",
        message: `HTTP ${status} to ${new URL(mock.url).origin}/prom/new`,
      });
    }
    expect(mock.requests.map(({ method }) => method)).toEqual(["POST", "POST", "POST"]);
  });

  it("never reach another host, so that no header does", async () => {
    const other = await startPrometheusMock();
    for (const method of ["GET", "POST"] as const) {
      for (const status of [301, 302, 307, 308]) {
        mock.on("old", redirect(status, `${other.url.replace("//", "//user:pass@")}/login?token=abc#x`));
        const error = await failure(open().send({ method, path: "old", signal: never() }));
        expect(error, `${method} ${status}`).toMatchObject({
          reason: "redirect",
          message: `HTTP ${status} to ${other.url}/login`,
          facts: { status },
        });
      }
    }
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it("end after three", async () => {
    mock.on("old", redirect(302, "/prom/old"));
    expect(await failure(get(open(), "old"))).toMatchObject({ reason: "redirect", message: "more than 3 redirects" });
    expect(mock.requests).toHaveLength(4);
  });

  it("need an address that can be read; a 304 is none", async () => {
    mock.on("old", redirect(302, "http://[oops"));
    expect(await failure(get(open(), "old"))).toMatchObject({ message: "HTTP 302 to an unreadable address" });
    mock.on("old", { status: 304 });
    expect((await get(open(), "old")).status).toBe(304);
  });
});

describe("time", () => {
  it("ends a reply that never begins and one that drips, and tells the upstream", async () => {
    const upstream = open();
    for (const reply of [hang(), drip()]) {
      mock.on("slow", reply);
      const error = await failure(get(upstream, "slow", { timeoutMs: 150 }));
      expect(error).toMatchObject({ reason: "timeout", message: "no complete reply within 0.15s" });
      await until(() => mock.requests.at(-1)?.aborted === true, "the end at the upstream");
    }
  });

  it("ends at once when the caller hangs up, before the reply and within it", async () => {
    const upstream = open();
    for (const reply of [hang(), drip()]) {
      mock.on("slow", reply);
      const caller = new AbortController();
      const work = failure(get(upstream, "slow", { signal: caller.signal }));
      const seen = mock.requests.length;
      await until(() => mock.requests.length > seen, "the request");
      caller.abort();
      expect(await work).toMatchObject({ reason: "aborted" });
      await until(() => mock.requests.at(-1)?.aborted === true, "the end at the upstream");
    }
  });

  it("sends nothing for a caller who has hung up already", async () => {
    expect(await failure(get(open(), "x", { signal: AbortSignal.abort() }))).toMatchObject({ reason: "aborted" });
    expect(mock.requests).toEqual([]);
  });
});

describe("turns", () => {
  it("runs so many at once, lets so many wait and refuses the rest", async () => {
    const gate = Promise.withResolvers<void>();
    mock.on("gated", async () => (await gate.promise, data("done")));
    const upstream = open({ concurrency: 2, queue: 3 });
    const taken = Array.from({ length: 5 }, () => get(upstream, "gated"));
    expect(await failure(get(upstream, "gated"))).toMatchObject({
      reason: "busy",
      message: "2 requests are under way and 3 more wait",
    });
    await until(() => mock.requests.length === 2, "the first two");
    gate.resolve();
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await get(upstream, "gated")).status).toBe(200);
  });

  it("gives up a place in the queue with its caller or its deadline", async () => {
    const gate = Promise.withResolvers<void>();
    mock.on("gated", async () => (await gate.promise, data("done")));
    const upstream = open({ concurrency: 1, queue: 1 });
    const first = get(upstream, "gated");
    const caller = new AbortController();
    const second = failure(get(upstream, "gated", { signal: caller.signal }));
    caller.abort();
    expect(await second).toMatchObject({ reason: "aborted" });
    expect(await failure(get(upstream, "gated", { timeoutMs: 20 }))).toMatchObject({ reason: "timeout" });
    gate.resolve();
    await first;
    expect(mock.requests).toHaveLength(1);
  });
});

describe("connections", () => {
  it("are kept and used again", async () => {
    const upstream = open();
    for (let i = 0; i < 10; i++) await get(upstream, "api/v1/labels");
    expect(mock.connections()).toBeLessThanOrEqual(2); // undici may not have let go of the first when the next begins
  });

  it("that fail are named by what went wrong, without the address", async () => {
    const gone = await startPrometheusMock();
    await gone.close();
    expect(await failure(get(open({ baseUrl: gone.url.replace("//", "//user:pw@") }), "x"))).toMatchObject({
      reason: "refused",
      message: "connection refused",
    });
    expect(await failure(get(open({ baseUrl: "http://no-such-host.invalid" }), "x"))).toMatchObject({ reason: "dns" });
    mock.on("cut", { reset: true });
    expect(await failure(get(open(), "cut"))).toMatchObject({ reason: "reset" });
    mock.on("cut", { headers: { "content-length": "100" }, body: "half", cut: true });
    expect(await failure(get(open(), "cut"))).toMatchObject({ reason: "reset" });
  });

  it("end with close, and so do requests under way", async () => {
    mock.on("slow", hang());
    const upstream = open();
    const work = failure(get(upstream, "slow"));
    await until(() => mock.requests.length === 1, "the request");
    await upstream.close();
    expect(await work).toMatchObject({ reason: "reset" });
    expect(await failure(get(upstream, "slow"))).toMatchObject({ reason: "reset" });
  });
});
