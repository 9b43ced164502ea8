// What the tracker says when gitea-mcp, Gitea behind it, or the way to them fails; and what it does without a tool.
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../src/modules/upstream/tracker/failures.ts";
import { GENERATIONS, giteaMcp } from "../../../support/gitea-mcp.ts";
import { failureOf, MARKED, signal, text, TOKEN, useTracker } from "./ground.ts";

const start = useTracker();

describe.each(GENERATIONS)("through gitea-mcp (%s)", (generation) => {
  const creating = generation === "legacy" ? "create_issue" : "issue_write";
  const getting = generation === "legacy" ? "get_issue_by_index" : "issue_read";

  it.each(["lost", "slow"] as const)("tells that a write without an answer may have happened (%s)", async (what) => {
    const { port, repo, tracker } = await start(generation);
    port.mishap(creating, what);
    expect(await failureOf(tracker.create(text, signal))).toMatchObject({ details: { may_have_written: true } });
    expect(repo.issues).toHaveLength(1);
    expect(await tracker.findIssue(MARKED, signal)).toMatchObject({ number: 1 });
  });

  it("tells so when Gitea's answer was lost behind the server", async () => {
    const { server, repo, tracker } = await start(generation);
    server.fail("POST", /issues$/, "reset-after");
    expect(await failureOf(tracker.create(text, signal))).toMatchObject({
      kind: "unavailable",
      details: { may_have_written: true },
    });
    expect(repo.issues).toHaveLength(1);
  });

  it("says that nothing was written while the server is down, and that of no read", async () => {
    const { port, tracker } = await start(generation);
    await tracker.create(text, signal);
    port.mishap(getting, "lost");
    const lost = await failureOf(tracker.get(1, signal));
    expect(lost?.details).not.toHaveProperty("may_have_written");
    port.isDown = true;
    const down = await failureOf(tracker.create(text, signal));
    expect(down).toMatchObject({ kind: "unavailable" });
    expect(down?.details).not.toHaveProperty("may_have_written");
  });

  it.each([
    [403, "denied", undefined],
    [404, "not-found", undefined],
    [500, "unavailable", true],
    [502, "unavailable", true],
  ] as const)("reads Gitea's %s out of the server's words", async (status, kind, written) => {
    const { server, tracker } = await start(generation);
    const message = {
      403: "token does not have at least one of required scope(s)",
      404: "The target couldn't be found.",
    };
    const body = status < 500 ? { message: message[status as 403] } : "<html>404 not found 403</html>";
    server.fail("POST", /issues$/, { status, body });
    const failure = await failureOf(tracker.create(text, signal));
    expect(failure).toMatchObject({ kind, details: { http_status: status } });
    expect(failure?.details["may_have_written"]).toBe(written);
    expect(failure?.message).toMatch(/^the MCP server gitea: could not create the issue in ops\/reports: /);
  });

  it("takes an answer that is not gitea-mcp's for a write that may have happened", async () => {
    const { port, tracker } = await start(generation);
    const original = port.table[creating]!;
    port.table = { ...port.table, [creating]: { ...original, run: () => ({ text: "done" }) } };
    expect(await failureOf(tracker.create(text, signal))).toMatchObject({
      details: { code: "INVALID_RESPONSE", may_have_written: true },
    });
  });

  it("goes on when the server comes back as another generation", async () => {
    const { server, port, tracker } = await start(generation);
    await tracker.create(text, signal);
    for (const other of GENERATIONS) {
      port.table = giteaMcp(server, TOKEN, other);
      // oxlint-disable-next-line no-await-in-loop
      expect(await tracker.get(1, signal)).toMatchObject({ title: text.title, body: text.body });
    }
  });

  it("takes a text that begins with `Error: ` for a failure", async () => {
    const { port, tracker } = await start(generation);
    const original = port.table[creating]!;
    const said = "Error: create ops/reports/issue err: 403 Forbidden";
    port.table = { ...port.table, [creating]: { ...original, run: () => ({ text: said }) } };
    expect(await failureOf(tracker.create(text, signal))).toMatchObject({ kind: "denied" });
  });

  it("does not take an issue for failed because its body quotes an error", async () => {
    const { tracker } = await start(generation);
    const body = 'Error: boom\n{"error": "x"} err: 404 Not Found';
    expect(await tracker.create({ ...text, body }, signal)).toMatchObject({ number: 1, body });
  });
});

