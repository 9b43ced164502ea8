// What we read of gitea-mcp's replies: Gitea's own objects wrapped in {"Result": …}, or slim ones with names instead of objects.
import { z } from "zod";
import { isObject } from "../../../core/json.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

/** `alice`, or an object that says so. */
const login = z
  .union([z.string(), z.looseObject({ login: z.string() }).transform((user) => user.login)])
  .nullish()
  .transform((name) => name ?? "");

const labelName = z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]);

export const issue = z.looseObject({
  number: z.number(),
  // an issue whose reply says little is made all the same, and making it again would be worse
  title: text,
  /** Slim lists leave it out. */
  body: z.string().nullish(),
  state: z.string().default("open"),
  html_url: text,
  user: login,
  labels: z
    .array(labelName)
    .nullish()
    .transform((labels) => labels ?? []),
  created_at: text,
  closed_at: text,
  is_pull: z.boolean().optional(),
  pull_request: z.looseObject({}).nullish(),
});

export const comment = z.looseObject({ id: z.number(), body: text });
export const label = z.looseObject({ id: z.number(), name: z.string() });
export const account = z.looseObject({ login: z.string() });
export const anything = z.unknown();

/** Go writes an empty list as null. */
export const listOf = <T>(entry: z.ZodType<T>) =>
  z
    .array(entry)
    .nullish()
    .transform((entries) => entries ?? []);

export type McpIssue = z.output<typeof issue>;
export type McpComment = z.output<typeof comment>;
export type McpLabel = z.output<typeof label>;

/** The reply without its wrapper; a text that is no JSON stays a text. */
export function unwrapped(reply: string): unknown {
  const value = parsed(reply);
  return isObject(value) && Object.keys(value).length === 1 && "Result" in value ? value["Result"] : value;
}

function parsed(reply: string): unknown {
  try {
    return JSON.parse(reply);
  } catch {
    return reply;
  }
}
