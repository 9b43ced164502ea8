// From spawn to a 200 of /ready, and the memory of an idle hub: the real process, started as `npm start` does, with a compile
// cache that is cold (the first start after an install) and warm (every other).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const IDLE_MS = 1_000;

export async function startUp(runs: number): Promise<void> {
  const cache = await mkdtemp(join(tmpdir(), "ops-hub-bench-"));
  const cold = await startOnce(cache);
  const results = [];
  for (let i = 0; i < runs; i++) results.push(await startOnce(cache));
  await rm(cache, { recursive: true });
  const ready = results.map(({ readyMs }) => readyMs).toSorted((a, b) => a - b);
  const memory = results.map(({ rssMegabytes }) => rssMegabytes).toSorted((a, b) => a - b);
  const middle = Math.floor(runs / 2);
  console.log(`start to ready, cold: ${cold.readyMs.toFixed(0)} ms`);
  console.log(
    `start to ready, warm: ${ready[middle]?.toFixed(0)} ms (${ready[0]?.toFixed(0)}..${ready.at(-1)?.toFixed(0)})`,
  );
  console.log(`idle RSS: ${memory[middle]?.toFixed(0)} MB\n`);
}

async function startOnce(cache: string): Promise<{ readyMs: number; rssMegabytes: number }> {
  const started = performance.now();
  const env = {
    PATH: process.env["PATH"] ?? "",
    PORT: "0",
    HEALTH_METRICS_PORT: "0",
    GRAFANA_DATASOURCES_PATH: "/nonexistent",
    NODE_COMPILE_CACHE: cache,
  };
  const child = spawn(process.execPath, ["--max-semi-space-size=4", MAIN], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let url: string | undefined;
  for await (const line of child.stdout) {
    url = /"url":"(http:[^"]+)\/mcp"/.exec(String(line))?.[1];
    if (url !== undefined) break;
  }
  const { ok } = await fetch(`${url}/ready`);
  if (!ok) throw new Error("the hub said that it is ready, and is not");
  const readyMs = performance.now() - started;
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  child.kill("SIGTERM");
  await once(child, "close");
  return { readyMs, rssMegabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024 };
}
