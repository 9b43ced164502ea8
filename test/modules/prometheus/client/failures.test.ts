import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ApiRequest, Client } from "../../../../src/modules/prometheus/client.ts";
import { error, page, startPrometheusMock, type PrometheusMock, type Reply } from "../../../support/prometheus-mock.ts";
import { ask, clock, datasource, failed, NAMES, newClient, QUERY } from "./ask.ts";

let mock: PrometheusMock;
let client: Client;

beforeEach(async () => {
  mock = await startPrometheusMock();
  client = newClient();
});
afterEach(async () => {
  await client.close();
  await mock.close();
});

function failure(reply: Reply, request: ApiRequest = QUERY): Promise<Record<string, unknown>> {
  mock.on(request.path, reply);
  return failed(ask(client, datasource(mock.url), request));
}

const LOGIN =
  "<html><head><style>p{color:red}</style><title>Sign&nbsp;in</title></head><body>\n<p>Please log in</p></html>";

describe("Prometheus's own errors", () => {
  it("400: the message with its position, and a caret under the place", async () => {
    const text = 'invalid parameter "query": 1:4: parse error: unexpected end of input inside braces';
    expect(await failure(error(400, "bad_data", text))).toEqual({
      kind: "invalid",
      message: "INVALID_QUERY: 1:4: parse error: unexpected end of input inside braces",
      code: "INVALID_QUERY",
      datasource: "main",
      http_status: 400,
      error_type: "bad_data",
      hint: "Look at the caret:\nup{\n   ^",
    });
  });

  it("422, 503 and 500", async () => {
    expect(await failure(error(422, "execution", "found duplicate series"))).toMatchObject({
      kind: "invalid",
      message: "EXECUTION_ERROR: found duplicate series",
      http_status: 422,
      error_type: "execution",
    });
    const tooMany = "query processing would load too many samples into memory in query execution";
    expect(await failure(error(422, "execution", tooMany))).toMatchObject({ hint: expect.stringContaining("Narrow") });
    expect(await failure(error(503, "timeout", "query timed out in expression evaluation"))).toMatchObject({
      kind: "timeout",
      message: "TIMEOUT: Query timed out (Prometheus gave up: query timed out in expression evaluation)",
    });
    expect(await failure(error(500, "internal", "storage is broken"))).toMatchObject({
      kind: "unavailable",
      message: "PROMETHEUS_UNAVAILABLE: HTTP 500: storage is broken",
      retryable: true,
    });
  });

  it("in a body whose status is 200", async () => {
    expect(await failure({ ...error(200, "execution", "many-to-many matching not allowed") })).toMatchObject({
      kind: "invalid",
      message: "EXECUTION_ERROR: many-to-many matching not allowed",
    });
    expect(await failure({ body: '{"status":"error"}' })).toMatchObject({
      kind: "unavailable",
      message: "PROMETHEUS_UNAVAILABLE: HTTP 200",
    });
  });

  it("401 and 403 name the datasource, whose operator must act", async () => {
    expect(await failure(page(401, "no org id", "text/plain"))).toMatchObject({
      kind: "denied",
      message: "AUTHENTICATION_FAILED: Invalid credentials",
      hint: "datasource main answered 401 (no org id); the operator must fix its header",
    });
    expect(await failure({ status: 403, body: '{"message":"not yours"}' })).toMatchObject({
      kind: "denied",
      message: "PERMISSION_DENIED: HTTP 403: not yours",
    });
  });

  it("429 with the time to wait, in seconds or as a date", async () => {
    const limited = (value: string): Reply => ({ ...page(429, ""), headers: { "retry-after": value } });
    expect(await failure(limited("7"))).toMatchObject({
      kind: "unavailable",
      message: "RATE_LIMITED: HTTP 429, retry after 7s",
      retry_after_seconds: 7,
    });
    expect(await failure(limited(new Date(clock.at + 12_000).toUTCString()))).toMatchObject({
      retry_after_seconds: 12,
    });
    expect(await failure(limited("99999999999"))).toMatchObject({ retry_after_seconds: 3600 });
    expect(await failure(limited("soon"))).toMatchObject({ message: "RATE_LIMITED: HTTP 429, retry later" });
  });

  it("404 means that this backend has no such endpoint", async () => {
    const request: ApiRequest = { path: "api/v1/status/tsdb", errors: "plain" };
    expect(await failure(page(404, "404 page not found\n", "text/plain"), request)).toMatchObject({
      kind: "not-found",
      message: "NOT_SUPPORTED: /api/v1/status/tsdb is not available on this backend (HTTP 404)",
    });
  });
});

