// Servers as child processes: what they get, how they end, and that nothing of them stays.
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { run, until, type Running } from "./upstream.ts";

const SCRIPT = fileURLToPath(new URL("../../support/mcp-child.ts", import.meta.url));
const open: Running[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const join = async (kind: string, more: Record<string, unknown> = {}, env?: Record<string, string>) => {
  const remote = await run({ command: execPath, args: [SCRIPT, kind], ...more }, env);
  open.push(remote);
  await until(() => remote.names().length > 0, "the child has told its tools");
  return remote;
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.each(["sdk", "old"])("a child of kind %s", (kind) => {
  it("is asked, and gets PATH and the variables of the file alone", async () => {
    const remote = await join(kind, { env: { GIVEN: "${SOME}" } }, { SOME: "thing", OTHER: "not for it" });
    const { text } = await remote.call("remote_environment");
    const { env } = JSON.parse(text);
    expect(Object.keys(env).toSorted()).toEqual(["GIVEN", "PATH"]);
    expect(env["GIVEN"]).toBe("thing");
  });

  it("ends with the hub, and so do its own children", async () => {
    const remote = await join(kind);
    const { pid } = JSON.parse((await remote.call("remote_environment")).text);
    const grandchild = Number((await remote.call("remote_grandchild")).text);
    expect([pid, grandchild].map(isAlive)).toEqual([true, true]);
    await remote.close();
    await until(() => !isAlive(pid) && !isAlive(grandchild), "both are gone");
    expect(isAlive(grandchild)).toBe(false);
  });

  it("that crashes fails the call under way, and is started again", async () => {
    const remote = await join(kind);
    const first = JSON.parse((await remote.call("remote_environment")).text).pid;
    expect(await remote.call("remote_crash")).toMatchObject({
      isError: true,
      structured: { code: "UPSTREAM_UNAVAILABLE", may_have_written: true },
    });
    const { text } = await remote.call("remote_environment");
    expect(JSON.parse(text).pid).not.toBe(first);
  });

  it("that writes a line without end is ended", async () => {
    const remote = await join(kind);
    expect(await remote.call("remote_flood")).toMatchObject({ isError: true });
    expect((await remote.call("remote_echo", { a: 1 })).text).toBe('{"a":1}');
  });
});

it("what a child says on its standard error is logged, redacted", async () => {
  let logged = "";
  const log = pino({ level: "debug" }, { write: (line: string) => void (logged += line) });
  open.push(await run({ command: execPath, args: [SCRIPT, "sdk"] }, {}, log));
  await until(() => logged.includes("a child begins"), "its line is logged");
  expect(logged).toMatch(/a child begins; password=\[REDACTED/);
  expect(logged).not.toContain("hunter2");
});

it("a command that does not exist is told, and nothing else fails", async () => {
  const remote = await run({ command: "no-such-command-anywhere" });
  open.push(remote);
  expect(remote.names()).toEqual([]);
  expect(remote.health()).toMatchObject({
    connection: "down",
    transport: "stdio",
    last_error: "remote cannot be reached: the command cannot be started",
  });
  expect(await remote.running.check(AbortSignal.timeout(5_000))).toMatchObject({ ok: false });
});
