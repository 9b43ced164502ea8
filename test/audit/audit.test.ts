import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAudit, type AuditOptions, type OpenAudit } from "../../src/audit/audit.ts";
import { AUDIT_SETTINGS } from "../../src/audit/settings.ts";
import { EVERYTHING } from "../../src/core/caller.ts";
import { ConfigError } from "../../src/core/config-error.ts";
import { createRedactor } from "../../src/core/redact.ts";
import type { CallRecord, FinishedCall } from "../../src/core/registry.ts";
import { readSection } from "../../src/core/settings.ts";
import { fixedClock } from "../support/modules.ts";

const CANARY = "canary-4f1c9e7d22";
const ann = { id: "token:ann", name: "ann", rights: EVERYTHING, address: "10.0.0.7" };
const record: CallRecord = {
  callId: "c-1",
  module: "prometheus",
  tool: "query_instant",
  door: "mcp",
  caller: "ann",
  outcome: "success",
  durationMs: 12,
};
const finished: FinishedCall & { caller: typeof ann } = {
  tool: "query_instant",
  input: { query: "up" },
  outcome: { ok: true, value: { a: "é" }, attachments: [] },
  caller: ann,
};

let folder: string;
let clock: ReturnType<typeof fixedClock>;
let logged: any[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-audit-"));
  clock = fixedClock();
  logged = [];
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function open(options: Partial<AuditOptions> = {}): Promise<OpenAudit> {
  return createAudit({
    target: "stdout",
    stdout: undefined,
    redactor: createRedactor({ exact: () => [CANARY] }),
    clock,
    log: pino({}, { write: (line) => void logged.push(JSON.parse(line)) }),
    ...options,
  });
}

/** An audit on standard output, and its lines so far. */
async function onOutput() {
  let text = "";
  const stdout = { writableLength: 0, write: (chunk: string) => (text += chunk) };
  const audit = await open({ stdout });
  return { audit, stdout, lines: () => parse(text) };
}

const parse = (text: string): any[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("a line", () => {
  it("says of a call who, where, what and how it ended", async () => {
    const { audit, lines } = await onOutput();
    audit.call(record, finished);
    expect(lines()).toEqual([
      {
        time: "2026-11-25T12:00:00.000Z",
        event: "call",
        caller: "ann",
        caller_id: "token:ann",
        address: "10.0.0.7",
        door: "mcp",
        module: "prometheus",
        tool: "query_instant",
        arguments: { query: "up" },
        outcome: "success",
        duration_ms: 12,
        bytes: 10,
        call_id: "c-1",
      },
    ]);
  });

  it("names a failed call's kind, and an unknown tool by what it was called", async () => {
    const { audit, lines } = await onOutput();
    const failure = { kind: "not-found", message: "no", code: "X", details: {}, callId: "c", timestamp: "" } as const;
    const outcome = { ok: false, kind: "not-found", message: "no such tool", failure } as const;
    audit.call({ ...record, tool: "unknown", outcome: "not-found" }, { ...finished, tool: "drop_all", outcome });
    expect(lines()[0]).toMatchObject({ caller: "ann", tool: "drop_all", outcome: "not-found", bytes: 12 });
  });

  it("says of a report what was asked and answered", async () => {
    const { audit, lines } = await onOutput();
    audit.report({
      caller: ann,
      route: "POST /report-failure",
      status: 200,
      address: "10.0.0.8",
      arguments: { namespace: "shop" },
      durationMs: 5,
      bytes: 99,
      reportId: "rpt_1",
    });
    expect(lines()[0]).toEqual({
      time: "2026-11-25T12:00:00.000Z",
      event: "report",
      caller: "ann",
      caller_id: "token:ann",
      address: "10.0.0.8",
      door: "reports",
      route: "POST /report-failure",
      arguments: { namespace: "shop" },
      outcome: "200",
      duration_ms: 5,
      bytes: 99,
      report_id: "rpt_1",
    });
  });

  it("says of a refusal where and why", async () => {
    const { audit, lines } = await onOutput();
    audit.refused({
      door: "http",
      route: "GET /mcp",
      status: 403,
      address: "10.0.0.9",
      reason: "Host is\nnot allowed",
    });
    expect(lines()[0]).toEqual({
      time: "2026-11-25T12:00:00.000Z",
      event: "refused",
      door: "http",
      route: "GET /mcp",
      outcome: "403",
      reason: "Host is not allowed",
      address: "10.0.0.9",
    });
  });
});

it("has one line a minute for whoever is told 429", async () => {
  const { audit, lines } = await onOutput();
  const refuse = (address: string, status = 429) =>
    audit.refused({ door: "http", route: "GET /mcp", status, reason: "too much", address });
  for (const address of ["10.0.0.7", "10.0.0.7", "2001:db8::1", "2001:db8::2", "10.0.0.8"]) refuse(address);
  expect(lines().map(({ address }) => address)).toEqual(["10.0.0.7", "2001:db8::1", "10.0.0.8"]);
  refuse("10.0.0.7", 401);
  refuse("10.0.0.7", 401);
  expect(lines()).toHaveLength(5);
  clock.at += 60_001;
  refuse("10.0.0.7");
  expect(lines()).toHaveLength(6);
});

describe("arguments", () => {
  const shown = async (input: unknown): Promise<string> => {
    const { audit, lines } = await onOutput();
    audit.call(record, { ...finished, input });
    expect(lines()).toHaveLength(1);
    return JSON.stringify(lines()[0].arguments);
  };
  const KEY =
    "-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEA\n-----END PRIVATE KEY-----";

  it.each([
    ["a known secret", { a: `x ${CANARY} y` }, CANARY],
    ["one deep inside", { a: [{ b: { c: CANARY } }] }, CANARY],
    ["one in a name", { [CANARY]: 1 }, CANARY],
    ["one that its name betrays", { password: "hunter2-hunter2" }, "hunter2"],
    ["a token of a kind", { text: "ghp_0123456789abcdefghijABCDEFGHIJ012345" }, "ghp_0123"],
    ["a key over many lines", { text: KEY }, "MIIBVAIB"],
    ["one at the place where long text is cut", { text: `${"x ".repeat(1_020)}${CANARY}` }, "canary-4"],
    ["in no object at all", CANARY, CANARY],
  ])("hide %s", async (_what, input, secret) => expect(await shown(input)).not.toContain(secret));

  it.each([
    ["long texts", { text: "x y ".repeat(100_000) }],
    ["many members", Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]))],
    ["many long members", Array.from({ length: 100 }, () => "é ".repeat(1_000))],
    ["deep ones", JSON.parse(`${'{"a":'.repeat(60)}1${"}".repeat(60)}`)],
    ["wide and deep ones", JSON.parse(JSON.stringify(wide(4)))],
  ])("are cut when they are %s", async (_what, input) =>
    expect(Buffer.byteLength(await shown(input))).toBeLessThan(4_200),
  );

  it("stay as they are otherwise", async () => {
    const input = { a: 1, b: null, c: [true, "x"], d: { e: 0.5 } };
    expect(JSON.parse(await shown(input))).toEqual(input);
    for (const one of [null, undefined, 3, "x", []]) expect(JSON.parse(await shown(one))).toEqual(one ?? null);
  });
});

