// One hub behind all its locks, and what an attacker would try: all of it is refused, and none of it is written down in clear.
// HOSTILE_TABLE=<file> writes what was answered as a table.
import { writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { SECRETS, startGuardedHub, type GuardedHub } from "../support/guarded-hub.ts";
import { sendRaw, type RawReply } from "../support/raw.ts";
import { initialize, legacy, send } from "../support/wire.ts";
import { bytesOf, honest, ROWS, type World } from "./hostile-rows.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const CREDENTIAL = /eyJ[\w-]+\.[\w-]+\.[\w-]*|Canary-[\w-]+/gi;

/** By the name of the row. */
const replies = new Map<string, RawReply>();
const honestReplies = new Map<string, number>();
/** Whatever was sent or held that could open a door; of a JWT the signature too. */
const credentials = new Set<string>(Object.values(SECRETS));
/** By the place where it could be read. */
const written = new Map<string, string>();

async function enter(hub: GuardedHub): Promise<World> {
  const { agent } = hub;
  const pod = { namespace: "pay", pod_name: "web-1" };
  const stored = await agent.report(pod, bearer(SECRETS.report), "?mode=async");
  const opened = await legacy(`${agent.url}/mcp`, initialize(), { headers: bearer(SECRETS.admin) });
  return { ...hub, foreignReport: stored.body.report_id, session: String(opened.headers["mcp-session-id"]) };
}

beforeAll(async () => {
  const hub = await startGuardedHub({ script: "none" });
  const world = await enter(hub);
  for (const row of ROWS) {
    const bytes = bytesOf(await row.send(world), hub.port);
    for (const found of bytes.toString("latin1").match(CREDENTIAL) ?? [])
      for (const part of [found, found.split(".")[2] ?? ""]) if (part.length > 10) credentials.add(part);
    replies.set(row.name, await sendRaw(hub.port, bytes));
  }
  for (const [name, lines] of Object.entries(await honest(world)))
    honestReplies.set(name, (await sendRaw(hub.port, bytesOf(lines, hub.port))).status);
  const { url } = hub.agent;
  written.set("metrics", (await send(`${url}/metrics`, { method: "GET", headers: bearer(SECRETS.admin) })).text);
  written.set("health", (await send(`${url}/health`, { method: "GET" })).text);
  const { log, audit } = await hub.finish();
  written.set("log", log).set("audit", audit);
});

/** Without the lengths of chunks. */
const bodyOf = ({ text }: RawReply) =>
  text.slice(text.indexOf("\r\n\r\n") + 4).replaceAll(/^[0-9a-f]+\r\n|\r\n$/gm, "");
const replyTo = (name: string): RawReply => replies.get(name) ?? { status: -1, text: "" };

it("lets in who may come, so that no refusal is for want of a hub", () => {
  const statuses = Object.fromEntries(honestReplies);
  expect(statuses).toEqual({ admin: 200, reader: 200, alice: 200, sam: 200, token: 202, zoe: 202, signed: 202 });
});

describe("is refused:", () => {
  it.each(ROWS)("$name", ({ name, status, says }) => {
    const reply = replyTo(name);
    expect([reply.status, bodyOf(reply)]).toEqual([status, expect.stringContaining(says)]);
    expect(reply.text).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(|"result"/);
  });
});

it.each([
  ["a tool the reader may not call", "a tool that is not there", /creat\w*_issue/],
  ["a module that sam may not see", "a module that is not there", /gitea|nothing/],
  ["the session of somebody else", "a session that is a guess", /(?!)/],
  ["another's report", "a report that is not there", /rpt_\w+/],
  ["a report about another's namespace", "a report about no namespace there is", /(?!)/],
])("%s and %s are told the same", (there, not, name) => {
  const [one, other] = [there, not].map((row) => `${replyTo(row).status} ${bodyOf(replyTo(row)).replace(name, "X")}`);
  expect(one).toBe(other);
});

it("has no credential in any answer, log line, line of the audit, metric or in /health", () => {
  const texts = [...written, ...[...replies].map(([name, { text }]) => [name, text] as const)];
  const found = texts.flatMap(([place, text]) =>
    [...credentials].filter((one) => text.toLowerCase().includes(one.toLowerCase())).map((one) => `${place}: ${one}`),
  );
  expect(found).toEqual([]);
  for (const place of ["log", "audit", "metrics", "health"])
    expect(written.get(place)?.length, place).toBeGreaterThan(99);
  expect(credentials.size).toBeGreaterThan(40);
});

it("has what was refused in the audit, with the reason", () => {
  const lines = (written.get("audit") ?? "").trim().split("\n");
  const refused = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "refused");
  expect(refused.length).toBeGreaterThan(60);
  for (const line of refused) expect(line).toMatchObject({ route: expect.any(String), reason: expect.any(String) });
});

/** For people: with HOSTILE_TABLE it is written down too. */
it("makes a table of at least sixty rows", async () => {
  const cell = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 120);
  const rows = ROWS.map(({ name }) => `| ${name} | ${replyTo(name).status} | ${cell(bodyOf(replyTo(name)))} |`);
  expect(rows.length).toBeGreaterThanOrEqual(60);
  const head = ["| request | status | answer |", "| --- | --- | --- |"];
  const file = process.env["HOSTILE_TABLE"];
  if (file !== undefined) await writeFile(file, `${[...head, ...rows].join("\n")}\n`);
});
