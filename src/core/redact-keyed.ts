// Secrets that can be told by the name before them: password=x, "clientSecret": "x", --token x, API_KEY: x. Values are read
// by hand, not by a pattern, so that quotes and their escapes are followed and every line is read once.
import { KEYED, MAY_HOLD_NAME, NAMES } from "./redact-names.ts";
import { isInTag, type Tag } from "./redact-tag.ts";
import { isPlaceholder, isSecret, type Value } from "./redact-value.ts";

/** `=`, `:`, `=>`, and the environment's `"name": "DB_PASSWORD", "value": "x"`. */
const SEPARATOR =
  /\\{0,4}["'\x60]?(?:\]?\s{0,8}(?:=>|:=|={1,3}|:(?!:))|\s{0,4},\s{0,4}\\{0,4}["']?value\\{0,4}["']?\s{0,4}:)\s{0,8}/y;
const FLAG_SEPARATOR = /\s{1,4}/y;
const XML_VALUE = /[^<]+/y;
const QUOTE = /(?:[bBrRuUfF]{1,2}(?=["']))?\\{0,4}["'\x60]/y;
const BARE_VALUE = /[^\s"'\x60,;&<>(){}[\]|\\](?:[^\s"'\x60,;&\\]|\\(?!["'\x60\\]))*/y;
const VALUE_LINE = /^\s*(?:- )?["']?value["']?:\s{1,4}["']?/;
const LINE_VALUE = /[^"'\s](?:[^"'\n]*[^"',\s])?/y;

/** Values may be read again for a name inside them. A line that makes us read it more often than this is all taken out. */
const MAX_READS = 16;
/** A quote that closes no sooner is taken for none. */
const MAX_QUOTED_CHARS = 16_384;

export function redactKeyed(line: string, tag: Tag): string {
  if (!MAY_HOLD_NAME.test(line)) return line;
  let text = "";
  let done = 0;
  let work = line.length * MAX_READS;
  for (const match of line.matchAll(KEYED)) {
    const at = match.index;
    if (at < done || isInTag(line, at)) continue;
    const name = NAMES[match.slice(1).findIndex((group) => group !== undefined)];
    if (name === undefined) continue;
    const value = valueAfter(line, at, at + match[0].length);
    work -= value?.text.length ?? 0;
    if (work < 0) return text + line.slice(done, at) + tag("unreadable", line.slice(at));
    if (value === undefined || !isSecret(value, name, hasPrefix(line, at))) continue;
    text += line.slice(done, value.start) + tag(name.kind, value.text);
    done = value.start + value.text.length;
  }
  return done === 0 ? line : text + line.slice(done);
}

/** `value: x` below a line that names a secret. */
export function redactValueLine(line: string, tag: Tag): string {
  const before = VALUE_LINE.exec(line)?.[0];
  if (before === undefined) return line;
  const text = matchAt(LINE_VALUE, line, before.length) ?? "";
  if (text === "" || isPlaceholder(text)) return line;
  return before + tag("secret", text) + line.slice(before.length + text.length);
}

/** `DB_TOKEN` rather than `token`. */
const hasPrefix = (line: string, nameStart: number): boolean => /[\w-]/.test(line.charAt(nameStart - 1));

function valueAfter(line: string, nameStart: number, nameEnd: number): Value | undefined {
  const opening = wordOpening(line, nameStart);
  if (opening === "<" && line[nameEnd] === ">") {
    const text = matchAt(XML_VALUE, line, nameEnd + 1);
    return text === undefined ? undefined : { start: nameEnd + 1, text, isQuoted: true, separator: ">" };
  }
  const separator =
    matchAt(SEPARATOR, line, nameEnd) ?? (opening === "-" ? matchAt(FLAG_SEPARATOR, line, nameEnd) : undefined);
  if (separator === undefined) return undefined;
  const from = nameEnd + separator.length;
  const quote = matchAt(QUOTE, line, from);
  if (quote !== undefined) {
    const start = from + quote.length;
    const end = closing(line, start, quote);
    if (end !== undefined) return { start, text: line.slice(start, end), isQuoted: true, separator };
    return bare(line, start, separator);
  }
  return bare(line, from, separator);
}

/** Up to a blank, a quote or a comma; a bracket at the end belongs to what is around the value. */
function bare(line: string, start: number, separator: string): Value | undefined {
  const text = matchAt(BARE_VALUE, line, start);
  if (text === undefined) return undefined;
  let end = text.length;
  if (!/[([{<]/.test(text)) while (")]}>|".includes(text.charAt(end - 1))) end -= 1;
  return { start, text: text.slice(0, end), isQuoted: false, separator };
}

/** Where the same quote comes again, not escaped. A quote that is itself escaped ends at the next just like it. */
function closing(line: string, start: number, quote: string): number | undefined {
  if (quote.length > 1) {
    const end = line.slice(start, start + MAX_QUOTED_CHARS).indexOf(quote);
    return end < 0 ? undefined : start + end;
  }
  for (let at = start; at < line.length && at - start < MAX_QUOTED_CHARS; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === quote) return at;
  }
  return undefined;
}

/** What the word begins with that the name ends: a flag with `-`, as in `--db-password`, an element with `<`. */
function wordOpening(line: string, nameStart: number): string {
  let start = nameStart;
  while (start > 0 && nameStart - start < 64 && /[\w.-]/.test(line.charAt(start - 1))) start -= 1;
  return line[start] === "-" ? "-" : line.charAt(start - 1);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
