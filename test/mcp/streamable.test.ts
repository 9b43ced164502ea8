import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, meta, modern, MODERN, send, until } from "../support/wire.ts";

let hub: RunningHub;
const trial = trialModule();
const other = trialModule("other");
beforeAll(async () => void (hub = await startHub([trial.module, other.module], { MAX_REQUEST_BYTES: "100000" })));
afterAll(() => hub.close());

const mcp = (path = "/mcp") => `${hub.url}${path}`;

describe("both eras on one endpoint", () => {
  it("answers a 2026 call in one JSON body", async () => {
    const reply = await modern(mcp(), "tools/call", { name: "echo", arguments: { text: "hi" } });
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toContain("application/json");
    expect(reply.json.result?.["structuredContent"]).toEqual({ text: "hi" });
    expect(reply.json.result?.["content"]).toEqual([{ type: "text", text: '{"text":"hi"}' }]);
  });

  it("answers a 2025 call without a session", async () => {
    const reply = await legacy(mcp(), call("echo", { text: "hi" }, "a"));
    expect(reply.json).toMatchObject({ id: "a", result: { structuredContent: { text: "hi" } } });
  });

  it("gives no cookie of one exchange to another: 100 interleaved calls each get their own answer", async () => {
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        i % 2 === 0
          ? modern(mcp(), "tools/call", { name: "echo", arguments: { text: `t${i}` } })
          : legacy(mcp(), call("echo", { text: `t${i}` }, i)),
      ),
    );
    expect(replies.map(({ json }) => json.result?.["structuredContent"].text)).toEqual(replies.map((_, i) => `t${i}`));
  });

  it("takes each path with and without a trailing slash, never by redirect", async () => {
    for (const path of ["/mcp", "/mcp/", "/mcp/trial", "/mcp/trial/"]) {
      expect((await modern(mcp(path), "tools/list")).status, path).toBe(200);
    }
  });

  it("serves discover with instructions and lists only 2026-07-28", async () => {
    const { json } = await modern(mcp("/mcp/trial"), "server/discover");
    expect(json.result).toMatchObject({ supportedVersions: [MODERN], capabilities: { tools: { listChanged: true } } });
    expect(json.result?.["instructions"]).toContain("second paragraph");
  });

  it("opens the stream at once for a long tool", async () => {
    const reply = await modern(mcp(), "tools/call", { name: "wait_long", arguments: { ms: 1 } });
    expect(reply.headers["content-type"]).toContain("text/event-stream");
    expect(reply.json.result?.["structuredContent"]).toEqual({ waited: 1 });
  });

  it.each(["wait", "wait_long"])("aborts %s when the client hangs up", async (name) => {
    const before = { ...trial.calls };
    const cut = new AbortController();
    const pending = modern(mcp(), "tools/call", { name, arguments: { ms: 61_000 } }, { signal: cut.signal });
    await until(() => trial.calls.started === before.started + 1, "the call to start");
    cut.abort();
    await expect(pending).rejects.toThrow("abort");
    await until(() => trial.calls.aborted === before.aborted + 1, "the tool to be aborted");
  });
});