function wide(depth: number): unknown {
  return depth === 0 ? "leaf" : Array.from({ length: 12 }, () => wide(depth - 1));
}

it("hides secrets in routes, reasons, addresses and names of tools too", async () => {
  const { audit, lines } = await onOutput();
  audit.refused({ door: "http", route: `GET /${CANARY}`, status: 404, address: "::1", reason: `Host "${CANARY}"` });
  audit.call(record, { ...finished, tool: CANARY });
  audit.call(record, { ...finished, caller: { ...ann, address: `${CANARY}, 10.0.0.1` } });
  audit.refused({ door: "http", route: "GET /", status: 404, address: CANARY, reason: "no" });
  expect(JSON.stringify(lines())).not.toContain(CANARY);
});

describe("AUDIT_LOG", () => {
  it("is off by default, and then nothing is written or even looked at", async () => {
    const { values } = await readSection(AUDIT_SETTINGS, {});
    const audit = await open({ target: values.target });
    audit.call(record, {
      ...finished,
      get input(): unknown {
        throw new Error("looked at");
      },
    });
    await audit.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it("on standard output does not go with --stdio", async () => {
    await expect(open()).rejects.toThrow(ConfigError);
    await expect(open()).rejects.toThrow("AUDIT_LOG=stdout does not go with --stdio");
  });

  it("names a file that only its owner reads", async () => {
    const target = join(folder, "audit.log");
    const audit = await open({ target });
    audit.call(record, finished);
    await audit.close();
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(parse(await readFile(target, "utf8"))).toHaveLength(1);
  });

  it("can be closed twice", async () => {
    const audit = await open({ target: join(folder, "audit.log") });
    await audit.close();
    await expect(audit.close()).resolves.toBeUndefined();
  });

  it("goes on in the file that is there", async () => {
    const target = join(folder, "audit.log");
    for (const _ of [1, 2]) {
      const audit = await open({ target });
      audit.call(record, finished);
      await audit.close();
    }
    expect(parse(await readFile(target, "utf8"))).toHaveLength(2);
  });

  it.each([
    ["in no folder", (at: string) => join(at, "none", "audit.log")],
    ["that is a folder", (at: string) => at],
    ["that is a device", () => "/dev/full"],
  ])("refuses a file %s", async (_what, path) => {
    await expect(open({ target: path(folder) })).rejects.toThrow(ConfigError);
    await expect(open({ target: path(folder) })).rejects.toThrow(/AUDIT_LOG cannot be written: /);
  });

  it("keeps ten files, all of the owner's alone, and loses no line between two", async () => {
    const target = join(folder, "audit.log");
    const audit = await open({ target, fileSize: "1K" });
    for (let i = 0; i < 60; i++) audit.call({ ...record, callId: `c-${i}` }, finished);
    await audit.close();
    const files = await readdir(folder);
    expect(files.sort()).toEqual(["audit.log", ...Array.from({ length: 9 }, (_, i) => `audit.log.${i + 1}`)]);
    const modes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).mode & 0o777));
    expect(new Set(modes)).toEqual(new Set([0o600]));
    const texts = await Promise.all(files.toReversed().map((file) => readFile(join(folder, file), "utf8")));
    const ids = texts.flatMap(parse).map(({ call_id: id }) => Number(id.slice(2)));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => 60 - ids.length + i));
    expect(ids.length).toBeGreaterThan(30);
  });
});

