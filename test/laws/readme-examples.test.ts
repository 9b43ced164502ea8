// README's examples, taken from README: the real readers parse them, and a hub that runs with them does what README says.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { load } from "js-yaml";
import { parseRules } from "../../src/auth/access.ts";
import { hashToken } from "../../src/auth/hash-token.ts";
import { parseTokens } from "../../src/auth/token-file.ts";
import { rightsOf } from "../../src/auth/rights.ts";
import { readConfig } from "../../src/config.ts";
import { createHub } from "../../src/hub.ts";
import { modules } from "../../src/modules.ts";
import { readServers } from "../../src/modules/upstream/file.ts";
import { upstreamModules } from "../../src/modules/upstream/index.ts";
import { startUpstream, tool } from "../support/mcp-upstream.ts";
import { silent } from "../support/modules.ts";
import { startReviews } from "../support/reviews-stand-in.ts";
import { trialModule } from "../support/trial-module.ts";
import { modern } from "../support/wire.ts";

const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
const CHILD = fileURLToPath(new URL("../support/mcp-child.ts", import.meta.url));
const NAMES = modules.map(({ name }) => name);
/** Before the examples' tokens expire, whenever this runs. */
const clock = { now: () => Date.parse("2026-11-26T00:00:00Z") };

const blocks = (language: string): string[] =>
  [...readme.matchAll(/^( *)```(\w+)\n([\s\S]*?)\n\1```$/gm)].flatMap(([, , name, text = ""]) =>
    name === language ? [text] : [],
  );

/** The one example whose top is this member. */
function example(member: string): string {
  const [text, ...more] = blocks("yaml").filter((block) => new RegExp(`^${member}:`, "m").test(block));
  if (text === undefined || more.length > 0) throw new Error(`README must have one example of "${member}:"`);
  return text;
}

/** @throws when README no longer says `from` */
function swap(text: string, from: string | RegExp, to: string): string {
  const swapped = text.replace(from, () => to);
  if (swapped === text) throw new Error(`the example has no ${String(from)}`);
  return swapped;
}

