// A catalogue that changes under a hub that runs: all of the new one or nothing of it, and what runs ends as it began.
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { Registry as MetricsRegistry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { ANONYMOUS } from "../../../src/core/caller.ts";
import { ConfigError } from "../../../src/core/config-error.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import { Registry } from "../../../src/core/registry.ts";
import { readSection } from "../../../src/core/settings.ts";
import { releaseOps } from "../../../src/modules/release-ops/index.ts";
import { budget, silent } from "../../support/modules.ts";
import { trialModule } from "../../support/trial-module.ts";
import { createGround, ENV, isAlive, PACKAGE } from "./runner/ground.ts";
import { untraced } from "../../support/untraced.ts";

/** A program that says its arguments, and waits for a file of the name that it is told to wait for. */
const PROGRAM = `#!${execPath}
const { appendFileSync, existsSync } = require("node:fs");
const [, , ...argv] = process.argv;
appendFileSync(__dirname + "/calls", argv.join(" ") + "\\n");
const gate = argv[0] === "wait" ? __dirname + "/" + argv[1] : undefined;
const timer = setInterval(() => {
  if (gate !== undefined && !existsSync(gate)) return;
  clearInterval(timer);
  console.log("said " + argv.join(" "));
}, 5);
`;

const tool = (name: string, argv: string, more = "") =>
  `  ${name}: { description: Says., program: p, argv: [${argv}], risk: read${more} }\n`;

const catalogOf = (tools: string, more = "") => `
version: 1
caches: { shelf: { ttl: 1h }, other: { ttl: 1h } }
programs: { p: { exec: FOLDER/p } }
${more}
tools:
${tools}`;

async function openHub(yaml: string) {
  const folder = await mkdtemp(join(tmpdir(), "ops-reload-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "p"), PROGRAM, { mode: 0o755 });
  const file = join(folder, "tools.yaml");
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text.replaceAll("FOLDER", folder));
    await rename(`${file}.new`, file); // never half a file
  };
  await write(yaml);
  const hub = await begin({ RELEASE_OPS_CATALOG: file, DATA_DIR: join(folder, "data") });
  onTestFinished(() => hub.running.close?.());
  const calls = async () => (await readFile(join(folder, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean);
  const reload = () => hub.running.reload?.() ?? Promise.reject(new Error("it cannot reload"));
  return {
    ...hub,
    write,
    calls,
    say: async (name: string) => (await hub.call(name))["output"],
    /** Resolves when the program has been started so often. */
    started: (count: number) => expect.poll(async () => (await calls()).length, { timeout: 10_000 }).toBe(count),
    letGo: (gate: string) => writeFile(join(folder, gate), ""),
    /** As the file is now, or with another text in it. */
    reload: async (text?: string) => {
      if (text !== undefined) await write(text);
      await reload();
    },
    health: () => hub.running.health?.() ?? {},
  };
}

/** As in the hub: with another module beside it, and a registry that follows its tools. */
async function begin(paths: Readonly<Record<string, string>>) {
  const clock = { now: Date.now };
  const python = { ...ENV, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: "1" };
  const env = { ALLOW_WRITES: "release-ops", PATH: "/usr/bin:/bin", ...python, ...paths };
  const [own, other] = [releaseOps, trialModule().module];
  let registry = Registry.of([], { clock, log: silent, budget });
  const start = {
    settings: (await readSection(own.settings, env)).values,
    log: silent,
    clock,
    metrics: new MetricsRegistry(),
    ...untraced,
    env,
    redactor: createRedactor({ exact: () => [] }),
    services: {},
    registry: () => registry,
    publicUrl: undefined,
    changed: () => renew(),
  };
  const modules = [
    { name: own.name, running: await own.start(start) },
    { name: other.name, running: await other.start({ ...start, settings: {} }) },
  ];
  const renew = (): void => {
    const offered = modules.map(({ name, running: { tools, absent } }) => ({ name, tools, absent }));
    registry = Registry.of(offered, { clock, log: silent, budget });
  };
  renew();
  const running = modules[0]!.running;
  await running.begin?.();
  return {
    running,
    has: (name: string) => registry.find(name) !== undefined,
    whyAbsent: (name: string) => registry.whyAbsent(name),
    async call(name: string, input: object = {}): Promise<JsonObject> {
      const signal = AbortSignal.timeout(30_000);
      const outcome = await registry.call(name, input, { signal, caller: ANONYMOUS, door: "mcp" });
      if (!outcome.ok) throw new Error(outcome.message);
      return outcome.value;
    },
  };
}

it("tools come, go and change; what is no tool of a catalogue stays", async () => {
  const hub = await openHub(catalogOf(tool("say_a", "a") + tool("say_b", "b")));
  expect(await hub.say("say_b")).toBe("said b");
  await hub.reload(catalogOf(tool("say_b", "b, again") + tool("say_c", "c")));
  expect([hub.has("say_a"), await hub.say("say_b"), await hub.say("say_c")]).toEqual([false, "said b again", "said c"]);
  expect(["mcp_cache_stats", "ops_job_list", "echo"].map(hub.has)).toEqual([true, true, true]);
  expect(hub.health()).toMatchObject({ tools: 11, missing_programs: [] });
});

it("a catalogue with mistakes changes nothing, and all of them are told with file and line", async () => {
  const hub = await openHub(catalogOf(tool("say_a", "a")));
  await hub.write(
    catalogOf(tool("say_a", "z", ", typo: 1") + tool("say_b", "b", ", lock: '{nope}'") + "  bad-name: {}\n"),
  );
  const error: unknown = await hub.reload().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { problems } = error as ConfigError;
  expect(problems).toEqual([
    expect.stringMatching(/tools\.yaml:7:\d+: tools\.say_a: .*typo/),
    expect.stringMatching(/tools\.yaml:9:\d+: tools\.bad-name: /),
    expect.stringMatching(/tools\.yaml:8:\d+: tools\.say_b\.lock: no parameter is called nope/),
  ]);
  expect([await hub.say("say_a"), hub.has("say_b")]).toEqual(["said a", false]);
  expect(hub.health()["reload_problems"]).toEqual(problems);
  await hub.reload(catalogOf(tool("say_b", "b")));
  expect(await hub.say("say_b")).toBe("said b");
  expect(hub.health()).not.toHaveProperty("reload_problems");
});

it("a name that another module has is refused, and the old catalogue stays", async () => {
  const hub = await openHub(catalogOf(tool("say_a", "a")));
  await hub.write(catalogOf(tool("say_a", "z") + tool("echo", "e")));
  await expect(hub.reload()).rejects.toThrow(/two tools share a name: echo/);
  expect(await hub.say("say_a")).toBe("said a");
  await hub.reload(catalogOf(tool("say_a", "z")));
  expect(await hub.say("say_a")).toBe("said z");
});

it("a call that runs ends as it began, and its lock still holds under the new catalogue", async () => {
  const lock = ", lock: one";
  const hub = await openHub(catalogOf(tool("say_a", "wait, gate, old", lock)));
  const old = hub.say("say_a");
  await hub.started(1);
  await hub.reload(catalogOf(tool("say_a", "new", lock)));
  const next = hub.say("say_a");
  await hub.call("mcp_cache_stats");
  expect(await hub.calls()).toEqual(["wait gate old"]);
  await hub.letGo("gate");
  expect([await old, await next]).toEqual(["said wait gate old", "said new"]);
});

it("a job goes on under the catalogue it began with, and is still one", async () => {
  const background = ", background: { mode: always, singleton: it }";
  const hub = await openHub(catalogOf(tool("say_a", "wait, gate", background)));
  const { job_id: id } = await hub.call("say_a");
  await hub.started(1);
  await hub.reload(catalogOf(tool("say_a", "new", background)));
  expect((await hub.call("say_a"))["job_id"]).toBe(id);
  await hub.letGo("gate");
  const state = async () => (await hub.call("ops_job_status", { id }))["state"];
  await expect.poll(state, { timeout: 10_000 }).toBe("succeeded");
  await hub.call("say_a");
  await hub.started(2);
  expect(await hub.calls()).toEqual(["wait gate", "new"]);
});

it("kept results of unchanged tools stay; those of a changed tool go, also one that is on its way", async () => {
  const shelf = (store: string) => `, cache: { store: ${store} }`;
  const tools = (slow: string) => tool("stays", "s", shelf("shelf")) + tool("goes", slow, shelf("shelf"));
  const hub = await openHub(catalogOf(tools("wait, gate")));
  await hub.call("stays");
  const onItsWay = hub.say("goes");
  await hub.started(2);
  await hub.reload(catalogOf(tools("g")));
  await hub.letGo("gate");
  expect(await onItsWay).toBe("said wait gate");
  expect(await hub.call("stays")).toMatchObject({ cached: true });
  expect(await hub.call("goes")).toMatchObject({ cached: false, output: "said g" });
  expect(await hub.call("goes")).toMatchObject({ cached: true });
  expect(await hub.call("mcp_cache_stats")).toMatchObject({ metrics: { hits: 2, misses: 3 }, cache_size: 2 });
  await hub.reload(
    catalogOf(tools("g"), "env_sets: { e: { set: { A: b } } }").replace("FOLDER/p }", "FOLDER/p, env: [e] }"),
  );
  expect(await hub.call("stays")).toMatchObject({ cached: false });
});

it("policy and limits are those of the new catalogue", async () => {
  const write = (policy: string) =>
    catalogOf("  say_w: { description: W., program: p, argv: [w], risk: critical }\n", `policy: ${policy}`);
  const hub = await openHub(write("{ confirm: critical, max_concurrent: 3 }"));
  await expect(hub.call("say_w")).rejects.toThrow(/needs to be confirmed/);
  expect(hub.health()).toMatchObject({ thread_pool: { size: 3 } });
  await hub.reload(write("{ confirm: off, max_concurrent: 2 }"));
  expect(await hub.say("say_w")).toBe("said w");
  expect(hub.health()).toMatchObject({ thread_pool: { size: 2 } });
  await hub.reload(write("{ read_only: on }"));
  expect([hub.has("say_w"), hub.whyAbsent("say_w")]).toEqual([false, expect.stringContaining("read_only")]);
});

it("a Python program that is unchanged stays warm; a changed one is imported anew, and its running calls end first", async () => {
  const ground = await createGround();
  onTestFinished(() => ground.remove());
  const yaml = (changed: string, tools = "") => `
version: 1
env_sets: { py: { pass: [LC_ALL, PYTHONPATH, PYTHONDONTWRITEBYTECODE] }, more: { set: { MORE: ${changed} } } }
programs:
  same: { exec: ${ground.exec}, env: [py], runner: zygote, zygote: { python: ${ground.python}, entry: 'hubcli.main:main' } }
  other: { exec: ${ground.exec}, env: [py, more], runner: zygote, zygote: { python: ${ground.python}, entry: 'hubcli.main:main' } }
tools:
  same_facts: { description: F., program: same, argv: [echo, one], risk: read }
  other_facts: { description: F., program: other, argv: [echo, one], risk: read }
  other_wait: { description: W., program: other, argv: [nap, '1'], risk: read }
${tools}`;
  const hub = await openHub(yaml("one"));
  const warm = async () => {
    await hub.call("same_facts");
    await hub.call("other_facts");
    const { runners } = hub.health() as { runners: Record<string, { pid: number; state: string }> };
    return { same: runners["same"]!, other: runners["other"]! };
  };
  const before = await warm();
  const waits = hub.call("other_wait");
  await expect.poll(async () => hub.health()["thread_pool"]).toMatchObject({ running: 1 });
  await hub.reload(yaml("two", "  third: { description: T., program: same, argv: [echo, three], risk: read }\n"));
  const after = await warm();
  expect(after.same).toMatchObject({ state: "warm", pid: before.same.pid });
  expect(after.other).toMatchObject({ state: "warm", pid: expect.not.toSatisfy((pid) => pid === before.other.pid) });
  await expect.poll(() => isAlive(before.other.pid), { timeout: 10_000 }).toBe(false);
  expect(await waits).toMatchObject({ ok: true });
  await hub.reload(yaml("two").replaceAll(/^ {2}other.*\n/gm, ""));
  await expect.poll(() => isAlive(after.other.pid), { timeout: 10_000 }).toBe(false);
  expect(await isAlive(after.same.pid)).toBe(true);
});

it("reloads follow one another, and the last one counts", async () => {
  const hub = await openHub(catalogOf(tool("say_a", "a")));
  await hub.write(catalogOf(tool("say_b", "b")));
  const first = hub.reload();
  await hub.write(catalogOf(tool("say_c", "c")));
  await Promise.all([first, hub.reload()]);
  expect([hub.has("say_a"), hub.has("say_b"), hub.has("say_c")]).toEqual([false, false, true]);
});
