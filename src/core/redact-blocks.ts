// Secrets that go over many lines: private keys, whole or with an end missing, and YAML block scalars under secret names.
import { redactValueLine } from "./redact-keyed.ts";
import { namesSecret, opensSecretBlock } from "./redact-names.ts";
import type { Tag } from "./redact-tag.ts";

const BEGIN = /-----BEGIN ?[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const END = /-----END ?[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
/** What a key's inside looks like when its line breaks are written as \n, or are gone. */
const INLINE_BODY = /^(?:[A-Za-z0-9+/=\s]|\\{1,4}[nrt])+/;
const KEY_HEADER = /^(?:Proc-Type|DEK-Info|Comment|Version|Hash|Charset): /;
const KIND = "private-key";
/** A key of 16,384 bits has 200 lines; more of what only looks like one is not held back. */
const MAX_HELD = 256;

interface OpenKey {
  readonly begin: string;
  readonly column: number;
  readonly body: string[];
}

interface OpenBlock {
  readonly indent: number;
  readonly body: string[];
}

export class BlockGuard {
  readonly #tag: Tag;
  readonly #redactLine: (line: string) => string;
  #key: OpenKey | undefined;
  #block: OpenBlock | undefined;
  /** The line before named a secret, whose value comes now. */
  #isNamed = false;
  /** Lines that are part of a key if its end comes: a tail may begin in the middle of one. */
  #held: string[] = [];

  constructor(tag: Tag, redactLine: (line: string) => string) {
    this.#tag = tag;
    this.#redactLine = redactLine;
  }

  push(line: string): string[] {
    if (this.#key !== undefined) return this.#inKey(this.#key, line);
    if (this.#block !== undefined) return this.#inBlock(this.#block, line);
    const begin = BEGIN.exec(line);
    const end = END.exec(line);
    if (end !== null && this.#held.length > 0 && (begin === null || end.index < begin.index)) {
      const tag = this.#tag(KIND, this.#held.splice(0).join(""));
      return [tag, ...this.push(line.slice(end.index + end[0].length))].filter((text) => text !== "");
    }
    if (begin === null && (isKeyLine(line, 0) || (this.#held.length > 0 && isBase64(line.trim())))) {
      this.#held.push(line);
      return this.#held.length > MAX_HELD ? [this.#redactLine(this.#held.shift() ?? "")] : [];
    }
    return [...this.#release(), ...(begin === null ? this.#plain(line) : this.#atBegin(line, begin))];
  }

  end(): string[] {
    return [...this.#release(), ...this.#closeKey(), ...this.#closeBlock()];
  }

  #plain(line: string): string[] {
    if (opensSecretBlock(line)) this.#block = { indent: indentOf(line), body: [] };
    const value = this.#isNamed ? redactValueLine(line, this.#tag) : line;
    this.#isNamed = namesSecret(line);
    return [value === line ? this.#redactLine(line) : value];
  }

  #atBegin(line: string, begin: RegExpExecArray): string[] {
    const after = line.slice(begin.index + begin[0].length);
    const end = END.exec(after);
    if (end !== null) {
      const tag = this.#tag(KIND, after.slice(0, end.index));
      const rest = after.slice(end.index + end[0].length);
      return [this.#redactLine(line.slice(0, begin.index)) + tag + (this.push(rest)[0] ?? "")];
    }
    if (after.trim() === "") {
      this.#key = { begin: line, column: begin.index, body: [] };
      return [];
    }
    const [inside = ""] = INLINE_BODY.exec(after) ?? [];
    if (inside.length < 16) return [this.#redactLine(line)];
    const kept = this.#redactLine(line.slice(0, begin.index));
    return [kept + this.#tag(KIND, inside) + this.#redactLine(after.slice(inside.length))];
  }

  #inKey(key: OpenKey, line: string): string[] {
    const end = END.exec(line);
    if (end !== null) {
      const rest = line.slice(end.index + end[0].length).trim();
      return [...this.#closeKey(), ...(rest === "" ? [] : this.push(rest))];
    }
    if (isKeyLine(line, key.column) || isInsideOnly(line, key.column)) {
      remember(key.body, line);
      return [];
    }
    return [...this.#closeKey(), ...this.push(line)];
  }

  #closeKey(): string[] {
    const key = this.#key;
    this.#key = undefined;
    if (key === undefined) return [];
    if (key.body.length === 0) return [this.#redactLine(key.begin)];
    return [this.#redactLine(key.begin.slice(0, key.column)) + this.#tag(KIND, key.body.join(""))];
  }

  #inBlock(block: OpenBlock, line: string): string[] {
    if (line.trim() === "" || indentOf(line) > block.indent) {
      remember(block.body, line);
      return [];
    }
    return [...this.#closeBlock(), ...this.push(line)];
  }

  #closeBlock(): string[] {
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined || block.body.join("") === "") return [];
    return [`${" ".repeat(block.indent + 2)}${this.#tag("secret", block.body.join("\n"))}`];
  }

  #release(): string[] {
    return this.#held.splice(0).map((line) => this.#redactLine(line));
  }
}

/** Enough of a hidden line for its tag: a block may be as long as the log. */
function remember(body: string[], line: string): void {
  if (body.length < MAX_HELD) body.push(line.trim().slice(0, 256));
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/]+={0,2}$/.test(text);

/** A full line of a key: 40 or more letters of base64 at its end, whatever a logger put before them. */
function isKeyLine(line: string, column: number): boolean {
  const text = line.slice(column > line.length ? 0 : column).trimEnd();
  const last = text.slice(Math.max(text.lastIndexOf(" "), text.lastIndexOf("\t")) + 1);
  return last.length >= 40 && last.length <= 128 && isBase64(last);
}

/** Its last short line, its headers, and blanks: part of a key only after its first line. */
function isInsideOnly(line: string, column: number): boolean {
  const inside = [line.trim(), line.slice(column).trim()];
  return inside.some((text) => text === "" || isBase64(text) || KEY_HEADER.test(text));
}
