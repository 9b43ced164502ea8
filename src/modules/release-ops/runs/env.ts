// What a program may see of the environment: the names that its env sets list, and nothing else of the hub's own.
import type { Catalog, Program } from "../catalog/types.ts";

export type Env = Readonly<Record<string, string | undefined>>;

export interface ProgramEnv {
  readonly env: Readonly<Record<string, string>>;
  /** The same without what only its work needs; for imports. */
  readonly base: Readonly<Record<string, string>>;
  /** Required and not there, by name. */
  readonly missing: readonly string[];
  /** Values that must not be seen. */
  readonly secrets: readonly string[];
}

const SECRET_NAME = /TOKEN|SECRET|PASS|KEY|JWK/i;
/** Shorter values stand in ordinary text too often. */
export const MIN_SECRET_CHARS = 6;

export function programEnv(catalog: Catalog, program: Program, hub: Env): ProgramEnv {
  const sets = program.env.flatMap((name) => catalog.envSets.get(name) ?? []);
  const pick = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.flatMap((name) => (isGiven(hub[name]) ? [[name, hub[name]]] : [])));
  const fixed: Record<string, string> = Object.assign({}, ...sets.map(({ set }) => set));
  const base = { ...pick(sets.flatMap(({ pass }) => pass)), ...fixed };
  const required = [...new Set(sets.flatMap(({ require }) => require))];
  const env = { ...pick([...required, ...sets.flatMap(({ optional }) => optional)]), ...base };
  const named = new Set(sets.flatMap(({ secret }) => secret));
  return {
    env,
    base,
    missing: required.filter((name) => !isGiven(env[name])),
    secrets: Object.entries(env)
      .flatMap(([name, value]) => (named.has(name) || SECRET_NAME.test(name) ? [value] : passwordIn(value)))
      .filter((value) => value.length >= MIN_SECRET_CHARS),
  };
}

/** Of a proxy, say: `http://user:password@host`. */
const passwordIn = (value: string): string[] => {
  const password = /^[a-z]+:\/\/[^/@:]*:([^/@]+)@/i.exec(value)?.[1];
  return password === undefined ? [] : [password];
};

const isGiven = (value: string | undefined): value is string => value !== undefined && value !== "";
