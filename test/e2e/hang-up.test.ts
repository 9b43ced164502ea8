// SIGHUP in the real process: the files are read again, what is bad changes nothing, and clients are told.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { hashToken } from "../../src/auth/hash-token.ts";
import { call, legacy, modern } from "../support/wire.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});

/** Starts the hub; `seen` waits for a word in its log that was not there before. */
async function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env["PATH"] ?? "", PORT: "0", HEALTH_METRICS_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let log = "";
  let read = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (log += text));
  const seen = async (word: string): Promise<string> => {
    for (;;) {
      const at = log.indexOf(word, read);
      const end = at < 0 ? -1 : log.indexOf("\n", at);
      if (end >= 0) {
        const line = log.slice(log.lastIndexOf("\n", at) + 1, end);
        read = end;
        return line;
      }
      await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(log);
    }
  };
  const url = /"url":"([^"]+)"/.exec(await seen("ops-hub is ready"))?.[1] ?? "";
  return { child, url, seen };
}

const tool = (name: string) => `
  ${name}:
    description: Says ${name}. For tests.
    program: echo
    argv: [${name}]
    risk: read
`;
const catalogue = (tools: string) =>
  `version: 1\nprograms:\n  echo: { exec: /bin/echo, env: [base] }\nenv_sets:\n  base: { pass: [PATH] }\ntools:${tools}`;

it("takes up a changed catalogue and tells of a bad one", { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-hup-"));
  const file = join(folder, "catalogue.yaml");
  await writeFile(file, catalogue(tool("say_one")));
  const { child, url, seen } = await start({ RELEASE_OPS_CATALOG: file, MODULES: "release-ops" });
  const names = async () => {
    const { json } = await modern(url, "tools/list");
    return (json.result as any).tools.map((listed: { name: string }) => listed.name);
  };
  expect(await names()).toContain("say_one");

  await writeFile(file, catalogue("\n  say_two: { description: 5 }\n"));
  child.kill("SIGHUP");
  expect(await seen("not reloaded")).toContain(`${file}:7`);
  expect(await names()).toContain("say_one");

  await writeFile(file, catalogue(tool("say_two")));
  child.kill("SIGHUP");
  await seen('"msg":"reloaded"');
  expect(await names()).toContain("say_two");
  expect(await names()).not.toContain("say_one");
  const { json } = await legacy(url, call("say_two", {}));
  expect(JSON.stringify(json.result)).toContain("say_two");
});

it("knows a new token at once, and no longer the old one", { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-hup-"));
  const file = join(folder, "tokens.yaml");
  const entry = (token: string) => `tokens:\n${hashToken(token)}`;
  await writeFile(file, entry("the-first-token-of-all"));
  const { child, url, seen } = await start({
    AUTH_MODE: "token",
    AUTH_TOKENS_PATH: file,
    RELEASE_OPS_CATALOG: "example",
  });
  const status = async (token: string) =>
    (await modern(url, "tools/list", {}, { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await status("the-first-token-of-all"), await status("the-second-token")]).toEqual([200, 401]);
  await writeFile(file, entry("the-second-token"));
  child.kill("SIGHUP");
  await seen('"msg":"reloaded"');
  expect([await status("the-first-token-of-all"), await status("the-second-token")]).toEqual([401, 200]);
});
