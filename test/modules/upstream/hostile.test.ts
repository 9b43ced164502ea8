// Upstreams that lie, flood and overflow: each is bounded, and only its own calls fail.
import type { ServerResponse } from "node:http";
import pino from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { readTools } from "../../../src/modules/upstream/remote-tool.ts";
import { said, startHttp, startUpstream, tool, type UpstreamOptions } from "../../support/mcp-upstream.ts";
import { run, until, type Running } from "./upstream.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});
const serve = async (options: Omit<UpstreamOptions, "mode"> & { mode?: UpstreamOptions["mode"] }) => {
  const upstream = await startUpstream({ mode: "sessions", ...options });
  open.push(upstream);
  return upstream;
};
const join = async (yaml: Record<string, unknown>, env?: Record<string, string>): Promise<Running> => {
  const running = await run(yaml, env);
  open.push(running);
  return running;
};

/** A 2025 server without the SDK: initialize and tools/list are answered well, what comes after is the test's. */
async function bare(call: (id: number, response: ServerResponse) => void) {
  const http = await startHttp((request, response) => {
    if (request.method !== "POST") return void response.writeHead(405).end();
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const { id, method } = JSON.parse(body);
      const answer = (result: unknown) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ jsonrpc: "2.0", id, result }));
      if (method === "initialize")
        return answer({
          protocolVersion: "2025-06-18",
          capabilities: { tools: {} },
          serverInfo: { name: "bare", version: "1" },
        });
      if (method === "tools/list") return answer({ tools: [tool("echo")] });
      if (method === "tools/call") return call(id, response);
      if (id === undefined) return response.writeHead(202).end();
      if (method === "ping") return answer({});
      return response.writeHead(400).end();
    });
  });
  open.push(http);
  return http;
}

const events = (response: ServerResponse) => response.writeHead(200, { "content-type": "text/event-stream" });

