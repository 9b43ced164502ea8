// What is kept: one run for all who ask at once, no failure, nothing stale; and the seed's three tools that show and change it.
import { afterEach, expect, it } from "vitest";
import { fixedClock } from "../../../support/modules.ts";
import { closing } from "../stubs.ts";

const open = closing(afterEach);
const R = { release: "4.19.1" };
const TOOL = "oar_get_release_metadata";
/** Prints what no two runs print. */
const COUNTING = "console.log(JSON.stringify({ release: argv[3], run: String(process.pid) }))";
const json = ({ text }: { text: string }) => JSON.parse(text);

it("100 who ask at once get the answer of one run: 1 miss, 99 hits", async () => {
  const hub = await open({ stubs: { python3: `await sleep(500); ${COUNTING}` } });
  const answers = await Promise.all(Array.from({ length: 100 }, () => hub.call(TOOL, R)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect((await hub.calls()).length).toBe(1);
  const { metrics } = json(await hub.call("mcp_cache_stats"));
  expect(metrics).toMatchObject({ hits: 99, misses: 1, hit_rate: "99.00%", total_requests: 100, coalesced: 99 });
  expect(answers.filter(({ structured }) => structured["cached"] === true)).toHaveLength(99);
});

it("a failure reaches all who wait, is not kept, and the next call runs anew", async () => {
  const hub = await open({
    stubs: { python3: 'await sleep(300); console.log(\'{"error": "down"}\'); process.exit(1)' },
  });
  const answers = await Promise.all([1, 2, 3].map(() => hub.call(TOOL, R)));
  for (const { isError, text } of answers) expect([isError, text]).toEqual([true, '{"error": "down"}']);
  await hub.stub("python3", COUNTING);
  expect((await hub.call(TOOL, R)).isError).toBe(false);
  expect((await hub.calls()).length).toBe(2);
});

it("a kept answer has the same text and tells its age; refresh runs anew; it ends with its time, however often it is read", async () => {
  const clock = fixedClock();
  const hub = await open({ stubs: { python3: COUNTING }, clock });
  const first = await hub.call(TOOL, R);
  expect(first.structured).toMatchObject({ cached: false, age_s: 0 });
  for (const [days, hits] of [
    [2, 1],
    [4, 2],
    [6, 3],
  ]) {
    clock.at = Date.parse("2026-11-25T12:00:00Z") + days! * 86_400_000;
    const kept = await hub.call(TOOL, R);
    expect(kept.text).toBe(first.text);
    expect(kept.structured).toMatchObject({ cached: true, age_s: days! * 86_400 });
    expect(json(await hub.call("mcp_cache_stats")).entries[0]).toMatchObject({ hits, age_seconds: days! * 86_400 });
  }
  clock.at += 86_400_001;
  expect(json(await hub.call("mcp_cache_stats"))).toMatchObject({
    cache_size: 0,
    entries: [],
    metrics: { expirations: 1 },
  });
  expect((await hub.call(TOOL, R)).text).not.toBe(first.text);
  const again = await hub.call(TOOL, { ...R, refresh: true });
  expect(again.structured).toMatchObject({ cached: false });
  expect((await hub.call(TOOL, R)).text).toBe(again.text);
  expect((await hub.calls()).length).toBe(3);
});

it("the numbers are the seed's, byte for byte, with ours after them", async () => {
  const hub = await open({ stubs: { python3: COUNTING } });
  await hub.call(TOOL, R);
  await hub.call(TOOL, R);
  const { text } = await hub.call("mcp_cache_stats");
  const seed =
    '{"metrics": {"hits": 1, "misses": 1, "evictions": 0, "manual_invalidations": 0, "hit_rate": "50.00%", "total_requests": 2';
  expect(text.startsWith(seed)).toBe(true);
  expect(text).toContain(
    '}, "cache_size": 1, "max_size": 50, "ttl_seconds": 604800, "ttl_human": "7 days", "entries": [{"release": "4.19.1", "cached": true, "ttl_human": "7 days", "tool": "oar_get_release_metadata"',
  );
  expect(json({ text }).entries[0].bytes).toBeGreaterThan(20);
  expect(Object.keys(json({ text }).stores)).toEqual(["help", "configstore", "short", "releases"]);
});

it("invalidating forgets one release or all, with the seed's words and the number that went", async () => {
  const hub = await open({ stubs: { python3: COUNTING } });
  const fill = () => Promise.all(["4.19.1", "4.18.1", "4.17.1"].map((release) => hub.call(TOOL, { release })));
  await fill();
  const one = await hub.call("mcp_cache_invalidate", R);
  expect(one.text).toBe(
    '{"success": true, "message": "Cache entry for release 4.19.1 invalidated", "release": "4.19.1", "removed": 1}',
  );
  expect(json(await hub.call("mcp_cache_invalidate", { release: "1.2.3" }))).toMatchObject({
    success: true,
    removed: 0,
  });
  expect(json(await hub.call("mcp_cache_stats"))).toMatchObject({
    cache_size: 2,
    metrics: { manual_invalidations: 1 },
  });
  const all = await hub.call("mcp_cache_invalidate", { release: "" });
  expect(all.text).toBe(
    '{"success": true, "message": "All cache entries invalidated", "release": "all", "removed": 2}',
  );
  await fill();
  expect(json(await hub.call("mcp_cache_invalidate"))).toMatchObject({ release: "all", removed: 3 });
});

it("what was asked before an invalidation does not come back after it", async () => {
  const hub = await open({ stubs: { python3: `await sleep(500); ${COUNTING}` } });
  const before = hub.call(TOOL, R);
  await expect.poll(async () => (await hub.calls()).length).toBe(1);
  await hub.call("mcp_cache_invalidate", R);
  const after = hub.call(TOOL, R);
  const [old, fresh] = await Promise.all([before, after]);
  expect(old.text).not.toBe(fresh.text);
  expect((await hub.call(TOOL, R)).text).toBe(fresh.text);
});

it("a successful write makes its release stale, a failed one does not, and others stay", async () => {
  const hub = await open({ stubs: { python3: COUNTING } });
  await hub.call(TOOL, R);
  await hub.call(TOOL, { release: "4.18.1" });
  const own = { ...R, email: "a@b.org" };
  await hub.stub("oar", "process.exit(1)");
  expect((await hub.call("oar_take_ownership", own)).isError).toBe(true);
  expect((await hub.call(TOOL, R)).structured).toMatchObject({ cached: true });
  await hub.stub("oar", "");
  await hub.call("oar_take_ownership", own);
  expect((await hub.call(TOOL, R)).structured).toMatchObject({ cached: false });
  expect((await hub.call(TOOL, { release: "4.18.1" })).structured).toMatchObject({ cached: true });
});

it("one who leaves does not end the run of the others; the last one does", async () => {
  const hub = await open({ stubs: { python3: `await sleep(800); ${COUNTING}` } });
  const [leaver, stayer] = [new AbortController(), new AbortController()];
  const first = hub.call(TOOL, R, { signal: leaver.signal });
  const second = hub.call(TOOL, R, { signal: stayer.signal });
  await expect.poll(async () => (await hub.calls()).length).toBe(1);
  leaver.abort();
  expect((await first).isError).toBe(true);
  expect((await second).isError).toBe(false);
  const lonely = new AbortController();
  const third = hub.call(TOOL, { release: "4.18.1" }, { signal: lonely.signal });
  await expect.poll(async () => (await hub.calls()).length).toBe(2);
  lonely.abort();
  expect((await third).isError).toBe(true);
  expect((await hub.call(TOOL, { release: "4.18.1" })).structured).toMatchObject({ cached: false });
});

it("a program that was replaced starts with an empty shelf", async () => {
  const hub = await open({ stubs: { python3: COUNTING } });
  await hub.call(TOOL, R);
  await hub.stub("python3", `/* new */ ${COUNTING}`);
  expect((await hub.call(TOOL, R)).structured).toMatchObject({ cached: false });
});

it("warming fetches each release once, four at a time, and says which failed", async () => {
  const hub = await open({
    stubs: {
      python3: `await sleep(100); if (argv[3] === "4.1.1") { console.log('{"error": "no such release"}'); process.exit(1); } ${COUNTING}`,
    },
  });
  const answer = await hub.call("mcp_cache_warm", { releases: " 4.19.1, 4.18.1,4.1.1,,4.19.1,x;y " });
  expect(answer.isError).toBe(false);
  const { results, ...rest } = json(answer);
  expect(answer.text).toMatch(
    /^\{"success": true, "message": "Cache warmed with 2 releases", "releases": \["4.19.1", "4.18.1"\], /,
  );
  expect(rest.failed).toEqual(["4.1.1", "x;y"]);
  expect(results[2]).toEqual({
    release: "4.1.1",
    ok: false,
    ms: expect.any(Number),
    error: expect.stringContaining("no such release"),
  });
  expect(results[3].error).toContain("release must match");
  expect((await hub.calls()).length).toBe(3);
  expect((await hub.call(TOOL, R)).structured).toMatchObject({ cached: true });
  const none = await hub.call("mcp_cache_warm", { releases: "4.1.1" });
  expect([none.isError, json(none)]).toEqual([true, expect.objectContaining({ success: false, failed: ["4.1.1"] })]);
  const empty = await hub.call("mcp_cache_warm", { releases: " , " });
  expect(empty.text).toBe(
    `{"success": false, "error": "No releases provided. Expected comma-separated list (e.g., '4.19.1,4.18.5')"}`,
  );
});

it("help is kept for an hour, needs no credentials, and says why when there is none", async () => {
  const hub = await open({ stubs: { oar: "console.log('Usage: ' + argv.join(' '))" }, env: { JIRA_TOKEN: "" } });
  const help = await hub.call("get_command_help", { cli: "oar", command: "stage-testing" });
  expect([help.text, help.isError]).toEqual(["Usage: stage-testing --help", false]);
  await hub.call("get_command_help", { cli: "oar", command: "stage-testing" });
  expect((await hub.calls()).map(({ argv }) => argv)).toEqual([["stage-testing", "--help"]]);
  expect((await hub.call("get_command_help", { cli: "job" })).text).toBe("(No help output)");
  await hub.stub("jobctl", "console.error('no such command'); process.exit(2)");
  const failed = await hub.call("get_command_help", { cli: "jobctl", command: "nope" });
  expect([failed.text, failed.isError]).toEqual(["no such command", true]);
});
