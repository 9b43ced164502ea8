import { afterAll, expect, it } from "vitest";
import { NO_AUDIT } from "../../src/core/audit.ts";
import { createPorch, createProbePorch, type PorchOptions, type State } from "../../src/http/porch.ts";
import { silent } from "../support/modules.ts";

const probes: string[] = [];
let state: State = "starting";
let isStoreFine = true;
const options: PorchOptions = {
  host: "127.0.0.1",
  publicUrl: undefined,
  allowedHosts: [],
  allowedOrigins: [],
  audit: NO_AUDIT,
  trustProxy: false,
  countRefused: async () => undefined,
  admitToMetrics: async () => undefined,
  log: silent,
  maxRequestBytes: 1_024,
  state: () => state,
  isReady: async () => isStoreFine,
  health: () => ({ status: "healthy" }),
  metrics: async () => ({ contentType: "text/plain; version=0.0.4", text: "up 1\n" }),
  onProbe: (method, path) => probes.push(`${method} ${path}`),
};
const main = createPorch(options, false);
const probePorch = createProbePorch(options);
afterAll(() => Promise.all([main.close(), probePorch.close()]));

it("limits slow headers and, longer, slow bodies", () => {
  for (const { server } of [main, probePorch]) {
    expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 20_000]);
  }
});

it("is ready only between start and stop, and healthy all the while", async () => {
  const statuses: number[] = [];
  for (const next of ["starting", "ready", "draining"] as const) {
    state = next;
    statuses.push((await main.inject("/ready")).statusCode, (await main.inject("/health")).statusCode);
  }
  state = "ready";
  expect(statuses).toEqual([503, 200, 200, 200, 503, 200]);
});

it("shows metrics on the probes' port alone, and tells of each probe", async () => {
  expect((await main.inject("/metrics")).statusCode).toBe(404);
  probes.length = 0;
  const { headers, body } = await probePorch.inject("/metrics");
  expect([headers["content-type"], body]).toEqual(["text/plain; version=0.0.4", "up 1\n"]);
  expect(probes).toEqual(["GET /metrics"]);
});

it("welcomes a person and answers the lost with a hint", async () => {
  expect((await main.inject("/")).body).toContain("/mcp");
  expect((await main.inject("/nowhere")).json()).toEqual({
    detail: "Not Found",
    error: "not found",
    hint: "nothing is at /nowhere; MCP is at /mcp",
  });
});

it("is not ready while a module is not, and stays healthy", async () => {
  state = "ready";
  isStoreFine = false;
  const [ready, health] = await Promise.all([probePorch.inject("/ready"), probePorch.inject("/health")]);
  isStoreFine = true;
  expect([ready.statusCode, ready.json(), health.statusCode]).toEqual([503, { status: "not ready" }, 200]);
});