describe("answers", () => {
  it("of 50 MB are given up, as JSON and as events", async () => {
    const big = "x".repeat(1_048_576);
    const asEvents = { is: false };
    const http = await bare((id, response) => {
      if (asEvents.is) events(response).write("data: ");
      else response.writeHead(200, { "content-type": "application/json" });
      response.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`);
      const more = (left: number): void => {
        if (left > 0 && !response.destroyed) response.write(big, () => more(left - 1));
        else response.end('"}]}}\n\n');
      };
      more(50);
    });
    const remote = await join({ url: `${http.url}/mcp` });
    for (const is of [false, true]) {
      asEvents.is = is;
      expect(await remote.call("remote_echo")).toMatchObject({
        text: "remote answered with more than 16 MiB; ask for less",
        structured: { code: "TOO_LARGE" },
      });
    }
  });

  it("that never end are given up after the server's time", async () => {
    let timer: NodeJS.Timeout | undefined;
    const http = await bare((_id, response) => {
      events(response);
      timer = setInterval(
        () => response.write(`data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n`),
        5,
      );
      response.on("close", () => clearInterval(timer));
    });
    const remote = await join({ url: `${http.url}/mcp`, timeout_seconds: 1 });
    expect(await remote.call("remote_echo")).toMatchObject({ structured: { code: "TIMEOUT" } });
    expect(remote.health()).toMatchObject({ connection: "connected" });
  });

  it.each([
    ["a stream that ends before the answer", (response: ServerResponse) => events(response).end("data: {}\n\n")],
    ["a stream that breaks", (response: ServerResponse) => events(response).write(": x\n\n", () => response.destroy())],
    ["a connection that breaks", (response: ServerResponse) => response.destroy()],
  ])("of which the end is missing fail at once: %s", async (_what, end) => {
    const http = await bare((_id, response) => end(response));
    const remote = await join({ url: `${http.url}/mcp`, timeout_seconds: 600 });
    expect(await remote.call("remote_echo")).toMatchObject({
      isError: true,
      structured: { code: "UPSTREAM_UNAVAILABLE", may_have_written: true },
    });
  });

  it.each([
    ["no JSON", "application/json", "{", "remote gave an answer that is no JSON"],
    ["a page", "text/html", "<html>", "remote gave an answer that is no MCP"],
    [
      "no tool result",
      "application/json",
      '{"jsonrpc":"2.0","id":ID,"result":{"content":"x"}}',
      "remote gave an answer that is no MCP",
    ],
  ])("that are %s", async (_what, type, body, text) => {
    const http = await bare((id, response) =>
      response.writeHead(200, { "content-type": type }).end(body.replace("ID", String(id))),
    );
    const remote = await join({ url: `${http.url}/mcp` });
    expect((await remote.call("remote_echo")).text).toBe(text);
  });

  it.each([
    [401, "remote refuses the hub's credentials (HTTP 401)"],
    [403, "remote refuses the hub's credentials (HTTP 403)"],
    [500, "remote answered HTTP 500"],
    [302, "remote answered HTTP 302"],
  ])("with status %i show nothing of their body", async (status, text) => {
    const http = await bare((_id, response) =>
      response.writeHead(status, { location: "http://evil.example/" }).end("the body with its secret"),
    );
    const remote = await join({ url: `${http.url}/mcp` });
    const shown = await remote.call("remote_echo");
    expect(shown.text.split("\n")[0]).toBe(text);
    expect(JSON.stringify(shown)).not.toMatch(/its secret|evil/);
  });

  it("are cut to the budget with the exact size, and redacted", async () => {
    const secret = "ghp_" + "a1B2c3D4e5".repeat(4).slice(0, 36);
    const line = `a line with ${secret} in it\n`;
    const upstream = await serve({
      answer: () => said(line.repeat(4_000), { structuredContent: { a: "y".repeat(200_000) } }),
    });
    const remote = await join({ url: upstream.url });
    const { text, structured } = await remote.call("remote_echo");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
    expect(text).toContain(`[cut here: the answer has ${Buffer.byteLength(line) * 4_000} bytes, its first `);
    expect(text).toContain("[left out: structured content of 200008 bytes, the limit is 98304]");
    expect(JSON.stringify(structured) + text).not.toContain(secret.slice(0, 12));
  });

  it("keep their structured content and their own text beside it", async () => {
    const structuredContent = { rows: [{ name: "a", password: "hunter2hunter2" }], n: 1 };
    const upstream = await serve({ answer: () => said("one row", { structuredContent }) });
    const remote = await join({ url: upstream.url });
    expect(await remote.call("remote_echo")).toMatchObject({
      text: "one row",
      structured: { rows: [{ name: "a", password: expect.stringMatching(/^\[REDACTED/) }], n: 1 },
    });
  });

  it("have their pictures, links and documents attached, and told when they are too large", async () => {
    const upstream = await serve({
      answer: () => ({
        content: [
          { type: "image", mimeType: "image/png", data: Buffer.from("picture").toString("base64") },
          { type: "image", mimeType: "image/png", data: "A".repeat(2_000_000) },
          { type: "resource_link", uri: "file:///a", name: "a\u0000b" },
          { type: "resource", resource: { uri: "file:///b", mimeType: "text/plain", text: "document" } },
          { type: "resource", resource: { uri: "file:///c", blob: "AAAA" } },
        ],
      }),
    });
    const remote = await join({ url: upstream.url });
    const { text, attachments } = await remote.call("remote_echo");
    expect(attachments).toEqual([
      { type: "image", mimeType: "image/png", bytes: Buffer.from("picture") },
      { type: "resource_link", uri: "file:///a", name: "a b" },
      { type: "resource", uri: "file:///b", mimeType: "text/plain", text: "document" },
    ]);
    expect(text).toBe("[left out: image of 1500000 bytes, the limit is 1048576 for all; a binary document]");
  });

  it("that say that the tool failed are failures, with the tool's own words", async () => {
    const upstream = await serve({
      answer: ({ args }) => {
        if (args["text"] === "rpc") throw Object.assign(new Error("no such thing"), { code: -32_602 });
        return said("the disk is full", { isError: true });
      },
    });
    const remote = await join({ url: upstream.url });
    expect(await remote.call("remote_echo")).toMatchObject({
      isError: true,
      text: "remote says: the disk is full",
      structured: { code: "UPSTREAM_TOOL_FAILED" },
    });
    expect(await remote.call("remote_echo", { text: "rpc" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("no such thing"),
      structured: { code: "UPSTREAM_ERROR", json_rpc_code: -32_602 },
    });
  });
});

describe("lists", () => {
  it("offer what allow and deny leave; tools that may write only when the file says so", async () => {
    const tools = [
      tool("get_one"),
      tool("get_secret"),
      tool("drop", { annotations: {} }),
      tool("add", { annotations: { destructiveHint: false } }),
      tool("other"),
    ];
    const upstream = await serve({ tools });
    const yaml = { url: upstream.url, deny: ["*secret*"], allow: ["get_*", "drop", "add"] };
    const shy = await join(yaml);
    expect(shy.names()).toEqual(["remote_get_one"]);
    expect(shy.running.absent).toEqual({
      remote_drop: "it may write: the operator switches it on with writes: true for remote in UPSTREAMS_PATH",
      remote_add: "it may write: the operator switches it on with writes: true for remote in UPSTREAMS_PATH",
    });
    const bold = await join({ ...yaml, writes: true });
    expect(bold.running.tools.map(({ name, access }) => [name, access])).toEqual([
      ["remote_get_one", "read"],
      ["remote_drop", "destructive"],
      ["remote_add", "write"],
    ]);
  });

  it("with names that are one in our spelling, or too long, are all told apart", async () => {
    const tools = [tool("a-b"), tool("a.b"), tool("a_b"), tool("x".repeat(100)), tool("x".repeat(101)), tool("Ünï")];
    const upstream = await serve({ tools });
    const remote = await join({ url: upstream.url });
    const names = remote.names();
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(64);
    expect(await remote.call(names[1]!, { text: "second" })).toMatchObject({ isError: false });
    expect(upstream.calls.at(-1)?.name).toBe("a.b");
  });

  it("pass schemas on as they are, and arguments too", async () => {
    const inputSchema = {
      type: "object" as const,
      properties: { a: { anyOf: [{ type: "string" }, { type: "null" }] }, n: { $ref: "#/$defs/n" } },
      required: ["a"],
      $defs: { n: { type: "number" } },
    };
    const upstream = await serve({ tools: [tool("echo", { inputSchema })] });
    const remote = await join({ url: upstream.url });
    expect(remote.registry().find("remote_echo")?.inputSchema).toEqual(inputSchema);
    await remote.call("remote_echo", { a: null, n: "7", other: [1] });
    expect(upstream.calls[0]?.args).toEqual({ a: null, n: "7", other: [1] });
  });

  it("show descriptions as the server's own, without letters that nobody sees", async () => {
    const description = `Does it.\u0000\u001b[31m\u202e\u{e0041}\u200b ${"long ".repeat(1_000)}`;
    const upstream = await serve({ tools: [tool("echo", { description })] });
    const remote = await join({ url: upstream.url });
    const [echo] = remote.running.tools;
    expect(echo?.description).toMatch(
      /^Tool of the MCP server remote, which describes it so: Does it\.\[31m long long/,
    );
    expect(echo?.description.length).toBeLessThanOrEqual(1_000);
  });
});

describe("descriptions", () => {
  const read = (inputSchema: unknown) => readTools([{ name: "t", inputSchema }]).tools[0]?.inputSchema;
  const ANY = { type: "object", additionalProperties: true };

  it.each([
    ["no object", 7],
    ["no name", { inputSchema: {} }],
    ["no schema", { name: "x" }],
    ["a schema that is a list", { name: "x", inputSchema: [] }],
  ])("that are no tools are passed over: %s", (_what, raw) => {
    expect(readTools([raw, tool("good")])).toMatchObject({ tools: [{ name: "good" }], refused: 1 });
  });

  it("of one name twice count once", () => {
    expect(readTools([tool("a", { title: "first" }), tool("a", { title: "second" })])).toMatchObject({
      tools: [{ title: "first" }],
      refused: 1,
    });
  });

  it("with hints of a wrong type have no hints", () => {
    const [one] = readTools([{ ...tool("a"), annotations: { readOnlyHint: "yes" } }]).tools;
    expect(one).toMatchObject({ readOnly: false, destructive: true });
  });

  it("whose references unfold without end become any object", () => {
    const defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [
        `d${at}`,
        { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
      ]),
    );
    expect(read({ type: "object", properties: { a: { $ref: "#/$defs/d0" } }, $defs: defs })).toEqual(ANY);
  });

  it("may refer to themselves", () => {
    const tree = { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } };
    expect(read(tree)).toEqual(tree);
  });

  it.each([
    ["too deep", Array.from({ length: 100 }).reduce((inner: object) => ({ not: inner }), {})],
    ["too large", { properties: { a: { enum: ["x".repeat(40_000)] } } }],
    ["with anchors", { $ref: "#bomb" }],
  ])("that are %s become any object", (_what, schema) => {
    expect(read(schema)).toEqual(ANY);
  });

  it("lose references to other documents and hidden letters", () => {
    expect(
      read({ properties: { a: { $ref: "https://evil.example/x", description: "a\u200bb" } }, $dynamicRef: "#x" }),
    ).toEqual({ type: "object", properties: { a: { description: "ab" } } });
  });

  it("are a mebibyte in all", () => {
    const raw = Array.from({ length: 1_000 }, (_, at) => tool(`t${at}`, { description: "x".repeat(4_000) }));
    const { tools, refused } = readTools(raw);
    expect(Buffer.byteLength(JSON.stringify(tools))).toBeLessThanOrEqual(1_048_576 + 2_000);
    expect(tools.length + refused).toBe(1_000);
    expect(refused).toBeGreaterThan(0);
  });
});

it("a flood of notifications costs a few lists and no more", async () => {
  const upstream = await serve({ mode: "sse" });
  const remote = await join({ url: upstream.url });
  upstream.tools = [tool("other")];
  for (let at = 0; at < 2_000; at += 1) upstream.tellChanged();
  await until(() => remote.names()[0] === "remote_other", "the change is seen");
  expect(remote.changes()).toBeLessThan(4);
  expect((await remote.call("remote_other", { text: "x" })).isError).toBe(false);
});

it.each([401, 404, 500, 200])(
  "no credential shows in logs, health or answers of a server that says %i",
  async (status) => {
    const canary = "canary-4f1c9b7e2d";
    let logged = "";
    const log = pino({ level: "trace" }, { write: (line: string) => void (logged += line) });
    const http = await startHttp((request, response) => {
      response.writeHead(status, {
        "www-authenticate": `Bearer realm="${canary}"`,
        "content-type": "application/json",
      });
      response.end(JSON.stringify({ headers: request.headers, url: request.url }));
    });
    open.push(http);
    const headers = { Authorization: `Bearer ${canary}`, "X-Api-Key": canary };
    const remote = await run({ url: `${http.url}/mcp?key=${canary}`, headers }, {}, log);
    open.push(remote);
    const check = await remote.running.check(AbortSignal.timeout(5_000));
    expect(check.ok).toBe(false);
    expect(JSON.stringify([check, remote.health()]) + logged).not.toContain(canary);
  },
);

it("a server that leads to another host is not followed there", async () => {
  const asked: string[] = [];
  const other = await startHttp((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(200).end();
  });
  const http = await startHttp((_request, response) => response.writeHead(307, { location: `${other.url}/mcp` }).end());
  open.push(other, http);
  const remote = await join({ url: `${http.url}/mcp`, headers: { Authorization: "Bearer secret-of-the-first" } });
  await until(() => remote.health()["connection"] === "down", "it gives up");
  expect(asked).toEqual([]);
});
