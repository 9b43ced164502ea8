// Requests that no honest client sends, as bytes on the wire, and what an allowed web page may do.
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditedRefusal } from "../../src/core/audit.ts";
import { Denied } from "../../src/core/denied.ts";
import { createPorch, type PorchOptions } from "../../src/http/porch.ts";
import { startHub, type RunningHub } from "../support/hub.ts";
import { silent } from "../support/modules.ts";
import { sendRaw } from "../support/raw.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, send } from "../support/wire.ts";

const CONSOLE = "https://console.example.com";
let hub: RunningHub;
let closed: RunningHub;
beforeAll(async () => {
  hub = await startHub([trialModule().module], { ALLOWED_ORIGINS: CONSOLE });
  closed = await startHub([trialModule().module]);
});
afterAll(async () => {
  await hub.close();
  await closed.close();
});

const port = () => Number(new URL(hub.url).port);
const raw = (text: string) => sendRaw(port(), text);
const BODY = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
const TYPES = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";

/** A tools/list with these header lines, on this target. */
const post = (lines: string, target = "/mcp", host = `Host: 127.0.0.1:${port()}\r\n`) =>
  raw(
    `POST ${target} HTTP/1.1\r\n${host}${TYPES}${lines}Connection: close\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
  );

describe("the request line", () => {
  it("may hold a whole URL of ours", async () => {
    for (const name of ["127.0.0.1", "localhost", "LOCALHOST"]) {
      const authority = `${name}:${port()}`;
      const { status } = await post("", `http://${authority}/mcp`, `Host: ${authority}\r\n`);
      expect(status, name).toBe(200);
    }
  });

  it.each([
    ["another host", "http://evil.example/mcp", undefined],
    ["another host, which the header names too", "http://evil.example/mcp", "evil.example"],
    ["ours, while the header names another", "http://localhost/mcp", "evil.example"],
    ["one of ours, while the header names another of ours", "http://localhost/mcp", "127.0.0.1"],
    ["ours behind a name and password", "http://admin:pw@localhost/mcp", "localhost"],
    ["another host behind ours as a name", "http://localhost@evil.example/mcp", "localhost"],
    ["another host's probe", "http://evil.example/health", undefined],
    ["another scheme", "ftp://evil.example/mcp", undefined],
  ])("is 421 when it names %s", async (_what, target, host) => {
    const { status, text } = await post("", target, host === undefined ? undefined : `Host: ${host}\r\n`);
    expect([status, text]).toEqual([421, expect.stringContaining('"jsonrpc":"2.0"')]);
  });

  it.each(["mcp", "*", "?x", "\\mcp", "evil.example:80", "javascript:alert(1)"])("is refused as %j", async (target) => {
    expect([400, 404, 421]).toContain((await post("", target)).status);
  });

  it.each([
    "//mcp",
    "/mcp/../health",
    "/mcp/%2e%2e/health",
    "/mcp%2f..%2fhealth",
    "/mcp/..%2ftrial",
    "/mcp/%00",
    "/mcp%00",
    "/mcp;/x",
    "/mcp/trial/../../metrics",
    "/%6dcp/nothing",
    "/mcp/%zz",
    "/%",
    "/mcp/trial%2fsse",
    "//evil.example/mcp",
    "/\\evil.example/mcp",
    "/.well-known/../mcp",
    "/reports/..%2f..%2fetc%2fpasswd",
  ])("finds nothing at %j", async (target) => {
    const { status, text } = await post("", target);
    expect([400, 404, 405]).toContain(status);
    expect(text).not.toMatch(/node_modules|\.ts:|at \w+ \(|healthy|root:/);
  });

  it("is refused in plain words when its path is no path", async () => {
    const { status, text } = await post("", "/mcp/%zz");
    expect([status, text]).toEqual([400, expect.stringContaining("the path is no valid URL path")]);
  });
});

