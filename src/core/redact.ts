// Takes secrets out of text that goes to models, issues and disks. The same secret always gets the same tag, so that a
// reader can still see that two lines speak of one value: [REDACTED:jwt:1f3a].
import { createHmac, randomBytes } from "node:crypto";
import { BlockGuard } from "./redact-blocks.ts";
import { redactKeyed } from "./redact-keyed.ts";
import { ANY_HINT, RULES } from "./redact-rules.ts";
import { isInTag, tagText, type Tag } from "./redact-tag.ts";

export interface Redaction {
  readonly text: string;
  /** How many secrets of each kind went. */
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
}

/** One stream of lines; knows keys that go over many lines, so lines may come out later or not at all. */
export interface LineRedactor {
  push(line: string): string[];
  end(): string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
}

export interface Redactor {
  redact(text: string): Redaction;
  lines(): LineRedactor;
}

export interface RedactorOptions {
  /** Key of the tags. Two redactors with one key give one secret one tag; by default it is random. */
  readonly key?: string | Uint8Array;
  /** Values to take out wherever they stand, such as the hub's own credentials; asked for each stream, since they rotate. */
  readonly exact?: () => readonly string[];
}

/** Shorter values would also be found where they are no secret. */
const MIN_EXACT_CHARS = 6;

export function createRedactor({ key = randomBytes(32), exact = () => [] }: RedactorOptions = {}): Redactor {
  const lines = (): LineRedactor => {
    const counts: Record<string, number> = {};
    let total = 0;
    const tag: Tag = (kind, secret) => {
      counts[kind] = (counts[kind] ?? 0) + 1;
      total += 1;
      return tagText(kind, createHmac("sha256", key).update(secret).digest("hex"));
    };
    const values = exactForms(exact());
    const guard = new BlockGuard(tag, (line) => redactLine(line, values, tag));
    return {
      push: (line) => guard.push(line),
      end: () => guard.end(),
      counts,
      get total() {
        return total;
      },
    };
  };
  return {
    lines,
    redact(text) {
      const stream = lines();
      const redacted = [...text.split("\n").flatMap((line) => stream.push(line)), ...stream.end()].join("\n");
      return { text: redacted, counts: stream.counts, total: stream.total };
    },
  };
}

/** Longest first, so that no value is cut in two by another that is part of it; as they are, and as URLs and base64 have them. */
function exactForms(values: readonly string[]): string[] {
  const long = values.filter((value) => value.length >= MIN_EXACT_CHARS);
  const forms = long.flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString("base64")]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function redactLine(line: string, exact: readonly string[], tag: Tag): string {
  let text = line;
  for (const value of exact) {
    if (text.includes(value)) text = text.replaceAll(value, () => tag("own-secret", value));
  }
  if (!ANY_HINT.test(text)) return redactKeyed(text, tag);
  for (const { kind, hints, pattern, confirm } of RULES) {
    if (!hints.some((hint) => text.includes(hint))) continue;
    text = text.replace(pattern, (whole: string, before: string, secret: string, at: number, all: string) => {
      if (isInTag(all, at + before.length) || confirm?.(secret) === false) return whole;
      return before + tag(kind, secret) + whole.slice(before.length + secret.length);
    });
  }
  return redactKeyed(text, tag);
}