describe("without a tool", () => {
  it("writes another comment where one cannot be edited, and says so once", async () => {
    const { tracker, without, warnings } = await start("legacy");
    without("edit_issue_comment");
    for (let at = 0; at < 2; at += 1) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await failureOf(tracker.editComment(1, "x", signal))).toMatchObject({ details: { http_status: 404 } });
    }
    expect(warnings).toEqual(["not offered: each occurrence is a comment of its own"]);
  });

  it("leaves an issue closed that cannot be edited, and does not pretend to have changed its text", async () => {
    const { server, tracker, without } = await start("legacy");
    server.seed("ops/reports", { state: "closed" });
    without("edit_issue");
    expect(await tracker.edit(1, { state: "open" }, signal)).toMatchObject({ number: 1, isOpen: false });
    expect(await failureOf(tracker.edit(1, { body: "new" }, signal))).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("does not offer issue_write or edit_issue"),
    });
  });

  it("files without labels where labels cannot be made", async () => {
    const { tracker, without } = await start("legacy");
    without("list_repo_labels", "create_repo_label", "add_issue_labels");
    expect(await tracker.create({ ...text, labels: ["a"] }, signal)).toMatchObject({ number: 1, labels: [] });
  });

  it("finds nothing where nothing can be listed, and says so once", async () => {
    const { tracker, without, warnings } = await start("consolidated");
    await tracker.create(text, signal);
    without("list_issues", "issue_read");
    expect(await tracker.findIssue(MARKED, signal)).toBeUndefined();
    expect(await tracker.findIssue(MARKED, signal)).toBeUndefined();
    expect(await tracker.findComment(1, MARKED, signal)).toBeUndefined();
    expect(warnings).toHaveLength(2);
  });

  it("cannot file through a server that only reads", async () => {
    const { tracker, without } = await start("newest");
    without("issue_write");
    const failure = await failureOf(tracker.create(text, signal));
    expect(failure).toMatchObject({ kind: "unavailable", details: { code: "NOT_OFFERED" } });
    expect(failure?.details).not.toHaveProperty("may_have_written");
  });
});

describe("the words of a refusal", () => {
  const asked = { server: "gitea", doing: "create the issue in ops/reports", isWrite: true };
  it.each([
    ["create o/r/issue err: invalid username, password or token", 401],
    ["create o/r/issue err: 403 Forbidden", 403],
    ["create o/r/issue err: user should have permission to write", 403],
    ["get o/r/issue/7 err: issue does not exist [id: 0, repo_id: 1, index: 7]", 404],
    ["create o/r/issue err: Issues are disabled for this repository", undefined],
    ["create o/r/issue err: ops/reports is archived", 423],
    ["create o/r/issue err: [Title]: Required", 422],
    ["create o/r/issue err: 422 Unprocessable Entity: {}", 422],
    ["create o/r/issue err: unknown API error: 502\nRequest: '/x' with 'POST' method and '404 Not Found' body", 502],
    ["create o/r/issue err: 413 Request Entity Too Large: x", 413],
    ["create o/r/issue err: too many requests", 429],
  ])("%s", (said, status) => {
    expect(refusal(asked, said).details["http_status"]).toBe(status);
  });

  it.each([
    ['create o/r/issue err: Post "https://git/api": dial tcp 10.0.0.1:443: connect: connection refused', undefined],
    ['create o/r/issue err: Post "https://git/api": x509: certificate signed by unknown authority', undefined],
    ['create o/r/issue err: Post "https://git/api": context deadline exceeded', true],
    ['create o/r/issue err: Post "https://git/api": EOF', true],
    ["create o/r/issue err:", true],
    ["title is required", undefined],
    ["tool 'create_issue' not found: tool not found", undefined],
    ["something nobody has seen", true],
  ])("says whether it may be written: %s", (said, written) => {
    const { details } = refusal(asked, said);
    expect(details["may_have_written"]).toBe(written);
    expect(details).not.toHaveProperty("http_status");
    expect(refusal({ ...asked, isWrite: false }, said).details).not.toHaveProperty("may_have_written");
  });

  it("keeps a hostile text to one short line", () => {
    expect(refusal(asked, `create err: ${"x\n\u0007".repeat(5_000)}`).message.length).toBeLessThan(400);
  });
});
