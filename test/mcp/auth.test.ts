// The doors with a gate: who is let in, what it sees, and what happens when it is no longer welcome.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { startReviews } from "../support/reviews-stand-in.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, modern, send, until } from "../support/wire.ts";

const hash = (token: string) => `sha256:${createHash("sha256").update(token).digest("hex")}`;
const entry = (name: string, rest = "") => `  - { name: ${name}, hash: "${hash(`${name}-token`)}"${rest} }\n`;
const ALL = `tokens:\n${entry("ann")}${entry("bob", ", access: destructive")}${entry("cy", ", modules: [other]")}`;
const bearer = (name: string) => ({ headers: { authorization: `Bearer ${name}-token` } });

let folder: string;
let tokens: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-auth-"));
  tokens = join(folder, "tokens.yaml");
});
afterAll(() => rm(folder, { recursive: true }));

let hub: RunningHub;
let trial: ReturnType<typeof trialModule>;
beforeEach(async () => {
  await writeFile(tokens, ALL);
  trial = trialModule();
  const env = { AUTH_MODE: "token", AUTH_TOKENS_PATH: tokens, ALLOW_WRITES: "trial" };
  hub = await startHub([trial.module, trialModule("other").module], env);
});
afterEach(() => hub.close());

/** Opens an event stream; done when it ends, however it does. */
async function stream(name: string): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const asked = request(`${hub.url}/sse`, { agent: false, ...bearer(name) }, (response) =>
    response.on("error", ended.resolve).on("close", ended.resolve).resume(),
  );
  asked.on("error", ended.resolve).end();
  await ended.promise;
}

const names = ({ json }: Awaited<ReturnType<typeof modern>>) =>
  (json.result as any)?.tools?.map((tool: { name: string }) => tool.name);

describe("without a good token", () => {
  it.each([
    ["POST", "/mcp"],
    ["GET", "/mcp"],
    ["DELETE", "/mcp"],
    ["POST", "/mcp/trial"],
    ["POST", "/mcp/nothing-here"],
    ["GET", "/sse"],
    ["GET", "/mcp/trial/sse"],
    ["POST", "/messages?sessionId=1"],
    ["GET", "/metrics"],
  ])("%s %s is 401, with a bare challenge and before the body is read", async (method, path) => {
    const tries: Record<string, string>[] = [
      {},
      { authorization: "Bearer nobody-token" },
      { authorization: "Basic YTpi" },
    ];
    for (const headers of tries) {
      const reply = await send(`${hub.url}${path}`, { method, headers, ...(method === "POST" ? { body: "{" } : {}) });
      expect([reply.status, reply.headers["www-authenticate"]?.split(" ")[0]]).toEqual([401, "Bearer"]);
      expect(reply.headers["www-authenticate"]).not.toContain("resource_metadata");
      expect(reply.text).not.toContain("nobody-token");
      const { error, jsonrpc } = JSON.parse(reply.text);
      expect(path === "/metrics" || (jsonrpc === "2.0" && error.code === -32_000)).toBe(true);
    }
  });

  it("health and readiness answer, and there is no OAuth metadata", async () => {
    for (const path of ["/health", "/ready"])
      expect((await send(`${hub.url}${path}`, { method: "GET" })).status).toBe(200);
    for (const what of ["oauth-protected-resource", "oauth-protected-resource/mcp", "oauth-authorization-server"]) {
      expect((await send(`${hub.url}/.well-known/${what}`, { method: "GET" })).status).toBe(404);
    }
  });
});

describe("with a token", () => {
  it("a caller sees and calls what it may, in both eras", async () => {
    expect(names(await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("ann")))).not.toContain("erase");
    expect(names(await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("bob")))).toContain("erase");
    expect(names(await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("cy")))).toEqual([
      "other_echo",
      "other_wait",
      "other_wait_long",
    ]);
    const done = await legacy(`${hub.url}/mcp`, call("erase", {}), bearer("bob"));
    expect(done.json.result?.["structuredContent"]).toEqual({ erased: true });
  });

  it("what it may not use answers as what is not there", async () => {
    const ask = async (name: string, path = "/mcp") => {
      const replies = [
        await modern(`${hub.url}${path}`, "tools/call", { name, arguments: {} }, bearer("ann")),
        await legacy(`${hub.url}${path}`, call(name, {}), bearer("ann")),
      ];
      return replies.map(({ status, text }) => [status, text.replaceAll(name, "NAME")]);
    };
    expect(await ask("erase")).toEqual(await ask("no_such_tool"));
    const module = async (path: string) => {
      const { status, text } = await modern(`${hub.url}${path}`, "tools/list", {}, bearer("cy"));
      return [status, text.replace(/trial|nothing/, "NAME")];
    };
    expect(await module("/mcp/trial")).toEqual(await module("/mcp/nothing"));
  });

  it("a session belongs to its caller", async () => {
    const opened = await legacy(`${hub.url}/mcp`, initialize(), bearer("ann"));
    const session = { "mcp-session-id": String(opened.headers["mcp-session-id"]) };
    const ask = (name: string) =>
      legacy(`${hub.url}/mcp`, call("echo", { text: "x" }), { headers: { ...bearer(name).headers, ...session } });
    expect((await ask("ann")).status).toBe(200);
    expect((await ask("bob")).status).toBe(404);
  });

  it("streams and sessions of a caller who was taken out of the file end", async () => {
    const opened = await legacy(`${hub.url}/mcp`, initialize(), bearer("ann"));
    expect(opened.status).toBe(200);
    const ended = stream("ann");
    const stays = stream("bob");
    await until(() => hub.hub.counts().streams === 2, "two streams");
    await writeFile(tokens, `tokens:\n${entry("bob", ", access: destructive")}`);
    await hub.hub.reload();
    await ended;
    expect(hub.hub.counts()).toEqual({ sessions: 0, streams: 1 });
    expect((await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("ann"))).status).toBe(401);
    expect((await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("bob"))).status).toBe(200);
    await hub.close();
    await stays;
  });
});

