// What of Prefect's data is secret: by the name of a key, by the place (`env` of job variables), and by the look of a text.
import { oneLine } from "../../core/clip.ts";
import { isObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";

const SECRET_KEY = /passw|passphrase|pwd|token|secret|(?<![a-z])key(?!word|s?_?name)|api_?key|auth(?!or)|credential/i;
const HIDDEN = "***";
const MAX_DEPTH = 12;

export interface Cleaner {
  /** Text of any length, line by line: URL passwords, Bearer tokens and known kinds of tokens go. */
  text(text: string): string;
  /** The same on one line of at most `max` characters. */
  line(text: string | undefined, max: number): string;
  /** Parameters, payloads, pull steps: values under secret names are ***, other texts are cleaned. */
  value(value: unknown): unknown;
  /** Job variables: every value of an `env` map is ***, too. */
  jobVariables(value: unknown): unknown;
}

export function createCleaner(redactor: Redactor): Cleaner {
  const text = (given: string): string => redactor.redact(given).text;
  const walk = (given: unknown, hidesEnv: boolean, depth: number): unknown => {
    if (depth > MAX_DEPTH) return "… (nested too deep to show)";
    if (typeof given === "string") return text(given);
    if (Array.isArray(given)) return given.map((one: unknown) => walk(one, hidesEnv, depth + 1));
    if (!isObject(given)) return given;
    return Object.fromEntries(
      Object.entries(given).map(([key, one]) => {
        if (hidesEnv && /^env(ironment)?$/i.test(key)) return [key, hideAll(one)];
        return [key, SECRET_KEY.test(key) && isValue(one) ? HIDDEN : walk(one, hidesEnv, depth + 1)];
      }),
    );
  };
  return {
    text,
    line: (given, max) => oneLine(text((given ?? "").slice(0, max * 4)), max),
    value: (given) => walk(given, false, 0),
    jobVariables: (given) => walk(given, true, 0),
  };
}

/** Nothing is hidden where there is nothing. */
const isValue = (value: unknown): boolean => value !== null && value !== undefined && value !== "" && value !== false;

function hideAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => hideEntry(one));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hideAll(one)]));
  return isValue(value) ? HIDDEN : value;
}

/** Of a list of { name, value }, as Kubernetes has it, the names stay. */
function hideEntry(entry: unknown): unknown {
  if (!isObject(entry) || typeof entry["name"] !== "string") return hideAll(entry);
  const { name, ...rest } = entry;
  return Object.assign({ name }, hideAll(rest));
}
