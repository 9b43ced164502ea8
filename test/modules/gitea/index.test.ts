// The module as a whole: what switches it on, which repository it means, what it says of itself, and who may write.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { gitea } from "../../../src/modules/gitea/index.ts";
import { startHub } from "../../support/hub.ts";
import { closing, TOKEN } from "./start.ts";

const start = closing(afterEach);
const ON = { GITEA_HOST: "http://127.0.0.1:9", GITEA_ACCESS_TOKEN: TOKEN };
const DRAFT = { title: "t", body: "b" };
const tlsFile = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const deadline = () => AbortSignal.timeout(5_000);

describe("the module", () => {
  it.each([
    [{}, "GITEA_HOST"],
    [{ GITEA_ACCESS_TOKEN: TOKEN }, "GITEA_HOST"],
    [{ GITEA_HOST: "http://127.0.0.1:9" }, "GITEA_ACCESS_TOKEN"],
    [ON, undefined],
  ])("with %o is off for want of %s", async (env, variable) => {
    const { modules } = await readConfig({ ...env }, [gitea]);
    expect(modules[0]?.off).toBe(variable);
  });

  it.each([
    ["git.example.com", "GITEA_HOST must be an http or https URL"],
    ["https://user:pw@git.example.com", "GITEA_HOST must not contain a user or password; use GITEA_ACCESS_TOKEN"],
  ])("refuses the host %s", async (host, problem) => {
    await expect(readConfig({ ...ON, GITEA_HOST: host }, [gitea])).rejects.toThrow(problem);
  });

  it("refuses an owner or repository that is a path", async () => {
    const read = readConfig({ ...ON, GITEA_OWNER: "a/b", MCP_GITEA_REPO: "a/b" }, [gitea]);
    await expect(read).rejects.toThrow(/GITEA_OWNER must be[^]*MCP_GITEA_REPO must be/);
  });

  it("does not start with a CA file that cannot be read", async () => {
    await expect(start({}, { GITEA_CA_PATH: "/nowhere/ca.pem" })).rejects.toThrow("GITEA_CA_PATH cannot be read");
  });

  it("finds Gitea where the address ends with a slash or the API's path", async () => {
    const { running, server } = await start({}, {});
    expect(running.health?.()).toEqual({ host: server.url, repository: "ops/reports" });
    for (const suffix of ["/", "/api/v1", "/api/v1/"]) {
      const { server: other, call } = await start();
      const again = await start({}, { GITEA_HOST: `${other.url}${suffix}` });
      other.seed("ops/reports", {});
      expect((await again.call("list_repo_issues", {})).structured, suffix).toMatchObject({ total: 1 });
      expect((await call("list_repo_issues", {})).structured).toMatchObject({ total: 1 });
    }
  });
});

it.each([
  [{ GITEA_OWNER: "a", MCP_GITEA_OWNER: "b", MCP_GITEA_USER: "c", GITEA_REPO: "x", MCP_GITEA_REPO: "y" }, "a/x"],
  [{ GITEA_OWNER: "", MCP_GITEA_OWNER: "b", MCP_GITEA_USER: "c", GITEA_REPO: "", MCP_GITEA_REPO: "y" }, "b/y"],
  [{ GITEA_OWNER: "", MCP_GITEA_USER: "c", GITEA_REPO: "" }, "c/mcp"],
  [{ GITEA_OWNER: "", GITEA_REPO: "" }, "user1/mcp"],
])("with %o files in %s", async (env, repo) => {
  const { server, call } = await start({ repos: { [repo]: {} } }, env);
  await call("create_issue", { title: "t", body: "b" });
  expect(server.repo(repo).issues).toHaveLength(1);
});

describe("the check", () => {
  it("says who it is and which Gitea answers", async () => {
    const { running, server } = await start();
    expect(await running.check(deadline())).toEqual({
      ok: true,
      message: `${server.url} answers (Gitea 1.24.6), as hub-bot`,
    });
  });

  it("does not mind a token that may only file", async () => {
    const { running, server } = await start({ scopes: ["write:issue"] });
    server.fail("GET", /version/, { status: 403 });
    expect(await running.check(deadline())).toEqual({
      ok: true,
      message: `${server.url} answers (Gitea of unknown version), the token's scope does not tell whose it is`,
    });
  });

  it("says what is wrong", async () => {
    const bad = await start({}, { GITEA_ACCESS_TOKEN: "another-token" });
    expect(await bad.running.check(deadline())).toMatchObject({
      ok: false,
      message: expect.stringContaining("must replace it"),
    });
    const down = await start({}, { GITEA_HOST: "http://127.0.0.1:1" });
    expect(await down.running.check(deadline())).toMatchObject({
      ok: false,
      message: expect.stringContaining("connection refused"),
    });
  });
});

describe("over TLS", () => {
  it.each([
    [{ GITEA_CA_PATH: tlsFile("ca.crt") }, true, "as hub-bot"],
    [{ GITEA_INSECURE: "true" }, true, "as hub-bot"],
    [{}, false, "The operator sets GITEA_CA_PATH"],
  ])("with %o the check is ok: %s", async (env, ok, words) => {
    const tls = { cert: await readFile(tlsFile("server.crt")), key: await readFile(tlsFile("server.key")) };
    const { running } = await start({ tls }, env);
    expect(await running.check(deadline())).toMatchObject({ ok, message: expect.stringContaining(words) });
  });
});

it("writes no faster than GITEA_WRITES_PER_SECOND", async () => {
  const { server, call } = await start({}, { GITEA_WRITES_PER_SECOND: "1" });
  const [first, second] = await Promise.all([call("create_issue", DRAFT), call("create_issue", DRAFT)]);
  expect([first.isError, second.isError]).toEqual([false, false]);
  const third = await call("create_issue", DRAFT, { signal: AbortSignal.timeout(50) });
  expect(third.text).toContain("cancelled");
  expect(server.writes()).toHaveLength(2);
  expect((await call("list_repo_issues", {})).structured).toMatchObject({ total: 2 });
});

const READS = ["list_repo_issues", "search_issues", "get_issue_by_index", "list_repo_labels"];
const WRITES = ["create_issue", "create_issue_comment", "edit_issue", "add_issue_labels"];

it.each([
  ["", READS],
  ["gitea", [...READS, ...WRITES]],
])("offers with ALLOW_WRITES=%s the tools %s", async (allowed, names) => {
  const running = await startHub([gitea], { ...ON, ALLOW_WRITES: allowed });
  expect(running.hub.registry.entries.map(({ tool }) => tool.name)).toEqual(names);
  await running.close();
});
