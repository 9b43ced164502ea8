// The real process: an enum or a bad import passes vitest and crashes node.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, describe, expect, it } from "vitest";
import { startPrometheusMock, vector } from "../support/prometheus-mock.ts";
import { modern, send, until } from "../support/wire.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (output.out += String(chunk)));
  child.stderr.on("data", (chunk) => (output.err += String(chunk)));
  return { child, output, exited: once(child, "close") };
}

async function run(args: string[], env: Record<string, string> = {}) {
  const { child, output, exited } = start(args, env);
  await exited;
  return { code: child.exitCode, ...output };
}

async function listening(started: ReturnType<typeof start>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  started.child.stdout.on("data", () => {
    const url = /"url":"(http:[^"]+)\/mcp"/.exec(started.output.out)?.[1];
    if (url !== undefined) resolve(url);
  });
  void started.exited.then(() => reject(new Error(started.output.err)));
  return promise;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const noDatasources = async () => ({
  GRAFANA_DATASOURCES_PATH: join(await mkdtemp(join(tmpdir(), "ops-hub-")), "none.yaml"),
});

describe("the process", () => {
  it("prints help and version", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--check-config") });
    expect(await run(["--version"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ops-hub \d+\.\d+\.\d+\n$/),
    });
  });

  it("exits with 2 and every problem in one message on bad settings and bad arguments", async () => {
    const { code, err, out } = await run([], { HOST: "0.0.0.0", PORT: "x", DRAIN_SECONDS: "-1" });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^ops-hub cannot start:\n {2}- PORT must .*\n {2}- DRAIN_SECONDS must .*\n$/);
    expect((await run([], { HOST: "0.0.0.0" })).err).toContain("set AUTH_MODE");
    expect((await run(["--nope"])).code).toBe(2);
  });

  it("checks the settings without listening", async () => {
    const { code, out } = await run(["--check-config"], await noDatasources());
    expect(code).toBe(0);
    expect(out).toMatch(/^prometheus: /);
    expect((await run(["--check-config"], { PORT: "x" })).code).toBe(2);
  });

  it("serves both ports, and stops on SIGTERM with 0", async () => {
    const metricsPort = await freePort();
    const started = start([], { ...(await noDatasources()), PORT: "0", HEALTH_METRICS_PORT: String(metricsPort) });
    const url = await listening(started);
    const tools = (await modern(`${url}/mcp`, "tools/list")).json.result?.["tools"];
    expect(tools.length).toBeGreaterThan(0);
    for (const base of [url, `http://127.0.0.1:${metricsPort}`]) {
      for (const path of ["/health", "/ready"])
        expect((await send(`${base}${path}`, { method: "GET" })).status).toBe(200);
    }
    expect((await send(`${url}/metrics`, { method: "GET" })).status).toBe(404);
    expect((await send(`http://127.0.0.1:${metricsPort}/metrics`, { method: "GET" })).text).toContain(
      "ops_hub_build_info",
    );
    expect((await send(`http://127.0.0.1:${metricsPort}/mcp`, { method: "GET" })).status).toBe(404);
    started.child.kill("SIGTERM");
    await started.exited;
    expect(started.child.exitCode).toBe(0);
  });

  it("lets a call in flight end after SIGTERM, and ends at once after a second one", async () => {
    for (const isHurried of [false, true]) {
      const prometheus = await startPrometheusMock();
      const answer = Promise.withResolvers<void>();
      prometheus.on("/api/v1/query", async () => {
        await answer.promise;
        return vector([[{ __name__: "up" }, "1"]]);
      });
      const path = join(await mkdtemp(join(tmpdir(), "ops-hub-")), "datasources.json");
      await writeFile(
        path,
        JSON.stringify({ datasources: [{ name: "mock", type: "prometheus", url: prometheus.url }] }),
      );
      const started = start([], { PORT: "0", HEALTH_METRICS_PORT: "0", GRAFANA_DATASOURCES_PATH: path });
      const url = await listening(started);
      const call = modern(`${url}/mcp`, "tools/call", { name: "query_instant", arguments: { promql: "up" } });
      call.catch(() => undefined);
      await until(() => prometheus.requests.some((request) => request.path === "/api/v1/query"), "the query");
      started.child.kill("SIGTERM");
      await until(() => started.output.out.includes("stopping"), "the stop to begin");
      const ready = await send(`${url}/ready`, { method: "GET" });
      expect([ready.status, started.child.exitCode]).toEqual([503, null]);
      if (isHurried) started.child.kill("SIGTERM");
      else answer.resolve();
      await started.exited;
      expect(started.child.exitCode).toBe(isHurried ? 1 : 0);
      if (!isHurried) expect((await call).json.result?.["structuredContent"]).toMatchObject({ status: "success" });
      answer.resolve();
      await prometheus.close();
    }
  });

  it("says in one line what is wrong when the port is taken", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { code, err } = await run([], {
      ...(await noDatasources()),
      PORT: String((holder.address() as AddressInfo).port),
      HEALTH_METRICS_PORT: "0",
    });
    holder.close();
    expect(code).toBe(1);
    expect(err).toMatch(/EADDRINUSE.*\n$/);
  });

  it("turns a token into its entry, and says what is wrong with it or with the command", async () => {
    const hash = (text: string) => {
      const child = spawn(process.execPath, [MAIN, "hash-token"], { stdio: ["pipe", "pipe", "pipe"] });
      children.push(child);
      child.stdin.end(text);
      return Promise.all([child.stdout, child.stderr].map((stream) => stream.setEncoding("utf8").toArray()));
    };
    expect(await hash("a-token-that-is-long-enough\n")).toEqual([
      [expect.stringMatching(/^ {2}- name: change-me\n {4}hash: "sha256:[\da-f]{64}"\n {4}access: read\n$/)],
      [],
    ]);
    expect(await hash("short")).toEqual([[], ["a token must have at least 16 characters\n"]]);
    expect(await run(["hash-tokens"])).toMatchObject({
      code: 2,
      err: 'ops-hub cannot start:\n  - unknown command "hash-tokens"; there are hash-token, probe health and probe ready\n',
    });
  });

  it.each(["auto", "legacy"] as const)("serves one client over stdio (%s), with logs on stderr alone", async (mode) => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, "--stdio"],
      env: { PATH: process.env["PATH"] ?? "", ...(await noDatasources()) },
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("list_datasources");
    const { structuredContent } = await client.callTool({ name: "list_datasources", arguments: {} });
    expect(structuredContent).toMatchObject({ status: "success", data: [] });
    await client.close();
  });
});
