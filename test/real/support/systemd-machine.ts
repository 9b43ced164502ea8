// A machine that runs systemd, for the length of a test file: namespaces of this one, its files under a layer that is thrown away.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "./child.ts";
import { until } from "./wait.ts";

const CLONE = fileURLToPath(new URL("../../../", import.meta.url));
const BOOT = fileURLToPath(new URL("systemd-boot.sh", import.meta.url));
const AS_ROOT = process.getuid?.() === 0 ? [] : ["sudo", "-n", "--preserve-env"];
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const WRITE = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
const MAX_OUTPUT = 16 * 1024 * 1024;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Machine {
  /** Runs a program in it, as its root, in /srv/clone: the files of this repository. */
  run(...argv: string[]): Promise<Ended>;
  /** The same; what ends with another code than 0 is thrown with its words. */
  must(...argv: string[]): Promise<string>;
  /** A file of its root's, with the folders above it. */
  write(path: string, text: string, mode?: string): Promise<void>;
  close(): Promise<void>;
}

export async function bootMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-machine-"));
  const unshare = ["unshare", "--mount", "--pid", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child", "--"];
  const argv = [...AS_ROOT, ...unshare, "/bin/sh", BOOT, folder, CLONE, process.execPath];
  const child = await startChild("env", argv);
  const init = await until("systemd as process 1", 30_000, () => initBelow(child.pid)).catch((error: unknown) => {
    throw new Error(`no machine can be made here: ${child.lastWords()}`, { cause: error });
  });
  const kill = () => execFile("env", [...AS_ROOT, "kill", "-KILL", init]); // and all of its namespace goes with it
  process.once("exit", kill);
  const enter = [...AS_ROOT, "nsenter", "-t", init, "--all", "env", "--chdir=/srv/clone", `PATH=${PATH}`];
  const run = (...argv: string[]) => execute([...enter, ...argv]);
  const must = async (...argv: string[]) => wordsOf(argv, await run(...argv));
  await until("systemd to serve", 30_000, () => must("systemctl", "is-active", "systemd-journald.service"));
  return {
    run,
    must,
    async write(path, text, mode = "0644") {
      const argv = ["sh", "-c", WRITE, "sh", path, mode];
      wordsOf(argv, await execute([...enter, ...argv], text));
    },
    async close() {
      kill();
      await child.exited;
      process.off("exit", kill);
      await rmdir(folder);
    },
  };
}

/** The process that has number 1 in a namespace below the given one. */
async function initBelow(pid: number): Promise<string | undefined> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter((id) => id !== "");
  for (const id of children) {
    const status = await readFile(`/proc/${id}/status`, "utf8");
    if (/^Name:\tsystemd\n[^]*^NSpid:.*\t1$/m.test(status)) return id;
    const below = await initBelow(Number(id));
    if (below !== undefined) return below;
  }
  return undefined;
}

/** With this machine's way to the registry, and nothing of the `npm run` that started the tests. */
const ownEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/i.test(name)));

function wordsOf(argv: string[], { code, out, err }: Ended): string {
  if (code === 0) return out;
  throw new Error(`${argv.join(" ")} ended with ${code}: ${out}${err}`);
}

function execute([command = "", ...args]: string[], input?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { env: ownEnv(), maxBuffer: MAX_OUTPUT }, (error, out, err) => {
      if (error === null) resolve({ code: 0, out, err });
      else if (typeof error.code === "number") resolve({ code: error.code, out, err });
      else reject(error);
    });
    child.stdin?.on("error", () => undefined); // it ended without reading, which its exit code tells
    child.stdin?.end(input);
  });
}
