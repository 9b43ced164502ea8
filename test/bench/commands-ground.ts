// The ground of `npm run bench:commands`: a virtual environment with the stand-in program, a hub whose catalogue runs it in every
// way, and the seed's way (click's CliRunner in one process) beside it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { releaseOps } from "../../src/modules/release-ops/index.ts";
import { startModule, type TestHub } from "../support/modules.ts";

const FOLDER = fileURLToPath(new URL("../../.cache/bench", import.meta.url));
const SOURCES = fileURLToPath(new URL("../support/bench-cli", import.meta.url));
/** What a release tool's imports weigh is mostly these. */
const PACKAGES = ["click", "pyyaml", "requests", "jinja2", "cryptography"];
const IMPORTS = "import click, yaml, requests, jinja2, cryptography";
const PYTHON = join(FOLDER, "bin/python");
const SCRIPT = join(FOLDER, "bin/benchcli");

const run = promisify(execFile);

/** Made when it is missing, which needs the network once; afterwards it costs nothing. */
export async function prepare(): Promise<void> {
  const isThere = await run(PYTHON, ["-c", IMPORTS]).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    console.log(`installing ${PACKAGES.join(", ")} into .cache/bench`);
    await mkdir(FOLDER, { recursive: true });
    await run("python3", ["-m", "venv", FOLDER]);
    await run(PYTHON, ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input", ...PACKAGES]);
  }
  const { stdout } = await run(PYTHON, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
  await copyFile(join(SOURCES, "benchcli.py"), join(stdout.trim(), "benchcli.py"));
  await writeFile(SCRIPT, `#!${PYTHON}\nimport sys\nfrom benchcli import main\nsys.exit(main())\n`, { mode: 0o755 });
}

/** `concurrency` calls run at once, so that what is measured is a call and not the queue. */
export async function startHub(concurrency: number): Promise<TestHub> {
  const catalog = join(FOLDER, "catalog.yaml");
  const tool = (program: string, more = "") =>
    `{ description: Bench., program: ${program}, risk: read, params: { release: { required: true }, job_id: {} }, ` +
    `argv: [-r, { pos: release }, check, { opt: -i, from: job_id }]${more} }`;
  const text = `
version: 1
env_sets: { bench: { set: { LC_ALL: C.UTF-8 } } }
policy: { queue: { max: 1000, wait: 600s } }
caches: { kept: { max: 1000 } }
programs:
  cold: { exec: ${SCRIPT}, env: [bench] }
  warm: { exec: ${SCRIPT}, env: [bench], runner: zygote, zygote: { python: ${PYTHON}, entry: 'benchcli:main' } }
  nothing: { exec: /bin/true }
tools:
  cold_check: ${tool("cold")}
  warm_check: ${tool("warm")}
  kept_check: ${tool("warm", ", cache: { store: kept, key: [release, job_id] }")}
  nothing_check: ${tool("nothing")}
`;
  await writeFile(catalog, text);
  const env = { RELEASE_OPS_CATALOG: catalog, MCP_THREAD_POOL_SIZE: String(concurrency), PATH: "" };
  const clock = { now: () => performance.timeOrigin + performance.now() };
  return startModule(releaseOps, { ...env, DATA_DIR: join(FOLDER, "data") }, clock);
}

export interface InProcess {
  /** Runs these at once in the pool of threads. */
  ask(numbers: readonly number[]): Promise<{ readonly ms: number[]; readonly intact: number }>;
  close(): Promise<void>;
}

export async function startInProcess(): Promise<InProcess> {
  const child = spawn(PYTHON, [join(SOURCES, "in_process.py")], { stdio: ["pipe", "ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: child.stdio[3] as Readable });
  const ask = async (numbers: readonly number[]) => {
    const said = once(lines, "line");
    child.stdin?.write(`${JSON.stringify(numbers)}\n`);
    return JSON.parse(String((await said)[0]));
  };
  await ask([0]);
  return {
    ask,
    async close() {
      child.stdin?.end();
      await once(child, "close");
    },
  };
}
