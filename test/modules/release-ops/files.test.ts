// Credentials in files: `<NAME>_FILE` stands for NAME, is read anew at each run, and says what is wrong with it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { closing } from "./stubs.ts";

const open = closing(afterEach);
const release = "4.19.1";
const SAY = "console.log(JSON.stringify({ token: process.env.JIRA_TOKEN, file: process.env.JIRA_TOKEN_FILE ?? null }))";
const check = { oar: SAY };

async function folderOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ops-secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it("the value comes from the file, without its last newline; a rotated one is seen by the next run, and both are redacted", async () => {
  const file = join(await folderOf(), "jira");
  await writeFile(file, "first-value-0123\n");
  const hub = await open({ env: { JIRA_TOKEN: "", JIRA_TOKEN_FILE: file }, stubs: check });
  const run = async () => (await hub.call("oar_image_signed_check", { release })).text;
  expect(await run()).toBe('✓ Command succeeded\n\n{"token":"***","file":null}');
  await writeFile(file, "second-value-0123\n");
  expect(await run()).toContain('"token":"***"');
  const seen = (await hub.calls()).map(({ env }) => env["JIRA_TOKEN"]);
  expect(seen).toEqual(["first-value-0123", "second-value-0123"]);
  expect(hub.running.secrets?.()).toEqual(expect.arrayContaining(["first-value-0123", "second-value-0123"]));
  expect(hub.running.health?.()["missing_env"]).toEqual([]);
});

it("the file wins over the variable, and its value is a secret whatever its name", async () => {
  const file = join(await folderOf(), "user");
  await writeFile(file, "robot-of-the-file");
  const hub = await open({
    env: { JIRA_USERNAME_FILE: file, JIRA_TOKEN_FILE: "" },
    stubs: { oar: "console.log(process.env.JIRA_USERNAME + ' ' + process.env.JIRA_TOKEN)" },
  });
  expect((await hub.call("oar_image_signed_check", { release })).text).toContain("*** ***");
  expect((await hub.calls())[0]?.env).toMatchObject({ JIRA_USERNAME: "robot-of-the-file" });
});

it("a key of several lines is one secret", async () => {
  const file = join(await folderOf(), "jwk");
  await writeFile(file, "-----BEGIN KEY-----\nabc def\n-----END KEY-----\n");
  const hub = await open({
    env: { OAR_JWK: "", OAR_JWK_FILE: file },
    stubs: { oar: "console.log('<' + process.env.OAR_JWK + '>')" },
  });
  expect((await hub.call("oar_image_signed_check", { release })).text).toBe("✓ Command succeeded\n\n<***>");
});

it.each([
  ["is not there", async () => {}, /no such file/],
  ["is a folder", (file: string) => mkdir(file), /is no file/],
  ["is empty", (file: string) => writeFile(file, "\n"), /is empty/],
  ["is too large", (file: string) => writeFile(file, "x".repeat(65_537)), /is larger than 65536 bytes/],
  ["holds a NUL byte", (file: string) => writeFile(file, "a\0b"), /holds a NUL byte/],
])("a file that %s is named before anything runs, and nothing of it is shown", async (_, make, reason) => {
  const file = join(await folderOf(), "jwk");
  await make(file);
  const env = { OAR_JWK: "", OAR_JWK_FILE: file, GITHUB_TOKEN_FILE: join(file, "none") };
  const hub = await open({ env });
  const { text, isError, structured } = await hub.call("oar_image_signed_check", { release });
  expect(isError).toBe(true);
  expect(text).toMatch(/^✗ Command failed \(exit code -1\)\n\n/);
  expect(text).toContain("OAR_JWK_FILE gives no value: ");
  expect(text).toMatch(reason);
  expect(text).toContain("GITHUB_TOKEN_FILE gives no value: ");
  expect(text).not.toContain("Missing required");
  expect(structured).toMatchObject({ code: "PREFLIGHT", missing: ["OAR_JWK_FILE", "GITHUB_TOKEN_FILE"] });
  expect(await hub.calls()).toEqual([]);
  expect(hub.running.health?.()["missing_env"]).toEqual(["OAR_JWK_FILE", "GITHUB_TOKEN_FILE"]);
  expect(await hub.running.check(AbortSignal.timeout(5_000))).toMatchObject({
    ok: false,
    message: expect.stringContaining("OAR_JWK_FILE"),
  });
  await rm(file, { recursive: true, force: true });
  await writeFile(file, "mended-value-0123");
  expect((await hub.call("oar_image_signed_check", { release })).text).not.toContain("OAR_JWK_FILE");
});

it("help needs none of it, and a tool that only warns of a variable takes it from its file too", async () => {
  const folder = await folderOf();
  await writeFile(join(folder, "api"), "prow-of-the-file");
  const hub = await open({ env: { APITOKEN: "", APITOKEN_FILE: join(folder, "api"), OAR_JWK_FILE: "/nowhere/jwk" } });
  expect((await hub.call("get_command_help", { cli: "oar" })).isError).toBe(false);
  const other = await open({ env: { APITOKEN: "", APITOKEN_FILE: join(folder, "api") } });
  const checked = await other.call("oar_image_consistency_check", { release, job_id: "1" });
  expect(checked.isError, checked.text).toBe(false);
  expect((await other.calls())[0]?.env).toMatchObject({ APITOKEN: "prow-of-the-file" });
});

it("where a catalogue lists a *_FILE variable itself, the program gets its name and the hub does not look inside", async () => {
  const hub = await open({
    stubs: check,
    catalog: `
version: 1
env_sets: { own: { optional: [JIRA_TOKEN, JIRA_TOKEN_FILE] } }
programs: { oar: { exec: oar, env: [base, own] } }
`,
    env: { JIRA_TOKEN: "", JIRA_TOKEN_FILE: "/nowhere/jira" },
  });
  const { text } = await hub.call("oar_image_signed_check", { release });
  expect(text).toMatch(/"file":"(\/nowhere\/jira|\*\*\*)"/);
});
