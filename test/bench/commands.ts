// npm run bench:commands [calls] [endurance calls]: one command four ways, in turn, in one run: spawned, from a zygote, from the
// cache, and as the seed did it (click's CliRunner in one Python process). Look at the ratios: the machine's own speed drifts.
import { endure } from "./commands-endurance.ts";
import { prepare, startHub, startInProcess, type InProcess } from "./commands-ground.ts";
import type { TestHub } from "../support/modules.ts";

const calls = Number(process.argv[2] ?? 200);
const enduranceCalls = Number(process.argv[3] ?? 10_000);
const AT_ONCE = 50;

interface Way {
  readonly name: string;
  readonly ms: number[];
  /** Answers that had all of their own lines and no other. */
  intact: number;
  /** One wave of calls at once. */
  run(numbers: readonly number[]): Promise<{ ms: readonly number[]; intact: number }>;
}

const throughHub = (hub: TestHub, tool: string) => async (numbers: readonly number[]) => {
  const asked = performance.now();
  const done = await Promise.all(
    numbers.map(async (number) => {
      const release = `4.19.${number}`;
      const { text, isError } = await hub.call(tool, { release, job_id: String(number) });
      if (isError) throw new Error(`${tool}: ${text}`);
      const lines = text.split("\n").filter((line) => line.startsWith("4."));
      const own = `${release} ${number}`;
      return { ms: performance.now() - asked, isIntact: lines.length === 5 && lines.every((line) => line === own) };
    }),
  );
  return { ms: done.map(({ ms }) => ms), intact: done.filter(({ isIntact }) => isIntact).length };
};

/** The ways in turn, `atOnce` calls of each at a time. */
async function contest(hub: TestHub, inProcess: InProcess, atOnce: number): Promise<Way[]> {
  const way = (name: string, run: Way["run"]): Way => ({ name, ms: [], intact: 0, run });
  const ways = [
    way("spawn", throughHub(hub, "cold_check")),
    way("zygote", throughHub(hub, "warm_check")),
    way("cache hit", throughHub(hub, "kept_check")),
    way("CliRunner", (numbers) => inProcess.ask(numbers)),
  ];
  for (let done = 0; done < calls; done += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, calls - done) }, (_, i) => i);
    for (const one of ways) {
      const { ms, intact } = await one.run(numbers);
      one.ms.push(...ms);
      one.intact += intact;
    }
  }
  return ways;
}

function print(title: string, ways: readonly Way[]): void {
  console.log(title);
  const spawned = ways[0]?.ms ?? [];
  for (const { name, ms, intact } of ways) {
    const [p50, p95] = [percentile(ms, 50), percentile(ms, 95)];
    const ratios = `spawn/${name}: ${(percentile(spawned, 50) / p50).toFixed(1)} x p50, ${(percentile(spawned, 95) / p95).toFixed(1)} x p95`;
    const whole = `${intact} of ${ms.length} answers whole`;
    console.log(
      `  ${name.padEnd(9)} p50 ${shown(p50)} ms   p95 ${shown(p95)} ms   ${whole}${name === "spawn" ? "" : `   ${ratios}`}`,
    );
  }
  console.log();
}

const shown = (ms: number): string => ms.toFixed(2).padStart(9);

function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100))] ?? Number.NaN;
}

function judge(ways: readonly Way[]): void {
  const p50 = (name: string): number => percentile(ways.find((way) => way.name === name)?.ms ?? [], 50);
  const [ratio, hit] = [p50("spawn") / p50("zygote"), p50("cache hit")];
  console.log(`zygote at least 10 times faster than spawn at p50: ${ratio >= 10 ? "yes" : "NO"} (${ratio.toFixed(1)})`);
  console.log(`cache hit under 1 ms at p50: ${hit < 1 ? "yes" : "NO"} (${hit.toFixed(3)} ms)\n`);
}

await prepare();
const inProcess = await startInProcess();
const hub = await startHub(AT_ONCE);
try {
  for (let number = 0; number < AT_ONCE; number++) await throughHub(hub, "kept_check")([number]);
  const sequential = await contest(hub, inProcess, 1);
  print(`${calls} calls, one after the other`, sequential);
  const parallel = await contest(hub, inProcess, AT_ONCE);
  print(`${calls} calls, ${AT_ONCE} in parallel`, parallel);
  judge(sequential);
  console.log(`zygote: ${JSON.stringify(hub.running.health?.()["runners"])}\n`);
} finally {
  await hub.close();
  await inProcess.close();
}
await endure(enduranceCalls);
