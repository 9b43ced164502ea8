// Gitea as the failure agent's tracker, against the stand-in.
import { afterEach, expect, it } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import { createGitea } from "../../../src/modules/gitea/client.ts";
import { createTracker } from "../../../src/modules/gitea/tracker.ts";
import { startGitea, type StandInOptions } from "../../support/gitea-stand-in.ts";

const TOKEN = "0123456789abcdef-canary-0123456789abcdef";
const AT = Date.parse("2026-11-25T12:00:00Z");
const signal = new AbortController().signal;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function start(options: StandInOptions = {}) {
  const server = await startGitea({ token: TOKEN, now: () => AT, ...options });
  const clock = { now: () => AT };
  const client = createGitea({
    host: server.url,
    token: new Secret(TOKEN),
    timeoutMs: 1_000,
    clock,
    writesPerSecond: 1_000,
  });
  open.push(async () => {
    await client.close();
    await server.close();
  });
  const repo = server.repo("ops/reports");
  return { server, repo, tracker: createTracker(client, { owner: "ops", repo: "reports" }) };
}

const text = { title: "build failed", body: "why\n<!-- hub:v1 fp=1 report=rpt_1 -->", labels: [] };
const statusOf = (error: unknown) => (error as { details: Record<string, unknown> }).details["http_status"];

it("creates an issue with labels of the repository, of the organization and of its own making", async () => {
  const { server, repo, tracker } = await start({
    repos: { "ops/reports": { labels: ["pipeline-failure"] } },
    organizations: { ops: ["needs-analysis"] },
  });
  const labels = ["pipeline-failure", "needs-analysis", "ai-analyzed"];
  expect(await tracker.create({ ...text, labels }, signal)).toEqual({
    owner: "ops",
    repo: "reports",
    number: 1,
    url: `${server.url}/ops/reports/issues/1`,
    title: text.title,
    body: text.body,
    isOpen: true,
    closedAt: undefined,
    labels: ["pipeline-failure", "ai-analyzed", "needs-analysis"],
  });
  expect(repo.labels.map(({ name }) => name)).toEqual(["pipeline-failure", "ai-analyzed"]);
});

it("reads the labels once, and makes none twice when many issues come at once", async () => {
  const { server, repo, tracker } = await start();
  await Promise.all(Array.from({ length: 5 }, () => tracker.create({ ...text, labels: ["a", "b"] }, signal)));
  expect(repo.labels.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(repo.issues.map((issue) => issue.labels.map(({ name }) => name).join())).toEqual(Array(5).fill("a,b"));
  expect(server.requests.filter(({ path }) => path.startsWith("/repos/ops/reports/labels?"))).toHaveLength(1);
});

it("creates the issue all the same when labels cannot be read, made or set", async () => {
  const { server, tracker, repo } = await start({ repos: { "ops/reports": { canWrite: false } } });
  expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ number: 1, labels: [] });
  server.fail("GET", /labels/, { status: 500 });
  expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ number: 2, labels: [] });
  expect(repo.issues).toHaveLength(2);
});

it("makes a label again that somebody deleted", async () => {
  const { repo, tracker } = await start();
  await tracker.create({ ...text, labels: ["a"] }, signal);
  repo.labels.length = 0;
  await tracker.create({ ...text, labels: ["a"] }, signal);
  expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ labels: ["a"] });
});

it("gets an issue, and undefined for one that is not there", async () => {
  const { server, tracker } = await start();
  server.seed("ops/reports", { state: "closed", closed_at: "2026-11-20T10:00:00Z", body: "b" });
  const closedAt = Date.parse("2026-11-20T10:00:00Z");
  expect(await tracker.get(1, signal)).toMatchObject({ number: 1, isOpen: false, closedAt, body: "b" });
  expect(await tracker.get(2, signal)).toBeUndefined();
});

