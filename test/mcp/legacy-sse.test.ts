import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, send, until } from "../support/wire.ts";

let hub: RunningHub;
const trial = trialModule();
beforeAll(
  async () => void (hub = await startHub([trial.module, trialModule("other").module], { MAX_SSE_CLIENTS: "3" })),
);
afterAll(() => hub.close());

interface Stream {
  headers: Record<string, unknown>;
  status: number;
  endpoint: string;
  messages: any[];
  close(): void;
}

/** Opens an event stream and collects what comes. */
function openStream(path: string): Promise<Stream> {
  const { promise, resolve, reject } = Promise.withResolvers<Stream>();
  const asked = request(`${hub.url}${path}`, { agent: false }, (response) => {
    const stream: Stream = {
      headers: response.headers,
      status: response.statusCode ?? 0,
      endpoint: "",
      messages: [],
      close: () => asked.destroy(),
    };
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1] ?? "";
        if (event.startsWith("event: endpoint")) stream.endpoint = data;
        if (event.startsWith("event: message")) stream.messages.push(JSON.parse(data));
      }
      resolve(stream);
    });
    response.on("end", () => resolve(stream)).on("error", () => undefined);
  });
  asked.on("error", reject).end();
  return promise;
}

describe("the HTTP+SSE transport", () => {
  it.each([
    ["/sse", "/messages"],
    ["/sse/", "/messages"],
    ["/mcp/sse", "/mcp/messages"],
    ["/mcp/trial/sse", "/mcp/trial/messages"],
    ["/mcp/sse?readonly=true", "/mcp/messages?readonly=true"],
  ])("%s names %s beside it and answers there", async (path, messages) => {
    const stream = await openStream(path);
    expect(stream.endpoint.startsWith(messages)).toBe(true);
    expect(stream.headers["x-accel-buffering"]).toBe("no");
    expect((await legacy(`${hub.url}${stream.endpoint}`, initialize())).status).toBe(202);
    await legacy(`${hub.url}${stream.endpoint}`, call("echo", { text: "hi" }, 1));
    await until(() => stream.messages.length === 2, "the answer");
    expect(stream.messages[1]).toMatchObject({ id: 1, result: { structuredContent: { text: "hi" } } });
    stream.close();
    await until(() => hub.hub.counts().streams === 0, "the stream to be forgotten");
  });

  it("prefixes the endpoint with the path of PUBLIC_URL", async () => {
    const behind = await startHub([trialModule().module], { PUBLIC_URL: "https://hub.example.com/ops/" });
    const { promise, resolve } = Promise.withResolvers<string>();
    const asked = request(`${behind.url}/mcp/sse`, { agent: false }, (response) =>
      response.once("data", (chunk) => resolve(String(chunk))),
    );
    asked.end();
    expect(await promise).toContain("data: /ops/mcp/messages?sessionId=");
    asked.destroy();
    await behind.close();
  });

  it("refuses other methods with 405, so that clients try the next transport", async () => {
    const json = { "content-type": "application/json" };
    for (const path of ["/sse", "/mcp/sse", "/mcp/trial/sse"]) {
      const reply = await send(`${hub.url}${path}`, { headers: json, body: initialize() });
      expect([reply.status, reply.headers["allow"], reply.json.error?.code], path).toEqual([405, "GET", -32_000]);
    }
    const reply = await send(`${hub.url}/mcp/messages`, { method: "GET" });
    expect([reply.status, reply.headers["allow"]]).toEqual([405, "POST"]);
  });

  it("answers a message without a stream, or for another view's, with 404", async () => {
    const stream = await openStream("/mcp/trial/sse");
    const foreign = stream.endpoint.replace("/trial/", "/other/");
    for (const path of ["/messages", "/messages?sessionId=nope", foreign]) {
      const reply = await legacy(`${hub.url}${path}`, initialize());
      expect([reply.status, reply.json.error?.code], path).toEqual([404, -32_001]);
    }
    expect((await legacy(`${hub.url}${stream.endpoint}`, { hello: 1 })).status).toBe(400);
    stream.close();
    await until(() => hub.hub.counts().streams === 0, "the stream to be forgotten");
  });

  it("cancels on notice and when the stream closes", async () => {
    for (const how of ["notice", "close"]) {
      const stream = await openStream("/sse");
      const post = (body: unknown) => legacy(`${hub.url}${stream.endpoint}`, body);
      await post(initialize());
      const before = { ...trial.calls };
      await post(call("wait", { ms: 60_000 }, 9));
      await until(() => trial.calls.started === before.started + 1, "the call to start");
      if (how === "notice") await post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 9 } });
      else stream.close();
      await until(() => trial.calls.aborted === before.aborted + 1, `the tool to be aborted by ${how}`);
      stream.close();
    }
    await until(() => hub.hub.counts().streams === 0, "the streams to be forgotten");
  });

  it("refuses one stream more than MAX_SSE_CLIENTS", async () => {
    const streams = [await openStream("/sse"), await openStream("/sse"), await openStream("/sse")];
    const reply = await send(`${hub.url}/sse`, { method: "GET" });
    expect([reply.status, reply.headers["retry-after"]]).toEqual([503, "60"]);
    for (const stream of streams) stream.close();
    await until(() => hub.hub.counts().streams === 0, "the streams to be forgotten");
  });
});
