import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ANONYMOUS, type Caller } from "../../src/core/caller.ts";
import { NeedsInput, type CallContext } from "../../src/core/context.ts";
import { Denied } from "../../src/core/denied.ts";
import { ToolFailure } from "../../src/core/failure.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { present } from "../../src/core/present.ts";
import { Registry, type CallRecord } from "../../src/core/registry.ts";
import { defineTool } from "../../src/core/tool.ts";
import { budget, fixedClock, silent } from "../support/modules.ts";

const echo = (
  run: (input: { n: number; tags?: string[] | undefined }, context: CallContext) => JsonObject | Promise<JsonObject>,
  name = "echo",
) =>
  defineTool({
    name,
    title: "Echo",
    description: "For tests.",
    access: "read",
    asks: true,
    input: z.strictObject({
      n: z.number().int().max(10).describe("n"),
      tags: z.array(z.string()).optional().describe("tags"),
    }),
    output: z.looseObject({ n: z.number() }),
    run: async (input, context) => ({ n: 0, ...(await run(input, context)) }),
  });

function setUp(run: Parameters<typeof echo>[0]) {
  const records: CallRecord[] = [];
  const inFlight: number[] = [];
  const clock = fixedClock();
  const registry = Registry.of([{ name: "test", tools: [echo(run)] }], {
    clock,
    log: silent,
    budget,
    onCall: (record) => records.push(record),
    onInFlight: (_module, change) => inFlight.push(change),
  });
  const call = (raw: unknown, signal = new AbortController().signal, name = "echo") =>
    registry.call(name, raw, { signal, caller: ANONYMOUS, door: "internal" });
  return { registry, records, inFlight, call, clock };
}

