// A process that writes reports as fast as it can and prints the id of each one that the store acknowledged; made to be killed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Writer {
  /** Waits until so many reports were acknowledged; returns how many there are. */
  acknowledged(count: number): Promise<number>;
  all(): readonly string[];
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export async function startWriter(path: string, prefix = "r"): Promise<Writer> {
  const script = fileURLToPath(new URL("./writer-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, path, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  const ids: string[] = [];
  const lines = createInterface({ input: child.stdout });
  let wake = () => {};
  lines.on("line", (line) => {
    ids.push(line);
    wake();
  });
  const ended = once(child, "close").then(() => wake());
  return {
    async acknowledged(count) {
      while (ids.length < count) {
        if (child.exitCode !== null) throw new Error(`the writer ended with ${child.exitCode}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return ids.length;
    },
    all: () => ids,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
