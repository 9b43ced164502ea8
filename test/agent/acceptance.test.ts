// What an operator would check before trusting the agent: whole hub, POST /report-failure, stand-ins on the other side.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { GITEA_TOKEN, MODEL_KEY, startAgentHub, type AgentHub, type AgentHubOptions } from "../support/agent-hub.ts";
import { loadFailure, readFailures, recurrence, type Failure } from "../support/failures.ts";
import { goodAnalyst, type ModelRequest, type ModelScript } from "../support/model-stand-in.ts";

const failures = new Map((await readFailures()).map((failure) => [failure.name.replace(/^\d+-/, ""), failure]));
const failure = (name: string): Failure => failures.get(name)!;

/** A hub whose cluster holds this failure. */
async function start(name: string, options: AgentHubOptions = {}): Promise<{ hub: AgentHub; body: Failure["report"] }> {
  const hub = await startAgentHub(options);
  onTestFinished(() => hub.close());
  loadFailure(failure(name), hub.kubernetes);
  return { hub, body: failure(name).report };
}

const created = ({ gitea }: AgentHub) =>
  gitea.writes().filter(({ method, path }) => method === "POST" && path.endsWith("/issues"));
const draft = {
  title: "npm cannot resolve react-big-tables",
  summary: "npm ci stops because two packages want different versions of react.",
  failing_step: "npm-ci",
  root_cause: "react-big-tables@4.2.0 wants an older react.",
  confidence: "high",
  category: "dependency",
  evidence: ["npm error ERESOLVE could not resolve"],
  suggested_fix: ["Update react-big-tables."],
  app_or_infra: "app",
};
const create = (extra: object = {}) => ({ calls: [{ name: "create_issue", arguments: { ...draft, ...extra } }] });

it("1: the model reads the log, drafts, and one issue stands in the configured repository", async () => {
  const script = [{ calls: [{ name: "pods_log", arguments: { tail: 20 } }] }, create()];
  const { hub, body } = await start("npm-eresolve", { script });
  const reply = await hub.report(body);
  expect([reply.status, reply.body]).toMatchObject([
    200,
    {
      status: "success",
      result: expect.stringMatching(/^Issue created: http/),
      state: "filed",
      analysis: "llm",
      deduplicated: false,
    },
  ]);
  expect(created(hub).map(({ path }) => path)).toEqual(["/repos/ops/reports/issues"]);
  expect(hub.issues()[0]?.body).toContain("wants an older react.");
  expect(
    hub
      .issues()[0]
      ?.labels.map(({ name }) => name)
      .sort(),
  ).toEqual(["ai-analyzed", "pipeline-failure"]);
  expect(hub.model.refusals).toEqual([]);
});

describe("3: names of the seed", () => {
  const repos = { "user/mcp": {}, "seed/mcp": {}, "hub/mcp": {} };
  it.each([
    ["MCP_GITEA_USER", { MCP_GITEA_USER: "user" }, "user/mcp"],
    ["MCP_GITEA_OWNER", { MCP_GITEA_USER: "user", MCP_GITEA_OWNER: "seed" }, "seed/mcp"],
    ["GITEA_OWNER", { MCP_GITEA_USER: "user", MCP_GITEA_OWNER: "seed", GITEA_OWNER: "hub" }, "hub/mcp"],
  ])("%s decides", async (_name, env, repo) => {
    const clear = { GITEA_OWNER: "", GITEA_REPO: "", LITELLM_MODEL: "openai/some/model" };
    const { hub, body } = await start("npm-eresolve", { env: { ...clear, ...env }, gitea: { repos } });
    expect((await hub.report(body)).status).toBe(200);
    expect(hub.issues(repo)).toHaveLength(1);
    expect(hub.model.requests[0]?.body.model).toBe("some/model");
  });
});

it("5: a model that asks the same again and again costs at most 8 calls and one more reading of the log", async () => {
  const { hub, body } = await start("npm-eresolve", {
    script: () => ({ calls: [{ name: "pods_log", arguments: { tail: 50 } }] }),
  });
  const logReads = () => hub.kubernetes.requests.filter((one) => one.includes("/log?")).length;
  const reply = await hub.report(body);
  expect([reply.status, reply.body.analysis]).toEqual([200, "fallback"]);
  expect(hub.model.hits).toBeLessThanOrEqual(8);
  expect(logReads()).toBeLessThanOrEqual(2);
  expect(created(hub)).toHaveLength(1);
});

