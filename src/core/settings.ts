// A setting lives on its field: its variable, its schema and its sentence for README stand together.
import { z } from "zod";
import { Secret } from "./secret.ts";
import { messageOf } from "./words.ts";

export interface Setting<T> {
  readonly env: string;
  readonly doc: string;
  readonly schema: z.ZodType<T>;
  readonly secret: boolean;
}

export type Section = Readonly<Record<string, Setting<unknown>>>;

export type Values<S extends Section> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Declares one variable. The schema gets the variable's text, or undefined when it is unset or empty. */
export const setting = <T>(env: string, schema: z.ZodType<T>, doc: string): Setting<T> => ({
  env,
  doc,
  schema,
  secret: false,
});

/** Declares a secret variable; `<env>_FILE` names a file to read it from instead, re-read when it changes. */
export const secretSetting = (env: string, doc: string): Setting<Secret | undefined> => ({
  env,
  doc,
  schema: z.instanceof(Secret).optional(),
  secret: true,
});

/** `unit` is a word such as "seconds", or empty. */
function number(unit: string, min: number, max: number, fallback: number) {
  const of = unit === "" ? "" : ` ${unit}`;
  return z
    .string()
    .regex(/^\d+$/, `must be a whole number${unit === "" ? "" : ` of ${unit}`}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}${of}`).max(max, `must be at most ${max}${of}`))
    .default(fallback);
}

export const seconds = (min: number, max: number, fallback: number) => number("seconds", min, max, fallback);
export const bytes = (min: number, max: number, fallback: number) => number("bytes", min, max, fallback);
export const count = (min: number, max: number, fallback: number) => number("", min, max, fallback);
export const port = (fallback: number) => number("", 0, 65_535, fallback);

/** `true` or `false`, `1` or `0`, `yes` or `no`, in any case. */
export const flag = (fallback: boolean) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(["true", "false", "1", "0", "yes", "no"], "must be true or false"))
    .transform((text) => text === "true" || text === "1" || text === "yes")
    .default(fallback);

/** A comma list; blanks around entries are dropped. */
export const list = (fallback: readonly string[] = []) =>
  z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ""),
    )
    .default([...fallback]);

/** One of the given words, in any case. */
export const choice = <const T extends string>(words: readonly T[], fallback: NoInfer<T>): z.ZodType<T> =>
  z
    .string()
    .transform((text, context): T => {
      const word = words.find((candidate) => candidate.toLowerCase() === text.trim().toLowerCase());
      if (word === undefined) context.addIssue({ code: "custom", message: `must be one of ${words.join(", ")}` });
      return word ?? fallback;
    })
    .optional()
    .transform((word) => word ?? fallback);

/** A comma list of the given words, in any case; each counts once. */
export const choices = <const T extends string>(words: readonly T[]) =>
  z
    .string()
    .transform((text) => [
      ...new Set(
        text
          .toLowerCase()
          .split(",")
          .map((word) => word.trim()),
      ),
    ])
    .pipe(z.array(z.enum(words, `must be a comma list of ${words.join(", ")}`)));

export interface SectionResult<S extends Section> {
  readonly values: Values<S>;
  /** One sentence each, naming the variable. */
  readonly problems: readonly string[];
}

/** Parses one section of the environment. Never throws: problems are collected so that all can be told at once. */
export async function readSection<S extends Section>(
  section: S,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SectionResult<S>> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, field] of Object.entries(section)) {
    try {
      const parsed = field.schema.safeParse(
        field.secret ? await readSecret(field.env, env) : env[field.env] || undefined,
      );
      if (parsed.success) values[key] = parsed.data;
      else problems.push(`${field.env} ${parsed.error.issues.map((issue) => issue.message).join(", and ")}`);
    } catch (error) {
      problems.push(`${field.env}_FILE cannot be read: ${messageOf(error)}`);
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was parsed by its own field above
  return { values: values as Values<S>, problems };
}

async function readSecret(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Secret | undefined> {
  const path = env[`${name}_FILE`];
  if (path) return Secret.fromFile(path);
  const value = env[name];
  return value ? new Secret(value) : undefined;
}
