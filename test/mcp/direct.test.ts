// The short way and the SDK's way must not be told apart by a client.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, meta, MODERN, modern, send, until } from "../support/wire.ts";

let hub: RunningHub;
const trial = trialModule();
beforeAll(async () => void (hub = await startHub([trial.module])));
afterAll(() => hub.close());

const mcp = () => `${hub.url}/mcp`;
/** A progress token sends a call through the SDK; the trial's echo reports no progress. */
const viaSdk = { progressToken: "p" };

const inputs = [{ text: "hi" }, { text: 'é😀\n"' }, { text: 5 }, { txt: "x" }, {}, { text: null }];

/** All but the time of a failure. */
const comparable = (result: unknown) => JSON.parse(JSON.stringify(result).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "now"));

describe("a direct answer", () => {
  it.each(inputs)("is the SDK's, 2026, for %j", async (input) => {
    const params = { name: "echo", arguments: input };
    const direct = await modern(mcp(), "tools/call", params);
    const sdk = await send(mcp(), {
      headers: {
        "content-type": "application/json",
        accept: "*/*",
        "mcp-protocol-version": MODERN,
        "mcp-method": "tools/call",
        "mcp-name": "echo",
      },
      body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { ...params, _meta: { ...meta(), ...viaSdk } } },
    });
    expect([sdk.status, comparable(sdk.json)]).toEqual([direct.status, comparable(direct.json)]);
    expect(direct.headers["content-length"]).toBeDefined();
    expect(sdk.headers["content-length"]).toBeUndefined();
  });

  it.each(inputs)("is the SDK's, 2025, for %j", async (input) => {
    const session = String((await legacy(mcp(), initialize())).headers["mcp-session-id"]);
    for (const headers of [{}, { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }] as Record<
      string,
      string
    >[]) {
      const plain = call("echo", input);
      const direct = await legacy(mcp(), plain, { headers });
      const sdk = await legacy(mcp(), { ...plain, params: { ...plain.params, _meta: viaSdk } }, { headers });
      expect([sdk.status, comparable(sdk.json)]).toEqual([direct.status, comparable(direct.json)]);
      expect(direct.headers["mcp-session-id"]).toBe(sdk.headers["mcp-session-id"]);
      expect([direct.headers["content-type"], sdk.headers["content-type"]]).toEqual([
        "application/json",
        "text/event-stream",
      ]);
    }
  });

  it("is the SDK's for tools/list, in both eras", async () => {
    const direct = await modern(mcp(), "tools/list");
    const headers = {
      "content-type": "application/json",
      accept: "*/*",
      "mcp-protocol-version": MODERN,
      "mcp-method": "tools/list",
    };
    const params = { _meta: { ...meta(), ...viaSdk } };
    const sdk = await send(mcp(), { headers, body: { jsonrpc: "2.0", id: 1, method: "tools/list", params } });
    expect(direct.json).toEqual(sdk.json);
    expect([direct.headers["content-length"] === undefined, sdk.headers["content-length"] === undefined]).toEqual([
      false,
      true,
    ]);
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const old = await legacy(mcp(), list);
    const oldSdk = await legacy(mcp(), { ...list, params: { _meta: viaSdk } });
    expect(old.json).toEqual(oldSdk.json);
    expect([old.headers["content-type"], oldSdk.headers["content-type"]]).toEqual([
      "application/json",
      "text/event-stream",
    ]);
  });

  it("turns into a stream with keep-alives when it takes long", async () => {
    const before = trial.calls.started;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const pending = modern(mcp(), "tools/call", { name: "wait", arguments: { ms: 40_000 } });
      for (let i = 0; i < 200 && trial.calls.started === before; i++)
        await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(40_000);
      const reply = await pending;
      expect(reply.headers["content-type"]).toBe("text/event-stream");
      expect(reply.text.match(/: keepalive/g)?.length).toBe(3);
      expect(reply.json.result?.["structuredContent"]).toEqual({ waited: 40_000 });
    } finally {
      vi.useRealTimers();
    }
  });

  it("leaves nothing behind when the client has gone, or took the call back", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const settle = async (done: () => boolean) => {
      for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setImmediate(resolve));
      expect(done()).toBe(true);
    };
    try {
      const session = String((await legacy(mcp(), initialize())).headers["mcp-session-id"]);
      const headers = { "mcp-session-id": session };
      for (const how of ["gone", "notice"]) {
        const before = { ...trial.calls };
        const cut = new AbortController();
        const pending = legacy(mcp(), call("wait", { ms: 600_000 }, how), { headers, signal: cut.signal }).catch(
          () => undefined,
        );
        await settle(() => trial.calls.started === before.started + 1);
        if (how === "gone") cut.abort();
        else
          await legacy(
            mcp(),
            { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: how } },
            { headers },
          );
        await settle(() => trial.calls.aborted === before.aborted + 1);
        await pending;
      }
      await send(mcp(), { method: "DELETE", headers });
      await vi.advanceTimersByTimeAsync(120_000);
      expect((await send(`${hub.url}/health`, { method: "GET" })).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });

  it("has no message when the client took the call back", async () => {
    const session = String((await legacy(mcp(), initialize())).headers["mcp-session-id"]);
    const headers = { "mcp-session-id": session };
    const before = trial.calls.started;
    const pending = legacy(mcp(), call("wait", { ms: 60_000 }, "x"), { headers });
    await until(() => trial.calls.started === before + 1, "the call to start");
    await legacy(mcp(), { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "x" } }, { headers });
    const reply = await pending;
    expect([reply.status, reply.headers["content-type"], reply.messages]).toEqual([200, "text/event-stream", []]);
  });
});