const open: { close(): Promise<unknown> }[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-readme-"));
});
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
  await rm(folder, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** A hub whose modules have the names that the examples speak of, and one reading and one writing tool each. */
async function startHub(env: Record<string, string>): Promise<string> {
  const named = ["prometheus", "kubernetes", "reports"].map((name) => trialModule(name).module);
  const all = [...(await upstreamModules(env, NAMES)), ...named];
  const given = { PORT: "0", HEALTH_METRICS_PORT: "0", KUBERNETES_SERVICE_ACCOUNT_PATH: folder, ...env };
  const hub = await createHub({ config: await readConfig(given, all), version: "0.0.0-readme", log: silent, clock });
  open.push(hub);
  return (await hub.listen()).url;
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** The tools a caller is shown, without the slow ones; or the status with which it is refused. */
async function seen(url: string, token?: string): Promise<string[] | number> {
  const reply = await modern(`${url}/mcp`, "tools/list", {}, token === undefined ? {} : bearer(token));
  if (reply.status !== 200) return reply.status;
  const names: string[] = reply.json.result?.["tools"].map(({ name }: { name: string }) => name);
  return names.filter((name) => !name.includes("wait"));
}

it("every YAML and JSON block of README is YAML and JSON", () => {
  expect(blocks("yaml").length).toBeGreaterThan(5);
  for (const text of blocks("yaml")) expect(() => load(text), text).not.toThrow();
  expect(blocks("json").length).toBeGreaterThan(3);
  for (const text of blocks("json")) expect(() => JSON.parse(text), text).not.toThrow();
});

describe("AUTH_TOKENS_PATH", () => {
  it("is read as it stands", () => {
    const [dashboards, oncall, ...more] = parseTokens(example("tokens"), "README", NAMES);
    expect([dashboards?.name, oncall?.name, more.length]).toEqual(["dashboards", "oncall", 0]);
    expect(rightsOf(dashboards!.limit).key).toBe("*:none,prometheus:read");
    expect(rightsOf(oncall!.limit).may("gitea", "destructive")).toBe(true);
    expect(oncall!.expires).toBeGreaterThan(clock.now());
  });

  it("lets its holders in, with the entries that hash-token prints", async () => {
    const hash = (token: string) => /sha256:\w+/.exec(hashToken(`${token}\n`))?.[0] ?? "";
    const [one, two] = ["the-first-token-of-two", "the-second-token-of-two"];
    const marked = swap(swap(example("tokens"), /sha256:\w+/, "FIRST"), /sha256:\w+/, hash(two));
    const path = await file("tokens.yaml", swap(marked, "FIRST", hash(one)));
    const url = await startHub({ AUTH_MODE: "token", AUTH_TOKENS_PATH: path, ALLOW_WRITES: "kubernetes" });
    expect(await seen(url, one)).toEqual(["prometheus_echo"]);
    expect(await seen(url, two)).toEqual(["prometheus_echo", "kubernetes_echo", "kubernetes_erase", "reports_echo"]);
    expect(await seen(url, "the-third-token-of-two")).toBe(401);
    expect(await seen(url)).toBe(401);
  });
});

describe("ACCESS_PATH", () => {
  const levels = (name: string, groups: string[] = []) =>
    rightsOf(parseRules(example("rules"), "README", NAMES)({ name, groups })).key;

  it("is read as it stands", () => {
    expect(levels("alice", ["sre"])).toBe("");
    expect(levels("oncall")).toBe("");
    expect(levels("system:serviceaccount:ci:builder")).toBe("*:none,kubernetes:write,prometheus:read,reports:write");
    expect(levels("bob", ["sales"])).toBe("*:none,prometheus:read");
  });

  it("gives groups of a cluster their tools, and hides the others as if there were none", async () => {
    const api = await startReviews();
    open.push(api);
    api.accounts.set("token-of-alice", { username: "alice", groups: ["sre"] });
    api.accounts.set("token-of-bob", { username: "bob", groups: ["sales"] });
    const path = await file("access.yaml", example("rules"));
    const env = { AUTH_MODE: "active", OPENSHIFT_API_URL: api.url, ACCESS_PATH: path, ALLOW_WRITES: "kubernetes" };
    const url = await startHub(env);
    expect(await seen(url, "token-of-alice")).toContain("kubernetes_erase");
    expect(await seen(url, "token-of-bob")).toEqual(["prometheus_echo"]);
    const call = (name: string) =>
      modern(`${url}/mcp`, "tools/call", { name, arguments: { text: "hi" } }, bearer("token-of-bob"));
    const [hidden, unknown] = [await call("kubernetes_echo"), await call("nowhere_echo")];
    expect(hidden.json.error?.code).toBe(-32_602);
    expect(hidden.text.replaceAll("kubernetes_echo", "X")).toBe(unknown.text.replaceAll("nowhere_echo", "X"));
  });
});

describe("UPSTREAMS_PATH", () => {
  const env = { TICKETS_TOKEN: "s3cret-of-tickets" };

  it("is read as it stands", () => {
    const servers = readServers("README", example("upstreams"), env);
    expect(servers).toMatchObject([
      { name: "tickets", place: { transport: "streamable-http" }, deny: ["delete_*"], writes: true },
      { name: "runbooks", place: { transport: "stdio" }, writes: false, timeoutMs: 60_000 },
    ]);
  });

  it("brings the tools of a server and of a child, within their lists", async () => {
    const tools = [tool("search"), tool("create", { annotations: {} }), tool("delete_all")];
    const tickets = await startUpstream({ mode: "modern", tools });
    open.push(tickets);
    let text = swap(example("upstreams"), "https://tickets.example.com/mcp", tickets.url);
    text = swap(text, "command: mcp-server-filesystem", `command: ${JSON.stringify(process.execPath)}`);
    text = swap(text, "[/srv/runbooks]", JSON.stringify([CHILD, "sdk"]));
    text = swap(text, "read_text_file", "environment");
    const given = { ...env, PATH: process.env["PATH"] ?? "", UPSTREAMS_PATH: await file("upstreams.yaml", text) };
    const url = await startHub({ ...given, ALLOW_WRITES: "tickets" });
    const names = await seen(url);
    expect(names).toEqual(expect.arrayContaining(["tickets_search", "tickets_create", "runbooks_environment"]));
    expect(names).not.toContain("tickets_delete_all");
    expect(names).not.toContain("runbooks_echo");
    await modern(`${url}/mcp/tickets`, "tools/call", { name: "tickets_search", arguments: { text: "x" } });
    expect(tickets.calls[0]?.headers.authorization).toBe("Bearer s3cret-of-tickets");
    const child = await modern(`${url}/mcp/runbooks`, "tools/call", { name: "runbooks_environment", arguments: {} });
    const printed: string = child.json.result?.["content"][0].text;
    expect(JSON.parse(printed).env).toEqual({ PATH: given.PATH, LANG: "C.UTF-8" });
  });
});
