// Each field of a catalogue does what it says: a catalogue of a team's own, in which every tool is there for one of them.
import { afterEach, expect, it } from "vitest";
import { closing } from "../stubs.ts";

const open = closing(afterEach);

const head = (more: string) => `version: 1
env_sets:
  base: { pass: [PATH] }
  extra: { set: { COLOUR: blue }, require: [JIRA_USERNAME], secret: [JIRA_USERNAME] }
caches:
  small: { ttl: 1h, max_entry: 1KiB }
  wide: { ttl: 1h, single_flight: false }
programs:
  shop:
    exec: FOLDER/bin/oar
    prefix: [--from-hub]
    env: [base, extra]
    generic:
      tool: shop_run_command
      commands: { show: { risk: read, positionals: [{ pattern: "[a-z]+" }], options: { --deep: null } } }
  free: { exec: oarctl, env: [base], generic: { tool: free_run_command, allow_unlisted: true, commands: {} } }
tools:
${more}`;

const tool = (name: string, fields: string, program = "shop") =>
  `  ${name}: { description: Does it., program: ${program}, risk: read, ${fields} }\n`;
const start = (more: string, body: string) =>
  open({ names: [], catalog: head(more), stubs: { oar: body, oarctl: body } });

it("prefix, set and exec: the program gets the words and the variables that the catalogue gives it", async () => {
  const hub = await start(tool("plain", "argv: [go]"), "");
  expect((await hub.call("plain")).isError).toBe(false);
  const [one] = await hub.calls();
  expect([one?.argv, one?.env["COLOUR"], one?.env["HUB_ONLY"]]).toEqual([["--from-hub", "go"], "blue", undefined]);
});

it("secret: a variable of an ordinary name is taken out of the output, too", async () => {
  const hub = await open({
    names: [],
    catalog: head(tool("plain", "argv: [go]")),
    env: { JIRA_USERNAME: "robot-canary" },
    stubs: { oar: "console.log('I am ' + process.env.JIRA_USERNAME)" },
  });
  expect((await hub.call("plain")).text).toBe("✓ Command succeeded\n\nI am ***");
});

it("hard_limit: a command that says more is ended, and says why", async () => {
  const endless = "for (;;) { process.stdout.write('x'.repeat(4096) + '\\n'); await sleep(0); }";
  const hub = await start(tool("loud", "output: { hard_limit: 64KiB }"), endless);
  const { isError, text, structured } = await hub.call("loud");
  expect([isError, structured["reason"]]).toEqual([true, "output_limit"]);
  expect(text).toMatch(/^✗ Command failed \(exit code -1\)\n\n/);
});

it("keep_head and keep_tail: what lies between them is left out, and that is said", async () => {
  const lines = "for (let i = 0; i < 5000; i++) console.log('line ' + i)";
  const hub = await start(tool("long", "output: { keep_head: 1KiB, keep_tail: 1KiB }"), lines);
  const { text, structured } = await hub.call("long");
  expect(structured["truncated"]).toBe(true);
  expect(text).toContain("line 0\n");
  expect(text).toContain("line 4999");
  expect(text).not.toContain("line 2500");
});

it("enabled: false takes a tool away", async () => {
  const { registry } = await start(tool("there", "argv: [a]") + tool("gone", "argv: [a], enabled: false"), "");
  expect([registry.find("there") !== undefined, registry.find("gone")]).toEqual([true, undefined]);
});

it("max_entry: what is larger is not kept", async () => {
  const body = "console.log('x'.repeat(Number(argv.at(-1))))";
  const kept = tool("kept", "params: { n: { required: true } }, argv: [{ pos: n }], cache: { store: small, key: [n] }");
  const hub = await start(kept, body);
  for (const n of ["10", "10", "2000", "2000"]) await hub.call("kept", { n });
  expect((await hub.calls()).map(({ argv }) => argv.at(-1))).toEqual(["10", "2000", "2000"]);
});

it("single_flight: false lets equal calls run side by side", async () => {
  const hub = await start(tool("wide", "argv: [a], cache: { store: wide }"), "await sleep(50)");
  await Promise.all([hub.call("wide"), hub.call("wide")]);
  expect(await hub.calls()).toHaveLength(2);
});

it("positionals and options: a listed command takes those, and no others", async () => {
  const hub = await start("  {}", "");
  expect((await hub.call("shop_run_command", { command: "show", args: "--deep apples" })).isError).toBe(false);
  expect((await hub.call("shop_run_command", { command: "show", args: ["pears"] })).isError).toBe(false);
  for (const args of ["apples pears", "APPLES", "--wide apples", "--deep=1 apples"]) {
    expect([args, (await hub.call("shop_run_command", { command: "show", args })).isError]).toEqual([args, true]);
  }
  expect((await hub.calls()).map(({ argv }) => argv.slice(1))).toEqual([
    ["show", "--deep", "apples"],
    ["show", "pears"],
  ]);
});

it("allow_unlisted: any command of that program, once a person has confirmed it", async () => {
  const hub = await start("  {}", "");
  const asked = { command: "anything", args: "--x 1" };
  expect([(await hub.call("free_run_command", asked)).isError, await hub.calls()]).toEqual([true, []]);
  expect((await hub.call("free_run_command", { ...asked, confirm: "anything" })).isError).toBe(false);
  expect((await hub.calls())[0]?.argv).toEqual(["anything", "--x", "1"]);
  const locked = await open({ names: [], catalog: head("  {}"), env: { ALLOW_WRITES: "" } });
  const refused = await locked.call("free_run_command", { command: "anything", confirm: "anything" });
  expect([refused.isError, await locked.calls()]).toEqual([true, []]);
});

const PARAMS = `params: { names: { type: "string[]", allow_dash: true }, tags: { type: csv }, size: { type: integer, min: 2, max: 5 },
    word: { min_length: 3, max_length: 5, aliases: [term] }, mode: { enum: [fast, slow], default: slow } },
    argv: [run, { opt: --tags, from: tags }, { opt: --size, from: size, style: equals }, { opt: --word, from: word },
           { opt: --mode, from: mode, map: { fast: "1", slow: "2" } }, { rest: names }]`;

it("params: lists, numbers, lengths, aliases, defaults, maps and the rest after --", async () => {
  const hub = await start(tool("many", PARAMS), "");
  expect((await hub.call("many", { names: ["-a", "b"], tags: "x, y", size: 3, term: "abc" })).text).toContain("✓");
  const [one] = await hub.calls();
  expect(one?.argv.slice(1).join(" ")).toBe("run --tags x,y --size=3 --word abc --mode 2 -- -a b");
  for (const wrong of [{ size: 1 }, { size: 6 }, { word: "ab" }, { word: "abcdef" }, { mode: "other" }, { more: 1 }]) {
    expect([wrong, (await hub.call("many", wrong)).isError]).toEqual([wrong, true]);
  }
  expect(await hub.calls()).toHaveLength(1);
});

it("success.exit: another code than 0 may be a success", async () => {
  const hub = await start(tool("odd", "argv: [a], success: { exit: [0, 3] }"), "process.exitCode = 3");
  const { isError, structured } = await hub.call("odd");
  expect([isError, structured["exit_code"]]).toEqual([false, 3]);
});