describe("headers", () => {
  it.each([
    ["Host", "Host: 127.0.0.1\r\n"],
    ["Authorization", "Authorization: Bearer a\r\nauthorization: Bearer b\r\n"],
    ["Origin", "Origin: http://a.example\r\nORIGIN: http://b.example\r\n"],
    ["X-Hub-Signature-256", "X-Hub-Signature-256: sha256=0\r\nX-Hub-Signature-256: sha256=1\r\n"],
    ["X-Hub-Timestamp", "X-Hub-Timestamp: 1\r\nX-Hub-Timestamp: 2\r\n"],
  ])("refuse a second %s with 400", async (name, lines) => {
    for (const target of ["/mcp", "/report-failure"]) {
      const { status, text } = await post(lines, target);
      expect([status, text], target).toEqual([400, expect.stringMatching(new RegExp(`${name} may stand once`, "i"))]);
    }
  });

  it.each(["gzip", "br", "deflate", "zstd", "identity, gzip", "x"])(
    "refuse bodies in %s with 415",
    async (encoding) => {
      for (const path of ["/mcp", "/report-failure", "/messages"]) {
        const headers = { "content-type": "application/json", "content-encoding": encoding };
        const reply = await send(`${hub.url}${path}`, { headers, body: gzipSync(BODY).toString("latin1") });
        expect([reply.status, reply.headers["accept-encoding"]], path).toEqual([415, "identity"]);
      }
    },
  );

  it("take identity, which is no encoding", async () => {
    expect((await post("Content-Encoding: identity\r\n")).status).toBe(200);
  });

  it.each([
    ["a length and chunks", `Content-Length: ${BODY.length}\r\nTransfer-Encoding: chunked\r\n`],
    ["two lengths", `Content-Length: ${BODY.length}\r\nContent-Length: 1\r\n`],
    ["a list of lengths", `Content-Length: ${BODY.length}, 1\r\n`],
    ["a length with a sign", `Content-Length: +${BODY.length}\r\n`],
    ["chunks that are not last", "Transfer-Encoding: chunked, gzip\r\n"],
    ["a blank before the colon", `Content-Length : ${BODY.length}\r\n`],
    ["a folded line", `X-A: b\r\n c\r\nContent-Length: ${BODY.length}\r\n`],
    ["a NUL", `X-A: b\0c\r\nContent-Length: ${BODY.length}\r\n`],
  ])("refuse %s with 400", async (_what, lines) => {
    const { status } = await raw(`POST /mcp HTTP/1.1\r\nHost: localhost\r\n${TYPES}${lines}\r\n${BODY}`);
    expect(status).toBe(400);
  });

  it.each(["gzip, chunked", "xchunked", "chunked, chunked"])("refuse bodies that come as %s", async (coding) => {
    const lines = `Transfer-Encoding: ${coding}\r\n`;
    const { status } = await raw(`POST /mcp HTTP/1.1\r\nHost: localhost\r\n${TYPES}${lines}\r\n0\r\n\r\n`);
    expect([400, 415]).toContain(status);
  });

  it.each([
    ["everywhere", `POST /mcp HTTP/1.1\nHost: localhost\nContent-Length: ${BODY.length}\n\n${BODY}`],
    ["after one header", `POST /mcp HTTP/1.1\r\nHost: localhost\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`],
    ["before the body", `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\n\n${BODY}`],
    ["in a value", `POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: a\nAuthorization: Bearer x\r\n\r\n`],
  ])("refuse a bare line feed %s with 400", async (_where, text) => expect((await raw(text)).status).toBe(400));
});

describe("credentials in a URL", () => {
  it.each(["token", "access_token", "api_key", "API_KEY", "%74oken", "password", "authorization"])(
    "are 400 with a hint, and not repeated: ?%s=",
    async (name) => {
      for (const path of ["/mcp", "/sse", "/reports", "/report-failure", "/health", "/nothing"]) {
        const reply = await send(`${hub.url}${path}?x=1&${name}=canary-9f2`, { method: "GET" });
        expect([reply.status, reply.text], path).toEqual([400, expect.stringContaining("Authorization: Bearer")]);
        expect(reply.text + JSON.stringify(reply.headers)).not.toContain("canary");
      }
    },
  );

  it("are not what other parameters are", async () => {
    expect((await legacy(`${hub.url}/mcp?readonly=true`, JSON.parse(BODY))).status).toBe(200);
    expect((await send(`${hub.url}/reports?cursor=1`, { method: "GET" })).status).not.toBe(400);
  });
});

