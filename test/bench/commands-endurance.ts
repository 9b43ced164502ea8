// Many calls through one hub, of a zygote and of spawned programs: what they leave behind in children, descriptors and memory. The
// heap after a collection says whether anything is kept; the resident size also has what V8 reserves for the next burst.
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { TestHub } from "../support/modules.ts";
import { startHub } from "./commands-ground.ts";

const AT_ONCE = 8;
/** Long enough for heaps and pools to have their size. */
const WARM_CALLS = 1_000;

interface Footprint {
  readonly children: number;
  readonly descriptors: number;
  readonly heapMegabytes: number;
  readonly rssMegabytes: number;
  readonly zygoteDescriptors: number;
  readonly zygoteRssMegabytes: number;
}

export async function endure(calls: number): Promise<void> {
  const hub = await startHub(AT_ONCE);
  try {
    for (const [tool, what] of [
      ["warm_check", "of a zygote"],
      ["nothing_check", "spawned (/bin/true)"],
    ] as const) {
      await ask(hub, tool, Math.min(WARM_CALLS, calls));
      const seen = [await footprint(hub)];
      const startedAt = performance.now();
      for (const half of [Math.ceil(calls / 2), Math.floor(calls / 2)]) {
        await ask(hub, tool, half);
        seen.push(await footprint(hub));
      }
      const seconds = (performance.now() - startedAt) / 1_000;
      console.log(`${calls} calls ${what}, ${AT_ONCE} at a time, in ${seconds.toFixed(0)} s: before, halfway, after`);
      for (const name of Object.keys(seen[0] ?? {}) as (keyof Footprint)[])
        console.log(`  ${name.padEnd(20)} ${seen.map((one) => shown(one[name])).join(" -> ")}`);
    }
  } finally {
    await hub.close();
  }
  await delay(100);
  console.log(`after the hub has closed: ${(await childrenOf(process.pid)).length} children`);
}

async function ask(hub: TestHub, tool: string, calls: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < calls) {
      next += 1;
      const { text, isError } = await hub.call(tool, { release: "4.19.1", job_id: "1" });
      if (isError) throw new Error(`${tool}: ${text}`);
      hub.records.splice(0); // the test hub's own notes
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function footprint(hub: TestHub): Promise<Footprint> {
  await delay(300); // a child's last breath
  globalThis.gc?.();
  const runners = hub.running.health?.()["runners"];
  const { pid } = (runners as Record<string, Record<string, number>>)["warm"] ?? {};
  return {
    children: (await childrenOf(process.pid)).length,
    descriptors: (await readdir("/proc/self/fd")).length,
    heapMegabytes: process.memoryUsage().heapUsed / 1_048_576,
    rssMegabytes: await rssOf("self"),
    zygoteDescriptors: (await readdir(`/proc/${pid}/fd`)).length,
    zygoteRssMegabytes: await rssOf(String(pid)),
  };
}

/** All processes below this one, zombies too. */
async function childrenOf(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, "utf8").catch(() => "") : "";
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const below = (pid: number): number[] =>
    [...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

async function rssOf(pid: string): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

const shown = (value: number): string => String(Math.round(value * 10) / 10);
