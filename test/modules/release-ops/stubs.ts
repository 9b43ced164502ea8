// The module before stub executables: each writes down how it was called and what it saw, and then does what the test says.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { releaseOps } from "../../../src/modules/release-ops/index.ts";
import { startModule, type TestHub } from "../../support/modules.ts";
import type { Clock } from "../../../src/core/clock.ts";

export const CREDENTIALS = {
  OAR_JWK: "jwk-canary-0123456789",
  JIRA_TOKEN: "jira-canary-0123456789",
  JIRA_USERNAME: "robot",
  GCP_SA_FILE: "/nowhere/sa.json",
  SLACK_BOT_TOKEN: "slack-canary-0123456789",
  JENKINS_USER: "jenkins",
  JENKINS_TOKEN: "jenkins-canary-0123456789",
  GITLAB_TOKEN: "gitlab-canary-0123456789",
  GITHUB_TOKEN: "github-canary-0123456789",
  APITOKEN: "prow-canary-0123456789",
};

export interface StubCall {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface Ground extends TestHub {
  readonly folder: string;
  /** Replaces what a stub does: the body of an async function of (argv, sleep). */
  stub(name: string, body: string): Promise<void>;
  /** Every start of a stub so far. */
  calls(): Promise<StubCall[]>;
}

export interface GroundOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stubs?: Readonly<Record<string, string>>;
  /** YAML of a catalogue that comes after the shipped one; FOLDER is the test's own. */
  readonly catalog?: string;
  /** Instead of the shipped one. */
  readonly names?: readonly string[];
  readonly clock?: Clock;
}

/** In its own folder, with nothing but the stubs on the PATH. */
export async function openGround(options: GroundOptions = {}): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), "ops-stubs-"));
  const bin = join(folder, "bin");
  await mkdir(bin);
  const stub = (name: string, body: string) => writeFile(join(bin, name), script(name, body, folder), { mode: 0o755 });
  const bodies = { oar: "", oarctl: "", job: "", jobctl: "", python3: "console.log('{}')", ...options.stubs };
  for (const [name, body] of Object.entries(bodies)) await stub(name, body);
  const names = [...(options.names ?? ["oar"])];
  if (options.catalog !== undefined) {
    names.push(join(folder, "more.yaml"));
    await writeFile(join(folder, "more.yaml"), options.catalog.replaceAll("FOLDER", folder));
  }
  const env = {
    ...CREDENTIALS,
    PATH: bin,
    ALLOW_WRITES: "release-ops",
    DATA_DIR: join(folder, "data"),
    HUB_ONLY: "hub-canary",
    ...options.env,
  };
  const hub = await startModule(releaseOps, { ...env, RELEASE_OPS_CATALOG: names.join(",") }, options.clock);
  await hub.running.begin?.();
  return {
    ...hub,
    folder,
    stub,
    calls: async () => {
      const lines = (await readFile(join(folder, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean);
      return lines.map((line) => JSON.parse(line));
    },
    close: async () => {
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const script = (name: string, body: string, folder: string): string => `#!${execPath}
const { appendFileSync } = require("node:fs");
const argv = process.argv.slice(2);
appendFileSync(${JSON.stringify(join(folder, "calls"))},
  JSON.stringify({ name: ${JSON.stringify(name)}, argv, env: process.env, cwd: process.cwd() }) + "\\n");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
(async () => {
${body}
})();
`;

/** Closes what a test opens, after each test. */
export function closing(afterEach: (work: () => Promise<void>) => void): typeof openGround {
  const open: Ground[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  return async (options) => {
    const one = await openGround(options);
    open.push(one);
    return one;
  };
}
