// Models and old clients send numbers as strings, lists as JSON text and null for "absent". One rule for every tool,
// so that the published schemas can stay plain (`anyOf` is mishandled by many clients).
import { isObject, type JsonObject } from "./json.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** Returns the arguments with each value turned into the type its property names, where that loses nothing. */
export function coerce(raw: JsonObject, properties: Readonly<Record<string, JsonSchema>>): JsonObject {
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, Object.hasOwn(properties, key) ? coerceValue(value, properties[key] ?? {}) : value]),
  );
}

function coerceValue(value: unknown, schema: JsonSchema): unknown {
  switch (schema["type"]) {
    case "number":
    case "integer":
      return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "boolean":
      if (value === "true" || value === "True") return true;
      return value === "false" || value === "False" ? false : value;
    case "string":
      if (Array.isArray(value) || (typeof value === "object" && value !== null)) return JSON.stringify(value);
      return typeof value === "boolean" || (typeof value === "number" && isExact(value, schema))
        ? String(value)
        : value;
    case "array":
      return typeof value === "string" ? coerceList(value, schema) : value;
    case "object":
      return typeof value === "string" ? (parseJson(value, "{") ?? value) : value;
    default:
      return value;
  }
}

function coerceList(text: string, schema: JsonSchema): unknown {
  const parsed = parseJson(text, "[");
  if (parsed !== undefined) return parsed;
  const items = isObject(schema["items"]) ? schema["items"] : {};
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => coerceValue(entry, items));
}

function parseJson(text: string, opening: string): unknown {
  if (!text.trimStart().startsWith(opening)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 4.20 is 4.2 by now, and an integer past 2^53 another one: where the form matters (a pattern), only a safe integer is the text meant. */
const isExact = (value: number, schema: JsonSchema): boolean =>
  Number.isSafeInteger(value) || (!Number.isInteger(value) && schema["pattern"] === undefined);
