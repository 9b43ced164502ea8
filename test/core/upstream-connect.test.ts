// A server that is there and never finishes the connection: what a firewall that drops packets looks like to the caller.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createUpstream } from "../../src/core/upstream.ts";

it("gives up a connection that does not come about long before the request's own deadline", async () => {
  const mute = createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(mute, "listening");
  const upstream = createUpstream({
    baseUrl: `https://127.0.0.1:${(mute.address() as AddressInfo).port}`,
    headers: () => [],
    maxResponseBytes: 1_000,
    timeoutMs: 600_000,
    connectTimeoutMs: 50,
  });
  onTestFinished(async () => {
    await upstream.close();
    mute.close();
  });
  const asked = upstream.send({ method: "GET", path: "api/v1/query", signal: new AbortController().signal });
  await expect(asked).rejects.toMatchObject({ reason: "unreachable", message: "no connection in time" });
});
