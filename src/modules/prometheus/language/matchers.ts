// Label matchers as in PromQL, job="api",code=~"5..": read strictly, and written again from what was read, so that nothing else
// can ride along into a query.
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";

export interface Matcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

const MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*/y;

/** Braces around the list are allowed. @throws ToolFailure INVALID_MATCHER, showing the place. */
export function parseMatchers(text: string): Matcher[] {
  const inner = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1] ?? text;
  const matchers: Matcher[] = [];
  for (let at = 0; inner.slice(at).trim() !== "";) {
    MATCHER.lastIndex = at;
    const [all, label, op, literal] = MATCHER.exec(inner) ?? [];
    const value = unquote(literal ?? "");
    if (all === undefined || label === undefined || !isOp(op) || value === undefined) throw unreadable(inner.slice(at));
    matchers.push({ label, op, value });
    at += all.length;
    if (at < inner.length && inner[at] !== ",") throw unreadable(inner.slice(at));
    at += 1;
  }
  return matchers;
}

export const formatMatchers = (matchers: readonly Matcher[]): string =>
  matchers.map(({ label, op, value }) => `${label}${op}${quote(value)}`).join(",");

/** A PromQL string literal of any text. JSON's escapes are a subset of Go's. */
export const quote = (text: string): string => JSON.stringify(text);

const isOp = (op: string | undefined): op is Matcher["op"] => op === "=" || op === "!=" || op === "=~" || op === "!~";

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** The text of a Go string literal; undefined for an escape that Prometheus would refuse. */
function unquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("`")) return inner;
  let isValid = literal !== "";
  const text = inner.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, unicode, letter) => {
    if (unicode !== undefined) return String.fromCharCode(parseInt(String(unicode), 16));
    const plain = ESCAPES[String(letter)];
    isValid &&= plain !== undefined;
    return plain ?? "";
  });
  return isValid ? text : undefined;
}

const unreadable = (rest: string): ToolFailure =>
  new ToolFailure("invalid", `INVALID_MATCHER: cannot understand ${quote(oneLine(rest, 60))}`, {
    code: "INVALID_MATCHER",
    hint: 'Write matchers as in PromQL: job="api",code=~"5.."',
  });
