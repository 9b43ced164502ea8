// The ground of the black-box checks: a whole hub over HTTP, the shipped catalogue with its programs replaced by stubs, and one
// runner for all of them. What a stub does is Python that a test writes.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { dump, load } from "js-yaml";
import { releaseOps } from "../../../../src/modules/release-ops/index.ts";
import { createHub } from "../../../../src/hub.ts";
import { readConfig } from "../../../../src/config.ts";
import { silent } from "../../../support/modules.ts";
import { modern, send, type WireOptions } from "../../../support/wire.ts";
import { CREDENTIALS, type StubCall } from "../stubs.ts";

export type RunnerName = "spawn" | "zygote";
export const RUNNERS: readonly RunnerName[] = ["spawn", "zygote"];

const SHIPPED = join(import.meta.dirname, "../../../../src/modules/release-ops/catalogs/oar.yaml");
const PACKAGE = join(import.meta.dirname, "../../../support/stub-cli");
/** A program of the test's own beside the catalogue's five. */
const EXTRA = "stub";

export interface Answer {
  readonly text: string;
  readonly isError: boolean;
  readonly structured: Record<string, any>;
  /** Everything that came over the wire. */
  readonly wire: string;
}

export interface Check {
  readonly url: string;
  readonly folder: string;
  /** Moves the hub's clock. */
  readonly clock: { skip(milliseconds: number): void };
  call(name: string, args?: object, options?: WireOptions): Promise<Answer>;
  list(): Promise<any[]>;
  /** Replaces what a program does: Python, with `argv`, `folder`, `stubborn(path)` and the usual modules at hand. */
  stub(name: string, body: string): Promise<void>;
  calls(): Promise<(StubCall & { readonly pid: number })[]>;
  /** Of the module, from /health. */
  health(): Promise<Record<string, any>>;
  close(): Promise<void>;
}

export interface CheckOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stubs?: Readonly<Record<string, string>>;
  /** A YAML text that comes after the shipped catalogue. */
  readonly catalog?: string;
}

export async function openCheck(runner: RunnerName, { env, stubs, catalog }: CheckOptions = {}): Promise<Check> {
  const folder = await mkdtemp(join(tmpdir(), "ops-check-"));
  const python = await interpreter();
  const programs = await writeCatalog(folder, runner, python);
  const body = (name: string, text: string) => writeFile(join(folder, `${name}.body`), text);
  for (const name of programs) {
    await writeFile(join(folder, "bin", name), consoleScript(python), { mode: 0o755 });
    await body(name, stubs?.[name] ?? (name === "bridge" ? "print('{}')" : "pass"));
  }
  await writeFile(join(folder, "more.yaml"), catalog ?? "version: 1\n");
  const clock = {
    skipped: 0,
    now: () => Date.now() + clock.skipped,
    skip: (milliseconds: number) => void (clock.skipped += milliseconds),
  };
  const config = await readConfig(
    {
      ...CREDENTIALS,
      PORT: "0",
      HEALTH_METRICS_PORT: "0",
      DRAIN_SECONDS: "1",
      PATH: join(folder, "bin"),
      ALLOW_WRITES: "release-ops",
      DATA_DIR: join(folder, "data"),
      HUB_ONLY: "hub-canary",
      RELEASE_OPS_CATALOG: `${join(folder, "oar.yaml")},${join(folder, "more.yaml")}`,
      ...env,
    },
    [releaseOps],
  );
  const hub = await createHub({ config, version: "0.0.0-test", log: silent, clock });
  const { url } = await hub.listen();
  return {
    url,
    folder,
    clock,
    call: async (name, args = {}, options = {}) => {
      const { json, text } = await modern(`${url}/mcp`, "tools/call", { name, arguments: args }, options);
      const result = json.result;
      if (result === undefined) throw new Error(`no result: ${text}`);
      return {
        text: result["content"][0].text,
        isError: result["isError"] === true,
        structured: result["structuredContent"],
        wire: text,
      };
    },
    list: async () => (await modern(`${url}/mcp`, "tools/list")).json.result?.["tools"],
    stub: body,
    calls: async () => {
      const lines = (await readFile(join(folder, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean);
      return lines.map((line) => JSON.parse(line));
    },
    health: async () => JSON.parse((await send(`${url}/health`, { method: "GET" })).text).modules["release-ops"],
    close: async () => {
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The shipped catalogue, each program a stub of its own name and all on this runner; the names of the stubs. */
async function writeCatalog(folder: string, runner: RunnerName, python: string): Promise<string[]> {
  const raw = load(await readFile(SHIPPED, "utf8")) as Record<string, any>;
  await mkdir(join(folder, "bin"));
  raw["env_sets"].base.set = {
    STUB_FOLDER: folder,
    PYTHONPATH: PACKAGE,
    PYTHONDONTWRITEBYTECODE: "1",
    LC_ALL: "C.UTF-8",
  };
  raw["programs"][EXTRA] = { env: ["base"] };
  for (const [name, program] of Object.entries<Record<string, unknown>>(raw["programs"])) {
    const { zygote: _zygote, prefix: _prefix, ...rest } = program;
    const warm = runner === "zygote" ? { zygote: { python, entry: "stubcli.main:main" } } : {};
    raw["programs"][name] = { ...rest, exec: name, runner, ...warm };
  }
  await writeFile(join(folder, "oar.yaml"), dump(raw));
  return Object.keys(raw["programs"]);
}

/** As pip makes one. */
const consoleScript = (python: string): string =>
  `#!${python}\nimport sys\nfrom stubcli.main import main\nsys.exit(main())\n`;

/** Where python3 is a shim of a version manager, that costs more than the stub itself. */
async function interpreter(): Promise<string> {
  try {
    return (await promisify(execFile)("python3", ["-c", "import sys; print(sys.executable)"])).stdout.trim();
  } catch {
    throw new Error("these tests need python3 on the PATH");
  }
}

/** Closes what a test opens, after each test. */
export function closing(afterEach: (work: () => Promise<void>) => void, runner: RunnerName) {
  const open: Check[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  return async (options?: CheckOptions): Promise<Check> => {
    const one = await openCheck(runner, options);
    open.push(one);
    return one;
  };
}
