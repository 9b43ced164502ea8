// Servers that are not ours as upstreams: the Python SDK over every transport, and prefect-mcp from its registry beside a real Prefect.
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { run, until, type Running } from "../modules/upstream/upstream.ts";
import { startChild } from "./support/child.ts";
import { PREFECT_GROUND_MS, prefectGround } from "./support/prefect-ground.ts";

const PYTHON = fileURLToPath(new URL("../../.cache/venv/bin/python", import.meta.url));
const SCRIPT = fileURLToPath(new URL("support/python-scripts/upstream.py", import.meta.url));
const PREFECT_MCP = fileURLToPath(new URL("../../.cache/prefect-mcp/bin/prefect-mcp-server", import.meta.url));
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function join(yaml: Record<string, unknown>, env?: Record<string, string>): Promise<Running> {
  const remote = await run(yaml, env);
  open.push(remote);
  await until(() => remote.names().length > 0, "its tools are there", 60_000);
  return remote;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each([
  ["stdio", ""],
  ["http", "/mcp"],
  ["sse", "/sse"],
])("a Python server over %s", (transport, path) => {
  const start = async (): Promise<Running> => {
    if (transport === "stdio") return join({ command: PYTHON, args: [SCRIPT, "stdio"] });
    const port = await freePort();
    const child = await startChild(PYTHON, [SCRIPT, transport, String(port)]);
    open.push({ close: () => child.end() });
    return join({ url: `http://127.0.0.1:${port}${path}` }); // it is tried until it listens
  };

  it("is listed, asked and heard", async () => {
    const remote = await start();
    expect(remote.names()).toEqual(["remote_add", "remote_fail"]);
    expect(Object.keys(remote.running.absent ?? {})).toEqual(["remote_write"]);
    expect(remote.registry().find("remote_add")?.inputSchema).toMatchObject({
      type: "object",
      required: ["a", "b"],
      properties: { a: { type: "integer" } },
    });
    expect(await remote.call("remote_add", { a: 2, b: 3 })).toMatchObject({ text: "5", structured: { result: 5 } });
    expect(await remote.call("remote_fail")).toMatchObject({ isError: true, text: "remote says: the disk is full" });
    expect(await remote.call("remote_add", { a: "x", b: 3 })).toMatchObject({ isError: true });
    expect(await remote.running.check(AbortSignal.timeout(5_000))).toMatchObject({ ok: true });
  });
});

it("prefect-mcp answers through the hub what its Prefect knows", { timeout: PREFECT_GROUND_MS }, async () => {
  const { url, api } = await prefectGround();
  const env = { PREFECT_API_URL: url, HOME: "/tmp" };
  const remote = await join({ command: PREFECT_MCP, env, timeout_seconds: 60 });
  expect(remote.names()).toEqual(expect.arrayContaining(["remote_get_flow_runs", "remote_get_dashboard"]));
  const flows = await remote.call("remote_get_flows", { limit: 200 });
  const counted = await api.post("flows/count", {});
  expect(flows).toMatchObject({ isError: false, structured: { success: true, count: counted } });
  expect(await remote.call("remote_get_flow_run_logs")).toMatchObject({
    isError: true,
    text: expect.stringContaining("flow_run_id"),
  });
});
