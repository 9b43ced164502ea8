// list_repo_issues, search_issues, get_issue_by_index and list_repo_labels.
import { afterEach, describe, expect, it } from "vitest";
import { byteLength } from "../../../../src/core/clip.ts";
import { budget } from "../../../support/modules.ts";
import type { GiteaStandIn } from "../../../support/gitea-stand-in.ts";
import { closing, TOKEN } from "../start.ts";

const start = closing(afterEach);

const seedMany = (server: GiteaStandIn, count: number, title = "Issue") => {
  for (let i = 1; i <= count; i++) server.seed("ops/reports", { title: `${title} ${i}` });
};

interface ListAnswer {
  issues: { number: number }[];
  next_offset?: number;
}
const numbers = (structured: object): number[] => (structured as ListAnswer).issues.map(({ number }) => number);

describe("list_repo_issues", () => {
  it("lists the newest first and how to go on", async () => {
    const { server, call } = await start();
    seedMany(server, 3);
    const { structured } = await call("list_repo_issues", { pageSize: 2 });
    expect(structured).toMatchObject({
      owner: "ops",
      repo: "reports",
      total: 3,
      returned: 2,
      truncated: true,
      has_more: true,
      next_offset: 2,
    });
    expect(numbers(structured)).toEqual([3, 2]);
    const rest = await call("list_repo_issues", { pageSize: 2, page: 2 });
    expect(rest.structured).toMatchObject({ total: 3, returned: 1, truncated: false, has_more: false });
    expect(rest.structured).not.toHaveProperty("next_offset");
    expect(numbers((await call("list_repo_issues", { offset: 2 })).structured)).toEqual([1]);
    expect(numbers((await call("list_repo_issues", { offset: 99 })).structured)).toEqual([]);
  });

  it.each([
    [50, true],
    [7, true],
    [1, true],
    [7, false],
  ])("shows every issue exactly once where a page holds at most %i (told: %s)", async (maxItems, isTold) => {
    const { server, call } = await start({ maxItems });
    if (!isTold) server.fail("GET", /settings/, { status: 404 }, 99);
    seedMany(server, 23);
    const seen: number[] = [];
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const { structured } = await call("list_repo_issues", { offset, pageSize: 10 });
      seen.push(...numbers(structured));
      offset = (structured as unknown as ListAnswer).next_offset;
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, i) => 23 - i));
  });

  it("filters by state, type and labels", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { labels: ["bug", "flaky"] } } });
    const [bug, flaky] = server.repo("ops/reports").labels;
    server.seed("ops/reports", { labels: [bug!] });
    server.seed("ops/reports", { labels: [flaky!], state: "closed" });
    server.seed("ops/reports", { pull_request: {} });
    const listed = async (input: object) => numbers((await call("list_repo_issues", input)).structured);
    expect(await listed({})).toEqual([2, 1]);
    expect(await listed({ state: "open" })).toEqual([1]);
    expect(await listed({ type: "pulls" })).toEqual([3]);
    expect(await listed({ type: "all" })).toEqual([3, 2, 1]);
    expect(await listed({ labels: ["FLAKY"] })).toEqual([2]);
    expect(await listed({ labels: "bug,flaky" })).toEqual([2, 1]);
  });

  it("refuses an unknown label, for which Gitea would list everything", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { labels: ["bug"] } } });
    seedMany(server, 2);
    const answer = await call("list_repo_issues", { labels: ["bugs"] });
    expect(answer).toMatchObject({ isError: true, structured: { code: "UNKNOWN_LABEL" } });
  });

  it("fits a hundred long titles into the budget and loses none", async () => {
    const { server, call } = await start();
    seedMany(server, 100, "\u0001é".repeat(120));
    const seen: number[] = [];
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const { text, structured } = await call("list_repo_issues", { offset, pageSize: 100 });
      expect(byteLength(text)).toBeLessThanOrEqual(budget.textBytes);
      expect(text).not.toContain("[cut here");
      seen.push(...numbers(structured));
      offset = (structured as unknown as ListAnswer).next_offset;
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => 100 - i));
  });
});

