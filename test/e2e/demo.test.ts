// `npm run demo` on a machine without Prometheus, as a newcomer sees it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { legacy } from "../support/wire.ts";

const DEMO = fileURLToPath(new URL("../../src/demo/main.ts", import.meta.url));

it("prints the way in, answers its own questions, turns a failed build into an issue, and ends on SIGTERM", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "ops-hub-"));
  const child = spawn(process.execPath, [DEMO], {
    cwd,
    env: { PATH: cwd, PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  const running = Promise.withResolvers<void>();
  child.stderr.on("data", (chunk) => (text += String(chunk)));
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
    if (text.includes("Ctrl-C")) running.resolve();
  });
  const closed = once(child, "close");
  await Promise.race([running.promise, closed]);
  const url = /MCP endpoint: (http:\/\/127\.0\.0\.1:\d+\/mcp)/.exec(text)?.[1];
  expect(text).toMatch(/a stand-in that replays[\s\S]*Claude Code[\s\S]*Ask it:[\s\S]*page: TargetDown: /);
  expect(text).toMatch(/received {2,}accepted[\s\S]*filed {2,}issue #1 created[\s\S]*npm ERESOLVE[\s\S]*ai-analyzed/);
  expect(await readFile(join(cwd, "demo-issue.md"), "utf8")).toContain("npm error ERESOLVE could not resolve");
  expect((await readFile(join(cwd, "demo-chart.png"))).subarray(1, 4).toString()).toBe("PNG");
  expect((await legacy(String(url), { jsonrpc: "2.0", id: 1, method: "tools/list" })).status).toBe(200);
  child.kill("SIGTERM");
  await closed;
  expect(child.exitCode).toBe(0);
});
