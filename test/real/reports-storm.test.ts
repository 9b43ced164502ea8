// A storm: five hundred different failures within two seconds with a model that takes three, and five hundred times the same.
import { afterEach, expect, it } from "vitest";
import { addFailedPod, startAgentGround, type AgentGround, type AgentProcess } from "./support/agent-process.ts";

const REPORTS = 500;
const WITHIN_MS = 2_000;

let ground: AgentGround;
afterEach(() => ground.close());

const ENV = { LLM_CONCURRENCY: "64", GITEA_WRITES_PER_SECOND: "1000" };

async function send(hub: AgentProcess, bodies: readonly object[]): Promise<string[]> {
  return Promise.all(
    bodies.map(async (body, n) => {
      await new Promise((resolve) => setTimeout(resolve, (n * WITHIN_MS) / bodies.length));
      const reply = await fetch(`${hub.url}/report-failure?mode=async`, { method: "POST", body: JSON.stringify(body) });
      expect(reply.status).toBe(202);
      return ((await reply.json()) as { report_id: string }).report_id;
    }),
  );
}

/** Asks /health all the while; returns the slowest answer. */
async function watchHealth(hub: AgentProcess, work: Promise<unknown>): Promise<{ asked: number; slowestMs: number }> {
  const seen = { asked: 0, slowestMs: 0 };
  const over = new AbortController();
  void work.finally(() => over.abort());
  while (!over.signal.aborted) {
    const from = performance.now();
    const reply = await fetch(`${hub.url}/health`);
    await reply.text();
    expect(reply.status).toBe(200);
    seen.asked += 1;
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return seen;
}

interface Listed {
  total: number;
}

const count = async (hub: AgentProcess, query: string): Promise<number> =>
  ((await (await fetch(`${hub.url}/reports?limit=1${query}`)).json()) as Listed).total;

async function allFiled(hub: AgentProcess, expected: number): Promise<void> {
  await expect.poll(() => count(hub, "&state=filed"), { timeout: 240_000, interval: 500 }).toBe(expected);
}

it(
  "files five hundred different failures, most of a stormy namespace in one umbrella issue",
  { timeout: 300_000 },
  async () => {
    ground = await startAgentGround({ modelDelayMs: 3_000 });
    const hub = await ground.start(ENV);
    // one stormy namespace, and four that stay below the threshold
    const bodies = Array.from({ length: REPORTS }, (_, n) =>
      addFailedPod(ground.kubernetes, n % 5 === 0 && n < 200 ? `calm-${(n / 5) % 4}` : "stormy", n),
    );
    const from = performance.now();
    const work = (async () => {
      await send(hub, bodies);
      const accepted = performance.now() - from;
      await allFiled(hub, REPORTS);
      return accepted;
    })();
    const health = await watchHealth(hub, work);
    const seconds = (ms: number) => (ms / 1_000).toFixed(1);
    const { issues } = ground.gitea.repo("ops/reports");
    console.log(
      `${REPORTS} different reports: accepted in ${seconds(await work)} s, filed in ${seconds(performance.now() - from)} s as ${issues.length} issues; ` +
        `${ground.model.hits} model runs, at most ${ground.model.mostAtOnce} at once; /health asked ${health.asked} times, slowest ${health.slowestMs.toFixed(0)} ms`,
    );
    const umbrellas = issues.filter(({ title }) => /storm/i.test(title));
    expect(umbrellas).toHaveLength(1);
    // 40 calm ones and at least the threshold of the stormy ones have issues of their own
    expect(issues.length).toBeGreaterThanOrEqual(91);
    expect(issues.length).toBeLessThan(200);
    expect(await count(hub, "")).toBe(REPORTS);
  },
);

it("files five hundred equal ones as one issue", { timeout: 300_000 }, async () => {
  ground = await startAgentGround({ modelDelayMs: 3_000 });
  const hub = await ground.start(ENV);
  const body = addFailedPod(ground.kubernetes, "ci", 1);
  // five hundred runs of one pipeline that all fail alike: each is a report of its own
  const bodies = Array.from({ length: REPORTS }, (_, n) => ({ ...body, pipeline_run: `run-${n}` }));
  const ids = await send(hub, bodies);
  const health = await watchHealth(hub, allFiled(hub, new Set(ids).size));
  const writes = ground.gitea.writes().length;
  console.log(
    `${REPORTS} equal reports: ${new Set(ids).size} kept, ${ground.gitea.repo("ops/reports").issues.length} issue, ${writes} writes, ` +
      `${ground.model.hits} model runs; /health slowest ${health.slowestMs.toFixed(0)} ms`,
  );
  expect(ground.gitea.repo("ops/reports").issues).toHaveLength(1);
  expect(new Set(ids).size).toBe(REPORTS);
  expect(ground.model.hits).toBe(1);
});
