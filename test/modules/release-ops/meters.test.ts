// Commands as an operator sees them: a span each, how many run and wait, how they ended, and what the cache spared.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { expect, it, onTestFinished } from "vitest";
import type { CallRequest } from "../../../src/core/context.ts";
import { releaseOps } from "../../../src/modules/release-ops/index.ts";
import { startModule } from "../../support/modules.ts";
import { numbersOf, traced } from "../../support/spans.ts";

const CANARY = "argv-canary-0123456789";

/** A program that notes its start, and does what its first argument says; `wait` ends when there is a file `gate`. */
const PROGRAM = `#!${execPath}
const { appendFileSync, existsSync } = require("node:fs");
const [, , does, ...rest] = process.argv;
appendFileSync(__dirname + "/calls", does + "\\n");
console.log("said " + rest.join(" "));
if (does === "fail") process.exit(3);
const timer = setInterval(() => {
  if (does === "wait" && !existsSync(__dirname + "/gate")) return;
  clearInterval(timer);
}, 5);
`;

const CATALOG = `
version: 1
caches: { shelf: { ttl: 1h } }
programs: { teller: { exec: FOLDER/teller-cli }, gone: { exec: FOLDER/gone-cli } }
tools:
  say: { description: S., program: teller, argv: [say, { pos: word }], risk: read, params: { word: { type: string, default: ${CANARY} } } }
  fail: { description: F., program: teller, argv: [fail], risk: read }
  doubt: { description: D., program: teller, argv: [say, oops], risk: read, success: { fail_on: [oops] } }
  wait: { description: W., program: teller, argv: [wait], risk: read }
  slow: { description: L., program: teller, argv: [wait], risk: read, timeout: 1s, kill_grace: 1s }
  absent: { description: A., program: gone, argv: [x], risk: read }
  kept: { description: K., program: teller, argv: [say, kept], risk: read, cache: { store: shelf } }
  awaited: { description: K., program: teller, argv: [wait], risk: read, cache: { store: shelf } }
  job: { description: J., program: teller, argv: [say, job], risk: read, background: { mode: always } }
`;

