// Arguments as models write them: fenced, encoded twice, with a comma too many. What cannot be read is undefined, never {}.
import { jsonrepair } from "jsonrepair";
import { isObject, type JsonObject } from "../../core/json.ts";

const MAX_CHARS = 128 * 1024;

/** No arguments at all are none: {}. */
export function parseArguments(raw: unknown): JsonObject | undefined {
  if (isObject(raw)) return raw;
  if (raw === null || raw === undefined) return {};
  if (typeof raw !== "string" || raw.length > MAX_CHARS) return undefined;
  const text = withoutFence(raw).trim();
  if (text === "") return {};
  const value = parseLenient(text);
  const inner = typeof value === "string" ? parseLenient(value) : value;
  return isObject(inner) ? inner : undefined;
}

/** JSON, or what is nearly JSON. Prose is neither. */
export function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return /^\s*[{["]/.test(text) ? repaired(text) : undefined;
  }
}

function repaired(text: string): unknown {
  try {
    return JSON.parse(jsonrepair(text));
  } catch {
    return undefined;
  }
}

const withoutFence = (text: string): string =>
  /^\s*```[\w-]*[ \t]*\n([\s\S]*?)\n?\s*```\s*$/.exec(text)?.[1] ??
  text.replace(/^\s*```(?:json)?/i, "").replace(/```\s*$/, "");

/** One text for equal values: members in order of their names. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
