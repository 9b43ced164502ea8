// Hostile text made harmless for Markdown. A word of letters and digits stays as it is; every other word becomes a code span, where
// mentions, references, HTML, links and markup are dead on Gitea and GitHub (backslashes do not stop their mentions and references).
import { clean, clip } from "./plain.ts";

export interface InlineOptions {
  /** A cell of a table: no bare pipe, not even in code. */
  readonly isCell?: boolean;
}

/** No word takes more room than this. */
const WORD = 300;
const LETTERS = String.raw`(?:[A-Za-z0-9]|[^\x00-\x7F])+`;
const PLAIN = new RegExp(`^${LETTERS}(?:[-'/,]${LETTERS})*%?$`, "u");
const NUMBER = /^\d+(?:\.\d+)+[A-Za-z]{0,3}$/;
const ABBREVIATION = /^(?:[A-Za-z]\.)+[A-Za-z]$/;
/** `GH-12`, and what an external tracker may make of others. */
const TICKET = /(?:^|[^A-Za-z0-9])[A-Z0-9]{1,10}-[1-9]/;
const PARTS = /^(["'(]*)(.*?)([.,;:!?)"']*)$/su;
const LONE = /^[-+&=|]$/;
const SPAN = /(?<!`)(`{1,2})([^`]{1,1000})\1(?!`)/g;

/** A code span on one line; backticks in it become apostrophes. Empty when there is nothing to show. */
export function code(text: string, max = WORD, { isCell = false }: InlineOptions = {}): string {
  const content = clip(
    clean(text.slice(0, max * 4))
      .replace(/\s+/g, " ")
      .replaceAll("`", "'")
      .trim(),
    max,
  );
  const parts = isCell ? content.split("|").map((part) => part.trim()) : [content];
  return parts.map((part) => (part === "" ? "" : `\`${part}\``)).join(String.raw`\|`);
}

/** One line of at most `max` UTF-16 units. Code spans are kept, bold is dropped, the rest is text. */
export function inline(text: string, max: number, options: InlineOptions = {}): string {
  let out = "";
  for (const { text: piece, isGlued } of pieces(clean(text.slice(0, max * 4)), options)) {
    const clashes = out.endsWith("`") && piece.startsWith("`");
    const next = out === "" ? piece : `${out}${isGlued && !clashes ? "" : " "}${piece}`;
    if (next.length > max - 2) return out === "" ? "…" : `${out} …`;
    out = next;
  }
  return out;
}

export const cell = (text: string, max = WORD): string => inline(text, max, { isCell: true });
export const codeCell = (text: string, max = WORD): string => code(text, max, { isCell: true });

interface Piece {
  readonly text: string;
  /** No blank before it. */
  readonly isGlued: boolean;
}

function* pieces(text: string, options: InlineOptions): Generator<Piece> {
  const source = text.replace(/\*\*([^*\n]+)\*\*/g, "$1");
  let at = 0;
  for (const match of source.matchAll(SPAN)) {
    yield* words(source.slice(at, match.index), options);
    const span = code(match[2] ?? "", WORD, options);
    if (span !== "") yield { text: span, isGlued: /\S/.test(source[match.index - 1] ?? " ") };
    at = match.index + match[0].length;
  }
  yield* words(source.slice(at), options);
}

function* words(text: string, options: InlineOptions): Generator<Piece> {
  let isGlued = /^\S/.test(text);
  for (const word of text.split(/\s+/)) {
    if (word === "") continue;
    yield { text: safeWord(word, options), isGlued };
    isGlued = false;
  }
}

function safeWord(word: string, options: InlineOptions): string {
  if (word.length > WORD) return code(word, WORD, options);
  if (LONE.test(word)) return `\\${word}`;
  const [, before = "", core = "", after = ""] = PARTS.exec(word) ?? [];
  if (core.includes("(") && after.startsWith(")"))
    return `${before}${code(`${core})`, WORD, options)}${after.slice(1)}`;
  if (core === "") return word.includes(":") ? code(word, WORD, options) : word;
  const isNumber = /^\d+$/.test(core);
  if (isPlain(core)) return `${before}${core}${isNumber && /^[.)]/.test(after) ? "\\" : ""}${after}`;
  return `${before}${code(core, WORD, options)}${after}`;
}

const isPlain = (core: string): boolean =>
  (PLAIN.test(core) && !TICKET.test(core)) || NUMBER.test(core) || ABBREVIATION.test(core);

/** A fenced block that its text cannot end. */
export function fence(text: string): string {
  const content = clean(text)
    .replace(/`{20,}/g, (run) => `[${run.length} backticks]`)
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
  const longest = Math.max(2, ...Array.from(content.matchAll(/`+/g), ([run]) => run.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}\n${content}\n${mark}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Cells must come from `cell` or `codeCell`. Rows beyond `max` UTF-16 units are left out, and the last line says so. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], max: number): string {
  const lines = [row(head), row(head.map(() => "---"))];
  let room = max - lines.join("\n").length - 60;
  for (const [at, cells] of rows.entries()) {
    const next = row(cells);
    room -= next.length + 1;
    if (room < 0) return `${lines.join("\n")}\n\n${rows.length - at} more left out: no room.`;
    lines.push(next);
  }
  return lines.join("\n");
}

/** A link that shows where it goes, or, when it is no plain web address, only its text. */
export function link(url: string, max = 120): string {
  const address = webAddress(url);
  return address === undefined ? code(url, max) : `[${code(url, max)}](${address})`;
}

/** The address for the round brackets of a link; undefined unless it is http or https, without credentials, and short enough. */
export function webAddress(url: string): string | undefined {
  const parsed = url.length <= 2_000 ? URL.parse(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  if (parsed.username !== "" || parsed.password !== "") return undefined;
  const escaped = parsed.href.replace(
    /[^\w\-.~:/?#!+,;=%&[\]]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return escaped.replaceAll("&", "&amp;").replaceAll("hub:v1", "hub%3Av1");
}
