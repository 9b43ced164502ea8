// create_issue_comment, edit_issue and add_issue_labels.
import { afterEach, describe, expect, it } from "vitest";
import { closing } from "../start.ts";

const start = closing(afterEach);

describe("create_issue_comment", () => {
  it("writes the comment and names its address", async () => {
    const { server, call } = await start();
    server.seed("ops/reports", {});
    const { structured } = await call("create_issue_comment", { index: "1", body: "again" });
    const id = server.repo("ops/reports").issues[0]?.thread[0]?.id;
    expect(structured).toEqual({
      id,
      html_url: `${server.url}/ops/reports/issues/1#issuecomment-${id}`,
      user: "hub-bot",
      created_at: "2026-11-25T12:00:00Z",
      owner: "ops",
      repo: "reports",
      index: 1,
    });
    expect(server.writes()).toMatchObject([{ path: "/repos/ops/reports/issues/1/comments", json: { body: "again" } }]);
  });

  it("says that a missing issue may also be one that the token may not read", async () => {
    const { call } = await start();
    expect(await call("create_issue_comment", { index: 9, body: "x" })).toMatchObject({
      isError: true,
      text:
        "Error: Gitea: could not comment on ops/reports#9 (HTTP 404: issue does not exist)\n" +
        "It does not exist, or the token may not read it: Gitea does not say which. Check owner, repo and index.",
      structured: { code: "NOT_FOUND", http_status: 404 },
    });
  });
});

describe("edit_issue", () => {
  it("sends what is given and nothing else", async () => {
    const { server, call } = await start();
    server.seed("ops/reports", { title: "old", body: "kept", state: "closed" });
    const { structured } = await call("edit_issue", { index: 1, title: "new", state: "open" });
    expect(structured).toMatchObject({
      number: 1,
      title: "new",
      state: "open",
      html_url: expect.stringContaining("/1"),
    });
    expect(server.writes()).toMatchObject([
      { method: "PATCH", path: "/repos/ops/reports/issues/1", json: { title: "new", state: "open" } },
    ]);
    expect(server.repo("ops/reports").issues[0]?.body).toBe("kept");
  });

  it("sets assignees, milestone and text, and takes them off", async () => {
    const { server, call } = await start();
    server.seed("ops/reports", {});
    const set = await call("edit_issue", { index: 1, assignees: ["ada"], milestone: 3, body: "b" });
    expect(set.structured).not.toHaveProperty("notes");
    expect(server.repo("ops/reports").issues[0]).toMatchObject({
      assignees: [{ login: "ada" }],
      milestone: { id: 3 },
      body: "b",
    });
    const off = await call("edit_issue", { index: 1, assignees: [], milestone: 0, body: "" });
    expect(off.structured).not.toHaveProperty("notes");
    expect(server.repo("ops/reports").issues[0]).toMatchObject({ assignees: [], milestone: null, body: "" });
  });

  it("says what Gitea dropped for a user who may not write", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { canWrite: false } } });
    server.seed("ops/reports", {});
    const { structured } = await call("edit_issue", { index: 1, title: "mine", assignees: ["ada"], milestone: 3 });
    expect(structured).toMatchObject({
      title: "mine",
      notes: ["Gitea did not set the assignees; they are none", "Gitea did not set the milestone"],
    });
  });

  it("explains a 403 without a body", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { canWrite: false } } });
    server.seed("ops/reports", { user: { login: "somebody" } });
    const { text } = await call("edit_issue", { index: 1, title: "theirs" });
    expect(text).toMatch(/^Error: Gitea: could not edit ops\/reports#1 \(HTTP 403\)\nThe token's user or scope/);
  });

  it("refuses to change nothing", async () => {
    const { server, call } = await start();
    expect((await call("edit_issue", { index: 1 })).text).toBe(
      "Error: nothing to change; give title, body, state, assignees or milestone",
    );
    expect(server.requests).toEqual([]);
  });
});

describe("add_issue_labels", () => {
  const repos = { "ops/reports": { labels: ["bug", "flaky", "1"] } };

  it("adds by name and by id, and sends ids alone", async () => {
    const { server, call } = await start({ repos });
    server.seed("ops/reports", {});
    const [bug, flaky] = server.repo("ops/reports").labels;
    const { structured } = await call("add_issue_labels", { index: 1, labels: ["bug", flaky?.id] });
    expect(structured).toEqual({
      index: 1,
      labels: ["bug", "flaky"],
      html_url: `${server.url}/ops/reports/issues/1`,
      owner: "ops",
      repo: "reports",
    });
    expect(server.writes()).toMatchObject([{ json: { labels: [bug?.id, flaky?.id] } }]);
  });

  it("prefers a name to an id", async () => {
    const { server, call } = await start({ repos });
    server.seed("ops/reports", {});
    expect((await call("add_issue_labels", { index: 1, labels: "1" })).structured).toMatchObject({ labels: ["1"] });
  });

  it("refuses unknown labels, and says what it may not do", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { labels: ["bug"], canWrite: false } } });
    server.seed("ops/reports", {});
    expect((await call("add_issue_labels", { index: 1, labels: ["zzz"] })).text).toContain('There is: "bug".');
    expect(server.writes()).toEqual([]);
    const denied = await call("add_issue_labels", { index: 1, labels: ["bug"] });
    expect(denied.text).toContain("could not label ops/reports#1 (HTTP 403: write permission is required)");
  });

  it("does not report success when Gitea ignored a label", async () => {
    const { server, call } = await start({ repos });
    server.seed("ops/reports", {});
    server.fail("POST", /\/labels$/, { status: 200, body: [] });
    expect(await call("add_issue_labels", { index: 1, labels: ["bug"] })).toMatchObject({
      isError: true,
      structured: { code: "LABELS_DROPPED" },
    });
  });
});
