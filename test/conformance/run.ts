// Runs the official conformance suite (its own CLI) against a server and reads what it found.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { z } from "zod";

const PACKAGE = new URL("../../node_modules/@modelcontextprotocol/conformance/", import.meta.url);
const CLI = fileURLToPath(new URL("dist/index.js", PACKAGE));

/** The suite takes 3 s on a quiet machine. */
export const SUITE_LIMIT_MS = 60_000;

export type Revision = "2026-07-28" | "2025-11-25";

const Requirements = z.looseObject({ server: z.array(z.string()) });
const Checks = z.array(
  z.looseObject({
    id: z.string(),
    status: z.string(),
    errorMessage: z.string().optional(),
    details: z.unknown().optional(),
  }),
);

export interface Scenario {
  readonly name: string;
  /** One sentence for each failed check; a scenario that gave no check has failed too. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
  /** The ids of checks that found nothing to look at. */
  readonly skipped: readonly string[];
  /** How many checks passed. */
  readonly passed: number;
}

export interface Report {
  readonly exitCode: number | null;
  readonly scenarios: ReadonlyMap<string, Scenario>;
  /** What the CLI printed, for a person who looks into a failure. */
  readonly output: string;
}

/** The names of the server scenarios that conformance to this revision needs, as the suite froze them. */
export async function requiredScenarios(revision: Revision): Promise<string[]> {
  const text = await readFile(new URL(`requirements/${revision}.yaml`, PACKAGE), "utf8");
  return Requirements.parse(load(text)).server;
}

/** The names of all scenarios for servers, whatever their revision. */
export async function serverScenarios(): Promise<string[]> {
  const { output } = await runCli(["list", "--server"], SUITE_LIMIT_MS);
  return [...output.matchAll(/^ +- (\S+)/gm)].map(([, name = ""]) => name);
}

/** Every scenario of one revision, scored or not. Throws when the suite has not ended in time. */
export async function runSuite(url: string, revision: Revision, timeoutMs = SUITE_LIMIT_MS): Promise<Report> {
  const results = await mkdtemp(join(tmpdir(), "conformance-"));
  try {
    const args = ["server", "--url", url, "--requirements", revision, "--output-dir", results];
    const { exitCode, output } = await runCli(args, timeoutMs);
    return { exitCode, output, scenarios: await readResults(results) };
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

/** What is wrong with these scenarios, a line each; one that proved nothing is wrong too. */
export function problems({ scenarios }: Report, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const scenario = scenarios.get(name);
    if (scenario === undefined) return [`${name}: did not run`];
    const { passed, failures, warnings } = scenario;
    if (passed + failures.length + warnings.length === 0) return [`${name}: proved nothing`];
    return failures.map((failure) => `${name}: ${failure}`);
  });
}

/** In a process group of its own, so that nothing of it outlives the deadline. */
function runCli(args: readonly string[], timeoutMs: number): Promise<{ exitCode: number | null; output: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ exitCode: number | null; output: string }>();
  const child = spawn(process.execPath, [CLI, ...args], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer) => void (output += chunk.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const deadline = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    reject(new Error(`the conformance suite did not end within ${timeoutMs} ms:\n${output.slice(-4_000)}`));
  }, timeoutMs);
  child.once("error", reject);
  child.once("close", (exitCode) => resolve({ exitCode, output }));
  return promise.finally(() => clearTimeout(deadline));
}

/** One folder a scenario: `server-<scenario>-<time>/checks.json`. */
async function readResults(folder: string): Promise<Map<string, Scenario>> {
  const scenarios = new Map<string, Scenario>();
  for (const entry of await readdir(folder)) {
    const name = entry.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\dZ-]+$/, "");
    scenarios.set(name, await readScenario(name, join(folder, entry, "checks.json")));
  }
  return scenarios;
}

async function readScenario(name: string, path: string): Promise<Scenario> {
  const text = await readFile(path, "utf8").catch(() => "[]"); // a scenario that crashed leaves no file
  const checks = Checks.parse(JSON.parse(text));
  const told = (status: string) =>
    checks
      .filter((check) => check.status === status)
      .map(({ id, errorMessage, details }) => `${id}: ${errorMessage ?? JSON.stringify(details)?.slice(0, 500)}`);
  const passed = checks.filter((check) => check.status === "SUCCESS").length;
  const failures = checks.length === 0 ? ["it gave no check at all"] : told("FAILURE");
  const skipped = checks.filter((check) => check.status === "SKIPPED").map((check) => check.id);
  return { name, failures, warnings: told("WARNING"), skipped, passed };
}
