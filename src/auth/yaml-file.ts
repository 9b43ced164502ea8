// A YAML file with a schema. Problems name file, line and member, never a value: it may be a secret in the wrong place.
import { load, YAMLException } from "js-yaml";
import type { z } from "zod";
import { ConfigError } from "../core/config-error.ts";
import { locate } from "../core/yaml-place.ts";

type Path = readonly PropertyKey[];

export interface YamlDocument<T> {
  readonly value: T;
  /** A problem of one member, with its place. */
  readonly problem: (path: Path, message: string) => string;
}

/** `label` is how problems begin, for example `AUTH_TOKENS_PATH /etc/tokens.yaml`. @throws ConfigError with all problems */
export function parseYaml<T>(text: string, label: string, schema: z.ZodType<T>): YamlDocument<T> {
  const data = read(text, label);
  const place = locate(label, text);
  const problem = (path: Path, message: string): string => {
    const where = path.map(String).join(".");
    return `${place(path)}: ${where === "" ? "" : `${where}: `}${message}`;
  };
  const parsed = schema.safeParse(data);
  if (parsed.success) return { value: parsed.data, problem };
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const key = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
      return problem([...issue.path, ...key], issue.code === "unrecognized_keys" ? "is not known" : issue.message);
    }),
  );
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
