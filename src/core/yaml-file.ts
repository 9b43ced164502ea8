// A YAML file with a schema. Problems name file, line and member, never a value: it may be a secret in the wrong place.
import { load, YAMLException } from "js-yaml";
import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { isObject } from "./json.ts";
import { locate } from "./yaml-place.ts";

type Path = readonly PropertyKey[];
type Env = Readonly<Record<string, string | undefined>>;

export interface YamlDocument<T> {
  readonly value: T;
  /** A problem of one member, with its place. */
  readonly problem: (path: Path, message: string) => string;
}

/**
 * `label` is how problems begin, for example `AUTH_TOKENS_PATH /etc/tokens.yaml`. With `env`, each `${VAR}` in a text is filled in.
 * @throws ConfigError with all problems
 */
export function parseYaml<T>(text: string, label: string, schema: z.ZodType<T>, env?: Env): YamlDocument<T> {
  const data = read(text, label);
  const place = locate(label, text);
  const problem = (path: Path, message: string): string => {
    const where = path.map(String).join(".");
    return `${place(path)}: ${where === "" ? "" : `${where}: `}${message}`;
  };
  const missing: string[] = [];
  const filled = env === undefined ? data : fill(data, env, [], (...told) => void missing.push(problem(...told)));
  const parsed = schema.safeParse(filled);
  if (parsed.success && missing.length === 0) return { value: parsed.data, problem };
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const key = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    return problem([...issue.path, ...key], issue.code === "unrecognized_keys" ? "is not known" : issue.message);
  });
  throw new ConfigError([...new Set([...missing, ...problems])]);
}

function read(text: string, label: string): unknown {
  try {
    return load(text);
  } catch (error) {
    // also when it is nested so deep that the parser gives up; of the reason only what js-yaml says of itself: it
    // repeats aliases and tags, which may be secrets
    const { mark, reason } = error instanceof YAMLException ? error : { mark: undefined, reason: "" };
    const line = mark === undefined ? "" : `:${mark.line + 1}`;
    const why = REASONS.find((one) => reason.startsWith(one)) ?? "syntax";
    throw new ConfigError([`${label}${line}: is no valid YAML (${why})`]);
  }
}

const REASONS = ["duplicated mapping key", "expected a document, but the input is empty"];

function fill(value: unknown, env: Env, path: Path, tell: (path: Path, what: string) => void): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (whole, name: string) => {
      const found = Object.hasOwn(env, name) ? env[name] : undefined;
      if (found === undefined) tell(path, `needs the variable ${name}, which is not set`);
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((one: unknown, index) => fill(one, env, [...path, index], tell));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, env, [...path, key], tell)]));
}
