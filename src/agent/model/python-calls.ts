// Calls as Llama models write them where their server does not translate: `[pods_log(tail=50), create_issue(title="x")]`.
import type { JsonObject } from "../../core/json.ts";
import type { TextCall } from "./text-calls.ts";
import { parseArguments } from "./tool-json.ts";

const MAX_TRIES = 16;

/** The first call of one of these tools with named arguments. One without any must stand in a list: prose says `pods_log()` too. */
export function findPythonCall(text: string, names: ReadonlySet<string>): TextCall | undefined {
  const isList = /^\s*(?:<\|python_start\|>)?\s*\[/.test(text);
  let tries = 0;
  for (const { 1: name = "", 0: head, index } of text.matchAll(/(?<![\w.])(\w+)\(/g)) {
    if (!names.has(name)) continue;
    if ((tries += 1) > MAX_TRIES) return undefined;
    const given = argumentsAt(text, index + head.length);
    if (given !== undefined && (isList || Object.keys(given).length > 0)) return { name, arguments: given };
  }
  return undefined;
}

/** Strings or what is none: brackets, the name before a `=`, anything else. */
const TOKEN =
  /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[()[\]{}]|\w+\s*=(?!=)|\w+|[^\w]/gy;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\n": "" };

/** Made JSON piece by piece: `a=` is a member, Python's literals are nearly JSON's. Undefined for what is no call, such as prose. */
function argumentsAt(text: string, from: number): JsonObject | undefined {
  let json = "{";
  let depth = 1;
  TOKEN.lastIndex = from;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const [token] = found;
    if (/^[([{]$/.test(token)) depth += 1;
    if (/^[)\]}]$/.test(token) && (depth -= 1) === 0) {
      return json === "{" || json.includes(":") ? parseArguments(`${json}}`) : undefined;
    }
    json += depth === 1 && /^\w+\s*=$/.test(token) ? `${JSON.stringify(token.slice(0, -1).trim())}:` : written(token);
  }
  return undefined;
}

/** A string as JSON; anything else as it is, for the lenient parser. */
function written(token: string): string {
  const [, , text] = /^("""|'''|"|')([\s\S]*)\1$/.exec(token) ?? [];
  if (text === undefined) return token;
  return JSON.stringify(text.replace(/\\([\s\S])/g, (_, letter: string) => ESCAPES[letter] ?? letter));
}
