// What a hub that has worked tells Prometheus, read by Prometheus's own promtool: its linter has nothing to say of it.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startBusyHub, type BusyHub } from "./support/helm-busy-hub.ts";

let busy: BusyHub;
let exposition: string;

beforeAll(async () => {
  busy = await startBusyHub();
  for (const _ of [1, 2]) await busy.work();
  exposition = String((await busy.agent.get("/metrics")).body);
});
afterAll(() => busy?.close());

/** Its exit code, and what it complains of. */
async function lint(metrics: string): Promise<{ code: number | null; said: string[] }> {
  const promtool = spawn("promtool", ["check", "metrics"], { stdio: "pipe", timeout: 30_000 });
  const ended = new Promise<number | null>((resolve) => promtool.once("close", resolve));
  promtool.stdin.end(metrics);
  const [out, problems, code] = await Promise.all([text(promtool.stdout), text(promtool.stderr), ended]);
  return { code, said: `${out}${problems}`.split("\n").filter(Boolean) };
}

/** Without the families of Node and its process: those are prom-client's, and it calls gauges `_total`. */
const ours = (metrics: string): string =>
  metrics
    .split("\n")
    .filter((line) => !/^(# (HELP|TYPE) )?(nodejs|process)_/.test(line))
    .join("\n");

it("promtool reads all of it, and finds nothing to say of what is ours", async () => {
  const families = [...exposition.matchAll(/^# TYPE (ops_hub_\w+) /gm)].map(([, name]) => name);
  const silent = families.filter((name) => !new RegExp(`^${name}(_count)?[{ ]`, "m").test(exposition));
  expect(families.length).toBeGreaterThan(20);
  expect(silent, "promtool looks at those alone that have a number").toEqual([]);
  expect(await lint(ours(exposition))).toEqual({ code: 0, said: [] });
});

it("promtool reads what prom-client adds, and complains of nothing but its gauges that end in _total", async () => {
  const { said } = await lint(exposition);
  expect(said.filter((line) => !/^nodejs_\w+_total non-counter metrics/.test(line))).toEqual([]);
});

it("promtool would notice a metric that breaks the rules", async () => {
  const broken = "# HELP ops_hub_samples Samples.\n# TYPE ops_hub_samples counter\nops_hub_samples 1\n";
  expect(await lint(broken)).toMatchObject({ code: 3, said: [expect.stringContaining("_total")] });
});
