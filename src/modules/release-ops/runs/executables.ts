// Where the programs are: found on the hub's PATH, looked at again at every call, so that one that was replaced or went
// is noticed at once.
import { stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog, Program } from "../catalog/types.ts";

export interface Executable {
  readonly path: string;
  readonly prefix: readonly string[];
  /** Changes when the file does. */
  readonly digest: string;
}

export interface Executables {
  /** Undefined when it is not there or may not be run. */
  find(program: Program): Promise<Executable | undefined>;
}

/** By anybody; whether by us, the run itself will say. */
const EXECUTABLE = 0o111;

/** A catalogue names the hub's own helper by this word. */
const BRIDGE = "oar_bridge.py";

export function createExecutables(catalog: Catalog, path: string | undefined): Executables {
  const known = new Map<string, string>();
  const folders = (path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const pythons = [...catalog.programs.values()].flatMap(({ zygote }) => (zygote === undefined ? [] : [zygote.python]));
  const candidates = (exec: string, isBridge: boolean): string[] => {
    if (exec.includes("/")) return [exec];
    return [...(isBridge ? pythons : []), ...folders.map((folder) => join(folder, exec))];
  };
  return {
    async find({ name, exec, prefix }) {
      const isBridge = prefix[0] === BRIDGE;
      const before = known.get(name);
      for (const file of [...(before === undefined ? [] : [before]), ...candidates(exec, isBridge)]) {
        // oxlint-disable-next-line no-await-in-loop -- the first on the PATH counts
        const digest = await digestOf(file);
        if (digest === undefined) continue;
        known.set(name, file);
        const helper = fileURLToPath(new URL(`../helpers/${BRIDGE}`, import.meta.url));
        return { path: file, prefix: isBridge ? [helper, ...prefix.slice(1)] : prefix, digest: `${file}:${digest}` };
      }
      known.delete(name);
      return undefined;
    },
  };
}

async function digestOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    const isProgram = found.isFile() && (found.mode & EXECUTABLE) !== 0;
    return isProgram ? `${found.mtimeMs}:${found.size}:${found.ino}` : undefined;
  } catch {
    return undefined;
  }
}
