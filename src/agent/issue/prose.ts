// Paragraphs, lists and code blocks of hostile or modelled text, as Markdown that holds nothing else.
import { fence, inline } from "./markdown.ts";
import { clean, clip } from "./plain.ts";

interface Block {
  readonly kind: "text" | "heading" | "item" | "code";
  readonly text: string;
  /** Of an item: `-`, or its number. */
  readonly mark?: string;
}

const ITEM = /^\s{0,8}([-*+•]|\d{1,3}[.)])[ \t]+(\S.*)$/;
const HEADING = /^\s{0,3}#{1,6}[ \t]+(\S.*)$/;
const FENCE = /^\s{0,8}(`{3,}|~{3,})/;
/** What follows would be a word or two. */
const LITTLE = 40;

/** At most `max` UTF-16 units. Headings become bold lines. */
export function prose(text: string, max: number): string {
  let out = "";
  let isList = false;
  for (const block of blocks(clean(text.slice(0, max * 4)))) {
    const gap = out === "" ? "" : block.kind === "item" && isList ? "\n" : "\n\n";
    const room = max - out.length - gap.length;
    if (room < LITTLE) return out.endsWith("…") ? out : `${out}${gap}…`;
    const rendered = render(block, room - 4);
    if (rendered === "") continue;
    out += `${gap}${rendered}`;
    isList = block.kind === "item";
  }
  return out;
}

/** A list: numbered, or with bullets. Each entry may hold what prose may. Empty when there are no entries. */
export function list(entries: readonly string[], max: number, isNumbered = false): string {
  const out: string[] = [];
  const filled = entries.filter((entry) => entry.trim() !== "");
  let room = max - LITTLE;
  for (const entry of filled) {
    const mark = isNumbered ? `${out.length + 1}. ` : "- ";
    if (room < 2 * LITTLE) {
      out.push(`${mark}and ${filled.length - out.length} more`);
      break;
    }
    const body = prose(entry.replace(/^\s*(?:[-*•]|\d{1,3}[.)])\s+/, ""), Math.floor(room / 4)); // indenting may double and more
    const indented = body.replace(/\n(?!\n|$)/g, `\n${" ".repeat(mark.length)}`);
    if (body === "") continue;
    out.push(`${mark}${indented}`);
    room -= mark.length + indented.length + 1;
  }
  return out.join("\n");
}

function* blocks(text: string): Generator<Block> {
  let paragraph: string[] = [];
  let open: { mark: string; lines: string[] } | undefined;
  for (const row of [...text.split("\n"), ""]) {
    const [, mark] = FENCE.exec(row) ?? [];
    if (open !== undefined) {
      if (mark?.startsWith(open.mark) !== true) open.lines.push(row);
      else {
        yield { kind: "code", text: open.lines.join("\n") };
        open = undefined;
      }
      continue;
    }
    const special = mark === undefined ? blockOf(row) : undefined;
    if (mark === undefined && special === undefined && row.trim() !== "") {
      paragraph.push(row);
      continue;
    }
    if (paragraph.length > 0) yield { kind: "text", text: paragraph.join("\n") };
    paragraph = [];
    if (mark !== undefined) open = { mark, lines: [] };
    if (special !== undefined) yield special;
  }
  if (open !== undefined) yield { kind: "code", text: open.lines.join("\n") };
}

function blockOf(row: string): Block | undefined {
  const [, mark, item] = ITEM.exec(row) ?? [];
  if (mark !== undefined && item !== undefined) {
    return { kind: "item", text: item, mark: /^\d/.test(mark) ? `${Number.parseInt(mark, 10)}.` : "-" };
  }
  const [, heading] = HEADING.exec(row) ?? [];
  return heading === undefined ? undefined : { kind: "heading", text: heading };
}

function render({ kind, text, mark }: Block, room: number): string {
  if (kind === "code") return text.trim() === "" ? "" : codeBlock(text, room);
  const words = inline(text, room - 6);
  if (words === "" || kind === "text") return words;
  return kind === "heading" ? `**${words}**` : `${mark} ${words}`;
}

function codeBlock(text: string, room: number): string {
  const whole = fence(text);
  if (whole.length <= room) return whole;
  return fence(clip(text.replace(/`+/g, "'"), room - 8));
}
