// Looks into JSON Schemas: every place in one, and what is wrong with an argument's.
import { isObject, type JsonObject } from "../../src/core/json.ts";

export interface Place {
  /** Dotted, empty at the root: `filters.labels[]`. */
  readonly path: string;
  readonly schema: JsonObject;
}

const COMBINERS = ["anyOf", "oneOf", "allOf", "not", "if", "$ref"];

/** The schema itself and every schema inside it, whatever keyword it hangs on. */
export function places(schema: JsonObject, path = ""): Place[] {
  const named = ["properties", "patternProperties", "$defs"].flatMap((keyword) =>
    Object.entries(isObject(schema[keyword]) ? schema[keyword] : {}).map(
      ([name, inner]) => [`${path}.${name}`, inner] as const,
    ),
  );
  const lists = [...COMBINERS, "prefixItems"].flatMap((keyword) => {
    const inner = schema[keyword];
    return (Array.isArray(inner) ? inner : [inner]).map((one) => [`${path}<${keyword}>`, one] as const);
  });
  const single = [
    [`${path}[]`, schema["items"]],
    [`${path}.*`, schema["additionalProperties"]],
  ] as const;
  const inside = [...named, ...lists, ...single].flatMap(([where, inner]) =>
    isObject(inner) ? places(inner, where) : [],
  );
  return [{ path, schema }, ...inside];
}

/** Which of anyOf, oneOf, allOf and their like stand in this very schema. */
export const combinersIn = (schema: JsonObject): string[] => COMBINERS.filter((keyword) => keyword in schema);

const PLAIN_TYPES = ["string", "number", "integer", "boolean", "array", "object"];

export const hasPlainType = ({ type }: JsonObject): boolean => typeof type === "string" && PLAIN_TYPES.includes(type);

/** What is unbounded in this very schema, in words; undefined when nothing is. */
export function unbounded(schema: JsonObject): string | undefined {
  if ("enum" in schema || "const" in schema) return undefined;
  switch (schema["type"]) {
    case "string":
      return typeof schema["maxLength"] === "number" ? undefined : "a string without maxLength";
    case "number":
    case "integer":
      return isLimit(schema, "minimum", "exclusiveMinimum") && isLimit(schema, "maximum", "exclusiveMaximum")
        ? undefined
        : "a number without minimum and maximum";
    case "array":
      return typeof schema["maxItems"] === "number" ? undefined : "an array without maxItems";
    case "object":
      return schema["additionalProperties"] === false || typeof schema["maxProperties"] === "number"
        ? undefined
        : "an object that is neither strict nor has maxProperties";
    default:
      return undefined;
  }
}

/** zod's `.int()` writes the safe integers as limits; that is no bound anybody chose. */
const isLimit = (schema: JsonObject, ...keywords: string[]): boolean =>
  keywords.some((keyword) => {
    const limit = schema[keyword];
    return typeof limit === "number" && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  });
