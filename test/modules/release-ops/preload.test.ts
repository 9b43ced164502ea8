// Warm releases: the configuration of a release is fetched once for each warm program, every call sees it unspoilt, and the
// cache tools say when. With the shipped catalogue, its own bridge, and the stand-in `oar` package behind both.
import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import { fixedClock } from "../../support/modules.ts";
import { createGround } from "./runner/ground.ts";
import { closing } from "./stubs.ts";

const open = closing(afterEach);
const PACKAGE = join(import.meta.dirname, "../../support/oar");
const release = "4.19.1";

const WORLD = {
  builds: { "4.19.1": { advisories: { rpm: 1 }, jira: "ART-1" }, "4.18.5": { advisories: { rpm: 2 } } },
  states: { "4.19.1": { schema_version: "1.0", release, metadata: {}, tasks: [], issues: [] } },
  sheets: {},
  advisories: { 1: "SHIPPED_LIVE", 2: "QE" },
};

/** The two programs that know releases, where this machine has its Python. */
async function openWarm(clock?: Clock) {
  const ground = await createGround();
  onTestFinished(() => ground.remove());
  const world = join(ground.folder, "world.json");
  const library = join(ground.folder, "library");
  await cp(PACKAGE, library, { recursive: true });
  await writeFile(world, JSON.stringify(WORLD));
  const script = `#!${ground.python}\nimport sys\nfrom oar.cli.__main__ import main\nsys.exit(main())\n`;
  await writeFile(join(ground.folder, "oar"), script, { mode: 0o755 });
  const hub = await open({
    env: { PATH: "/usr/bin:/bin", PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: "1", OAR_STAND_IN: world },
    catalog: `
version: 1
env_sets: { stand_in: { pass: [PYTHONPATH, PYTHONDONTWRITEBYTECODE, OAR_STAND_IN] } }
programs:
  oar:
    exec: ${ground.folder}/oar
    env: [base, oar, stand_in]
    runner: zygote
    zygote: { python: ${ground.python}, entry: 'oar.cli.__main__:main', preload: 'oar_bridge:preload' }
  bridge:
    exec: ${ground.python}
    prefix: [oar_bridge.py]
    env: [base, oar, stand_in]
    runner: zygote
    zygote: { python: ${ground.python}, entry: 'oar_bridge:forked', preload: 'oar_bridge:preload' }
`,
    ...(clock === undefined ? {} : { clock }),
  });
  const places = async (): Promise<string[]> => JSON.parse(await readFile(world, "utf8")).calls ?? [];
  return {
    ...hub,
    library,
    fetches: async () => (await places()).filter((place) => place === "configstore").length,
    say: async (name: string, input: object = { release }) => (await hub.call(name, input)).text,
    runners: () => hub.running.health?.()["runners"],
  };
}

it("a warm release costs no second fetch, whatever is asked of it", async () => {
  const hub = await openWarm();
  expect(JSON.parse(await hub.say("mcp_cache_warm", { releases: release }))).toMatchObject({
    success: true,
    failed: [],
  });
  expect(await hub.fetches()).toBe(2); // the command line and the bridge, each in its own process
  const metadata = await hub.say("oar_get_release_metadata", { release, refresh: true });
  expect(JSON.parse(metadata)).toMatchObject({ release, jira_ticket: "ART-1" });
  expect(JSON.parse(await hub.say("oar_get_release_status"))).toMatchObject({ release, tasks: [] });
  expect(JSON.parse(await hub.say("oar_get_issues"))).toMatchObject({ success: true, count: 0 });
  expect(JSON.parse(await hub.say("oar_is_release_shipped"))).toMatchObject({ shipped: true });
  expect(await hub.say("oar_image_signed_check")).toMatch(/^✓ Command succeeded\n\n.*owner of 4\.19\.1: None/s);
  expect(await hub.fetches()).toBe(2);
  expect(hub.runners()).toMatchObject({
    oar: { state: "warm", fallbackCalls: 0, preloaded: 1 },
    bridge: { state: "warm", fallbackCalls: 0, preloaded: 1 },
  });
});

it("what a call does to the configuration is not seen by the next one", async () => {
  const hub = await openWarm();
  const said = [await hub.say("oar_image_signed_check"), await hub.say("oar_image_signed_check")];
  for (const text of said) expect(text).toContain(`owner of ${release}: None`);
  expect(await hub.fetches()).toBe(1);
});

it("an invalidated release is fetched anew, another one stays, and a write of a release does the same", async () => {
  const hub = await openWarm();
  const check = (of: string) => hub.say("oar_image_signed_check", { release: of });
  await check("4.19.1");
  await check("4.18.5");
  expect(JSON.parse(await hub.say("mcp_cache_invalidate"))).toMatchObject({ success: true, release });
  await check("4.18.5");
  expect(await hub.fetches()).toBe(2);
  await check("4.19.1");
  expect(await hub.fetches()).toBe(3);
  await hub.say("oar_take_ownership", { release, email: "a@example.com" });
  await check("4.18.5");
  expect(await hub.fetches()).toBe(3);
  expect(await check("4.19.1")).toContain("None");
  expect(await hub.fetches()).toBe(4);
});

it("warming says why a release cannot be had, and asks nobody about one that is none", async () => {
  const hub = await openWarm();
  const { text, isError } = await hub.call("mcp_cache_warm", { releases: "4.17.1,--help,4.19.1" });
  expect(isError).toBe(false);
  const { results, releases } = JSON.parse(text);
  expect(releases).toEqual([release]);
  expect(results).toMatchObject([
    { release: "4.17.1", ok: false, error: expect.stringMatching(/4\.17\.1.* build data is not ready/) },
    { release: "--help", ok: false, error: expect.stringMatching(/^release must/) },
    { release, ok: true },
  ]);
  expect(await hub.fetches()).toBe(4);
});

it("a release that cannot be preloaded is answered by the program itself", async () => {
  const hub = await openWarm();
  const { text, isError } = await hub.call("oar_get_release_metadata", { release: "4.17.1" });
  expect(isError).toBe(true);
  expect(JSON.parse(text)).toEqual({ error: "[4.17.1] ocp build data is not ready", release: "4.17.1" });
  expect(hub.runners()).toMatchObject({ bridge: { preloaded: 0, preloadError: expect.stringContaining("4.17.1") } });
});

it("a library that was replaced is imported anew, and what it had fetched is forgotten", async () => {
  const clock = fixedClock();
  const hub = await openWarm(clock);
  await hub.say("oar_get_release_status");
  await hub.say("oar_get_release_status");
  expect(await hub.fetches()).toBe(1);
  await appendFile(join(hub.library, "oar/core/statebox.py"), "\n# a later version\n");
  clock.at += 2_000;
  await hub.say("oar_get_release_status");
  expect(await hub.fetches()).toBe(2);
  expect(hub.runners()).toMatchObject({ bridge: { state: "warm", starts: 2 } });
});
