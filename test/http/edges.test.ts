import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { legacy, send } from "../support/wire.ts";

let hub: RunningHub;
beforeAll(
  async () =>
    void (hub = await startHub([trialModule().module], {
      ALLOWED_HOSTS: "hub.example.com,*.internal",
      ALLOWED_ORIGINS: "https://console.example.com",
      PUBLIC_URL: "https://public.example.com/hub",
    })),
);
afterAll(() => hub.close());

const port = () => new URL(hub.url).port;
const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };

/** Raw bytes in, raw bytes out, until the server closes. */
function raw(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(port()), "127.0.0.1", () => socket.write(text));
  let reply = "";
  socket
    .on("data", (chunk) => (reply += String(chunk)))
    .on("close", () => resolve(reply))
    .on("error", () => resolve(reply));
  return promise;
}

describe("Host", () => {
  it.each(["evil.com", "evil.com:80", "127.0.0.1.evil.com", "[::2]", "10.0.0.5", "a b", "hub.example.com.evil.com"])(
    "refuses %j on every door, before the body",
    async (host) => {
      for (const path of ["/mcp", "/mcp/trial", "/sse", "/messages", "/"]) {
        const method = path === "/sse" || path === "/" ? "GET" : "POST";
        const reply = await send(`${hub.url}${path}`, {
          method,
          headers: { host, "content-type": "application/json" },
        });
        expect([reply.status, reply.json.error?.code, reply.json.id], path).toEqual([403, -32_000, null]);
      }
    },
  );

  it.each(["localhost", "127.0.0.1:1", "[::1]:8000", "hub.example.com", "a.internal:80", "public.example.com"])(
    "lets %j in",
    async (host) => {
      expect((await legacy(`${hub.url}/mcp`, list, { headers: { host } })).status).toBe(200);
    },
  );

  it("leaves probes to the kubelet, which sends the pod's address", async () => {
    for (const path of ["/health", "/ready", "/metrics", "/health/"]) {
      expect((await send(`${hub.url}${path}`, { method: "GET", headers: { host: "10.0.0.5" } })).status, path).toBe(
        200,
      );
    }
  });

  it("refuses HTTP/1.0 without a Host, and two Hosts", async () => {
    expect(await raw("POST /mcp HTTP/1.0\r\nContent-Length: 0\r\n\r\n")).toMatch(/^HTTP\/1.1 40[03]/);
    expect(await raw("GET /mcp HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 40\d/,
    );
  });

  it("on an open address lets addresses and names of the cluster in, and no others", async () => {
    const open = await startHub([trialModule().module], { HOST: "0.0.0.0", AUTH_MODE: "none" });
    const url = `http://127.0.0.1:${new URL(open.url).port}/mcp`;
    for (const host of ["10.0.0.5:8000", "ops-hub", "ops-hub.ns.svc", "ops-hub.ns.svc.cluster.local:8000"]) {
      expect((await legacy(url, list, { headers: { host } })).status, host).toBe(200);
    }
    for (const host of ["evil.com", "ops-hub.svc.evil.com"]) {
      expect((await legacy(url, list, { headers: { host } })).status, host).toBe(403);
    }
    await open.close();
  });
});

describe("Origin", () => {
  it("passes its own origin, the public one, the listed ones and none at all", async () => {
    const own = [`http://127.0.0.1:${port()}`, `http://localhost:${port()}`];
    for (const origin of [...own, "https://public.example.com", "https://console.example.com"]) {
      expect((await legacy(`${hub.url}/mcp`, list, { headers: { origin } })).status, origin).toBe(200);
    }
    expect((await legacy(`${hub.url}/mcp`, list)).status).toBe(200);
  });

  it.each([
    "null",
    "http://evil.com",
    "http://127.0.0.1:1",
    "https://localhost",
    "not an origin",
    "http://public.example.com",
  ])("refuses %j with 403", async (origin) => {
    const reply = await legacy(`${hub.url}/mcp`, list, { headers: { origin } });
    expect([reply.status, reply.json.error?.code]).toEqual([403, -32_000]);
  });

  it("refuses its own port under another scheme", async () => {
    const origin = `https://127.0.0.1:${port()}`;
    expect((await legacy(`${hub.url}/mcp`, list, { headers: { origin } })).status).toBe(403);
  });
});

describe("limits", () => {
  it("refuses a declared body that is too large without reading it, and the next request is served", async () => {
    const size = 10 * 1024 * 1024;
    const reply = await raw(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n{`,
    );
    expect(reply).toMatch(/^HTTP\/1.1 413/);
    expect(reply).toContain('"jsonrpc":"2.0"');
    expect((await legacy(`${hub.url}/mcp`, list)).status).toBe(200);
  });

  it("refuses a chunked body once it is too large", async () => {
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const reply = await raw(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}`,
    );
    expect(reply).toMatch(/^HTTP\/1.1 413/);
  });

  it("refuses large headers with 431 and a JSON-RPC body", async () => {
    const reply = await raw(`GET /mcp HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1.1 431/);
    expect(reply).toContain('"jsonrpc":"2.0"');
  });

  it("answers garbage with 400", async () => {
    expect(await raw("hello\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
  });
});
