// What the failure agent files with: markers found again, labels made and swapped, writes paced, failures as facts.
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import { createGitea, GiteaFailure, type Gitea } from "../../../src/modules/gitea/client.ts";
import { createPace } from "../../../src/modules/gitea/client/pace.ts";
import { startGitea, type GiteaStandIn, type StandInOptions } from "../../support/gitea-stand-in.ts";
import { fixedClock } from "../../support/modules.ts";

const REPO = { owner: "ops", repo: "reports" };
const NOW = Date.parse("2026-11-25T12:00:00.400Z");
const MARKER = "<!-- hub:v1 fp=0123456789abcdef report=r1 -->";
const token = new Secret("0123456789abcdef-canary-0123456789abcdef");
const { signal } = new AbortController();

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function start(options: StandInOptions = {}): Promise<{ gitea: Gitea; server: GiteaStandIn }> {
  const server = await startGitea({ token: token.reveal(), now: () => NOW, ...options });
  const clock = { now: Date.now };
  const gitea = createGitea({ host: server.url, token, timeoutMs: 1_000, clock, writesPerSecond: 1_000 });
  open.push(
    () => gitea.close(),
    () => server.close(),
  );
  return { gitea, server };
}

describe("a marker", () => {
  it("finds an issue whose creation was cut off, before the search index knows it", async () => {
    const { gitea, server } = await start();
    server.fail("POST", /\/issues$/, "reset-after");
    const failure = await gitea.createIssue(REPO, { title: "t", body: `b\n${MARKER}` }, signal).catch((error) => error);
    expect(failure).toBeInstanceOf(GiteaFailure);
    expect(failure).toMatchObject({ mayHaveWritten: true, status: undefined });
    expect(await gitea.findMarkedIssue(REPO, { marker: MARKER, sinceMs: NOW }, signal)).toMatchObject({ number: 1 });
    const search = await gitea.searchIssues(
      "hub:v1",
      { state: "all", type: "issues" },
      { offset: 0, count: 9 },
      signal,
    );
    expect(search.items).toEqual([]);
    server.index();
    expect(server.requests.find(({ path }) => path.includes("created_by"))?.path).toContain("created_by=hub-bot");
  });

  it("is looked for in closed issues, on every page, and in the bot's issues since then alone", async () => {
    const { gitea, server } = await start();
    const old = "2026-11-25T11:54:00Z";
    server.seed("ops/reports", { body: MARKER, state: "closed", title: "it" });
    server.seed("ops/reports", { body: `${MARKER} old`, updated_at: old });
    server.seed("ops/reports", { body: `${MARKER} forged`, user: { login: "mallory" } });
    for (let i = 0; i < 120; i++) server.seed("ops/reports", {});
    expect(await gitea.findMarkedIssue(REPO, { marker: MARKER, sinceMs: NOW }, signal)).toMatchObject({ title: "it" });
    expect(await gitea.findMarkedIssue(REPO, { marker: "r2 -->", sinceMs: NOW }, signal)).toBeUndefined();
  });

  it("is found without the scope read:user too", async () => {
    const { gitea, server } = await start({ scopes: ["write:issue"] });
    server.seed("ops/reports", { body: MARKER });
    expect(await gitea.findMarkedIssue(REPO, { marker: MARKER, sinceMs: NOW }, signal)).toMatchObject({ number: 1 });
  });

  it("finds a comment", async () => {
    const { gitea, server } = await start();
    server.seed("ops/reports", {});
    server.fail("POST", /comments$/, "reset-after");
    await expect(gitea.comment(REPO, 1, `again ${MARKER}`, signal)).rejects.toMatchObject({ mayHaveWritten: true });
    const found = await gitea.findMarkedComment(REPO, 1, { marker: MARKER, sinceMs: NOW }, signal);
    expect(found?.body).toBe(`again ${MARKER}`);
    const edited = await gitea.editComment(REPO, found!.id, "twice", signal);
    expect(edited).toMatchObject({ id: found!.id, body: "twice", html_url: found!.html_url });
  });
});

it("makes labels, swaps them and reopens", async () => {
  const { gitea, server } = await start();
  const needs = await gitea.createLabel(REPO, { name: "needs-analysis", color: "#d73a4a" }, signal);
  const done = await gitea.createLabel(REPO, { name: "ai-analyzed", color: "#0e8a16" }, signal);
  expect((await gitea.labels(REPO, signal)).map(({ name }) => name)).toEqual(["needs-analysis", "ai-analyzed"]);
  const { issue, missing } = await gitea.createIssue(REPO, { title: "t", body: "b", labels: [needs] }, signal);
  expect([issue.labels.map(({ name }) => name), missing]).toEqual([["needs-analysis"], []]);
  await gitea.addLabels(REPO, issue.number, [done], signal);
  await gitea.removeLabel(REPO, issue.number, needs, signal);
  await gitea.editIssue(REPO, issue.number, { state: "closed" }, signal);
  await gitea.editIssue(REPO, issue.number, { state: "open", body: "analysed" }, signal);
  expect(server.repo("ops/reports").issues).toMatchObject([
    { state: "open", body: "analysed", labels: [{ name: "ai-analyzed" }] },
  ]);
});

it("keeps an issue whose labels fail, and says which are missing", async () => {
  const { gitea, server } = await start({ repos: { "ops/reports": { labels: ["bug"], canWrite: false } } });
  const labels = await gitea.labels(REPO, signal);
  server.fail("POST", /labels$/, "reset");
  const { issue, missing } = await gitea.createIssue(REPO, { title: "t", body: "b", labels }, signal);
  expect([issue.number, missing.map(({ name }) => name)]).toEqual([1, ["bug"]]);
});

it.each([
  [{ status: 401 }, { kind: "denied", status: 401, mayHaveWritten: false }],
  [
    { status: 422, body: { message: "[Title]: Required" } },
    { kind: "invalid", status: 422, mayHaveWritten: false },
  ],
  [
    { status: 503, headers: { "retry-after": "7" } },
    { kind: "unavailable", status: 503, mayHaveWritten: true, retryAfterSeconds: 7 },
  ],
  [
    { status: 301, headers: { location: "https://git.test/api/v1/x" } },
    { status: 301, mayHaveWritten: false },
  ],
])("tells a worker the facts of %o", async (fault, facts) => {
  const { gitea, server } = await start();
  server.fail("POST", /issues$/, fault);
  await expect(gitea.createIssue(REPO, { title: "t", body: "b" }, signal)).rejects.toMatchObject(facts);
});

it("signs with the token as it is now", async () => {
  const { gitea, server } = await start();
  await gitea.login(signal);
  expect(server.requests[0]?.headers.authorization).toBe(`token ${token.reveal()}`);
});

describe("the pace of writes", () => {
  it("lets a burst through at once and makes the next ones wait in line", async () => {
    const clock = fixedClock();
    const pace = createPace(clock, 100, 3);
    for (let i = 0; i < 3; i++) await pace.turn(signal);
    let isThrough = false;
    const fourth = pace.turn(signal).then(() => (isThrough = true));
    const gone = new AbortController();
    const fifth = pace.turn(gone.signal);
    gone.abort();
    await expect(fifth).rejects.toThrow(/abort/i);
    expect(isThrough).toBe(false);
    await fourth;
    clock.at += 1_000;
    for (let i = 0; i < 3; i++) await pace.turn(signal);
  });
});
