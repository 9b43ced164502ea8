// Bodies of refused reports in the words of the seed's framework, which callers parse: `{"detail": [{type, loc, msg, input}]}`.
// https://fastapi.tiangolo.com/tutorial/handling-errors/
import type { z } from "zod";
import { isObject, type JsonObject } from "../core/json.ts";

export interface Detail {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: JsonObject;
}

/** Larger inputs are not sent back. */
const MAX_ECHO_CHARS = 2_000;

/** `schema` may depend on what is given. @throws DetailError, never anything else */
export function parseBody<T extends z.ZodType>(text: string, schema: (given: JsonObject) => T): z.output<T> {
  const body = text.trim() === "" ? null : parseJson(text.replace(/^\ufeff/, ""));
  if (body === null) throw new DetailError([{ type: "missing", loc: ["body"], msg: "Field required", input: null }]);
  if (!isObject(body)) {
    const msg = "Input should be a valid dictionary or object to extract fields from";
    throw new DetailError([{ type: "model_attributes_type", loc: ["body"], msg, input: echo(body) }]);
  }
  return parseFields(body, schema(body), "body");
}

/** The same for the parameters of a query. */
export function parseFields<T extends z.ZodType>(given: JsonObject, schema: T, place: "body" | "query"): z.output<T> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new DetailError(parsed.error.issues.map((issue) => toDetail(issue, given, place)));
}

export class DetailError extends Error {
  readonly detail: readonly Detail[];

  constructor(detail: readonly Detail[]) {
    super("the body was refused");
    this.detail = detail;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : "not JSON";
    const isCut = said.startsWith("Unexpected end"); // V8 tells no position then
    const at = Number(/position (\d+)/.exec(said)?.[1] ?? (isCut ? text.length : 0));
    const reason = said.replace(/,? ?(?:\.\.\.)?".*$/s, "").replace(/ (?:in JSON )?at position .*$/s, "");
    const detail = {
      type: "json_invalid",
      loc: ["body", at],
      msg: "JSON decode error",
      input: {},
      ctx: { error: reason },
    };
    throw new DetailError([detail]);
  }
}

function toDetail(issue: z.core.$ZodIssue, given: JsonObject, place: string): Detail {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const value = path.reduce<unknown>((from, part) => (isObject(from) ? from[String(part)] : undefined), given);
  const loc = [place, ...path];
  if (value === undefined) return { type: "missing", loc, msg: "Field required", input: echo(given) };
  return { ...describe(issue), loc, input: echo(value) };
}

function describe(issue: z.core.$ZodIssue): { type: string; msg: string; ctx?: JsonObject } {
  if (issue.code === "invalid_type" && issue.expected === "string") {
    return { type: "string_type", msg: "Input should be a valid string" };
  }
  if (issue.code === "invalid_type" && (issue.expected === "record" || issue.expected === "object")) {
    return { type: "dict_type", msg: "Input should be a valid dictionary" };
  }
  if (issue.code === "too_big" && issue.origin === "string") {
    const max = Number(issue.maximum);
    return { type: "string_too_long", msg: `String should have at most ${max} characters`, ctx: { max_length: max } };
  }
  return { type: "value_error", msg: issue.message };
}

function echo(value: unknown): unknown {
  return JSON.stringify(value).length <= MAX_ECHO_CHARS ? value : "(too large to repeat)";
}
