// Gates for tests: from environment variables, with a clock that stands still and files in a folder of their own.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGate, type Gate, type GateOptions } from "../../src/auth/gate.ts";
import { AUTH_SETTINGS } from "../../src/auth/settings.ts";
import { ConfigError } from "../../src/core/config-error.ts";
import { Denied } from "../../src/core/denied.ts";
import { readSection } from "../../src/core/settings.ts";
import { fixedClock, silent } from "../support/modules.ts";

export const MODULES = ["prometheus", "kubernetes", "gitea"];

export interface TestGate extends AsyncDisposable {
  readonly gate: Gate;
  readonly clock: { at: number };
  /** Writes a file in the gate's folder. */
  write(name: string, text: string): Promise<void>;
  /** The same, and has all files read again. */
  rewrite(name: string, text: string): Promise<void>;
}

/** `files` by name; `{name}` in a variable stands for the path of that file. */
export async function openGate(
  env: Record<string, string>,
  files: Record<string, string> = {},
  more: Partial<GateOptions> = {},
): Promise<TestGate> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-gate-"));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const pathOf = (text: string) => text.replace(/\{([\w.-]*)\}/g, (_, name: string) => join(folder, name));
  const given = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, pathOf(text)]));
  const clock = fixedClock();
  const remove = () => rm(folder, { recursive: true });
  try {
    const { values, problems } = await readSection(AUTH_SETTINGS, given);
    if (problems.length > 0) throw new ConfigError(problems);
    const common = { publicUrl: () => undefined, modules: MODULES, env: noServiceAccount(given), clock, log: silent };
    const gate = await createGate({ settings: values, ...common, ...more });
    const rewrite = async (name: string, text: string) => {
      await write(name, text);
      await gate.refresh();
    };
    return {
      gate,
      clock,
      write,
      rewrite,
      [Symbol.asyncDispose]: async () => void (await Promise.all([gate.close(), remove()])),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The machine that runs the tests may be a pod itself. */
const noServiceAccount = (env: Record<string, string>) => ({ KUBERNETES_SERVICE_ACCOUNT_PATH: "/nowhere", ...env });

/** The problems that keep a gate from opening, without the folder of its files. */
export async function problemsOf(env: Record<string, string>, files: Record<string, string> = {}): Promise<string[]> {
  const opened = await openGate(env, files).catch((error: unknown) => error);
  if (opened instanceof ConfigError) return opened.problems.map((one) => one.replace(/\S*ops-hub-gate-\w+\//g, ""));
  throw opened instanceof Error ? opened : new Error("the gate opened");
}

/** What a request is told that is not let in. */
export async function refusal(work: Promise<unknown>): Promise<Denied> {
  const error = await work.catch((error: unknown) => error);
  if (error instanceof Denied) return error;
  throw error instanceof Error ? error : new Error("it was let in");
}