describe("views by URL", () => {
  const toolNames = async (path: string) =>
    ((await modern(mcp(path), "tools/list")).json.result?.["tools"] as { name: string }[]).map(({ name }) => name);

  it("shows all, one module, several, in a stable order, and no write tool without ALLOW_WRITES", async () => {
    expect(await toolNames("/mcp")).toEqual([
      "echo",
      "wait",
      "wait_long",
      "other_echo",
      "other_wait",
      "other_wait_long",
    ]);
    expect(await toolNames("/mcp/other")).toEqual(["other_echo", "other_wait", "other_wait_long"]);
    expect(await toolNames("/mcp?modules=other,trial")).toEqual([
      "echo",
      "wait",
      "wait_long",
      "other_echo",
      "other_wait",
      "other_wait_long",
    ]);
    expect(await toolNames("/mcp?modules=trial")).toEqual(["echo", "wait", "wait_long"]);
    expect(await toolNames("/mcp/trial?modules=other")).toEqual([]);
  });

  it("answers an unknown module with 404 and names those there are", async () => {
    for (const path of ["/mcp/nope", "/mcp?modules=nope", "/mcp/nope/sse"]) {
      const reply = await (path.endsWith("sse") ? send(mcp(path), { method: "GET" }) : modern(mcp(path), "tools/list"));
      expect(reply.status, path).toBe(404);
      expect(reply.json.error?.message).toBe('no module "nope" here; there is: trial, other');
    }
  });

  it("answers a tool of another view as an unknown one", async () => {
    const { json } = await modern(mcp("/mcp/trial"), "tools/call", { name: "other_echo", arguments: { text: "x" } });
    expect(json.error).toMatchObject({ code: -32_602, message: "Unknown tool: other_echo" });
  });

  it("shows write tools where ALLOW_WRITES names the module, but not in ?readonly=true", async () => {
    const writing = await startHub([trialModule().module], { ALLOW_WRITES: "trial" });
    const names = async (path: string) =>
      (await modern(`${writing.url}${path}`, "tools/list")).json.result?.["tools"].map((tool: any) => [
        tool.name,
        tool.annotations.readOnlyHint,
        tool.annotations.destructiveHint,
      ]);
    expect(await names("/mcp")).toEqual([
      ["echo", true, false],
      ["wait", true, false],
      ["wait_long", true, false],
      ["erase", false, true],
    ]);
    expect((await names("/mcp?readonly=true")).length).toBe(3);
    await writing.close();
  });

  it("gives lists a lifetime, private to the caller", async () => {
    const { json } = await modern(mcp(), "tools/list");
    expect(json.result).toMatchObject({ ttlMs: 60_000, cacheScope: "private" });
  });
});

