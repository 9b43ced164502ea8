// What a program may see of the environment: the names that its env sets list, and nothing else of the hub's own. A variable
// that a set requires or takes as optional may come from the file that `<NAME>_FILE` names, read anew for each run.
import { constants, open } from "node:fs/promises";
import { messageOf } from "../../../core/words.ts";
import type { Catalog, EnvSet, Program } from "../catalog/types.ts";

export type Env = Readonly<Record<string, string | undefined>>;

export interface ProgramEnv {
  readonly env: Readonly<Record<string, string>>;
  /** Required and not there, by name. */
  readonly missing: readonly string[];
  /** Files that variables name and that give no value, each with the reason. */
  readonly unreadable: Readonly<Record<string, string>>;
  /** Values that must not be seen. */
  readonly secrets: readonly string[];
}

export interface Environments {
  of(program: Program): Promise<ProgramEnv>;
  /** Without what only its work needs; for imports. */
  base(program: Program): Readonly<Record<string, string>>;
  /** Optional and not there, by name. */
  missingOptional(): string[];
}

const SECRET_NAME = /TOKEN|SECRET|PASS|KEY|JWK/i;
/** Shorter values stand in ordinary text too often. */
export const MIN_SECRET_CHARS = 6;
/** Linux takes 128 KiB for one variable. */
const MAX_FILE_BYTES = 65_536;
/** Secrets that were rotated away may still stand in some log; so many are remembered. */
const MAX_KNOWN = 1_000;

/** `known` collects every secret seen. */
export function createEnvironments(catalog: Catalog, hub: Env, known: Set<string>): Environments {
  const setsOf = ({ env }: Program): EnvSet[] => env.flatMap((name) => catalog.envSets.get(name) ?? []);
  const base = (program: Program): Record<string, string> => {
    const sets = setsOf(program);
    const passed = sets.flatMap(({ pass }) => pass);
    return Object.assign(pick(hub, passed), ...sets.map(({ set }) => set));
  };
  return {
    base,
    async of(program) {
      const sets = setsOf(program);
      const required = sets.flatMap(({ require }) => require);
      const names = new Set([...required, ...sets.flatMap(({ optional }) => optional)]);
      const { values, unreadable } = await readFiles(filesOf(hub, names));
      const env = { ...pick(hub, [...names]), ...values, ...base(program) };
      const named = new Set([...Object.keys(values), ...sets.flatMap(({ secret }) => secret)]);
      const secrets = secretsIn(env, named);
      remember(known, secrets);
      const isMissing = (name: string) => !isGiven(env[name]) && !Object.hasOwn(unreadable, `${name}_FILE`);
      return { env, missing: [...new Set(required)].filter(isMissing), unreadable, secrets };
    },
    missingOptional: () =>
      [...new Set([...catalog.envSets.values()].flatMap(({ optional }) => optional))].filter(
        (name) => !isGiven(hub[name]) && !isGiven(hub[`${name}_FILE`]),
      ),
  };
}

const pick = (hub: Env, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (isGiven(hub[name]) ? [[name, hub[name]]] : [])));

/** Where the program itself reads a `*_FILE` variable, the hub leaves that to it. */
const filesOf = (hub: Env, names: ReadonlySet<string>): (readonly [name: string, path: string])[] =>
  [...names].flatMap((name) => {
    const path = names.has(`${name}_FILE`) ? undefined : hub[`${name}_FILE`];
    return isGiven(path) ? [[name, path] as const] : [];
  });

async function readFiles(files: readonly (readonly [name: string, path: string])[]) {
  const values: Record<string, string> = {};
  const unreadable: Record<string, string> = {};
  const read = await Promise.allSettled(files.map(([, path]) => readValue(path)));
  for (const [index, [name]] of files.entries()) {
    const result = read[index];
    if (result?.status === "fulfilled") values[name] = result.value;
    else unreadable[`${name}_FILE`] = messageOf(result?.reason);
  }
  return { values, unreadable };
}

/** Without its last newline. Throws with a reason that holds no content. */
async function readValue(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe without a writer would hold us up
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${path} is no file`);
    if (found.size > MAX_FILE_BYTES) throw new Error(`${path} is larger than ${MAX_FILE_BYTES} bytes`);
    const value = (await file.readFile("utf8")).replace(/\r?\n$/, "");
    if (value === "") throw new Error(`${path} is empty`);
    if (value.includes("\0")) throw new Error(`${path} holds a NUL byte`);
    return value;
  } finally {
    await file.close();
  }
}

const secretsIn = (env: Readonly<Record<string, string>>, named: ReadonlySet<string>): string[] =>
  Object.entries(env)
    .flatMap(([name, value]) => (named.has(name) || SECRET_NAME.test(name) ? [value] : passwordIn(value)))
    .filter((value) => value.length >= MIN_SECRET_CHARS);

/** Of a proxy, say: `http://user:password@host`. */
const passwordIn = (value: string): string[] => {
  const password = /^[a-z]+:\/\/[^/@:]*:([^/@]+)@/i.exec(value)?.[1];
  return password === undefined ? [] : [password];
};

function remember(known: Set<string>, secrets: readonly string[]): void {
  for (const secret of secrets) {
    known.delete(secret); // the latest stand last
    known.add(secret);
  }
  for (const oldest of known) {
    if (known.size <= MAX_KNOWN) break;
    known.delete(oldest);
  }
}

const isGiven = (value: string | undefined): value is string => value !== undefined && value !== "";
