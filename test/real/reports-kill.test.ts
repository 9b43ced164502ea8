// No report is lost or filed twice, whenever the process dies: a real hub, killed with SIGKILL a hundred times.
import { expect, it } from "vitest";
import { addFailedPod, startAgentGround, type AgentGround, type AgentProcess } from "./support/agent-process.ts";

const ROUNDS = 100;
const AT_ONCE = 4;

/** When to kill: as soon as a report came into this state, or at a moment of its filing that only the tracker sees. */
const MOMENTS = [
  "received",
  "collecting",
  "collected",
  "waiting_llm",
  "analyzing",
  "drafted",
  "filing",
  "filed",
  "before the write",
  "after the write",
] as const;
type Moment = (typeof MOMENTS)[number];

const tally = { killed: new Map<Moment, number>(), acknowledged: 0 };

it(`ends every report in exactly one issue over ${ROUNDS} kills`, { timeout: 900_000 }, async () => {
  const results = await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => playLane(lane)));
  const lost = results.flatMap((result) => result.lost);
  const duplicated = results.flatMap((result) => result.duplicated);
  console.log(
    `${ROUNDS} kills (${[...tally.killed].map(([moment, n]) => `${moment} ${n}`).join(", ")}); ` +
      `${tally.acknowledged} reports acknowledged, lost ${lost.length}, duplicated ${duplicated.length}`,
  );
  expect({ lost, duplicated }).toEqual({ lost: [], duplicated: [] });
  expect(tally.acknowledged).toBe(ROUNDS);
  for (const moment of MOMENTS) expect(tally.killed.get(moment), moment).toBe(ROUNDS / MOMENTS.length);
});

/** Its own ground: one database that lives through all kills. */
async function playLane(lane: number) {
  const ground = await startAgentGround({ modelDelayMs: 40 });
  try {
    const ids: string[] = [];
    for (let round = lane; round < ROUNDS; round += AT_ONCE) {
      ids.push(await playRound(ground, round, MOMENTS[round % MOMENTS.length]!));
    }
    const last = await ground.start();
    for (const id of ids) await filed(last, id);
    await last.end();
    return judge(ground, ids);
  } finally {
    await ground.close();
  }
}

async function playRound(ground: AgentGround, round: number, moment: Moment): Promise<string> {
  const body = addFailedPod(ground.kubernetes, "ci", round);
  if (moment === "before the write") ground.gitea.fail("POST", /\/issues$/, "hang");
  if (moment === "after the write") ground.gitea.fail("POST", /\/issues$/, "hang-after");
  const hub = await ground.start();
  // watched before anything can happen: earlier reports of this database may go on first, and they do not count
  const reached = watch(ground, hub, moment, body.pod_name);
  const early = post(hub, body);
  await reached;
  await hub.kill();
  tally.killed.set(moment, (tally.killed.get(moment) ?? 0) + 1);
  const id = (await early) ?? (await repost(ground, body));
  tally.acknowledged += 1;
  return id;
}

/** As `curl --retry-all-errors`: what was not acknowledged is sent again, to the next hub. */
async function repost(ground: AgentGround, body: object): Promise<string> {
  const hub = await ground.start();
  const id = await post(hub, body);
  await hub.kill();
  if (id === undefined) throw new Error("a running hub did not take the report");
  return id;
}

async function post(hub: AgentProcess, body: object): Promise<string | undefined> {
  try {
    const reply = await fetch(`${hub.url}/report-failure?mode=async`, { method: "POST", body: JSON.stringify(body) });
    if (reply.status !== 202) throw new Error(`status ${reply.status}: ${await reply.text()}`);
    return ((await reply.json()) as { report_id: string }).report_id;
  } catch (error) {
    if (error instanceof TypeError) return undefined; // the connection died with the hub
    throw error;
  }
}

function watch(ground: AgentGround, hub: AgentProcess, moment: Moment, pod: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (moment === "before the write" || moment === "after the write") {
    const isWritten = () =>
      ground.gitea.writes().some(({ method, json }) => method === "POST" && JSON.stringify(json).includes(pod));
    const timer = setInterval(() => {
      if (!isWritten()) return;
      clearInterval(timer);
      resolve();
    }, 5);
    return promise;
  }
  let id: string | undefined;
  hub.onLine((line) => {
    const { report, state } = JSON.parse(line) as { report?: string; state?: string };
    if (report === undefined) return;
    if (state === "received") id = report; // the newest: each round accepts one
    if (report === id && state === moment) resolve();
  });
  return promise;
}

async function filed(hub: AgentProcess, id: string): Promise<void> {
  const state = async () => ((await (await fetch(`${hub.url}/reports/${id}`)).json()) as { state: string }).state;
  await expect.poll(state, { timeout: 120_000, interval: 100 }).toBe("filed");
}

function judge({ gitea }: AgentGround, ids: readonly string[]) {
  const bodies = gitea
    .repo("ops/reports")
    .issues.map(({ body, thread }) => [body, ...thread.map((one) => one.body)].join("\n"));
  const times = (id: string) => bodies.filter((body) => body.includes(`report=${id} -->`)).length;
  return {
    lost: ids.filter((id) => times(id) === 0),
    duplicated: [
      ...ids.filter((id) => times(id) > 1),
      ...(bodies.length === ids.length ? [] : [`${bodies.length} issues for ${ids.length} reports`]),
    ],
  };
}
