// The image: built as the Containerfile says, on a base made here, and started as the chart's pod would be.
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { startPrometheusMock, vector } from "../support/prometheus-mock.ts";
import { modern, send, until } from "../support/wire.ts";
import { freePort } from "./support/free-port.ts";
import { makeBase } from "./support/image-base.ts";
import { buildImage, removePrograms } from "./support/image-build.ts";
import { openEngine, type Engine } from "./support/image-engine.ts";
import {
  containerOptions,
  KUBERNETES,
  OPENSHIFT,
  startPod,
  TOKEN,
  type Pod,
  type PodOptions,
} from "./support/image-pod.ts";
import { PYTHON, WRITABLE } from "./support/image-programs.ts";

const BASE = "localhost/a-base:24";
const IMAGE = "localhost/ops-hub:built";
const BARE = "localhost/ops-hub:bare";
const REVISION = "0123456789abcdef0123456789abcdef01234567";
const ARGS = { BASE, REVISION, PACKAGES: "python3" };
const MINUTES = 60_000;

const json = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../${name}`, import.meta.url), "utf8"));
const PACKAGE = z.object({ version: z.string(), license: z.string() }).parse(await json("package.json"));
const locked = z.looseObject({ dev: z.boolean().default(false), optional: z.boolean().default(false) });
const LOCK = z.object({ packages: z.record(z.string(), locked) }).parse(await json("package-lock.json"));

let engine: Engine;
const podman = (...args: string[]) => engine.podman(...args);
const pods: Pod[] = [];
async function start(options: Partial<PodOptions> = {}): Promise<Pod> {
  const pod = await startPod(engine, { image: IMAGE, ...options });
  pods.push(pod);
  return pod;
}
const get = (url: string) => send(url, { method: "GET" });
const authorized = { headers: { authorization: `Bearer ${TOKEN}` } };

beforeAll(async () => {
  engine = await openEngine();
  await makeBase(engine, BASE);
  await buildImage(engine, { tag: IMAGE, args: ARGS });
}, 6 * MINUTES);
afterEach(async () => {
  await Promise.all(pods.splice(0).map((pod) => pod.close()));
});
afterAll(() => engine?.close(), MINUTES);

const image = z.looseObject({
  Config: z.looseObject({ Labels: z.record(z.string(), z.string()) }),
  Healthcheck: z.looseObject({ Test: z.array(z.string()) }).optional(),
  History: z.array(z.looseObject({ created_by: z.string().optional() })),
});
const inspect = async (name: string) => z.tuple([image]).parse(JSON.parse(await podman("image", "inspect", name)))[0];

/** The value of an expression over the paths below the hub's folder, computed in a container without a hub. */
async function overPaths(expression: string): Promise<unknown> {
  const program = `const fs = require("node:fs"); const paths = fs.readdirSync(".", { recursive: true });
    console.log(JSON.stringify(${expression}))`;
  const options = [...containerOptions(KUBERNETES), "--entrypoint", "node"];
  return JSON.parse(await podman("run", "--rm", ...options, IMAGE, "-e", program));
}

it("has the user, ports, volume and signal that the chart expects, and no variable but its own", async () => {
  const { Config } = await inspect(IMAGE);
  const { Labels, ...config } = Config;
  expect(config).toEqual({
    User: "1001:0",
    ExposedPorts: { "8000/tcp": {}, "8080/tcp": {} },
    Env: [
      expect.stringMatching(/^PATH=/),
      "NODE_ENV=production",
      "HOST=0.0.0.0",
      "STATE_DIRECTORY=/var/lib/ops-hub",
      "HOME=/tmp",
    ],
    Entrypoint: ["node", "--max-semi-space-size=4", "/opt/ops-hub/dist/bin.js"],
    Volumes: { "/var/lib/ops-hub": {} },
    WorkingDir: "/opt/ops-hub",
    StopSignal: "SIGTERM",
  });
  expect(Labels).toMatchObject({
    "org.opencontainers.image.title": "ops-hub",
    "org.opencontainers.image.licenses": PACKAGE.license,
    "org.opencontainers.image.version": PACKAGE.version,
    "org.opencontainers.image.revision": REVISION,
    "org.opencontainers.image.base.name": BASE,
    version: PACKAGE.version,
    name: "ops-hub",
  });
});

it("tells in its history neither where packages came from nor any credential", async () => {
  const history = (await inspect(IMAGE)).History.map(({ created_by }) => created_by ?? "");
  expect(history.length).toBeGreaterThan(10);
  for (const line of history) expect(line).not.toMatch(/https?:|token|password|secret|npmrc/i);
});

it("holds the hub, its production packages and nothing else of the clone", async () => {
  const paths = z.array(z.string()).parse(await overPaths("paths"));
  expect(paths.filter((path) => !path.includes("/")).sort()).toEqual([
    "LICENSE",
    "dist",
    "node_modules",
    "package.json",
  ]);
  expect(paths.filter((path) => /\.(map|[cm]?ts)$|(^|\/)(\.git|\.cache|_cacache|\.npmrc)$/.test(path))).toEqual([]);
  const there = new Set(paths);
  const places = Object.entries(LOCK.packages).filter(([path]) => path !== "");
  expect(places.filter(([path, { dev }]) => dev && there.has(path))).toEqual([]);
  expect(places.filter(([path, { dev, optional }]) => !dev && !optional && !there.has(path))).toEqual([]);
});

it("adds some 100 MB to its base", async () => {
  expect(await overPaths("paths.reduce((sum, path) => sum + fs.lstatSync(path).size, 0) / 1e6")).toBeLessThan(125);
});

describe.each([
  { where: "Kubernetes", identity: KUBERNETES, uid: "1001" },
  { where: "OpenShift", identity: OPENSHIFT, uid: "1000650000" },
])("started as on $where", ({ identity, uid }) => {
  it("answers the probes on both ports, the scraper, and a client that has a token", async () => {
    const pod = await start({ identity });
    for (const base of [pod.url, pod.probesUrl]) {
      for (const path of ["/health", "/ready"]) expect((await get(`${base}${path}`)).status).toBe(200);
    }
    expect((await get(`${pod.probesUrl}/metrics`)).text).toContain("ops_hub_build_info");
    const tools = await modern(`${pod.url}/mcp`, "tools/list", {}, authorized);
    expect(tools.json.result?.["tools"]).toContainEqual(expect.objectContaining({ name: "query_instant" }));
    expect((await modern(`${pod.url}/mcp`, "tools/list")).status).toBe(401);
  });

  it("runs without rights, and may write to /tmp and its state alone", async () => {
    const pod = await start({ identity });
    const status = await podman("exec", pod.name, "node", "-p", 'fs.readFileSync("/proc/1/status", "utf8")');
    const lines = Object.fromEntries(status.split("\n").map((line) => line.split(":\t")));
    expect(lines).toMatchObject({
      Uid: [uid, uid, uid, uid].join("\t"),
      Gid: "0\t0\t0\t0",
      CapEff: "0".repeat(16),
      CapBnd: "0".repeat(16),
      NoNewPrivs: "1",
      Seccomp: "2",
    });
    expect(JSON.parse(await podman("exec", pod.name, "node", "-e", WRITABLE))).toEqual(["/tmp", "/var/lib/ops-hub"]);
  });

  it("keeps an accepted report on the volume", async () => {
    const pod = await start({ identity });
    const body = { namespace: "ci", pipeline_run: "build-7" };
    const headers = { ...authorized.headers, "content-type": "application/json" };
    expect((await send(`${pod.url}/report-failure?mode=async`, { headers, body })).status).toBe(202);
    const list = 'fs.readdirSync("/var/lib/ops-hub", { recursive: true }).join()';
    expect(await podman("exec", pod.name, "node", "-p", list)).toMatch(/\.db/);
  });
});

it("belongs to root, is there for all to read and for nobody to change", async () => {
  const bad = `paths.filter((path) => {
    const { uid, gid, mode } = fs.lstatSync(path);
    const isLink = (mode & 0o170000) === 0o120000;
    return uid !== 0 || gid !== 0 || (mode & 0o444) !== 0o444 || ((mode & 0o22) !== 0 && !isLink);
  })`;
  expect(await overPaths(bad)).toEqual([]);
});

it("knows by its own health check whether the hub is there", async () => {
  const { Test = [] } = (await inspect(IMAGE)).Healthcheck ?? {};
  expect(Test.slice(0, 2)).toEqual(["CMD", "node"]);
  const pod = await start();
  expect(await podman("healthcheck", "run", pod.name)).toBe("");
  const nobody = ["--env", `HEALTH_METRICS_PORT=${await freePort()}`, "--entrypoint", "node", IMAGE];
  const alone = podman("run", "--rm", ...containerOptions(KUBERNETES), ...nobody, ...Test.slice(2));
  await expect(alone).rejects.toThrow(/code 1\n[^]*cannot be reached/);
});

it("refuses to listen for everybody before someone said who may call", async () => {
  const silent = podman("run", "--rm", ...containerOptions(KUBERNETES), IMAGE);
  await expect(silent).rejects.toThrow(/code 2\n[^]*AUTH_MODE/);
});

it("lets a call in flight end when the kubelet stops it, meanwhile not ready, and ends with 0", async () => {
  const prometheus = await startPrometheusMock();
  const answer = Promise.withResolvers<void>();
  prometheus.on("/api/v1/query", async () => {
    await answer.promise;
    return vector([[{ __name__: "up" }, "1"]]);
  });
  onTestFinished(() => prometheus.close());
  const pod = await start({ prometheusUrl: prometheus.url });
  const query = { name: "query_instant", arguments: { promql: "up" } };
  const call = modern(`${pod.url}/mcp`, "tools/call", query, authorized);
  await until(() => prometheus.requests.some(({ path }) => path === "/api/v1/query"), "the query");
  const stopped = pod.stop();
  await until(() => pod.log().includes("calls in flight may end first"), "the stop to begin");
  for (const base of [pod.url, pod.probesUrl]) expect((await get(`${base}/ready`)).status).toBe(503);
  answer.resolve();
  expect((await call).json.result?.["structuredContent"]).toMatchObject({ status: "success" });
  await stopped;
  expect(await pod.exited).toMatch(/ended with code 0$/);
});

it("needs no shell: the hub starts where there is no program but Node", async () => {
  await removePrograms(engine, IMAGE, BARE);
  const none = podman("run", "--rm", ...containerOptions(KUBERNETES), "--entrypoint", "/bin/sh", BARE, "-c", "true");
  await expect(none).rejects.toThrow(/not found|no such file/i);
  const pod = await start({ image: BARE });
  expect((await get(`${pod.probesUrl}/ready`)).status).toBe(200);
  expect(await podman("healthcheck", "run", pod.name)).toBe("");
});

it("keeps a Python program warm, when it was built with PACKAGES=python3", async () => {
  const pod = await start({ values: PYTHON });
  const reply = await modern(`${pod.url}/mcp`, "tools/call", { name: "shop_state", arguments: {} }, authorized);
  expect(reply.text).toContain("imported by another");
});

it(
  "runs tests in its stage for them, on the base's Node and Python",
  async () => {
    const said = await buildImage(engine, {
      tag: "localhost/ops-hub:test",
      target: "test",
      args: { ...ARGS, TESTS: "laws/readme.test release-ops/preload" },
    });
    expect(said).toMatch(/test\/laws\/readme\.test\.ts/);
    expect(said).toMatch(/Test Files .*passed/);
  },
  3 * MINUTES,
);