describe("registry.call", () => {
  it("parses, runs, parses, and counts a success", async () => {
    const { call, records, inFlight } = setUp(({ n }) => ({ n: n + 1, extra: true }));
    expect(await call({ n: 1 })).toEqual({ ok: true, value: { n: 2, extra: true }, attachments: [] });
    expect(records).toMatchObject([
      { module: "test", tool: "echo", door: "internal", outcome: "success", durationMs: 0 },
    ]);
    expect(inFlight).toEqual([1, -1]);
  });

  it("takes numbers, lists and objects as text, and null as absent", async () => {
    const { call } = setUp(({ n, tags }) => ({ n, tags }));
    expect(await call({ n: "7", tags: '["a","b"]' })).toMatchObject({ value: { n: 7, tags: ["a", "b"] } });
    expect(await call({ n: "7", tags: "a, b" })).toMatchObject({ value: { n: 7, tags: ["a", "b"] } });
    expect(await call({ n: 7, tags: null })).toMatchObject({ ok: true });
  });

  it.each([
    [{ n: 11 }, 'argument "n": Too big: expected number to be <=10'],
    [{ n: "seven" }, 'argument "n": Invalid input: expected number, received string'],
    [{}, 'missing argument "n" (number)'],
    [{ n: 1, tag: "a" }, 'unknown argument "tag". Did you mean "tags"? Valid: n, tags'],
    ["text", "the arguments must be an object: Invalid input: expected object, received string"],
  ])("says what is wrong with %j", async (raw, message) => {
    const { call, records } = setUp(() => ({}));
    expect(await call(raw)).toMatchObject({ ok: false, kind: "invalid", message });
    expect(records[0]?.outcome).toBe("invalid");
  });

  it("passes a ToolFailure on with its details and the time", async () => {
    const { call } = setUp(() => {
      throw new ToolFailure("not-found", "no pod", { code: "NO_POD", hint: "list them" });
    });
    expect(await call({ n: 1 })).toMatchObject({
      kind: "not-found",
      failure: {
        message: "no pod",
        code: "NO_POD",
        details: { hint: "list them" },
        timestamp: "2026-11-25T12:00:00.000Z",
      },
    });
  });

  it("hides the text of a bug behind the call's id", async () => {
    const { call, records } = setUp(() => {
      throw new Error("password=canary");
    });
    const outcome = await call({ n: 1 });
    expect(JSON.stringify(outcome)).not.toContain("canary");
    expect(outcome).toMatchObject({ kind: "bug", message: expect.stringContaining(String(records[0]?.callId)) });
  });

  it("takes a result that breaks its own schema for a bug", async () => {
    const { call } = setUp(() => ({ n: "not a number" }));
    expect(await call({ n: 1 })).toMatchObject({ ok: false, kind: "bug" });
  });

  it("answers cancelled at once, even when the tool does not listen", async () => {
    const { call, inFlight, records } = setUp(() => new Promise(() => undefined));
    const cut = new AbortController();
    const pending = call({ n: 1 }, cut.signal);
    cut.abort();
    expect(await pending).toMatchObject({ ok: false, kind: "cancelled" });
    expect(inFlight).toEqual([1, -1]);
    expect(records[0]?.outcome).toBe("cancelled");
    expect(await call({ n: 1 }, AbortSignal.abort())).toMatchObject({ kind: "cancelled" });
  });

  it("hands a question on, and the answer back", async () => {
    const { call, registry } = setUp((_input, { answers, state }) => {
      if (answers["ok"] === undefined) throw new NeedsInput({ ok: { method: "elicitation/create" } }, 5);
      return { n: Number(state) };
    });
    expect(await call({ n: 1 })).toMatchObject({ ok: false, kind: "needs-input", state: 5 });
    const request = { signal: new AbortController().signal, caller: ANONYMOUS, door: "internal" as const };
    expect(await registry.call("echo", { n: 1 }, { ...request, answers: { ok: true }, state: 5 })).toMatchObject({
      value: { n: 5 },
    });
  });

  it("knows no tool by another name, nor one that was narrowed away", async () => {
    const { call, registry, records } = setUp(() => ({}));
    expect(await call({}, undefined, "nope")).toMatchObject({ kind: "not-found", message: 'unknown tool "nope"' });
    expect(records[0]).toMatchObject({ tool: "unknown", outcome: "not-found" });
    expect(registry.narrow(() => false).find("echo")).toBeUndefined();
  });

  it("passes on as it is what another server checks", async () => {
    const schema = { type: "object", properties: { n: { type: ["integer", "null"] } } };
    const foreign = defineTool({
      name: "foreign",
      title: "Foreign",
      description: "Another server's. For tests.",
      access: "read",
      input: z.looseObject({}),
      inputSchema: schema,
      output: z.looseObject({}),
      run: (input) => ({ input }),
    });
    const registry = Registry.of([{ name: "test", tools: [foreign] }], { clock: fixedClock(), log: silent, budget });
    expect(registry.find("foreign")?.inputSchema).toBe(schema);
    const request = { signal: new AbortController().signal, caller: ANONYMOUS, door: "internal" as const };
    expect(await registry.call("foreign", { n: null, m: "5" }, request)).toMatchObject({
      value: { input: { n: null, m: "5" } },
    });
  });

  it("lets calls of clients wait for a place, gives it back, and refuses when there is none", async () => {
    const places: string[] = [];
    const enter = async (caller: Caller) => {
      if (caller.name === "greedy") throw new Denied(429, "32 calls of this caller are running; send fewer at once");
      places.push(`enter ${caller.name}`);
      return () => void places.push(`leave ${caller.name}`);
    };
    const registry = Registry.of([{ name: "test", tools: [echo(() => ({ n: 1 }))] }], {
      clock: fixedClock(),
      log: silent,
      budget,
      enter,
    });
    const { signal } = new AbortController();
    const as = (name: string, door: "mcp" | "agent" = "mcp") =>
      registry.call("echo", { n: 1 }, { signal, door, caller: { ...ANONYMOUS, name } });
    expect(await as("ann")).toMatchObject({ ok: true });
    expect(await as("hub", "agent")).toMatchObject({ ok: true });
    expect(places).toEqual(["enter ann", "leave ann"]);
    expect(await as("greedy")).toMatchObject({
      kind: "unavailable",
      message: "32 calls of this caller are running; send fewer at once",
      failure: { code: "TOO_MANY_CALLS" },
    });
  });

  it("refuses two tools of one name", () => {
    const twice = { name: "m", tools: [echo(() => ({})), echo(() => ({}))] };
    expect(() => Registry.of([twice], { clock: fixedClock(), log: silent, budget })).toThrow("share a name: echo");
  });
});

describe("present", () => {
  const shown = async (run: Parameters<typeof echo>[0]) => {
    const { registry, call } = setUp(run);
    const outcome = await call({ n: 1 });
    if (!outcome.ok && outcome.kind === "needs-input") throw new Error("asks");
    const entry = registry.find("echo");
    if (entry === undefined) throw new Error("no entry");
    return present(entry, outcome, { n: 1 }, { textBytes: 100, structuredBytes: 200 });
  };

  it("shows the value as JSON and as structure", async () => {
    expect(await shown(() => ({ n: 3 }))).toMatchObject({ isError: false, text: '{"n":3}', structured: { n: 3 } });
  });

  it("cuts a text over the budget, and says so", async () => {
    const { text } = await shown(() => ({ n: 3, long: "é".repeat(60) }));
    expect(text).toMatch(/^\{"n":3,"long":"é+\n\[cut here: \d+ of 137 bytes shown/);
  });

  it("refuses a structure over the budget instead of sending half of it", async () => {
    expect(await shown(() => ({ n: 3, long: "x".repeat(300) }))).toMatchObject({
      isError: true,
      structured: { status: "error", code: "RESULT_TOO_LARGE" },
    });
  });

  it("shows a failure with its hint", async () => {
    const failed = await shown(() => {
      throw new ToolFailure("not-found", "no pod", { hint: "list them" });
    });
    expect(failed).toMatchObject({
      isError: true,
      text: "no pod\nlist them",
      structured: { status: "error", error: "no pod", code: "NOT_FOUND" },
    });
  });
});
