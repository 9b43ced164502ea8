// A value that must never be seen: prints as ***, and may come from a file that rotates under our feet.
import { readFile } from "node:fs/promises";
import { inspect } from "node:util";

export class Secret {
  #value: string;
  readonly #path: string | undefined;

  constructor(value: string, path?: string) {
    this.#value = value;
    this.#path = path;
  }

  /** Reads a secret from a file, without its last newline. Throws as readFile does. */
  static async fromFile(path: string): Promise<Secret> {
    return new Secret(await readSecretFile(path), path);
  }

  /** The value itself. Call it only on the line that sends it. */
  reveal(): string {
    return this.#value;
  }

  /**
   * Reads the file again, if there is one. Returns whether the value changed; a file that cannot be read, or is empty as
   * one that is just being written, keeps it.
   */
  async refresh(): Promise<boolean> {
    if (this.#path === undefined) return false;
    const value = await readSecretFile(this.#path).catch(() => "");
    if (value === "" || value === this.#value) return false;
    this.#value = value;
    return true;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}

async function readSecretFile(path: string): Promise<string> {
  return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
}

/** Reads the files of these secrets again every so often, until the returned function is called. */
export function keepFresh(secrets: readonly Secret[], everyMs: number): () => void {
  if (secrets.length === 0) return () => undefined;
  const timer = setInterval(() => {
    for (const secret of secrets) void secret.refresh();
  }, everyMs).unref();
  return () => clearInterval(timer);
}
