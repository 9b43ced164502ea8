import { afterEach, describe, expect, it } from "vitest";
import { closing, TOKEN } from "../start.ts";

const start = closing(afterEach);
const WITH_LABELS = { repos: { "ops/reports": { labels: ["bug", "pipeline-failure"] } } };

describe("create_issue", () => {
  it("creates the issue in the default repository and names its address", async () => {
    const { server, call } = await start(WITH_LABELS);
    const answer = await call("create_issue", {
      title: "Build broke",
      body: '"error": x',
      labels: ["Pipeline-Failure"],
    });
    expect(answer).toEqual({
      isError: false,
      text: JSON.stringify(answer.structured),
      structured: {
        number: 1,
        title: "Build broke",
        state: "open",
        html_url: `${server.url}/ops/reports/issues/1`,
        type: "issue",
        user: "hub-bot",
        labels: ["pipeline-failure"],
        comments: 0,
        created_at: "2026-11-25T12:00:00Z",
        updated_at: "2026-11-25T12:00:00Z",
        owner: "ops",
        repo: "reports",
      },
      attachments: [],
    });
    const id = server.repo("ops/reports").labels[1]?.id;
    expect(server.writes()).toMatchObject([
      {
        method: "POST",
        path: "/repos/ops/reports/issues",
        json: { title: "Build broke", body: '"error": x', labels: [id] },
        headers: { authorization: `token ${TOKEN}`, "content-type": "application/json" },
      },
    ]);
    expect(answer.text).not.toContain('"error":'); // the seed took an echoed body for a failure and filed ten issues
  });

  it("goes to the repository that the caller names", async () => {
    const { server, call } = await start({ repos: { "ops/reports": {}, "web-team/shop.api": {} } });
    await call("create_issue", { owner: "web-team", repo: "shop.api", title: "t", body: "" });
    expect(server.repo("web-team/shop.api").issues).toHaveLength(1);
    expect(server.repo("ops/reports").issues).toHaveLength(0);
  });

  it("takes labels of the organization, and one label once", async () => {
    const { server, call } = await start({ ...WITH_LABELS, organizations: { ops: ["shared"] } });
    await call("create_issue", { title: "t", body: "b", labels: ["shared", "bug", "bug"] });
    expect(server.repo("ops/reports").issues[0]?.labels.map(({ name }) => name)).toEqual(["bug", "shared"]);
  });

  it("refuses an unknown label before anything is written", async () => {
    const { server, call } = await start(WITH_LABELS);
    const answer = await call("create_issue", { title: "t", body: "b", labels: ["pipeline-failur"] });
    expect(answer).toMatchObject({
      isError: true,
      text:
        'Error: no label "pipeline-failur" in ops/reports; nothing was written\n' +
        'Did you mean "pipeline-failure"? list_repo_labels shows all.',
      structured: { code: "UNKNOWN_LABEL" },
    });
    expect(server.writes()).toEqual([]);
  });

  it("says which labels Gitea dropped for a user who may not write, after one try to add them", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { labels: ["bug"], canWrite: false } } });
    const answer = await call("create_issue", { title: "t", body: "b", labels: ["bug"] });
    expect(answer).toMatchObject({
      isError: false,
      structured: {
        labels: [],
        notes: ['Gitea did not set "bug": the token\'s user may not label in ops/reports'],
        html_url: `${server.url}/ops/reports/issues/1`,
      },
    });
    expect(server.writes().map(({ path }) => path)).toEqual([
      "/repos/ops/reports/issues",
      "/repos/ops/reports/issues/1/labels",
    ]);
  });

  it("adds labels afterwards when only the creation dropped them", async () => {
    const { server, call } = await start(WITH_LABELS);
    server.repo("ops/reports").canWrite = false;
    const created = call("create_issue", { title: "t", body: "b", labels: ["bug"] });
    const until = async () => {
      while (server.repo("ops/reports").issues.length === 0) await new Promise((resolve) => setImmediate(resolve));
      server.repo("ops/reports").canWrite = true;
    };
    const [answer] = await Promise.all([created, until()]);
    expect(answer.structured).toMatchObject({ labels: ["bug"] });
    expect(answer.structured).not.toHaveProperty("notes");
  });

  it("sends texts that Gitea's database takes, and never the hub's own token", async () => {
    const { server, call } = await start();
    const title = `a\u0000b\nc ${TOKEN}`;
    await call("create_issue", { title, body: `x\u0000\u001b[31my\r\nz\ud800 ${TOKEN}` });
    expect(server.repo("ops/reports").issues[0]).toMatchObject({ title: "ab c ***", body: "x[31my\nz\ufffd ***" });
  });

  it.each([
    ["owner", { owner: "../admin", title: "t", body: "b" }],
    ["owner", { owner: "https://evil.test", title: "t", body: "b" }],
    ["repo", { repo: "ops/reports", title: "t", body: "b" }],
    ["repo", { repo: "..", title: "t", body: "b" }],
    ["title", { title: "  ", body: "b" }],
    ["host", { host: "http://evil.test", title: "t", body: "b" }],
  ])("refuses a bad %s without asking Gitea", async (argument, input) => {
    const { server, call } = await start();
    const answer = await call("create_issue", input);
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(/^Error: /);
    expect(answer.text).toContain(`argument "${argument}"`);
    expect(server.requests).toEqual([]);
  });
});