describe("discovery tools", () => {
  it("keep the seed's prefix, with our code and reason behind it", async () => {
    const lines = [];
    for (const reply of [
      error(400, "bad_data", 'invalid parameter "match[]": 1:2: parse error: bad'),
      page(401, ""),
      page(403, ""),
      page(429, ""),
      page(502, "<h1>Bad Gateway</h1>"),
      page(200, LOGIN),
    ]) {
      const { code, message } = await failure(reply, NAMES);
      lines.push(`${String(code)} | ${String(message)}`);
    }
    expect(lines).toMatchInlineSnapshot(`
      [
        "INVALID_QUERY | PROMETHEUS_UNAVAILABLE: INVALID_QUERY: 1:2: parse error: bad",
        "AUTHENTICATION_FAILED | PROMETHEUS_UNAVAILABLE: AUTHENTICATION_FAILED: Invalid credentials",
        "PERMISSION_DENIED | PROMETHEUS_UNAVAILABLE: PERMISSION_DENIED: HTTP 403",
        "RATE_LIMITED | PROMETHEUS_UNAVAILABLE: RATE_LIMITED: HTTP 429, retry later",
        "PROMETHEUS_UNAVAILABLE | PROMETHEUS_UNAVAILABLE: HTTP 502: Bad Gateway",
        "INVALID_RESPONSE | PROMETHEUS_UNAVAILABLE: INVALID_RESPONSE: expected JSON, got text/html (HTTP 200); a login page or proxy may be in front: "Sign in Please log in"",
      ]
    `);
  });
});

describe("what is no reply of Prometheus", () => {
  it("a gateway's page: status and words, without markup", async () => {
    expect(await failure(page(502, "<html><h1>502 Bad Gateway</h1><hr>nginx</html>"))).toMatchObject({
      message: "PROMETHEUS_UNAVAILABLE: HTTP 502: 502 Bad Gateway nginx",
      retryable: true,
    });
    expect(await failure(page(502, ""))).toMatchObject({ message: "PROMETHEUS_UNAVAILABLE: HTTP 502" });
  });

  it("a login page", async () => {
    expect(await failure(page(200, LOGIN))).toMatchObject({
      kind: "unavailable",
      code: "INVALID_RESPONSE",
      retryable: false,
      message:
        'INVALID_RESPONSE: expected JSON, got text/html (HTTP 200); a login page or proxy may be in front: "Sign in Please log in"',
    });
  });

  it("an empty body, cut JSON and other JSON", async () => {
    const texts = [];
    for (const body of ["", '{"status":"succ', '{"hello":"world"}', "[1]", "null"]) {
      texts.push((await failure({ body }))["message"]);
    }
    expect(texts).toMatchInlineSnapshot(`
      [
        "INVALID_RESPONSE: expected JSON, got an empty body (HTTP 200)",
        "INVALID_RESPONSE: expected JSON, got application/json that cannot be read (HTTP 200); it may have been cut short: "{"status":"succ"",
        "INVALID_RESPONSE: expected a reply of the Prometheus API, got other JSON (HTTP 200): "{"hello":"world"}"",
        "INVALID_RESPONSE: expected a reply of the Prometheus API, got other JSON (HTTP 200): "[1]"",
        "INVALID_RESPONSE: expected a reply of the Prometheus API, got other JSON (HTTP 200): "null"",
      ]
    `);
  });

  it("but JSON of the wrong content type is one", async () => {
    mock.on("api/v1/query", page(200, '\ufeff{"status":"success","data":[]}', "text/plain"));
    await expect(ask(client, datasource(mock.url))).resolves.toEqual({ status: "success", data: [] });
  });

  it("is clipped, and never repeats the headers we sent", async () => {
    const echo = `GET / authorization: Bearer s3cret-token x-scope-orgid: tenant\u0000\u0007 ${"x".repeat(5000)}`;
    const { message } = await failure(page(502, echo, "text/plain"));
    expect(message).toMatch(
      /^PROMETHEUS_UNAVAILABLE: HTTP 502: GET \/ authorization: \*\*\* x-scope-orgid: \*\*\* x+…$/,
    );
    expect(String(message).length).toBeLessThan(250);
    expect(await failure(error(500, "internal", "bad token s3cret-token"))).toMatchObject({
      message: "PROMETHEUS_UNAVAILABLE: HTTP 500: bad token ***",
    });
  });

  it("a connection that breaks within the reply", async () => {
    expect(await failure({ body: '{"status":', cut: true })).toMatchObject({
      kind: "unavailable",
      message: "PROMETHEUS_UNAVAILABLE: connection closed before the reply was complete",
    });
  });
});
