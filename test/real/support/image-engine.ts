// podman and buildah with a storage of their own. They need root, and nothing that serves in the background.
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { freemem } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startChild, type Child } from "./child.ts";

/** What is kept for the next run, and the place of this run's storage. */
export const IMAGE_FOLDER = fileURLToPath(new URL("../../../.cache/image", import.meta.url));

export interface Engine {
  /** A folder on the storage, where many small files cost little. */
  readonly scratch: string;
  /** What it printed. @throws Error with its last words when it fails */
  readonly asRoot: (args: readonly string[], timeoutMs?: number) => Promise<string>;
  readonly buildah: Engine["asRoot"];
  readonly podman: (...args: string[]) => Promise<string>;
  readonly startPodman: (...args: string[]) => Promise<Child>;
  /** Ends all containers. */
  close(): Promise<void>;
}

const STORAGE = join(IMAGE_FOLDER, "storage");
const PLACES = ["--root", join(STORAGE, "root"), "--runroot", join(STORAGE, "run")];
/** runc, since Debian's crun refuses machines that mount both kinds of control groups. */
const RUNTIME = ["--tmpdir", join(STORAGE, "tmp"), "--cgroup-manager", "cgroupfs", "--runtime", "runc"];
const COMMAND_MS = 60_000;
/** A run needs some 2 GB: in memory, unless there is little of it. */
const NEEDED_BYTES = 6_000_000_000;

export async function run(args: readonly string[], timeoutMs = COMMAND_MS): Promise<string> {
  const child = await start(args);
  const timer = setTimeout(() => void child.end(), timeoutMs);
  const [said, how] = await Promise.all([text(child.stdout), child.exited]);
  clearTimeout(timer);
  if (!how.endsWith("code 0")) throw new Error(`${args.join(" ")}: ${how}\n${child.lastWords()}`);
  return said;
}

const start = ([command = "", ...args]: readonly string[]): Promise<Child> => startChild(command, args);

/** All commands share a table of mounts that nobody else sees: whatever they leave mounted is gone with its holder. */
export async function openEngine(): Promise<Engine> {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const empty = () => run([...sudo, "find", STORAGE, "-mindepth", "1", "-delete"]);
  await mkdir(STORAGE, { recursive: true });
  await empty();
  const memory = freemem() < NEEDED_BYTES ? "true" : `mount -t tmpfs -o mode=0711 storage '${STORAGE}'`;
  const holder = await start([...sudo, "unshare", "--mount", "sh", "-c", `${memory} && echo $$ && exec cat`]);
  const [pid] = await once(createInterface({ input: holder.stdout }), "line");
  const inside = (args: readonly string[]) => [...sudo, "nsenter", `--mount=/proc/${pid}/ns/mnt`, ...args];
  const asRoot: Engine["asRoot"] = (args, timeoutMs) => run(inside(args), timeoutMs);
  const podman = (...args: string[]) => ["podman", ...PLACES, ...RUNTIME, ...args];
  return {
    scratch: join(STORAGE, "scratch"),
    asRoot,
    buildah: (args, timeoutMs) => asRoot(["buildah", ...PLACES, ...args], timeoutMs),
    podman: (...args) => asRoot(podman(...args)),
    startPodman: (...args) => start(inside(podman(...args))),
    async close() {
      await asRoot(podman("rm", "--all", "--force", "--time", "0"));
      holder.stdin.end();
      await holder.exited;
      await empty();
    },
  };
}
