// One request against several servers, round by round in turn: A B C, A B C, ... Prints medians and ratios to the first.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";

export interface Contest {
  title: string;
  request: { headers: Record<string, string>; body: string };
  /** What child.ts can start; the first is the one the others are compared with. */
  servers: readonly string[];
}

export interface BenchOptions {
  rounds: number;
  seconds: number;
  upstream: string | undefined;
}

interface Round {
  perSecond: number;
  cpuMicros: number;
}

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
/** Linux counts CPU time in ticks of 10 ms. */
const TICK_MICROS = 10_000;

export async function bench(contest: Contest, options: BenchOptions): Promise<void> {
  const children = await Promise.all(contest.servers.map((name) => startChild(name, options.upstream)));
  const results: Round[][] = contest.servers.map(() => []);
  try {
    for (const { url } of children) await load(url, contest, 1);
    for (let i = 0; i < options.rounds; i++) {
      for (const [j, child] of children.entries()) results[j]?.push(await measure(child, contest, options.seconds));
    }
  } finally {
    for (const { child } of children) child.stdin?.end();
    await Promise.all(children.map(({ child }) => ended(child)));
  }
  print(contest, results);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, "close");
}

interface Child {
  child: ChildProcess;
  url: string;
}

async function startChild(name: string, upstream: string | undefined): Promise<Child> {
  const child = spawn(process.execPath, [CHILD, name, ...(upstream === undefined ? [] : [upstream])], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, url: String(line).trim() };
}

async function load(url: string, { request }: Contest, duration: number): Promise<number> {
  const result = await autocannon({ url, method: "POST", ...request, connections: 16, duration });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  return result["2xx"];
}

async function measure({ child, url }: Child, contest: Contest, seconds: number): Promise<Round> {
  const before = await cpuMicros(child.pid);
  const answered = await load(url, contest, seconds);
  return { perSecond: answered / seconds, cpuMicros: ((await cpuMicros(child.pid)) - before) / answered };
}

/** User and system time of a process so far. */
async function cpuMicros(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}

function print({ title, servers }: Contest, results: readonly Round[][]): void {
  console.log(title);
  const [first] = results;
  if (first === undefined) return;
  for (const [i, name] of servers.entries()) {
    const rounds = results[i] ?? [];
    const rate = median(rounds.map(({ perSecond }) => perSecond));
    const cpu = median(rounds.map((round) => round.cpuMicros));
    const ratios = rounds.map((round, j) => (first[j]?.perSecond ?? 0) / round.perSecond);
    const cpuRatios = rounds.map((round, j) => (first[j]?.cpuMicros ?? 0) / round.cpuMicros);
    const against = i === 0 ? "" : `   ${servers[0]}/${name}: ${spread(ratios)} the rate, ${spread(cpuRatios)} the CPU`;
    console.log(`  ${name.padEnd(6)} ${rate.toFixed(0).padStart(7)} /s ${cpu.toFixed(0).padStart(7)} µs CPU${against}`);
  }
  console.log();
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const spread = (ratios: readonly number[]): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)})`;
