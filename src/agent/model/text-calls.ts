// Calls that a weak model writes into its text instead of calling: as the seed understood them, and some more.
import { isObject, type JsonObject } from "../../core/json.ts";
import { parseArguments, parseLenient } from "./tool-json.ts";

export interface TextCall {
  readonly name: string;
  /** Undefined when they cannot be read. */
  readonly arguments: JsonObject | undefined;
}

const MAX_CHARS = 100_000;
/** Places where an object may begin. Text that is all braces is no call. */
const MAX_TRIES = 64;
const MAX_DEPTH = 6;

/**
 * The first balanced {...} that names a tool, with its `arguments` or `parameters`; text around it, fences and a second
 * encoding do not matter. @param names the tools to look for; when left out any name will do, but only with arguments
 */
export function findCall(text: string, names?: ReadonlySet<string>): TextCall | undefined {
  return first(text, (value) => callIn(value, names, MAX_DEPTH));
}

/** A draft of an issue that stands there without any call around it. */
export function findDraft(text: string): JsonObject | undefined {
  return first(text, (value) => (isDraft(value) ? value : undefined));
}

function first<T>(text: string, look: (value: JsonObject) => T | undefined): T | undefined {
  for (const value of objectsIn(text.slice(0, MAX_CHARS))) {
    const found = look(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function* objectsIn(text: string): Generator<JsonObject> {
  const whole = /^\s*"/.test(text) ? parseLenient(text) : undefined; // the whole answer as one JSON string
  if (typeof whole === "string") yield* objectsIn(whole);
  let from = text.indexOf("{");
  for (let tries = 0; from >= 0 && tries < MAX_TRIES; tries += 1) {
    const end = balancedEnd(text, from);
    const value = end === undefined ? undefined : parseLenient(text.slice(from, end));
    if (isObject(value)) yield value;
    from = text.indexOf("{", isObject(value) && end !== undefined ? end : from + 1);
  }
}

/** After the brace that closes the one at `from`; braces within strings do not count. */
function balancedEnd(text: string, from: number): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at];
    if (isInString) {
      if (letter === "\\") at += 1;
      else if (letter === '"') isInString = false;
    } else if (letter === '"') isInString = true;
    else if (letter === "{") depth += 1;
    else if (letter === "}" && (depth -= 1) === 0) return at + 1;
  }
  return undefined;
}

function callIn(value: JsonObject, names: ReadonlySet<string> | undefined, depth: number): TextCall | undefined {
  const { name, ...others } = value;
  if (typeof name === "string" && (names?.has(name) ?? true)) {
    const given = others["arguments"] ?? others["parameters"];
    if (given !== undefined || names !== undefined) return { name, arguments: parseArguments(given ?? others) };
  }
  if (depth === 0) return undefined;
  for (const inner of Object.values(value).flat()) {
    const found = isObject(inner) ? callIn(inner, names, depth - 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const DRAFT_MEMBERS = [
  "title",
  "summary",
  "root_cause",
  "failing_step",
  "suggested_fix",
  "category",
  "evidence",
  "body",
];

const isDraft = (value: JsonObject): boolean =>
  DRAFT_MEMBERS.filter((member) => Object.hasOwn(value, member)).length >= 2;
