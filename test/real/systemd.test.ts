// The files for a virtual machine, read by systemd's own checkers and held against the hub's settings.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SECTIONS } from "../../src/config/sections.ts";
import type { Section } from "../../src/core/settings.ts";
import { modules } from "../../src/modules.ts";
import { UPSTREAM_SETTINGS } from "../../src/modules/upstream/settings.ts";
import { linesOf, systemdText, valuesOf } from "./support/systemd-unit.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const MAX_EXPOSURE = 1.5;

const sections: Section[] = [...Object.values(SECTIONS), UPSTREAM_SETTINGS, ...modules.map(({ settings }) => settings)];
const settings = sections.flatMap((section) => Object.values(section));
const secretFiles = settings.flatMap(({ env, secret }) => (secret ? [`${env}_FILE`] : []));
const unit = await systemdText("ops-hub.service");
const credentials = await systemdText("credentials.conf");
const sample = await systemdText("ops-hub.env");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-systemd-"));
  await symlink(process.execPath, join(folder, "node"));
});
afterAll(() => rm(folder, { recursive: true }));

/** As they stand in /etc/systemd/system; `node` is this one. */
async function place(credentialLines = credentials): Promise<string> {
  const path = join(folder, "ops-hub.service");
  await writeFile(path, unit.replace("ExecSearchPath=", `ExecSearchPath=${folder}:`));
  await mkdir(`${path}.d`, { recursive: true });
  await writeFile(join(`${path}.d`, "credentials.conf"), credentialLines);
  return path;
}

function run(command: string, args: string[], env = process.env) {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; out: string; err: string }>();
  execFile(command, args, { env }, (error, out, err) => resolve({ code: error === null ? 0 : error.code, out, err }));
  return promise;
}

describe("ops-hub.service", () => {
  it("has nothing that systemd does not understand", async () => {
    const verify = async (lines?: string) => run("systemd-analyze", ["verify", "--man=no", await place(lines)]);
    expect(await verify()).toEqual({ code: 0, out: "", err: "" });
    expect((await verify(`${credentials}LoadCredentials=misspelt\n`)).err).toContain("LoadCredentials");
  });

  it(`exposes the machine no more than ${MAX_EXPOSURE} of 10`, async () => {
    const path = await place();
    const args = ["security", "--offline=true", "--no-pager", `--threshold=${MAX_EXPOSURE * 10}`, path];
    const { code, out } = await run("systemd-analyze", args);
    expect(code, out).toBe(0);
  });

  it("gives a stop more time than the sample lets calls take, and ends with the hub alone", () => {
    const drain = Number(valuesOf(sample, "DRAIN_SECONDS")[0]);
    expect(Number(valuesOf(unit, "TimeoutStopSec")[0])).toBeGreaterThan(drain + 20);
    expect(valuesOf(unit, "KillMode")).toEqual(["process"]);
  });

  it("waits for the probe longer than the probe waits", () => {
    const wait = /--wait (\d+)$/.exec(valuesOf(unit, "ExecStartPost")[0] ?? "")?.[1];
    expect(Number(valuesOf(unit, "TimeoutStartSec")[0])).toBeGreaterThan(Number(wait));
  });
});

describe("credentials.conf", () => {
  it("hands each credential to the _FILE form of a secret of the hub", () => {
    const given = valuesOf(credentials, "LoadCredential").map((value) => value.split(":")[0]);
    const taken = valuesOf(credentials, "Environment").map((value) => value.split("="));
    expect(given.length).toBeGreaterThan(0);
    expect(taken.map(([, path]) => path)).toEqual(given.map((name) => `%d/${name}`));
    expect(taken.filter(([name = ""]) => !secretFiles.includes(name))).toEqual([]);
  });
});

describe("ops-hub.env", () => {
  it("names settings of the hub alone, and none that is secret, also where they are switched off", () => {
    const open = settings.flatMap(({ env, secret }) => (secret ? [] : [env]));
    const named = linesOf(sample.replaceAll(/^#(?=[A-Z_]+=)/gm, "")).map(([name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !open.includes(name))).toEqual([]);
  });

  it("is taken by the hub as it is", async () => {
    const env = { PATH: process.env["PATH"] ?? "", STATE_DIRECTORY: folder, ...Object.fromEntries(linesOf(sample)) };
    const { code, err } = await run(process.execPath, [MAIN, "--check-config"], env);
    expect(code, err).toBe(0);
  });
});