it("does not take an issue for deleted when the whole repository cannot be read", async () => {
  const { server, repo, tracker } = await start();
  server.seed("ops/reports", {});
  repo.isReadable = false;
  const failure = await tracker.get(1, signal).catch((error: unknown) => error);
  expect(statusOf(failure)).toBe(404);
});

it("edits text and state and swaps labels", async () => {
  const { server, repo, tracker } = await start();
  await tracker.create({ ...text, labels: ["needs-analysis", "kept"] }, signal);
  repo.issues[0]!.state = "closed";
  const changes = {
    title: "t",
    body: "b",
    state: "open",
    addLabels: ["ai-analyzed"],
    removeLabels: ["needs-analysis"],
  };
  expect(await tracker.edit(1, changes as never, signal)).toMatchObject({ title: "t", body: "b", isOpen: true });
  expect(repo.issues[0]!.labels.map(({ name }) => name)).toEqual(["kept", "ai-analyzed"]);
  const before = server.writes().length;
  await tracker.edit(1, { addLabels: ["ai-analyzed"], removeLabels: ["absent"] }, signal);
  expect(server.writes()).toHaveLength(before);
});

it("keeps an edit whose labels fail", async () => {
  const { server, repo, tracker } = await start();
  await tracker.create(text, signal);
  server.fail("POST", /labels$/, { status: 403 }, 9);
  expect(await tracker.edit(1, { body: "new", addLabels: ["x"] }, signal)).toMatchObject({ body: "new", labels: [] });
  expect(repo.issues[0]!.body).toBe("new");
});

it("comments, edits the comment, and finds both by their markers", async () => {
  const { repo, tracker } = await start();
  await tracker.create(text, signal);
  const { id } = await tracker.comment(1, "once <!-- m1 -->", signal);
  await tracker.editComment(id, "twice <!-- m2 -->", signal);
  expect(repo.issues[0]!.thread.map(({ body }) => body)).toEqual(["twice <!-- m2 -->"]);
  expect(await tracker.findComment(1, { marker: "<!-- m2 -->", sinceMs: AT }, signal)).toEqual({ id });
  expect(await tracker.findComment(1, { marker: "<!-- m1 -->", sinceMs: AT }, signal)).toBeUndefined();
  expect(await tracker.findIssue({ marker: "report=rpt_1 -->", sinceMs: AT }, signal)).toMatchObject({ number: 1 });
  expect(await tracker.findIssue({ marker: "report=rpt_2 -->", sinceMs: AT }, signal)).toBeUndefined();
});

it("tells that a write without an answer may have happened, and repeats nothing", async () => {
  const { server, repo, tracker } = await start();
  server.fail("POST", /issues$/, "reset-after");
  const failure = await tracker.create(text, signal).catch((error: unknown) => error);
  expect(failure).toMatchObject({ details: { may_have_written: true } });
  expect(repo.issues).toHaveLength(1);
});

it("throws `cancelled` when the signal fires", async () => {
  const { server, tracker } = await start();
  const controller = new AbortController();
  server.fail("GET", /labels/, "hang");
  const made = tracker.create({ ...text, labels: ["a"] }, controller.signal);
  setTimeout(() => controller.abort(), 50);
  await expect(made).rejects.toMatchObject({ kind: "cancelled" });
});

it("takes a reply that says little for what it is: the issue is made", async () => {
  const { server, tracker } = await start();
  server.fail("POST", /issues$/, { status: 201, body: { number: 7 } });
  expect(await tracker.create(text, signal)).toMatchObject({
    number: 7,
    url: `${server.url}/ops/reports/issues/7`,
    isOpen: true,
  });
});

it.each([403, 404, 405])("finds its issue where the user cannot be read (%s)", async (status) => {
  const { server, tracker } = await start();
  const { number } = await tracker.create(text, signal);
  server.fail("GET", /^\/user$/, { status });
  expect(await tracker.findIssue({ marker: "report=rpt_1 -->", sinceMs: AT }, signal)).toMatchObject({ number });
});
