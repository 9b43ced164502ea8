// What the agent's tracker and evidence see of a server.
import { afterEach, expect, it } from "vitest";
import { Connection } from "../../../src/modules/upstream/connection.ts";
import { createDial } from "../../../src/modules/upstream/dial.ts";
import { readServers } from "../../../src/modules/upstream/file.ts";
import { createPort } from "../../../src/modules/upstream/port-of.ts";
import type { UpstreamPort } from "../../../src/modules/upstream/port.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import { silent } from "../../support/modules.ts";
import { said, startUpstream, tool, type UpstreamOptions } from "../../support/mcp-upstream.ts";
import { UNWATCHED } from "../../../src/core/watch.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function portTo(url: string): Promise<UpstreamPort> {
  const text = JSON.stringify({ upstreams: [{ name: "gitea", url, timeout_seconds: 1, deny: ["*"] }] });
  const [server] = readServers("u.yaml", text, {});
  const dial = createDial({ server: server!, ca: undefined, searchPath: "", log: silent, redactor: createRedactor() });
  const clock = { now: Date.now };
  const connection = new Connection({
    name: "gitea",
    dial,
    timeoutMs: 1_000,
    clock,
    log: silent,
    watch: UNWATCHED,
    onTools: () => undefined,
  });
  open.push(connection);
  await connection.begin();
  return createPort("gitea", connection);
}

const serve = async (options: Partial<UpstreamOptions>) => {
  const upstream = await startUpstream({ mode: "sessions", ...options });
  open.push(upstream);
  return upstream;
};

const never = new AbortController().signal;

it("has all tools under their own names, whatever the lists offer to callers", async () => {
  const { url } = await serve({ tools: [tool("create_issue", { annotations: {} }), tool("listIssues")] });
  const port = await portTo(url);
  await port.ready(never);
  expect(port.tools()).toEqual(["create_issue", "listIssues"]);
  expect([port.has("create_issue"), port.has("gitea_create_issue")]).toEqual([true, false]);
});

it("gives raw answers, and errors of the tool and of JSON-RPC alike", async () => {
  const { url } = await serve({
    answer: ({ args }) => {
      if (args["text"] === "rpc") throw new Error("404 page not found");
      return args["text"] === "bad"
        ? said("it says no", { isError: true })
        : said("a", { structuredContent: { a: 1 } });
    },
  });
  const port = await portTo(url);
  expect(await port.call("echo", {}, never)).toEqual({ isError: false, text: "a", structured: { a: 1 } });
  expect(await port.call("echo", { text: "bad" }, never)).toMatchObject({ isError: true, text: "it says no" });
  expect(await port.call("echo", { text: "rpc" }, never)).toMatchObject({
    isError: true,
    text: expect.stringContaining("404 page not found"),
  });
});

it("tells whether something may have been written", async () => {
  const upstream = await serve({ answer: () => new Promise(() => undefined) });
  const port = await portTo(upstream.url);
  await expect(port.call("echo", {}, never)).rejects.toMatchObject({
    kind: "timeout",
    details: { may_have_written: true },
  });
  await upstream.close();
  open.splice(open.indexOf(upstream), 1);
  const refused = await port.call("echo", {}, never).catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: "unavailable" });
  expect(refused).not.toMatchObject({ details: { may_have_written: true } });
});

it("ends a wait at once when the caller does", async () => {
  const upstream = await serve({ answer: () => new Promise(() => undefined) });
  const port = await portTo(upstream.url);
  const stop = new AbortController();
  const call = port.call("echo", {}, stop.signal);
  stop.abort();
  await expect(call).rejects.toMatchObject({ kind: "cancelled" });
});
