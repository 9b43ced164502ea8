// gitea-mcp as the failure agent's tracker does what Gitea itself does, whichever tools it lists.
import { describe, expect, it } from "vitest";
import { GENERATIONS } from "../../../support/gitea-mcp.ts";
import { AT, failureOf, MARKED, signal, text, useTracker } from "./ground.ts";

const start = useTracker();

describe.each(GENERATIONS)("through gitea-mcp (%s)", (generation) => {
  it("creates an issue with labels of the repository, of the organization and of its own making", async () => {
    const { server, repo, tracker } = await start(generation, {
      repos: { "ops/reports": { labels: ["pipeline-failure"] } },
      organizations: { ops: ["needs-analysis"] },
    });
    // the first generation lists no labels of organizations
    const labels = ["pipeline-failure", ...(generation === "legacy" ? [] : ["needs-analysis"]), "ai-analyzed"];
    const made = await tracker.create({ ...text, labels }, signal);
    expect(made).toEqual({
      owner: "ops",
      repo: "reports",
      number: 1,
      url: `${server.url}/ops/reports/issues/1`,
      title: text.title,
      body: text.body,
      isOpen: true,
      closedAt: undefined,
      labels: expect.arrayContaining(labels),
    });
    expect(made.labels).toHaveLength(labels.length);
    expect(repo.labels.map(({ name }) => name)).toEqual(["pipeline-failure", "ai-analyzed"]);
  });

  it("reads the labels once, and makes none twice when many issues come at once", async () => {
    const { server, repo, tracker } = await start(generation);
    await Promise.all(Array.from({ length: 5 }, () => tracker.create({ ...text, labels: ["a", "b"] }, signal)));
    expect(repo.labels.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(repo.issues.map((issue) => issue.labels.map(({ name }) => name).join())).toEqual(Array(5).fill("a,b"));
    expect(server.requests.filter(({ path }) => path.startsWith("/repos/ops/reports/labels?page=1&"))).toHaveLength(1);
  });

  it("finds a label among hundreds, whatever the server's page is", async () => {
    const labels = Array.from({ length: 120 }, (_, at) => `label-${at}`);
    const { repo, tracker } = await start(generation, { maxItems: 20, repos: { "ops/reports": { labels } } });
    expect(await tracker.create({ ...text, labels: ["label-119"] }, signal)).toMatchObject({ labels: ["label-119"] });
    expect(repo.labels).toHaveLength(120);
  });

  it("creates the issue all the same when labels cannot be read, made or set", async () => {
    const { server, tracker, repo } = await start(generation, { repos: { "ops/reports": { canWrite: false } } });
    expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ number: 1, labels: [] });
    server.fail("GET", /labels/, { status: 500 }, 5);
    expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ number: 2, labels: [] });
    expect(repo.issues).toHaveLength(2);
  });

  it("does not take an issue for unmade when only its labels failed", async () => {
    const { port, repo, tracker } = await start(generation, { repos: { "ops/reports": { labels: ["a"] } } });
    const labelling = generation === "legacy" ? "add_issue_labels" : "issue_write";
    if (generation === "legacy") port.mishap(labelling, "slow");
    expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ number: 1 });
    expect(repo.issues).toHaveLength(1);
  });

  it("makes a label again that somebody deleted", async () => {
    const { repo, tracker } = await start(generation);
    await tracker.create({ ...text, labels: ["a"] }, signal);
    repo.labels.length = 0;
    await tracker.create({ ...text, labels: ["a"] }, signal);
    expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ labels: ["a"] });
  });

  it("sends no character that Gitea's database refuses", async () => {
    const { repo, tracker } = await start(generation);
    await tracker.create({ ...text, title: "a\nb\u0000", body: "x\u0000y\r\nz\ud800" }, signal);
    await tracker.comment(1, "c\u0000", signal);
    expect(repo.issues[0]).toMatchObject({ title: "a b", body: "xy\nz\ufffd", thread: [{ body: "c" }] });
  });

  it("gets an issue, and undefined for one that is not there", async () => {
    const { server, tracker } = await start(generation);
    server.seed("ops/reports", { state: "closed", closed_at: "2026-11-20T10:00:00Z", body: "b" });
    const closedAt = Date.parse("2026-11-20T10:00:00Z");
    expect(await tracker.get(1, signal)).toMatchObject({ number: 1, isOpen: false, closedAt, body: "b" });
    expect(await tracker.get(2, signal)).toBeUndefined();
  });

  it("does not take an issue for deleted when the whole repository cannot be read", async () => {
    const { server, repo, tracker } = await start(generation);
    server.seed("ops/reports", {});
    repo.isReadable = false;
    expect(await failureOf(tracker.get(1, signal))).toMatchObject({ kind: "not-found", details: { http_status: 404 } });
  });

  it("edits text and state and swaps labels", async () => {
    const { server, repo, tracker } = await start(generation);
    await tracker.create({ ...text, labels: ["needs-analysis", "kept"] }, signal);
    repo.issues[0]!.state = "closed";
    const texts = { title: "t", body: "b", state: "open" } as const;
    const labels = { addLabels: ["ai-analyzed"], removeLabels: ["needs-analysis"] };
    expect(await tracker.edit(1, { ...texts, ...labels }, signal)).toMatchObject({
      title: "t",
      body: "b",
      isOpen: true,
      labels: ["kept", "ai-analyzed"],
    });
    expect(repo.issues[0]!.labels.map(({ name }) => name)).toEqual(["kept", "ai-analyzed"]);
    const before = server.writes().length;
    await tracker.edit(1, { addLabels: ["ai-analyzed"], removeLabels: ["absent"] }, signal);
    expect(server.writes()).toHaveLength(before);
  });

  it("keeps an edit whose labels fail", async () => {
    const { server, repo, tracker } = await start(generation);
    await tracker.create(text, signal);
    server.fail("POST", /labels$/, { status: 403 }, 9);
    expect(await tracker.edit(1, { body: "new", addLabels: ["x"] }, signal)).toMatchObject({ body: "new", labels: [] });
    expect(repo.issues[0]!.body).toBe("new");
  });

  it("comments, edits the comment, and finds both by their markers", async () => {
    const { repo, tracker } = await start(generation);
    await tracker.create(text, signal);
    const { id } = await tracker.comment(1, "once <!-- m1 -->", signal);
    await tracker.editComment(id, "twice <!-- m2 -->", signal);
    expect(repo.issues[0]!.thread.map(({ body }) => body)).toEqual(["twice <!-- m2 -->"]);
    expect(await tracker.findComment(1, { marker: "<!-- m2 -->", sinceMs: AT }, signal)).toEqual({ id });
    expect(await tracker.findComment(1, { marker: "<!-- m1 -->", sinceMs: AT }, signal)).toBeUndefined();
  });

  it("finds its issue among many, reading no more than those that may be it", async () => {
    const { server, port, tracker } = await start(generation, { maxItems: 20 });
    for (let at = 0; at < 70; at += 1) server.seed("ops/reports", { created_at: "2026-11-01T00:00:00Z" });
    await tracker.create(text, signal);
    for (let at = 0; at < 30; at += 1)
      server.seed("ops/reports", { user: { login: "somebody-else" }, body: text.body });
    server.seed("ops/reports", { pull_request: {}, body: text.body });
    port.calls.splice(0);
    expect(await tracker.findIssue(MARKED, signal)).toMatchObject({ number: 71, body: text.body });
    expect(
      port.calls.filter(({ tool, args }) => tool === "issue_read" && args["method"] === "get").length,
    ).toBeLessThan(3);
    expect(await tracker.findIssue({ ...MARKED, marker: "report=rpt_2 -->" }, signal)).toBeUndefined();
    expect(port.calls.length).toBeLessThan(20);
  });

  it("finds its issue where the user cannot be read", async () => {
    const { server, tracker } = await start(generation);
    const { number } = await tracker.create(text, signal);
    server.fail("GET", /^\/user$/, { status: 403 });
    expect(await tracker.findIssue(MARKED, signal)).toMatchObject({ number });
  });

  it("throws `cancelled` when the signal has fired", async () => {
    const { tracker } = await start(generation);
    expect(await failureOf(tracker.create({ ...text, labels: ["a"] }, AbortSignal.abort()))).toMatchObject({
      kind: "cancelled",
    });
  });
});