describe("search_issues", () => {
  const repos = { "ops/reports": { labels: ["bug"] }, "web/shop": {}, "web/secret": { isReadable: false } };

  it("finds issues in all repositories that the token reads", async () => {
    const { server, call } = await start({ repos });
    server.seed("ops/reports", { title: "OOM in web" });
    server.seed("web/shop", { title: "oom again", state: "closed" });
    server.seed("web/secret", { title: "oom hidden" });
    const { structured } = await call("search_issues", { query: "oom", state: "all" });
    expect(structured).toMatchObject({
      issues: [
        { repository: "ops/reports", number: 1, html_url: `${server.url}/ops/reports/issues/1` },
        { repository: "web/shop", number: 1 },
      ],
      total: 2,
      returned: 2,
      has_more: false,
    });
    expect((await call("search_issues", { query: "oom" })).structured).toMatchObject({ total: 1 });
    expect((await call("search_issues", { query: "oom", state: "all", owner: "web" })).structured).toMatchObject({
      issues: [{ repository: "web/shop" }],
    });
  });

  it("does not take everything for an answer when Gitea ignored the label", async () => {
    const { server, call } = await start({ repos });
    server.seed("ops/reports", { title: "oom", labels: [server.repo("ops/reports").labels[0]!] });
    server.seed("ops/reports", { title: "oom too" });
    expect((await call("search_issues", { query: "oom", labels: ["bug"] })).structured).toMatchObject({ total: 1 });
    expect(await call("search_issues", { query: "oom", labels: ["nope"] })).toMatchObject({
      isError: true,
      structured: { code: "UNKNOWN_LABEL" },
    });
  });
});

describe("get_issue_by_index", () => {
  it("shows the issue with its text", async () => {
    const { server, call } = await start({ repos: { "ops/reports": { labels: ["bug"] } } });
    server.seed("ops/reports", { title: "t", body: `see ${TOKEN}`, labels: server.repo("ops/reports").labels });
    expect((await call("get_issue_by_index", { index: 1 })).structured).toEqual({
      number: 1,
      title: "t",
      state: "open",
      html_url: `${server.url}/ops/reports/issues/1`,
      type: "issue",
      user: "hub-bot",
      labels: ["bug"],
      comments: 0,
      created_at: "2026-11-25T12:00:00Z",
      updated_at: "2026-11-25T12:00:00Z",
      assignees: [],
      owner: "ops",
      repo: "reports",
      body: "see ***",
      body_truncated: false,
      body_characters: 7,
    });
  });

  it("shows a long text in parts that together are the whole", async () => {
    const body = '💥 "quoted"\n\tline\u0001 '.repeat(3_000);
    const { server, call } = await start();
    server.seed("ops/reports", { body });
    let whole = "";
    let offset: unknown = 0;
    while (offset !== undefined) {
      const { text, structured } = await call("get_issue_by_index", { index: 1, body_offset: offset });
      expect(byteLength(text)).toBeLessThanOrEqual(budget.textBytes);
      const part = structured["body"];
      expect(typeof part === "string" && part.isWellFormed() && part.length > 1_000).toBe(true);
      whole += String(part);
      offset = structured["next_body_offset"];
    }
    expect(whole).toBe(body);
  });
});

describe("list_repo_labels", () => {
  it("lists those of the repository and of its organization, page by page", async () => {
    const labels = Array.from({ length: 60 }, (_, i) => `label-${i}`);
    const { call } = await start({
      maxItems: 25,
      repos: { "ops/reports": { labels } },
      organizations: { ops: ["shared"] },
    });
    const { structured } = await call("list_repo_labels", {});
    expect(structured).toMatchObject({ total: 61, returned: 61, has_more: false });
    expect(structured["labels"]).toContainEqual({ id: expect.any(Number), name: "shared", color: "d73a4a" });
    expect((await call("list_repo_labels", { page: 2, pageSize: 40 })).structured).toMatchObject({ returned: 21 });
  });

  it("does without the organization's where the token may not read them", async () => {
    const { call } = await start({
      scopes: ["write:issue"],
      repos: { "ops/reports": { labels: ["bug"] } },
      organizations: { ops: ["shared"] },
    });
    expect((await call("list_repo_labels", {})).structured).toMatchObject({ total: 1 });
  });
});
