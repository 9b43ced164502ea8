// What callers are told when Gitea refuses, is silent or is not Gitea; and that nothing is written twice.
import { afterEach, describe, expect, it } from "vitest";
import type { Fault } from "../../support/gitea-stand-in.ts";
import { closing, TOKEN } from "./start.ts";

const start = closing(afterEach);
const DRAFT = { title: "t", body: "b" };
const LOOK_FIRST = /It may have been written all the same.*look with list_repo_issues/;

describe("a write without a clear answer", () => {
  it.each<[string, Fault, string, number]>([
    ["is cut off after the work", "reset-after", "UNAVAILABLE", 1],
    ["never comes back", "hang-after", "TIMEOUT", 1],
    ["is answered by a proxy", { status: 502, body: "<html><h1>Bad Gateway</h1></html>" }, "UNAVAILABLE", 0],
    ["fails without a message", { status: 500, body: { message: "", url: "x" } }, "UNAVAILABLE", 0],
    ["ends on a login page", { status: 200, body: "<html>Sign in</html>" }, "INVALID_RESPONSE", 0],
  ])("that %s is not repeated, and says to look first", async (_name, fault, code, written) => {
    const { server, call } = await start();
    server.fail("POST", /\/issues$/, fault);
    const answer = await call("create_issue", DRAFT);
    expect(answer).toMatchObject({ isError: true, structured: { status: "error", code, may_have_written: true } });
    expect(answer.text).toMatch(LOOK_FIRST);
    expect(server.writes()).toHaveLength(1);
    expect(server.repo("ops/reports").issues).toHaveLength(written);
  });

  it("is told apart from one that never left", async () => {
    const { call } = await start({}, { GITEA_HOST: "http://127.0.0.1:1" });
    const answer = await call("create_issue", DRAFT);
    expect(answer.text).toBe(
      "Error: Gitea: could not create the issue in ops/reports: connection refused\nIs GITEA_HOST right, and is Gitea up?",
    );
    expect(answer.structured).not.toHaveProperty("may_have_written");
  });
});

describe("a redirect", () => {
  it("is never followed by a write, and the address to set is named", async () => {
    const { server, call } = await start({ redirectTo: "https://git.test/gitea" });
    expect(await call("create_issue", DRAFT)).toMatchObject({
      isError: true,
      text:
        "Error: Gitea: could not create the issue in ops/reports: HTTP 301 to https://git.test/gitea/api/v1/repos/ops/reports/issues\n" +
        "GITEA_HOST is not Gitea's final address: the operator sets GITEA_HOST=https://git.test/gitea",
      structured: { code: "REDIRECTED", http_status: 301 },
    });
    expect(server.requests).toHaveLength(1);
    expect((await call("get_issue_by_index", { index: 1 })).text).toContain("sets GITEA_HOST=https://git.test/gitea");
  });

  it("to a login page names no address to set", async () => {
    const { server, call } = await start();
    server.fail("POST", /issues/, { status: 302, headers: { location: `https://sso.test/${TOKEN}` } });
    const { text } = await call("create_issue", DRAFT);
    expect(text).toContain("HTTP 302 to https://sso.test/***\nGITEA_HOST is not Gitea's own address");
  });
});

describe("a refusal", () => {
  it.each([
    [{ isArchived: true }, "(HTTP 423: ops/reports is archived)\nThe repository is archived", "ARCHIVED"],
    [
      { hasIssues: false },
      "(HTTP 410: Issues are disabled for this repository)\nIssues are switched off",
      "ISSUES_DISABLED",
    ],
    [
      { isReadable: false },
      "(HTTP 404: The target couldn't be found.)\nIt does not exist, or the token may not",
      "NOT_FOUND",
    ],
  ])("because of %o says what it is", async (flags, words, code) => {
    const { call } = await start({ repos: { "ops/reports": flags } });
    const answer = await call("create_issue", DRAFT);
    expect(answer.text).toContain(words);
    expect(answer.structured).toMatchObject({ code });
  });

  it("of the token names its variable, of a scope names the scope", async () => {
    const bad = await start({}, { GITEA_ACCESS_TOKEN: "another-token" });
    expect((await bad.call("create_issue", DRAFT)).text).toBe(
      "Error: Gitea: could not create the issue in ops/reports (HTTP 401: invalid username, password or token)\n" +
        "Gitea does not accept GITEA_ACCESS_TOKEN; the operator must replace it.",
    );
    const { call } = await start({ scopes: ["read:issue"] });
    expect((await call("create_issue", DRAFT)).text).toContain("required=[write:issue]");
    expect((await call("list_repo_issues", {})).isError).toBe(false);
  });

  it("for now says how long to wait", async () => {
    const { server, call } = await start();
    server.fail("GET", /issues/, { status: 429, headers: { "retry-after": "120" } });
    expect((await call("list_repo_issues", {})).structured).toMatchObject({
      code: "RATE_LIMITED",
      retry_after_seconds: 120,
    });
  });

  it("with a proxy's page shows one line of it, without markup", async () => {
    const { server, call } = await start();
    server.fail("GET", /issues/, { status: 503, body: "<html><style>a{}</style><h1>Down\n</h1>for\tnow</html>" });
    expect((await call("list_repo_issues", {})).text).toBe(
      "Error: Gitea: could not list the issues of ops/reports (HTTP 503: Down for now)\nGitea is in trouble; try again later.",
    );
  });
});

describe("reading", () => {
  it("ends with the caller, and at the deadline", async () => {
    const { server, call } = await start();
    server.fail("GET", /issues/, "hang", 2);
    const controller = new AbortController();
    const answer = call("list_repo_issues", {}, { signal: controller.signal });
    controller.abort();
    expect((await answer).text).toContain("the call was cancelled by the client");
    expect(await call("list_repo_issues", {})).toMatchObject({ isError: true, structured: { code: "TIMEOUT" } });
  });

  it("refuses a reply that is too large", async () => {
    const { server, call } = await start();
    server.seed("ops/reports", { body: "x".repeat(17 * 1024 * 1024) });
    expect((await call("list_repo_issues", {})).structured).toMatchObject({ code: "TOO_LARGE" });
  });
});

it("keeps the token out of everything, even when Gitea or a proxy repeats it", async () => {
  const { server, call, running } = await start();
  server.seed("ops/reports", { title: TOKEN, body: `token ${TOKEN}`, html_url: `http://x/${TOKEN}` });
  const said: unknown[] = [];
  for (const body of [{ message: `bad token ${TOKEN}` }, `<h1>${TOKEN}</h1>`]) {
    for (const method of ["GET", "POST"]) server.fail(method, /issues/, { status: 500, body });
    said.push(await call("list_repo_issues", {}), await call("create_issue", DRAFT));
  }
  said.push(await call("list_repo_issues", {}), await call("get_issue_by_index", { index: 1 }));
  said.push(await call("search_issues", { query: TOKEN }), running.health?.());
  server.fail("GET", /user/, { status: 401, body: { message: TOKEN } });
  said.push(await running.check(AbortSignal.timeout(5_000)));
  expect(JSON.stringify(said)).not.toContain(TOKEN);
  expect(JSON.stringify(said)).toContain("***");
});