describe("errors are JSON-RPC", () => {
  it("names a bad argument in an error result, not in a protocol error", async () => {
    const { json } = await modern(mcp(), "tools/call", { name: "echo", arguments: { txt: "x" } });
    expect(json.result?.["isError"]).toBe(true);
    expect(json.result?.["content"][0].text).toBe(
      'missing argument "text" (string); unknown argument "txt". Did you mean "text"? Valid: text',
    );
  });

  it.each([
    ["unknown tool", () => modern(mcp(), "tools/call", { name: "nope", arguments: {} }), 200, -32_602],
    ["unknown 2026 method", () => modern(mcp(), "nope/nope"), 404, -32_601],
    ["unknown 2025 method", () => legacy(mcp(), { jsonrpc: "2.0", id: 1, method: "nope" }), 200, -32_601],
    ["not JSON", () => legacy(mcp(), "{"), 400, -32_700],
    ["empty body", () => legacy(mcp(), ""), 400, -32_700],
    ["__proto__", () => legacy(mcp(), '{"__proto__":{"a":1}}'), 400, -32_700],
    ["deep nesting", () => legacy(mcp(), `${"[".repeat(10_000)}${"]".repeat(10_000)}`), 400, -32_600],
    ["too large", () => legacy(mcp(), JSON.stringify("x".repeat(200_000))), 413, -32_600],
    ["wrong content type", () => legacy(mcp(), "{}", { headers: { "content-type": "text/plain" } }), 415, -32_000],
    [
      "legacy Accept",
      () => legacy(mcp(), call("echo", { text: "x" }), { headers: { accept: "application/json" } }),
      406,
      -32_000,
    ],
    ["empty batch", () => legacy(mcp(), []), 400, -32_600],
    [
      "batch of 101",
      () =>
        legacy(
          mcp(),
          Array.from({ length: 101 }, (_, i) => call("echo", { text: "x" }, i)),
        ),
      400,
      -32_600,
    ],
    [
      "batch with a 2026 element",
      () => legacy(mcp(), [{ ...call("echo", {}), params: { _meta: meta() } }]),
      400,
      -32_600,
    ],
    ["id null", () => legacy(mcp(), { jsonrpc: "2.0", id: null, method: "ping" }), 400, -32_600],
    ["jsonrpc 1.0", () => legacy(mcp(), { jsonrpc: "1.0", id: 1, method: "ping" }), 400, -32_600],
    [
      "2026 body without the version header",
      () =>
        send(mcp(), {
          headers: { "content-type": "application/json" },
          body: { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta() } },
        }),
      400,
      -32_020,
    ],
    [
      "2026 header without _meta",
      () =>
        legacy(mcp(), { jsonrpc: "2.0", id: 1, method: "tools/list" }, { headers: { "mcp-protocol-version": MODERN } }),
      400,
      -32_602,
    ],
    [
      "Mcp-Name unlike the body",
      () =>
        modern(mcp(), "tools/call", { name: "echo", arguments: { text: "x" } }, { headers: { "mcp-name": "wait" } }),
      400,
      -32_020,
    ],
    [
      "unknown session",
      () => legacy(mcp(), call("echo", { text: "x" }), { headers: { "mcp-session-id": "nope" } }),
      404,
      -32_001,
    ],
  ])("%s", async (_name, ask, status, code) => {
    const reply = await ask();
    expect([reply.status, reply.json.error?.code]).toEqual([status, code]);
    expect(reply.json.error?.message).toBeTruthy();
    expect(reply.json).toHaveProperty("id");
  });

  it("takes JSON of 64 levels and refuses 65", async () => {
    const nested = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as unknown;
    const body = (levels: number) => call("echo", { text: nested(levels - 3) }); // body, params and arguments are three
    expect((await legacy(mcp(), body(64))).status).toBe(200);
    expect((await legacy(mcp(), body(65))).status).toBe(400);
  });

  it("refuses a 2026 GET and DELETE with 405 and says what is allowed", async () => {
    for (const method of ["GET", "DELETE", "PUT"]) {
      const reply = await send(mcp(), { method, headers: { accept: "text/event-stream" } });
      expect([reply.status, reply.headers["allow"]], method).toEqual([405, "POST"]);
    }
  });

  it("tells a browser that this is no page", async () => {
    const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const reply = await send(mcp(), { method: "GET", headers });
    expect([reply.status, reply.headers["allow"], reply.json.error?.message]).toEqual([
      405,
      "POST",
      "this is an MCP endpoint and no page: give its address to an MCP client, such as Cursor or Claude Code",
    ]);
  });

  it("answers a batch of two with both answers", async () => {
    const reply = await legacy(mcp(), [call("echo", { text: "a" }, 1), call("echo", { text: "b" }, 2)]);
    const answers = reply.messages.flat();
    expect(answers.map(({ id, result }) => [id, result.structuredContent.text]).sort()).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  it("accepts a notification with 202 and no body", async () => {
    const reply = await legacy(mcp(), { jsonrpc: "2.0", method: "notifications/initialized" });
    expect([reply.status, reply.text]).toEqual([202, ""]);
  });
});

describe("sessions of 2025-era clients", () => {
  const open = async (path = "/mcp", capabilities = {}) => {
    const reply = await legacy(mcp(path), initialize(0, capabilities));
    return String(reply.headers["mcp-session-id"]);
  };

  it("opens one at initialize and serves it, ends it at DELETE", async () => {
    const id = await open();
    const headers = { "mcp-session-id": id };
    const reply = await legacy(mcp(), call("echo", { text: "x" }), { headers });
    expect(reply.json.result?.["structuredContent"]).toEqual({ text: "x" });
    expect((await send(mcp(), { method: "DELETE", headers })).status).toBe(200);
    expect((await legacy(mcp(), call("echo", { text: "x" }), { headers })).status).toBe(404);
  });

  it("ends one at a DELETE that says it is JSON and has no body, as Python's client does", async () => {
    const headers = { "mcp-session-id": await open() };
    const json = { ...headers, "content-type": "application/json" };
    expect((await send(mcp(), { method: "DELETE", headers: json })).status).toBe(200);
    expect((await legacy(mcp(), call("echo", { text: "x" }), { headers })).status).toBe(404);
  });

  it("binds a session to its view", async () => {
    const headers = { "mcp-session-id": await open("/mcp/trial") };
    expect((await legacy(mcp("/mcp/other"), call("other_echo", { text: "x" }), { headers })).status).toBe(404);
    expect((await legacy(mcp("/mcp/trial"), call("echo", { text: "x" }), { headers })).status).toBe(200);
  });

  it.each(["wait", "wait_long"])("cancels %s when the client says so", async (name) => {
    const headers = { "mcp-session-id": await open() };
    const before = { ...trial.calls };
    const pending = legacy(mcp(), call(name, { ms: 60_000 }, 7), { headers });
    pending.catch(() => undefined);
    await until(() => trial.calls.started === before.started + 1, "the call to start");
    const notice = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } };
    expect((await legacy(mcp(), notice, { headers })).status).toBe(202);
    await until(() => trial.calls.aborted === before.aborted + 1, "the tool to be aborted");
    await send(mcp(), { method: "DELETE", headers });
  });

  it.each(["wait", "wait_long"])("cancels %s when the client hangs up, in a session and without one", async (name) => {
    for (const headers of [{ "mcp-session-id": await open() }, {}] as Record<string, string>[]) {
      const before = { ...trial.calls };
      const cut = new AbortController();
      const pending = legacy(mcp(), call(name, { ms: 60_000 }, 8), { headers, signal: cut.signal });
      pending.catch(() => undefined);
      await until(() => trial.calls.started === before.started + 1, "the call to start");
      cut.abort();
      await until(() => trial.calls.aborted === before.aborted + 1, "the tool to be aborted");
    }
  });

  it("needs none when STATELESS is set", async () => {
    const stateless = await startHub([trialModule().module], { STATELESS: "true" });
    const reply = await legacy(`${stateless.url}/mcp`, initialize());
    expect([reply.status, reply.headers["mcp-session-id"]]).toEqual([200, undefined]);
    await stateless.close();
  });

  it("refuses one more than MAX_SESSIONS, and says when to come again", async () => {
    const small = await startHub([trialModule().module], { MAX_SESSIONS: "2" });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await legacy(`${small.url}/mcp`, initialize())).status);
    expect(statuses).toEqual([200, 200, 503]);
    await small.close();
  });
});