it("7: tools that are not offered are refused, and nothing reaches the cluster", async () => {
  const calls = ["pods_exec", "resources_delete", "no_such_tool"].map((name) => ({
    name,
    arguments: { name: "x", command: ["id"] },
  }));
  const { hub, body } = await start("npm-eresolve", { script: [{ calls }, create()] });
  const reply = await hub.report(body);
  const told = hub.model.requests[1]!.body.messages.filter(({ role }) => role === "tool").map(({ content }) => content);
  expect(told).toHaveLength(3);
  for (const answer of told) expect(answer).toMatch(/not (?:offered|allowed|available)|unknown|no tool/i);
  expect(hub.kubernetes.requests.filter((one) => !one.startsWith("GET "))).toEqual([]);
  const { policy_violations: violations } = (await hub.get(`/reports/${reply.body.report_id}`)).body;
  expect(violations.join("\n")).toMatch(/pods_exec[\s\S]*resources_delete[\s\S]*no_such_tool/);
});

it("7b: a model that names another repository or namespace is refused or ignored, and it is recorded", async () => {
  const calls = [
    { name: "pods_log", arguments: { namespace: "kube-system" } },
    { name: "pods_log", arguments: { name: "etcd-0" } },
  ];
  const { hub, body } = await start("npm-eresolve", {
    script: [{ calls }, create({ owner: "evil", repo: "other" })],
    gitea: { repos: { "ops/reports": {}, "evil/other": {} } },
  });
  const reply = await hub.report(body);
  expect([hub.issues().length, hub.issues("evil/other").length]).toEqual([1, 0]);
  expect(hub.kubernetes.requests.some((one) => one.includes("kube-system"))).toBe(false);
  const { policy_violations: violations } = (await hub.get(`/reports/${reply.body.report_id}`)).body;
  expect(violations.join("\n")).toMatch(/kube-system[\s\S]*etcd-0[\s\S]*evil/);
});

it("9: no secret leaves: not to the model, the issue, /reports, the log or the disk", async () => {
  const script: ModelScript = (request: ModelRequest) =>
    request.at === 0
      ? {
          calls: [
            { name: "pods_log", arguments: { tail: 500 } },
            { name: "pods_get", arguments: {} },
          ],
        }
      : goodAnalyst(request);
  const { hub, body } = await start("secrets", { script });
  const key = Object.keys(failure("secrets").logs).find((one) => hub.kubernetes.logs.has(one))!;
  const own = [GITEA_TOKEN, MODEL_KEY, "kube-t0ken"];
  const last = hub.kubernetes.logs.get(key)!.at(-1)!;
  hub.kubernetes.logs
    .get(key)!
    .push(...own.map((value) => ({ ...last, text: `ERROR: gave up with ${value} at hand` })));
  const reply = await hub.report(body);
  expect(reply.status).toBe(200);
  const detail = await hub.get(`/reports/${reply.body.report_id}`);
  const data = join(hub.directory, "data");
  const disk = await Promise.all((await readdir(data)).map((name) => readFile(join(data, name), "latin1")));
  const places: Record<string, string> = {
    model: JSON.stringify(hub.model.requests.map((request) => request.body)),
    issue: JSON.stringify(hub.issues()),
    report: JSON.stringify(detail.body) + JSON.stringify(reply.body),
    log: hub.logged(),
    disk: disk.join(""),
  };
  const secrets = [...failure("secrets").expected.modelExcludes, ...own];
  expect(secrets.length).toBeGreaterThan(8);
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(100);
    for (const secret of secrets) expect(text.includes(secret), `${secret.slice(0, 8)}... in ${place}`).toBe(false);
  }
  expect(hub.issues()[0]?.body).toContain("[REDACTED:");
});

it("11: bytes that are no UTF-8, and NUL, are shown as U+FFFD and survive every hop", async () => {
  const { hub, body } = await start("not-utf-8");
  expect((await hub.report(body)).status).toBe(200);
  expect(hub.issues()[0]?.body).toContain("\ufffd");
  expect(hub.issues()[0]?.body).not.toContain("\u0000");
});

it("13: the log of a failed init container is used", async () => {
  const { hub, body } = await start("init-container", { script: "none" });
  await hub.report(body);
  const expected = failure("init-container").expected;
  expect(hub.issues()[0]?.body).toContain(expected.container);
  for (const text of expected.issueIncludes) expect(hub.issues()[0]?.body).toContain(text);
});

it("15: of a container that was killed for memory the log of before is used, with exit code and limit", async () => {
  const { hub, body } = await start("oom-restarted", { script: "none" });
  await hub.report(body);
  expect(hub.kubernetes.requests.some((one) => one.includes("previous=true"))).toBe(true);
  const issue = hub.issues()[0]!;
  expect(issue.title + issue.body).toMatch(/137/);
  expect(issue.title + issue.body).toMatch(/\d+ ?Mi/);
});

it("17: a permission that the hub lacks is named, and not blamed on the application", async () => {
  const { hub, body } = await start("rbac-403-on-logs", { script: "none" });
  await hub.report(body);
  const text = hub.issues()[0]!.body;
  expect(text).toMatch(/get\W+pods\/log/);
  expect(text).toContain(body.namespace);
});