describe("a sink that cannot write", () => {
  it("is told once, fails no call, and is tried again; the gap is in the audit", async () => {
    const place = join(folder, "logs");
    const target = join(place, "audit.log");
    await mkdir(place);
    const audit = await open({ target, fileSize: "1K" });
    await rm(place, { recursive: true });
    await writeFile(place, "in the way");
    for (let i = 0; i < 20; i++) audit.call(record, finished);
    await expect.poll(() => logged.length).toBe(1);
    audit.call(record, finished);
    expect(logged).toMatchObject([{ level: 50, msg: "the audit cannot be written; calls go on, and lines are lost" }]);
    await rm(place);
    await mkdir(place);
    await chmod(place, 0o700);
    audit.call(record, finished);
    clock.at += 10_000;
    audit.call(record, finished);
    await audit.close();
    const [gap, line, ...more] = parse(await readFile(target, "utf8"));
    expect([gap.event, gap.lines > 0, line.event, more]).toEqual(["gap", true, "call", []]);
    expect(logged.at(-1)).toMatchObject({ level: 40, lines: gap.lines });
  });

  it("keeps no more than 8 MiB for who does not read", async () => {
    const { audit, stdout, lines } = await onOutput();
    stdout.writableLength = 8 * 1024 * 1024 + 1;
    for (let i = 0; i < 3; i++) audit.call(record, finished);
    expect([lines(), logged.length]).toEqual([[], 1]);
    stdout.writableLength = 0;
    audit.call(record, finished);
    expect(lines()).toMatchObject([{ event: "gap", lines: 3 }, { event: "call" }]);
  });
});
