// Talks with a Python script in the virtual environment of setup.sh: one JSON line in, one JSON line out, each with a deadline.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startChild } from "./child.ts";

export interface PythonPeer {
  pid: number;
  /** Writes the message as one line and resolves with the script's next line. */
  ask(message: unknown, timeoutMs?: number): Promise<unknown>;
  close(): Promise<void>;
}

/** `args` are Python's own: a script's path and its arguments, or "-c" and code. The script reads stdin line by line. */
export async function startPython(args: string[], env: Record<string, string> = {}): Promise<PythonPeer> {
  const python = fileURLToPath(new URL("../../../.cache/venv/bin/python", import.meta.url));
  // Unbuffered, so that a printed line is a sent line. Loopback must not go through a proxy of the machine.
  const child = await startChild(python, ["-u", ...args], { ...process.env, NO_PROXY: "127.0.0.1,localhost", ...env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const answer = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done !== true) return line.value;
    throw new Error(`${await child.exited} without an answer\n${child.lastWords()}`);
  };
  return {
    pid: child.pid,
    async ask(message, timeoutMs = 30_000) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const line = await within(
        timeoutMs,
        answer(),
        () => `Python gave no answer in ${timeoutMs} ms\n${child.lastWords()}`,
      );
      try {
        return JSON.parse(line);
      } catch {
        throw new Error(`Python printed a line that is not JSON: ${line.slice(0, 200)}\n${child.lastWords()}`);
      }
    },
    async close() {
      child.stdin.end();
      await child.end();
    },
  };
}

async function within<T>(timeoutMs: number, work: Promise<T>, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