it("counts an aborted call as cancelled and leaves nothing in flight", async () => {
  const fresh = trialModule();
  const counted = await startHub([fresh.module]);
  const cut = new AbortController();
  const calls = Array.from({ length: 20 }, () =>
    modern(
      `${counted.url}/mcp`,
      "tools/call",
      { name: "wait", arguments: { ms: 60_000 } },
      { signal: cut.signal },
    ).catch(() => 0),
  );
  await until(() => fresh.calls.started === 20, "20 calls to start");
  cut.abort();
  await Promise.all(calls);
  await until(() => fresh.calls.aborted === 20, "20 calls to be aborted");
  const metrics = (await send(`${counted.url}/metrics`, { method: "GET" })).text;
  expect(metrics).toContain('ops_hub_tool_calls_total{module="trial",tool="wait",door="mcp",outcome="cancelled"} 20');
  expect(metrics).toContain('ops_hub_tool_calls_in_flight{module="trial"} 0');
  await counted.close();
});

it("advertises output schemas that its failures pass too: old SDKs hold them to it", async () => {
  const { json } = await modern(mcp("/mcp/trial"), "tools/list");
  const validate = new Ajv2020({ strict: false }).compile(json.result?.["tools"][0].outputSchema);
  const structured = async (args: Record<string, unknown>) =>
    (await modern(mcp(), "tools/call", { name: "echo", arguments: args })).json.result?.["structuredContent"];
  expect(validate(await structured({ text: "x" }))).toBe(true);
  expect(validate(await structured({ txt: "x" }))).toBe(true);
  expect(validate({ status: "success" })).toBe(false);
  expect(validate({ text: 1 })).toBe(false);
});