describe("limits", () => {
  it("a caller past its calls is told when to come again, each of a batch counting; others are not", async () => {
    await hub.close();
    const env = { AUTH_MODE: "token", AUTH_TOKENS_PATH: tokens, RATE_LIMIT_CALLS_PER_MINUTE: "3" };
    hub = await startHub([trial.module, trialModule("other").module], env);
    const echo = (id: number) => call("echo", { text: "x" }, id);
    const batch = await legacy(`${hub.url}/mcp`, [echo(1), echo(2)], bearer("ann"));
    expect(batch.status).toBe(200);
    expect((await legacy(`${hub.url}/mcp`, echo(3), bearer("ann"))).status).toBe(200);
    const refused = await legacy(`${hub.url}/mcp`, echo(4), bearer("ann"));
    expect([refused.status, refused.json.error?.code]).toEqual([429, -32_000]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("ann"))).status).toBe(200);
    expect((await legacy(`${hub.url}/mcp`, echo(5), bearer("bob"))).status).toBe(200);
  });

  it("an address that only guesses is told to wait", async () => {
    await hub.close();
    const env = { AUTH_MODE: "token", AUTH_TOKENS_PATH: tokens, RATE_LIMIT_ADDRESS_PER_MINUTE: "2" };
    hub = await startHub([trial.module, trialModule("other").module], env);
    const guess = async () => (await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("nobody"))).status;
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 429]);
    expect((await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("ann"))).status).toBe(200);
  });

  it("an address that guesses costs the cluster no more than that, and those it knows still come in", async () => {
    await hub.close();
    const api = await startReviews();
    await writeFile(join(folder, "token"), "own-token");
    api.accounts.set("own-token", { username: "hub", isDelegator: true });
    api.accounts.set("sam-token", { username: "sam" }).set("zoe-token", { username: "zoe", audiences: ["ops-hub"] });
    const env = {
      AUTH_MODE: "active",
      AUTH_CACHE_TTL_SECONDS: "0",
      REPORT_AUTH: "k8s",
      OPENSHIFT_API_URL: api.url,
      KUBERNETES_SERVICE_ACCOUNT_PATH: folder,
      RATE_LIMIT_ADDRESS_PER_MINUTE: "2",
    };
    hub = await startHub([trial.module, trialModule("other").module], env);
    const list = async (name: string) => (await modern(`${hub.url}/mcp`, "tools/list", {}, bearer(name))).status;
    const report = async (name: string) =>
      (await send(`${hub.url}/report-failure`, { ...bearer(name), body: {} })).status;
    expect([await list("sam"), await report("zoe")]).toEqual([200, 422]);
    expect([await list("guess1"), await report("guess2")]).toEqual([401, 401]);
    const asked = api.requests.length;
    expect([await list("guess3"), await report("guess4")]).toEqual([429, 429]);
    expect((await send(`${hub.url}/reports`, { method: "GET", ...bearer("guess5") })).status).toBe(429);
    expect(api.requests.length).toBe(asked);
    expect([await list("sam"), await report("zoe")]).toEqual([200, 422]);
    await api.close();
  });

  it("an address that sends what no client sends is counted too, and its refusals fill no audit", async () => {
    await hub.close();
    const path = join(folder, "audit");
    const env = { AUTH_MODE: "token", AUTH_TOKENS_PATH: tokens, RATE_LIMIT_ADDRESS_PER_MINUTE: "3", AUDIT_LOG: path };
    hub = await startHub([trial.module, trialModule("other").module], env);
    const tries: [string, Record<string, string>][] = [
      ["/mcp", { host: "evil.example" }],
      ["/mcp", { "content-encoding": "gzip" }],
      ["/mcp?token=x", {}],
    ];
    const ask = async () => {
      const replies = [];
      for (const [at, headers] of tries) replies.push(await send(`${hub.url}${at}`, { method: "GET", headers }));
      return replies;
    };
    expect((await ask()).map(({ status }) => status)).toEqual([403, 415, 400]);
    const over = [...(await ask()), ...(await ask())];
    expect(over.map(({ status }) => status)).toEqual([429, 429, 429, 429, 429, 429]);
    expect(Number(over[0]?.headers["retry-after"])).toBeGreaterThan(0);
    expect((await modern(`${hub.url}/mcp`, "tools/list", {}, bearer("ann"))).status).toBe(200);
    await hub.close();
    const lines = (await readFile(path, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(["403", "415", "400", "429"]);
  });

  it("a caller's streams are capped", async () => {
    await hub.close();
    const env = { AUTH_MODE: "token", AUTH_TOKENS_PATH: tokens, MAX_STREAMS_PER_CALLER: "1" };
    hub = await startHub([trial.module, trialModule("other").module], env);
    const first = stream("ann");
    await until(() => hub.hub.counts().streams === 1, "the stream");
    const second = await send(`${hub.url}/sse`, { method: "GET", ...bearer("ann") });
    expect([second.status, Number(second.headers["retry-after"]) > 0]).toEqual([503, true]);
    await hub.close();
    await first;
  });
});