describe("CORS", () => {
  const origin = CONSOLE;
  const preflight = (url: string, from: string, path = "/mcp") =>
    send(`${url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin: from,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type, mcp-session-id,mcp-param-region, b@d,",
      },
    });

  it("answers the preflight of a listed origin, for every door", async () => {
    for (const path of ["/mcp", "/mcp/trial", "/sse", "/messages", "/report-failure", "/reports"]) {
      const { status, headers, text } = await preflight(hub.url, origin, path);
      expect([status, text], path).toEqual([204, ""]);
      expect(headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": "authorization, content-type, mcp-session-id, mcp-param-region",
        "access-control-max-age": "600",
        vary: "Origin",
      });
      expect(headers["access-control-allow-credentials"]).toBeUndefined();
    }
  });

  it("lets a listed page work: a session, calls, a stream, and refusals that it can read", async () => {
    const opened = await legacy(`${hub.url}/mcp`, initialize(), { headers: { origin } });
    const session = String(opened.headers["mcp-session-id"]);
    const replies = [
      opened,
      await legacy(`${hub.url}/mcp`, call("echo", { text: "a" }), { headers: { origin, "mcp-session-id": session } }),
      await legacy(`${hub.url}/mcp`, call("echo", { text: "a" }), { headers: { origin } }),
      await legacy(`${hub.url}/mcp`, call("echo", { text: "a" }), { headers: { origin, "mcp-session-id": "gone" } }),
      await send(`${hub.url}/mcp`, { method: "DELETE", headers: { origin, "mcp-session-id": session } }),
      await send(`${hub.url}/reports`, { method: "GET", headers: { origin } }),
      await send(`${hub.url}/nothing`, { method: "GET", headers: { origin } }),
    ];
    for (const { status, headers } of replies) {
      expect([status, headers["access-control-allow-origin"]]).toEqual([expect.any(Number), origin]);
      expect(headers["access-control-expose-headers"]).toMatch(/Mcp-Session-Id, WWW-Authenticate/);
    }
    expect(replies.map(({ status }) => status).slice(0, 4)).toEqual([200, 200, 200, 404]);
  });

  it("says nothing to who sends no origin, and 403 to any other", async () => {
    const { headers } = await legacy(`${hub.url}/mcp`, JSON.parse(BODY));
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    for (const other of ["https://evil.example", "null", `${origin}:444`, "https://console.example.com.evil.example"]) {
      const refused = await preflight(hub.url, other);
      expect([refused.status, refused.headers["access-control-allow-origin"]], other).toEqual([403, undefined]);
    }
  });

  it("is off unless an origin is listed", async () => {
    const own = `http://127.0.0.1:${new URL(closed.url).port}`;
    const { headers } = await legacy(`${closed.url}/mcp`, JSON.parse(BODY), { headers: { origin: own } });
    expect(Object.keys(headers).filter((name) => /^access-control|^vary$/.test(name))).toEqual([]);
    expect((await preflight(closed.url, own)).status).toBe(405);
    expect((await preflight(closed.url, origin)).status).toBe(403);
  });
});

describe("the porch", () => {
  const refused: AuditedRefusal[] = [];
  const options: PorchOptions = {
    host: "127.0.0.1",
    publicUrl: undefined,
    allowedHosts: [],
    allowedOrigins: [],
    trustProxy: false,
    countRefused: async () => undefined,
    admitToMetrics: async () => undefined,
    log: silent,
    maxRequestBytes: 1_024,
    state: () => "ready",
    isReady: async () => true,
    health: () => ({}),
    metrics: async () => ({ contentType: "text/plain", text: "up 1\n" }),
    onProbe: () => undefined,
    audit: { call: () => undefined, report: () => undefined, refused: (line) => void refused.push(line) },
  };

  it("writes refusals down, without the query", async () => {
    const porch = createPorch(options, false);
    await porch.inject({ url: "/mcp?token=canary", headers: { host: "localhost" } });
    await porch.inject({ url: "/mcp?x=canary", headers: { host: "evil.example" } });
    await porch.close();
    expect(refused).toMatchObject([
      { door: "http", route: "GET /mcp", status: 400, address: "127.0.0.1" },
      { door: "http", route: "GET /mcp", status: 403, reason: expect.stringContaining("evil.example") },
    ]);
    expect(JSON.stringify(refused)).not.toContain("canary");
  });

  it("shows metrics on the main port to whom it admits", async () => {
    const admitToMetrics = async ({ headers }: { headers: { authorization?: string | undefined } }) => {
      if (headers.authorization === "Bearer good") return;
      throw new Denied(401, "needs a credential", { headers: { "www-authenticate": "Bearer" } });
    };
    const porch = createPorch({ ...options, admitToMetrics }, true);
    const reply = await porch.inject({ url: "/metrics", headers: { host: "localhost" } });
    expect([reply.statusCode, reply.headers["www-authenticate"], reply.json()]).toEqual([
      401,
      "Bearer",
      { detail: "needs a credential" },
    ]);
    expect(refused.at(-1)).toMatchObject({ door: "http", route: "GET /metrics", status: 401 });
    const good = await porch.inject({ url: "/metrics", headers: { authorization: "Bearer good" } });
    expect([good.statusCode, good.body]).toEqual([200, "up 1\n"]);
    expect((await porch.inject("/health")).statusCode).toBe(200);
    await porch.close();
  });

  it.each([
    [false, "127.0.0.1"],
    [["10.0.0.0/8"], "127.0.0.1"],
    [["127.0.0.1"], "203.0.113.9"],
    [["loopback", "203.0.113.0/24"], "198.51.100.7"],
    [true, "198.51.100.7"],
  ])("believes X-Forwarded-For of the proxies it trusts: %j", async (trustProxy, address) => {
    const porch = createPorch({ ...options, trustProxy }, false);
    porch.get("/who", async ({ ip }) => ip);
    const headers = { host: "localhost", "x-forwarded-for": "198.51.100.7, 203.0.113.9" };
    expect((await porch.inject({ url: "/who", headers })).body).toBe(address);
    await porch.close();
  });

  it("never believes X-Forwarded-Host", async () => {
    const porch = createPorch({ ...options, trustProxy: true }, false);
    const headers = { host: "evil.example", "x-forwarded-host": "localhost" };
    expect((await porch.inject({ url: "/", headers })).statusCode).toBe(403);
    await porch.close();
  });
});
