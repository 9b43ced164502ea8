// Black-box checks over HTTP and with both runners: what is kept, for whom and for how long.
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../runner/ground.ts";
import { closing, RUNNERS, type Check } from "./ground.ts";

const R = { release: "4.19.1" };
const TOOL = "oar_get_release_metadata";
const DAY = 86_400_000;
/** Prints what no two runs print. */
const COUNTING = "print(json.dumps({'release': argv[2], 'run': os.getpid()}))";

describe.each(RUNNERS)("with the %s runner", (runner) => {
  const open = closing(afterEach, runner);
  const stats = async (hub: Check) => JSON.parse((await hub.call("mcp_cache_stats")).text);

  test("(17) 100 identical calls at once are one run: 1 miss, 99 hits", async () => {
    const hub = await open({ stubs: { bridge: `time.sleep(1); ${COUNTING}` } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => hub.call(TOOL, R)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await hub.calls()).toHaveLength(1);
    expect((await stats(hub)).metrics).toMatchObject({ hits: 99, misses: 1, hit_rate: "99.00%", total_requests: 100 });
  });

  test("(17) a failure reaches all who wait, is not kept, and the next call starts again", async () => {
    const hub = await open({ stubs: { bridge: `time.sleep(0.5); print('{"error": "down"}'); sys.exit(1)` } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => hub.call(TOOL, R)));
    for (const { isError, text } of answers) expect([isError, text]).toEqual([true, '{"error": "down"}']);
    expect(await hub.calls()).toHaveLength(1);
    expect(await stats(hub)).toMatchObject({ cache_size: 0 });
    await hub.call(TOOL, R);
    expect(await hub.calls()).toHaveLength(2);
  });

  test("(18) an entry lives seven days from its making, however often it is read", async () => {
    const hub = await open({ stubs: { bridge: COUNTING } });
    const first = await hub.call(TOOL, R);
    hub.clock.skip(7 * DAY - 60_000);
    const kept = await hub.call(TOOL, R);
    expect(kept.text).toBe(first.text);
    expect(kept.structured).toMatchObject({ cached: true });
    hub.clock.skip(61_000);
    expect((await hub.call(TOOL, R)).text).not.toBe(first.text);
    expect((await stats(hub)).metrics).toMatchObject({ hits: 1, misses: 2, evictions: 0, expirations: 1 });
  });

  test("(18) the short store forgets after a minute, and only a release's own entry goes when it is invalidated", async () => {
    const hub = await open({ stubs: { bridge: COUNTING } });
    const shipped = async () => (await hub.call("oar_is_release_shipped", R)).structured["cached"];
    expect([await shipped(), await shipped()]).toEqual([false, true]);
    hub.clock.skip(60_001);
    expect(await shipped()).toBe(false);
    await hub.call(TOOL, R);
    await hub.call(TOOL, { release: "4.18.1" });
    await hub.call("mcp_cache_invalidate", R);
    expect((await hub.call(TOOL, { release: "4.18.1" })).structured["cached"]).toBe(true);
    expect((await hub.call(TOOL, R)).structured["cached"]).toBe(false);
    await hub.call("mcp_cache_invalidate", { release: "" });
    expect(await stats(hub)).toMatchObject({ cache_size: 0 });
  });

  test("(18) what was asked before an invalidation does not come back after it", async () => {
    const hub = await open({ stubs: { bridge: `time.sleep(0.6); ${COUNTING}` } });
    const before = hub.call(TOOL, R);
    await until(async () => (await hub.calls()).length === 1);
    await hub.call("mcp_cache_invalidate");
    const [old, fresh] = await Promise.all([before, hub.call(TOOL, R)]);
    expect(old.text).not.toBe(fresh.text);
    expect((await hub.call(TOOL, R)).text).toBe(fresh.text);
    expect(await hub.calls()).toHaveLength(2);
  });

  test("(18) a write that went well makes its release stale", async () => {
    const hub = await open({ stubs: { bridge: COUNTING } });
    await hub.call(TOOL, R);
    expect((await hub.call("oar_take_ownership", { ...R, email: "a@b.org" })).isError).toBe(false);
    expect((await hub.call(TOOL, R)).structured["cached"]).toBe(false);
  });

  test("an owner who changes what the program keeps in memory changes nothing for the next call", async () => {
    const body = "import stubcli; seen = getattr(stubcli, 'owner', None); stubcli.owner = 'eve'; print(seen)";
    const hub = await open({ stubs: { oar: body } });
    for (const _ of [1, 2])
      expect((await hub.call("oar_take_ownership", { ...R, email: "eve@b.org" })).text).toMatch(/None$/);
  });
});
