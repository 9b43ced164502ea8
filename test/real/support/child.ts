// A process of the test's own: it leads its own process group, and ends with that group by its id, also when the test run ends first.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface Child {
  pid: number;
  stdin: Writable;
  stdout: Readable;
  /** Resolves with one sentence once the process is gone; never rejects. */
  exited: Promise<string>;
  /** The last lines of standard error, for failure messages. */
  lastWords(): string;
  /** Calls back with every line of standard error from now on. */
  onStderr(listener: (line: string) => void): void;
  /** Asks the group to end, kills it after graceMs, and resolves when the process is gone. */
  end(graceMs?: number): Promise<void>;
}

export async function startChild(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Child> {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(command, args, {
    detached: true,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`${command} did not start: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`${command} ended with ${signal ?? `code ${code}`}`));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(await exited);
  // A broken pipe is told by `exited`; without a listener it would end the test run.
  child.stdin.on("error", () => {});

  const lines: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (lines.length > 20) lines.shift();
    for (const listener of listeners) listener(line);
  });

  const kill = () => signalGroup(pid, "SIGKILL");
  process.once("exit", kill);
  const gone = exited.then((how) => {
    process.off("exit", kill);
    return how;
  });
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    exited: gone,
    lastWords: () => lines.join("\n"),
    onStderr: (listener) => void listeners.push(listener),
    async end(graceMs = 5_000) {
      signalGroup(pid, "SIGTERM");
      const timer = setTimeout(kill, graceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
