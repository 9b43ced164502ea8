// Finds a program the way a shell does, and runs it as a child that leads its own process group, so that Ctrl-C in the terminal reaches
// only us and we end it in order.
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { createInterface } from "node:readline";

/** The first executable of this name on `path` (as the PATH variable is written); undefined when there is none. */
export async function findBinary(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter((entry) => isAbsolute(entry))) {
    const candidate = join(directory, name);
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  return undefined;
}

export interface Child {
  readonly pid: number;
  /** Resolves with one sentence once the process is gone; never rejects. */
  readonly exited: Promise<string>;
  /** The last lines of standard error. */
  readonly lastWords: () => string;
  readonly onLine: (listener: (line: string) => void) => void;
  /** Asks it to end, kills it after five seconds, and resolves when it is gone. */
  readonly end: () => Promise<void>;
  /** Kills it at once: for a process that is itself ending and cannot wait. */
  readonly kill: () => void;
}

const GRACE_MS = 5_000;
const LAST_LINES = 20;

/** Rejects when the program cannot be started. */
export async function runBinary(binary: string, argv: readonly string[]): Promise<Child> {
  const child = spawn(binary, argv, { detached: true, env: {}, stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`${binary} did not start: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`${binary} ended with ${signal ?? `code ${code}`}`));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(await exited);
  const lines: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    for (const listener of listeners) listener(line);
  });
  const kill = () => void child.kill("SIGKILL");
  return {
    pid,
    exited,
    lastWords: () => lines.join("\n"),
    onLine: (listener) => void listeners.push(listener),
    kill,
    end: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(kill, GRACE_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
