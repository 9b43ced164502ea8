// Prefect's own filters, checked before anything is asked: the server ignores what it does not know at the top of a body, and then
// answers with everything as if it had been filtered.
import { z } from "zod";
import { closest } from "../../../core/closest.ts";
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";

type Operators = Readonly<Record<string, z.ZodType>>;
type Keys = Readonly<Record<string, z.ZodOptional<z.ZodType>>>;

const anyOperator = z.enum(["and_", "or_"]).optional();

/** One key of a filter, with its operators; each may be left out. */
export const key = <const Shape extends Operators>(operators: Shape) => z.strictObject(operators).partial().optional();

/** The same for keys whose operators Prefect can join with `or_`. */
export const joined = <const Shape extends Operators>(operators: Shape) =>
  z.strictObject(operators).partial().extend({ operator: anyOperator }).optional();

const MAX_KEYS = 30;

/** `isJoined`: Prefect lets `operator: or_` join its keys. */
export function defineFilter<const Shape extends Keys>(entity: string, shape: Shape, isJoined = true) {
  const schema = z.strictObject({ ...(isJoined ? { operator: anyOperator } : {}), ...shape });
  const described = Object.entries(shape).map(([name, field]) => `${name}{${keysOf(field).join(",")}}`);
  const argument = z
    .looseObject({})
    .optional()
    .meta({
      description:
        `Prefect's own ${entity} filter, for what no other argument does; an object or its JSON text. ` +
        `Keys with their operators: ${described.join(" ")}`,
      additionalProperties: true,
      maxProperties: MAX_KEYS,
    });
  const parse = (given: JsonObject | undefined): z.output<typeof schema> | undefined => {
    if (given === undefined) return undefined;
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.slice(0, 5).map((issue) => explain(entity, schema, issue));
    throw new ToolFailure("invalid", problems.join("; "), { code: "INVALID_FILTER" });
  };
  return { entity, argument, parse };
}

const inside = (field: unknown): z.ZodObject | undefined => {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field;
  return inner instanceof z.ZodObject ? inner : undefined;
};

const keysOf = (field: unknown): string[] =>
  Object.keys(inside(field)?.shape ?? {}).filter((name) => name !== "operator");

function explain(entity: string, schema: z.ZodObject, issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") return `filter.${path.join(".")}: ${issue.message}`;
  const where = path.reduce<unknown>((field, name) => inside(field)?.shape[name], schema);
  const [first = ""] = issue.keys;
  const allowed = Object.keys(inside(where)?.shape ?? {});
  const near = closest(first, allowed, 1)[0];
  const [what, of] = path.length === 0 ? ["filter key", ""] : ["operator", `'${path.join(".")}' of the `];
  const guess = near === undefined ? "" : ` Did you mean '${near}'?`;
  return `Unknown ${what} '${oneLine(first, 60)}' in ${of}${entity} filter.${guess} Allowed: ${allowed.join(", ")}`;
}

/**
 * The caller's filter and what the other arguments mean, both of which must hold.
 * @throws ToolFailure where they speak of the same operator
 */
export function combine<Filter extends object>(filter: Filter | undefined, own: Filter): Filter {
  const wanted = Object.entries(own).filter(([, value]) => value !== undefined);
  if (filter === undefined) return own;
  if ("operator" in filter && filter.operator === "or_" && wanted.length > 0) {
    throw refusal("filter.operator or_ would loosen the other arguments too; say everything in filter, or use and_");
  }
  const both: Filter = { ...own, ...filter };
  for (const [name, value] of wanted) {
    const given: unknown = Reflect.get(filter, name);
    if (given === undefined) Reflect.set(both, name, value);
    else Reflect.set(both, name, merge(name, given, value));
  }
  return both;
}

function merge(name: string, given: unknown, own: unknown): unknown {
  if (typeof given !== "object" || typeof own !== "object" || given === null || own === null) {
    throw refusal(`filter.${name} and another argument say two things; leave one out`);
  }
  const shared = Object.keys(own).filter((operator) => operator in given);
  if (shared.length > 0)
    throw refusal(`filter.${name}.${shared[0]} and another argument say two things; leave one out`);
  if ("operator" in given && given.operator === "or_") {
    throw refusal(`filter.${name}.operator or_ would loosen another argument; leave one out`);
  }
  return { ...given, ...own };
}

const refusal = (message: string): ToolFailure => new ToolFailure("invalid", message, { code: "INVALID_FILTER" });