async function open(threads = "4") {
  const folder = await mkdtemp(join(tmpdir(), "ops-meters-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "teller-cli"), PROGRAM, { mode: 0o755 });
  const catalog = join(folder, "tools.yaml");
  const write = (text: string) => writeFile(catalog, text.replaceAll("FOLDER", folder));
  await write(CATALOG);
  const { spans, metrics, given } = traced();
  const env = { RELEASE_OPS_CATALOG: catalog, MCP_THREAD_POOL_SIZE: threads, PATH: "/usr/bin:/bin", DATA_DIR: folder };
  const hub = await startModule(releaseOps, env, undefined, metrics, given);
  await hub.running.begin?.();
  onTestFinished(() => hub.close());
  const calls = async () => (await readFile(join(folder, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean);
  const numbers = (name: string) => numbersOf(metrics, `ops_hub_${name}`);
  return {
    call: (name: string, input: object = {}, request: Partial<CallRequest> = {}) => hub.call(name, input, request),
    spans,
    metrics,
    numbers,
    /** A number without labels. */
    number: async (name: string) => (await numbers(name))[""],
    started: (count: number) => expect.poll(async () => (await calls()).length, { timeout: 10_000 }).toBe(count),
    letGo: () => writeFile(join(folder, "gate"), ""),
    reload: async (text: string) => {
      await write(text);
      await hub.running.reload?.();
    },
  };
}

it("a command is a client's span of its program, below the call, without its arguments and its output", async () => {
  const { call, spans, numbers, metrics } = await open();
  expect((await call("say", { word: CANARY })).text).toContain(CANARY);
  const span = spans.one("teller");
  expect(span).toMatchObject({ kind: "client", hasFailed: false });
  expect(spans.path(span)).toEqual(["teller", "execute_tool say"]);
  expect(span.attributes).toEqual({
    "process.executable.name": "teller-cli",
    "process.exit.code": 0,
    "ops_hub.tool": "say",
    "ops_hub.run.id": expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(await numbers("commands_total")).toEqual({ '{program="teller",outcome="ok"}': 1 });
  expect(await numbers("command_duration_seconds_count")).toEqual({ '{program="teller"}': 1 });
  expect(spans.text() + (await metrics.metrics())).not.toContain(CANARY);
});

it.each([
  ["fail", "teller", "failed", 3],
  ["doubt", "teller", "fail_on", 0],
  ["slow", "teller", "timeout", undefined],
  ["absent", "gone", "spawn_error", undefined],
])("the command of %s fails its span, and %s counts it as %s", async (tool, program, outcome, exitCode) => {
  const { call, spans, numbers } = await open();
  expect((await call(tool)).isError).toBe(true);
  const { hasFailed, attributes } = spans.one(program);
  expect([hasFailed, attributes["error.type"], attributes["process.exit.code"]]).toEqual([true, outcome, exitCode]);
  expect(await numbers("commands_total")).toEqual({ [`{program="${program}",outcome="${outcome}"}`]: 1 });
});

it("a command whose caller has gone ends as cancelled", async () => {
  const { call, spans, started, numbers } = await open();
  const stop = new AbortController();
  const answer = call("wait", {}, { signal: stop.signal });
  await started(1);
  stop.abort();
  expect((await answer).isError).toBe(true);
  await expect.poll(() => spans.named("teller").length, { timeout: 10_000 }).toBe(1);
  expect(spans.one("teller").attributes["error.type"]).toBe("cancelled");
  expect(await numbers("commands_total")).toEqual({ '{program="teller",outcome="cancelled"}': 1 });
});

it("what runs and what waits for its turn is shown, and who gives up waiting is no command", async () => {
  const { call, started, letGo, number, numbers, spans } = await open("1");
  expect([await number("commands_running"), await number("commands_waiting")]).toEqual([0, 0]);
  const stop = new AbortController();
  const running = call("wait");
  await started(1);
  const waiting = call("say", { word: "next" });
  const impatient = call("say", { word: "late" }, { signal: stop.signal });
  await expect.poll(() => number("commands_waiting")).toBe(2);
  expect(await number("commands_running")).toBe(1);
  stop.abort();
  expect((await impatient).isError).toBe(true);
  await expect.poll(() => number("commands_waiting")).toBe(1);
  await letGo();
  expect([(await running).isError, (await waiting).isError]).toEqual([false, false]);
  await expect.poll(() => number("commands_running")).toBe(0);
  expect(await number("commands_waiting")).toBe(0);
  expect(await numbers("commands_total")).toEqual({ '{program="teller",outcome="ok"}': 2 });
  expect(spans.named("teller")).toHaveLength(2);
});

const reads = (shelf: Record<string, number>) =>
  Object.fromEntries(Object.entries(shelf).map(([result, n]) => [`{cache="shelf",result="${result}"}`, n]));
const ofShelf = (numbers: Record<string, number>) =>
  Object.fromEntries(Object.entries(numbers).filter(([labels]) => labels.includes('"shelf"')));

it("a result from the cache is no command; reads are counted as hit, miss or coalesced, over a reload too", async () => {
  const { call, started, letGo, numbers, spans, reload } = await open();
  await call("kept");
  await call("kept");
  const together = [call("awaited"), call("awaited"), call("awaited")];
  await started(2);
  await letGo();
  await Promise.all(together);
  const counted = reads({ hit: 1, miss: 2, coalesced: 2 });
  expect(ofShelf(await numbers("cache_reads_total"))).toEqual(counted);
  expect((await numbers("cache_entries"))['{cache="shelf"}']).toBe(2);
  expect(spans.named("teller")).toHaveLength(2);
  await reload(CATALOG.replace("description: S.", "description: Says."));
  expect(ofShelf(await numbers("cache_reads_total"))).toEqual(counted);
  await call("kept");
  expect(ofShelf(await numbers("cache_reads_total"))).toEqual(reads({ hit: 2, miss: 2, coalesced: 2 }));
  await reload(CATALOG.replaceAll("shelf", "other"));
  expect(ofShelf(await numbers("cache_reads_total"))).toEqual({});
  await call("kept");
  expect((await numbers("cache_reads_total"))['{cache="other",result="miss"}']).toBe(1);
  expect(await numbers("commands_total")).toEqual({ '{program="teller",outcome="ok"}': 3 });
});

it("the command of a job is a part of the trace of the call that began it, and ends after it", async () => {
  const { call, spans, numbers } = await open();
  const { structured } = await call("job");
  const state = async () => (await call("ops_job_status", { id: structured["job_id"] })).structured["state"];
  await expect.poll(state, { timeout: 10_000 }).toBe("succeeded");
  expect(spans.path(spans.one("teller"))).toEqual(["teller", "execute_tool job"]);
  expect(await numbers("commands_total")).toEqual({ '{program="teller",outcome="ok"}': 1 });
});
