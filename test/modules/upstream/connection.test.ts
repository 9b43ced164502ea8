// Every transport and era, against servers of the official SDK.
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { said, startUpstream, tool, type McpUpstream, type UpstreamOptions } from "../../support/mcp-upstream.ts";
import { run, until, type Running } from "./upstream.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});
const serve = async (options: UpstreamOptions): Promise<McpUpstream> => {
  const upstream = await startUpstream(options);
  open.push(upstream);
  return upstream;
};
const join = async (yaml: Record<string, unknown>, env?: Record<string, string>): Promise<Running> => {
  const running = await run(yaml, env);
  open.push(running);
  return running;
};

describe.each(["modern", "sessions", "sse"] as const)("a server of %s", (mode) => {
  it("has its tools listed under a prefix, and calls come back", async () => {
    const upstream = await serve({ mode, tools: [tool("echo"), tool("getUser-Info")] });
    const remote = await join({ url: upstream.url });
    expect(remote.names()).toEqual(["remote_echo", "remote_get_user_info"]);
    expect(await remote.call("remote_echo", { text: "hello" })).toMatchObject({
      isError: false,
      text: '{"text":"hello"}',
      structured: { text: '{"text":"hello"}' },
    });
    expect(remote.health()).toMatchObject({ connection: "connected", tools: 2, server: "stand-in 9.9" });
    expect(upstream.connects).toBe(1);
  });

  it("is asked again when it says that its tools are others", async () => {
    const upstream = await serve({ mode });
    const remote = await join({ url: upstream.url });
    const before = remote.changes();
    upstream.tools = [tool("echo"), tool("other")];
    upstream.tellChanged();
    await until(() => remote.changes() > before, "the change is told");
    expect(remote.names()).toEqual(["remote_echo", "remote_other"]);
  });

  it("gives its list in pages, and no more than a thousand of them count", async () => {
    const tools = Array.from({ length: 1_200 }, (_, at) => tool(`t${at}`, { description: "" }));
    const upstream = await serve({ mode, tools, pageSize: 250 });
    const remote = await join({ url: upstream.url });
    expect(remote.names()).toHaveLength(1_000);
  });

  it("hears that a call was cancelled", async () => {
    let aborted: Promise<unknown> = Promise.reject(new Error("never called"));
    aborted.catch(() => undefined);
    const upstream = await serve({
      mode,
      answer: ({ signal }) => {
        aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
        return new Promise(() => undefined);
      },
    });
    const remote = await join({ url: upstream.url });
    const stop = new AbortController();
    const call = remote.call("remote_echo", {}, { signal: stop.signal });
    await until(() => upstream.calls.length === 1, "the call arrives");
    stop.abort();
    expect(await call).toMatchObject({ isError: true, structured: { code: "CANCELLED" } });
    await aborted;
    expect(upstream.calls[0]?.signal.aborted).toBe(true);
  });

  it("may tell of its progress", async () => {
    const heard = Promise.withResolvers<void>();
    const upstream = await serve({
      mode,
      answer: async (_call, ctx) => {
        const progressToken = ctx.mcpReq._meta?.progressToken ?? "none";
        await ctx.mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress: 1, total: 2, message: "half\u0007way" },
        });
        await heard.promise;
        return said("done");
      },
    });
    const remote = await join({ url: upstream.url });
    const told: unknown[] = [];
    const progress = (...all: unknown[]) => {
      told.push(all);
      heard.resolve();
    };
    await remote.call("remote_echo", {}, { progress });
    expect(told).toEqual([["half way", 1, 2]]);
  });

  it("that gives no answer in time fails that call alone", async () => {
    const upstream = await serve({
      mode,
      answer: ({ args }) => (args["text"] === "slow" ? new Promise(() => undefined) : said("quick")),
    });
    const remote = await join({ url: upstream.url, timeout_seconds: 1 });
    const [slow, quick] = await Promise.all([
      remote.call("remote_echo", { text: "slow" }),
      remote.call("remote_echo", { text: "quick" }),
    ]);
    expect(slow).toMatchObject({ isError: true, structured: { code: "TIMEOUT", may_have_written: true } });
    expect(quick.text).toBe("quick");
    expect((await remote.call("remote_echo", {})).text).toBe("quick");
  });

  it("that comes back on its port is found again, with the tools that it has then", async () => {
    const upstream = await serve({ mode });
    const remote = await join({ url: upstream.url });
    await upstream.close();
    expect(await remote.call("remote_echo")).toMatchObject({
      isError: true,
      structured: { code: "UPSTREAM_UNAVAILABLE" },
    });
    const again = await serve({ mode, port: upstream.port, tools: [tool("fresh")] });
    await until(() => remote.names().includes("remote_fresh"), "the new tools are there");
    expect((await remote.call("remote_fresh", { text: "x" })).text).toBe('{"text":"x"}');
    expect(again.connects).toBe(1);
  });

  it("that was down when the hub began joins later", async () => {
    const gone = await startUpstream({ mode });
    await gone.close();
    const remote = await join({ url: gone.url });
    expect(remote.names()).toEqual([]);
    expect(remote.health()).toMatchObject({ connection: expect.stringMatching(/down|connecting/), tools: 0 });
    await serve({ mode, port: gone.port });
    await until(() => remote.names().length === 1, "it has joined");
  });
});

it.each(["sessions", "sse"] as const)(
  "a %s server that forgot us is introduced to again by the next call",
  async (mode) => {
    const upstream = await serve({ mode });
    const remote = await join({ url: upstream.url });
    upstream.forget();
    expect((await remote.call("remote_echo", { text: "again" })).text).toBe('{"text":"again"}');
    expect(upstream).toMatchObject({ connects: 2, calls: [{ args: { text: "again" } }] });
  },
);

it("sends the headers of the file and nothing of the caller", async () => {
  const upstream = await serve({ mode: "sessions" });
  const remote = await join(
    { url: upstream.url, headers: { Authorization: "Bearer ${REMOTE_TOKEN}" } },
    { REMOTE_TOKEN: "t0k3n-of-the-file" },
  );
  await remote.call("remote_echo", {}, { headers: { authorization: "Bearer of-the-caller" } });
  expect(upstream.calls[0]?.headers.authorization).toBe("Bearer t0k3n-of-the-file");
  expect(remote.running.secrets?.()).toContain("t0k3n-of-the-file");
});

describe("the seed's addresses", () => {
  it.each([
    ["a bare host", "sessions", "/mcp", "", "streamable-http"],
    ["a bare host for SSE", "sse", "/sse", "", "sse"],
    ["/sse#name", "sse", "/sse", "/sse#openshift", "sse"],
    ["/sse that is /mcp now", "sessions", "/mcp", "/sse", "sse"],
    ["a bare host that serves at /", "modern", "/", "", "streamable-http"],
  ] as const)("%s", async (_what, mode, path, given, transport) => {
    const upstream = await serve({ mode, path });
    const remote = await join({ url: `http://127.0.0.1:${upstream.port}${given}`, transport });
    expect(remote.names()).toEqual(["remote_echo"]);
  });
});

it("a server with a certificate of its own authority is trusted by the file's ca_file alone", async () => {
  const tls = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
  const upstream = await serve({ mode: "modern", tls: { key: tls("server.key"), cert: tls("server.crt") } });
  const trusting = await join({ url: upstream.url, ca_file: tls("ca.crt") });
  expect(trusting.names()).toEqual(["remote_echo"]);
  const wary = await join({ url: upstream.url });
  expect(wary.health()).toMatchObject({
    connection: "down",
    last_error: "remote cannot be reached: TLS: certificate signed by an unknown authority",
  });
});
