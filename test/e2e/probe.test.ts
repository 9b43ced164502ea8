// `ops-hub probe` as containers and systemd call it: the real process, beside a hub that answers as each test says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { startHub } from "../support/hub.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** Prints the address of every module that is loaded. */
const TELL_MODULES = `import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { console.error("loads " + url); return next(url, context); } });`;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function run(args: string[], env: Record<string, string> = {}, nodeArgs: string[] = []) {
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  ends.push(() => child.kill("SIGKILL"));
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (output.out += String(chunk)));
  child.stderr.on("data", (chunk) => (output.err += String(chunk)));
  await once(child, "close");
  return { code: child.exitCode, ...output };
}

/** Answers each request with the next of these, the last one for ever; 0 is no answer at all. */
async function startAnswering(...statuses: number[]) {
  const paths: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    const status = statuses[Math.min(paths.push(url), statuses.length) - 1];
    if (status) response.writeHead(status).end("{}");
  });
  return { paths, port: await listenOn(server) };
}

async function listenOn(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return String((server.address() as AddressInfo).port);
}

async function endedPid(): Promise<string> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return String(child.pid);
}

describe("ops-hub probe", () => {
  it("says nothing and ends with 0 when the hub is healthy and ready", async () => {
    const running = await startHub([]);
    ends.push(() => running.close());
    const env = { PORT: new URL(running.url).port, HEALTH_METRICS_PORT: "0" };
    for (const question of ["health", "ready"])
      expect(await run(["probe", question], env)).toEqual({ code: 0, out: "", err: "" });
    await running.close();
    expect(await run(["probe", "health"], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("asks at HEALTH_METRICS_PORT, and at PORT when that is 0", async () => {
    const [metrics, main] = [await startAnswering(200), await startAnswering(200)];
    expect((await run(["probe", "ready"], { PORT: main.port, HEALTH_METRICS_PORT: metrics.port })).code).toBe(0);
    expect([metrics.paths, main.paths]).toEqual([["/ready"], []]);
    expect((await run(["probe", "health"], { PORT: main.port, HEALTH_METRICS_PORT: "0" })).code).toBe(0);
    expect([metrics.paths, main.paths]).toEqual([["/ready"], ["/health"]]);
  });

  it.each([
    ["", "127.0.0.1"],
    ["localhost", "localhost"],
    ["127.0.0.2", "127.0.0.2"],
    ["0.0.0.0", "127.0.0.1"],
    ["::", "[::1]"],
    ["0:0:0:0:0:0:0:0", "[::1]"],
    ["::1", "[::1]"],
  ])("with HOST=%s asks %s, and says what to do when nobody is there", async (HOST, asked) => {
    const { code, out, err } = await run(["probe", "ready"], { HOST, HEALTH_METRICS_PORT: "1" });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(
      /^http:\S+ cannot be reached \(.*\); start the hub, or .*HOST, PORT and HEALTH_METRICS_PORT\n$/,
    );
    expect(err).toContain(`http://${asked}:1/ready `);
  });

  it("says in one line what another answer means", async () => {
    const { port } = await startAnswering(503, 404);
    const url = `http://127.0.0.1:${port}/ready`;
    const ask = () => run(["probe", "ready"], { HEALTH_METRICS_PORT: port });
    expect((await ask()).err).toBe(
      `${url} answers 503: the hub starts, stops, or cannot write its reports; its log says which\n`,
    );
    expect((await ask()).err).toBe(
      `${url} answers 404: that is another program; give this command HOST, PORT and HEALTH_METRICS_PORT of the hub\n`,
    );
  });

  it("asks again with --wait until the hub is ready", async () => {
    const hub = await startAnswering(503, 503, 200);
    const MAINPID = String(process.pid);
    const { code, err } = await run(["probe", "ready", "--wait", "60"], { HEALTH_METRICS_PORT: hub.port, MAINPID });
    expect({ code, err, asked: hub.paths.length }).toEqual({ code: 0, err: "", asked: 3 });
  });

  it("gives up when the time of --wait is over", async () => {
    const [refusing, silent] = [await startAnswering(503), await startAnswering(0)];
    const ask = (port: string) => run(["probe", "ready", "--wait", "1"], { HEALTH_METRICS_PORT: port });
    const answers = await Promise.all([ask(refusing.port), ask(silent.port)]);
    expect(answers.map(({ code }) => code)).toEqual([1, 1]);
    expect(answers[0].err).toMatch(/answers 503: |does not answer in time/);
    expect(answers[1].err).toContain("does not answer in time; look at the hub's log, and restart it\n");
    expect(refusing.paths.length).toBeGreaterThan(1);
  });

  it.each([
    ["nobody is there", { HEALTH_METRICS_PORT: "1" }],
    ["the settings are bad, which that hub has said itself", { PORT: "x" }],
  ])("does not wait for a hub whose process, systemd's MAINPID, has ended, when %s", async (_, env) => {
    const MAINPID = await endedPid();
    expect(await run(["probe", "ready", "--wait", "3600"], { ...env, MAINPID })).toEqual({
      code: 1,
      out: "",
      err: "the hub has ended before it was ready: its log says why\n",
    });
  });

  it("leaves it to a hub that runs to say which settings are bad, as long as it waits", async () => {
    const env = { PORT: "x", MAINPID: String(process.pid) };
    expect(await run(["probe", "ready", "--wait", "1"], env)).toMatchObject({ code: 2, out: "" });
  });

  it.each([
    [["probe", "ready"], { PORT: "x", HEALTH_METRICS_PORT: "70000" }, "HEALTH_METRICS_PORT must be at most 65535"],
    [["probe", "ready"], { PORT: "0", HEALTH_METRICS_PORT: "0" }, "PORT=0 takes a port that no probe can know"],
    [["probe"], {}, "there are health and ready"],
    [["probe", "metrics"], {}, "there are health and ready"],
    [["probe", "ready", "now"], {}, "unknown command"],
    [["probe", "ready", "--wait", "soon"], {}, "--wait must be a whole number of seconds"],
    [["probe", "ready", "--wait", "4000"], {}, "--wait must be at most 3600 seconds"],
    [["--check-config", "--wait", "60"], {}, "--wait goes with probe alone"],
  ])("ends %j with 2 when %j is wrong", async (args, env, problem) => {
    const { code, out, err } = await run(args, env);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(problem);
  });
});

describe("a short command", () => {
  it.each([[["--help"]], [["--version"]], [["hash-token"]], [["probe", "health"]]])(
    "%j loads neither the hub nor what only the hub needs",
    async (args) => {
      const preload = `data:text/javascript,${encodeURIComponent(TELL_MODULES)}`;
      const { err } = await run(args, { HEALTH_METRICS_PORT: "1" }, ["--import", preload]);
      const loaded = err.split("\n").filter((line) => line.startsWith("loads file:"));
      expect(loaded).toContainEqual(expect.stringMatching(/src\/main\.ts$/));
      const isHeavy = /src\/(hub|modules|config)\.ts$|src\/modules\/|node_modules\/(?!zod\/)/;
      expect(loaded.filter((line) => isHeavy.test(line))).toEqual([]);
    },
  );
});
