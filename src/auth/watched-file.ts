// A file that is in force as it was last understood: a new one that is missing or broken changes nothing, but is told.
import { readFile } from "node:fs/promises";
import { ConfigError } from "../core/config-error.ts";

export interface WatchedFileOptions<T> {
  /** The variable that names it. */
  readonly variable: string;
  readonly path: string;
  /** @throws ConfigError with every problem; `label` names the file */
  parse(text: string, label: string): T;
}

/** What two seconds of an operator's typing would never fill. */
const MAX_BYTES = 1024 * 1024;

export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>;
  readonly #label: string;
  #text: string;
  #value: T;
  #problems: readonly string[] = [];

  private constructor(options: WatchedFileOptions<T>, label: string, text: string, value: T) {
    this.#options = options;
    this.#label = label;
    this.#text = text;
    this.#value = value;
  }

  /** @throws ConfigError when it cannot be read or understood */
  static async open<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
    const label = `${options.variable} ${options.path}`;
    const text = await readText(options.path, label);
    return new WatchedFile(options, label, text, options.parse(text, label));
  }

  get value(): T {
    return this.#value;
  }

  /** Of the file as it is now, when it is not the one in force. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Reads it again; resolves to whether there is a new value. By content: Kubernetes swaps symlinks, mounts send no events. */
  async refresh(): Promise<boolean> {
    try {
      const text = await readText(this.#options.path, this.#label);
      if (text !== this.#text) this.#value = this.#options.parse(text, this.#label);
      const isNew = text !== this.#text;
      this.#text = text;
      this.#problems = [];
      return isNew;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problems = error.problems.map((problem) => `${problem} (the earlier file stays in force)`);
      return false;
    }
  }
}

async function readText(path: string, label: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_BYTES) throw new ConfigError([`${label}: has more than ${MAX_BYTES} bytes`]);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new ConfigError([`${label}: cannot be read (${code})`]);
  }
}
