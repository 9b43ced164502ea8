// The current set of datasources. Reads Grafana's file again when it, or a file it names, has changed.
import { createHash } from "node:crypto";
import type { Log } from "../../../core/log.ts";
import type { Datasource, Datasources } from "../datasource.ts";
import { readEntry } from "./entry.ts";
import { BadFile, parseEntries, readText } from "./file.ts";
import { findDatasource } from "./find.ts";

/** /health and the tools repeat them. */
const MAX_PROBLEMS = 50;

export interface StoreOptions {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

export interface DatasourceStore extends Datasources {
  /** False when the file cannot be used or an entry was skipped. A missing file is no fault: there may be no Prometheus. */
  isSound(): boolean;
  /** Reads everything again; resolves to whether anything changed. Never rejects for what the files hold. */
  reload(): Promise<boolean>;
  /** Looks for changes every `intervalMs`; the returned function ends that. */
  watch(intervalMs: number): () => void;
}

interface Known {
  readonly datasource: Datasource;
  /** SHA-256 of all that was read, so that an unchanged datasource stays the same object and keeps its connections. */
  readonly digest: string;
}

interface Loaded {
  readonly known: ReadonlyMap<string, Known>;
  readonly problems: readonly string[];
  readonly isSound: boolean;
}

/** Reads the file for the first time. A file that is missing or broken is a problem, not an error. */
export async function openDatasources(options: StoreOptions): Promise<DatasourceStore> {
  const store = new FileStore(options);
  await store.reload();
  return store;
}

class FileStore implements DatasourceStore {
  readonly #options: StoreOptions;
  #loaded: Loaded = { known: new Map(), problems: [], isSound: true };
  #list: readonly Datasource[] = [];
  /** Every file that was read last time, with the digest of its text or of the reason why it could not be read. */
  #seen: ReadonlyMap<string, string> = new Map();
  #running: Promise<boolean> | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  list(): readonly Datasource[] {
    return this.#list;
  }

  find(id: string | undefined): Datasource {
    return findDatasource(this.#list, id);
  }

  problems(): readonly string[] {
    return this.#loaded.problems;
  }

  isSound(): boolean {
    return this.#loaded.isSound;
  }

  reload(): Promise<boolean> {
    this.#running ??= this.#reload().finally(() => (this.#running = undefined));
    return this.#running;
  }

  // Polling by content sees what events miss: Kubernetes swaps a symlink two levels up, network mounts send none.
  watch(intervalMs: number): () => void {
    const { log } = this.#options;
    const timer = setInterval(() => {
      this.reload().catch((error: unknown) => log.error({ err: error }, "reading the datasources failed"));
    }, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #reload(): Promise<boolean> {
    if (this.#seen.size > 0 && !(await this.#hasChanged())) return false;
    const seen = new Map<string, string>();
    const read = recordingReader(seen);
    const loaded = await this.#load(read).catch((error: unknown) => {
      if (!(error instanceof BadFile)) throw error;
      return this.#explain(error);
    });
    this.#seen = seen;
    this.#loaded = { ...loaded, problems: clipList(loaded.problems) };
    this.#list = [...loaded.known.values()].map(({ datasource }) => datasource);
    this.#tell();
    return true;
  }

  async #hasChanged(): Promise<boolean> {
    const now = new Map<string, string>();
    const read = recordingReader(now);
    await Promise.allSettled([...this.#seen.keys()].map((path) => read(path)));
    return [...this.#seen].some(([path, digest]) => now.get(path) !== digest);
  }

  async #load(readFile: (path: string) => Promise<string>): Promise<Loaded> {
    const { path, env, log } = this.#options;
    const problems: string[] = [];
    const found = new Map<string, Known & { position: number }>();
    const entries = parseEntries(await readFile(path));
    const counts = { other: 0, skipped: 0 };
    for (const [index, raw] of entries.entries()) {
      const entry = await readEntry(raw, index + 1, { env, readFile }, (problem) => problems.push(problem));
      if (typeof entry === "string") counts[entry] += 1;
      else problems.push(...this.#add(found, entry.datasource, digestOf(entry.canonical), index + 1));
    }
    if (counts.other > 0) log.debug({ count: counts.other }, "datasources of other types are not ours");
    problems.push(...sharedUids([...found.values()]));
    return { known: found, problems, isSound: counts.skipped === 0 };
  }

  #add(found: Map<string, Known & { position: number }>, datasource: Datasource, digest: string, position: number) {
    const { name } = datasource;
    const before = this.#loaded.known.get(name);
    const earlier = found.get(name);
    found.set(name, { datasource: before?.digest === digest ? before.datasource : datasource, digest, position });
    if (earlier === undefined) return [];
    return [
      `datasource "${name}": entries ${earlier.position} (${earlier.datasource.url}) and ${position} (${datasource.url}) ` +
        `have this name; entry ${position} is used`,
    ];
  }

  /** At the start there is nothing; later the old set stays, since a half-written file must not take a server away. */
  #explain(error: BadFile): Loaded {
    const { path } = this.#options;
    const isMissing = error.message === "ENOENT";
    const what = isMissing ? "does not exist" : `cannot be used: ${error.message}`;
    const count = this.#loaded.known.size;
    const then = count === 0 ? "there are no datasources" : `the ${count} read before stay in use`;
    return {
      known: this.#loaded.known,
      problems: [`datasource file ${path} (GRAFANA_DATASOURCES_PATH) ${what}; ${then}`],
      isSound: isMissing && count === 0,
    };
  }

  #tell(): void {
    const { log, path } = this.#options;
    for (const problem of this.#loaded.problems) log.warn({ problem }, "datasource file");
    log.info({ path, datasources: this.#list.map(({ name }) => name) }, "datasources read");
  }
}

/** Reads each file once, so that two entries naming it see the same text, and notes what was there. */
function recordingReader(seen: Map<string, string>): (path: string) => Promise<string> {
  const texts = new Map<string, Promise<string>>();
  const read = async (path: string) => {
    try {
      const text = await readText(path);
      seen.set(path, digestOf(text));
      return text;
    } catch (error) {
      seen.set(path, error instanceof BadFile ? error.message : "unreadable");
      throw error;
    }
  };
  return (path) => {
    const text = texts.get(path) ?? read(path);
    texts.set(path, text);
    return text;
  };
}

function sharedUids(known: readonly Known[]): string[] {
  const byUid = Map.groupBy(known, ({ datasource }) => datasource.uid);
  byUid.delete(undefined);
  return [...byUid]
    .filter(([, sharing]) => sharing.length > 1)
    .map(([uid, sharing]) => {
      const names = sharing.map(({ datasource }) => `"${datasource.name}"`).join(" and ");
      return `datasources ${names} have the same uid ${uid}; it means the first of them`;
    });
}

const clipList = (problems: readonly string[]): readonly string[] =>
  problems.length <= MAX_PROBLEMS
    ? problems
    : [...problems.slice(0, MAX_PROBLEMS), `and ${problems.length - MAX_PROBLEMS} more problems`];

const digestOf = (text: string): string => createHash("sha256").update(text).digest("base64");