it("19: an issue whose creation was never answered is found again, not made twice", async () => {
  const { hub, body } = await start("npm-eresolve");
  hub.gitea.fail("POST", /\/issues$/, "reset-after");
  const first = await hub.report(body);
  expect([first.status, first.body.status]).toEqual([202, "accepted"]);
  const state = async () => (await hub.get(`/reports/${first.body.report_id}`)).body.state;
  await expect.poll(state, { timeout: 20_000 }).toBe("filed");
  expect(hub.issues()).toHaveLength(1);
  const { outcome, issue } = (await hub.get(`/reports/${first.body.report_id}`)).body;
  expect([outcome, issue.number]).toEqual(["created", 1]);
});

describe("21: a model in trouble", () => {
  it.each([
    [
      "429 with a long Retry-After",
      { status: 429, headers: { "retry-after": "120" }, body: { error: { message: "slow down" } } },
    ],
    ["503", { status: 503, body: "upstream down" }],
    ["silence", { fault: "hang" as const }],
    ["nonsense", { content: "" }],
  ])("%s: the issue is filed all the same, and mended when the model answers", async (_what, reply) => {
    const { hub, body } = await start("npm-eresolve", {
      script: () => reply,
      env: { LLM_TIMEOUT_SECONDS: "1", REPORT_BUDGET_SECONDS: "20" },
    });
    const first = await hub.report(body);
    expect([first.status, first.body.analysis]).toEqual([200, "fallback"]);
    const labels = () =>
      hub
        .issues()[0]!
        .labels.map(({ name }) => name)
        .sort();
    expect(labels()).toEqual(["needs-analysis", "pipeline-failure"]);
    hub.model.script = () => create();
    await hub.restart(); // its breaker forgets
    await hub.post(`/reports/${first.body.report_id}/retry`);
    await expect.poll(labels, { timeout: 20_000 }).toEqual(["ai-analyzed", "pipeline-failure"]);
    expect(hub.issues()).toHaveLength(1);
    expect(hub.issues()[0]!.body).toContain("wants an older react.");
  });

  it("a refused key opens the breaker, and the key is told to nobody", async () => {
    const { hub, body } = await start("npm-eresolve", { model: { key: "another" } });
    const first = await hub.report(body);
    const hits = hub.model.hits;
    loadFailure(failure("pip-no-match"), hub.kubernetes);
    await hub.report(failure("pip-no-match").report);
    expect([first.body.analysis, hub.model.hits, hub.issues().length]).toEqual(["fallback", hits, 2]);
    const detail = await hub.get(`/reports/${first.body.report_id}`);
    expect(hub.logged() + JSON.stringify(detail.body) + JSON.stringify(hub.issues())).not.toContain(MODEL_KEY);
  });
});

describe("23: the same again", () => {
  it("ten at once, and once more after a restart, are one report, one run of the model and one issue", async () => {
    const { hub, body } = await start("npm-eresolve", { model: { key: MODEL_KEY, delayMs: 200 } });
    const replies = await Promise.all(Array.from({ length: 10 }, () => hub.report(body)));
    await hub.restart();
    replies.push(await hub.report(body));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map((one) => one.body.report_id)).size).toBe(1);
    expect(new Set(replies.map((one) => one.body.issue.url)).size).toBe(1);
    expect(replies.filter((one) => one.body.deduplicated === false)).toHaveLength(1);
    expect([hub.model.hits, hub.issues().length]).toEqual([1, 1]);
  });

  it("two runs that fail alike are one issue and a comment; after closing it is reopened", async () => {
    const { hub, body } = await start("npm-eresolve");
    await hub.report(body);
    const again = recurrence(failure("npm-eresolve"));
    loadFailure(again, hub.kubernetes);
    const second = await hub.report(again.report);
    expect(second.body).toMatchObject({
      outcome: "commented",
      deduplicated: true,
      result: expect.stringMatching(/^Issue updated: /),
    });
    expect([hub.issues().length, hub.issues()[0]!.thread.length, hub.model.hits]).toEqual([1, 1, 1]);
    hub.issues()[0]!.state = "closed";
    hub.issues()[0]!.closed_at = new Date().toISOString();
    const third = recurrence(again);
    loadFailure(third, hub.kubernetes);
    expect((await hub.report(third.report)).body.outcome).toBe("reopened");
    expect([hub.issues().length, hub.issues()[0]!.state]).toEqual([1, "open"]);
  });
});

it('25: a log that holds "error": makes one issue', async () => {
  const { hub, body } = await start("json-error-in-log");
  await hub.report(body);
  expect(created(hub)).toHaveLength(1);
});
