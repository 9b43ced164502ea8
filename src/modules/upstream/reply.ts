// An upstream's answer, made fit for our clients: redacted, within the budget, and whatever was left out is told.
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";
import { byteLength, clipBytes, oneLine } from "../../core/clip.ts";
import type { Attachment, OutputBudget } from "../../core/context.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";
import { plural } from "../../core/words.ts";

/** Of all pictures and sounds of one answer, decoded. */
const MAX_MEDIA_BYTES = 1_048_576;
const MAX_ATTACHMENTS = 50;
const MAX_PARTS = 1_000;
const MAX_DEPTH = 64;
/** For the sentences about what was left out. */
const NOTICE_BYTES = 400;

export interface Reply {
  readonly text: string;
  readonly structured: JsonObject | undefined;
  readonly attachments: readonly Attachment[];
}

export interface ReplyOptions {
  readonly budget: OutputBudget;
  readonly redactor: Redactor;
}

/** All text parts as they came. */
export const textOf = ({ content }: CallToolResult): string =>
  content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

export const structuredOf = ({ structuredContent }: CallToolResult): JsonObject | undefined => {
  if (structuredContent === undefined || structuredContent === null) return undefined;
  return isObject(structuredContent) ? structuredContent : { result: structuredContent };
};

export function readReply(result: CallToolResult, options: ReplyOptions): Reply {
  const notices: string[] = [];
  const structured = fitStructured(structuredOf(result), options, notices);
  const collected = new Attachments(options);
  for (const part of result.content.slice(0, MAX_PARTS)) collected.take(part);
  if (result.content.length > MAX_PARTS) notices.push(`${result.content.length - MAX_PARTS} more parts`);
  notices.push(...collected.notices);
  const body = fitText(textOf(result), options, collected.textBytes);
  const told = notices.length === 0 ? [] : [clipBytes(`[left out: ${notices.join("; ")}]`, NOTICE_BYTES)];
  const text = [...(body === "" ? [] : [body]), ...told].join("\n");
  const fallback = text === "" && structured !== undefined ? JSON.stringify(structured) : text;
  return { text: fallback, structured, attachments: collected.list };
}

/** Redacted, and its head where it is too long, with the exact size of the whole. `taken` bytes are spent already. */
export function fitText(text: string, { budget, redactor }: ReplyOptions, taken = 0): string {
  const room = Math.max(0, budget.textBytes - NOTICE_BYTES * 2 - taken);
  const total = byteLength(text);
  // more than the room, since redacting makes text shorter; a secret that is cut in two must not show its first half
  const raw = total > room * 2 ? clipBytes(text, room * 2).replace(/\S*$/, "") : text;
  const clean = redactor.redact(raw).text;
  if (raw === text && byteLength(clean) <= room) return clean;
  const head = clipBytes(clean, room);
  return `${head}\n[cut here: the answer has ${total} bytes, its first ${byteLength(head)} are shown; ask for less]`;
}

function fitStructured(
  given: JsonObject | undefined,
  { budget, redactor }: ReplyOptions,
  notices: string[],
): JsonObject | undefined {
  if (given === undefined) return undefined;
  const size = byteLength(JSON.stringify(given));
  if (size > budget.structuredBytes) {
    notices.push(`structured content of ${size} bytes, the limit is ${budget.structuredBytes}`);
    return undefined;
  }
  const clean = redactValue(given, "", redactor, 0);
  return isObject(clean) ? clean : undefined;
}

/** A text is looked at together with its name, since `password` alone tells what it is. */
function redactValue(value: unknown, name: string, redactor: Redactor, depth: number): unknown {
  if (depth > MAX_DEPTH) return "[nested too deep to show]";
  if (typeof value === "string") return redactNamed(value, name, redactor);
  if (Array.isArray(value)) return value.map((one: unknown) => redactValue(one, name, redactor, depth + 1));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "__proto__");
  return Object.fromEntries(kept.map(([key, one]) => [key, redactValue(one, key, redactor, depth + 1)]));
}

function redactNamed(value: string, name: string, redactor: Redactor): string {
  const clean = redactor.redact(value);
  const named = redactor.redact(`${JSON.stringify(name)}: ${JSON.stringify(clean.text)}`);
  return named.total === 0 ? clean.text : (/\[REDACTED:[^\]]*\]/.exec(named.text)?.[0] ?? "[REDACTED]");
}

/** What is no text: pictures, sounds, links, documents. */
class Attachments {
  readonly list: Attachment[] = [];
  readonly notices: string[] = [];
  /** Of the texts among them. */
  textBytes = 0;
  readonly #options: ReplyOptions;
  #mediaBytes = 0;

  constructor(options: ReplyOptions) {
    this.#options = options;
  }

  take(part: ContentBlock): void {
    if (part.type === "text") return;
    if (this.list.length >= MAX_ATTACHMENTS) {
      if (this.notices.at(-1) !== TOO_MANY) this.notices.push(TOO_MANY);
    } else if (part.type === "image" || part.type === "audio") this.#media(part.type, part.mimeType, part.data);
    else if (part.type === "resource_link") this.#link(part);
    else if (part.type === "resource" && "text" in part.resource) this.#document(part.resource);
    else this.notices.push(part.type === "resource" ? "a binary document" : `a part of an unknown kind`);
  }

  #media(type: "image" | "audio", mimeType: string, data: string): void {
    const size = Math.floor((data.length * 3) / 4);
    const isKnown = new RegExp(`^${type}/[\\w.+-]{1,100}$`).test(mimeType);
    if (!isKnown || this.#mediaBytes + size > MAX_MEDIA_BYTES) {
      this.notices.push(`${type} of ${size} bytes, the limit is ${MAX_MEDIA_BYTES} for all`);
      return;
    }
    this.#mediaBytes += size;
    this.list.push({ type, mimeType, bytes: Buffer.from(data, "base64") });
  }

  #link({ uri, name, mimeType }: Extract<ContentBlock, { type: "resource_link" }>): void {
    const type = mimeType === undefined ? {} : { mimeType: oneLine(mimeType, 100) };
    this.list.push({ type: "resource_link", uri: this.#line(uri, 2_000), name: this.#line(name, 200), ...type });
  }

  #document({ uri, mimeType, text }: { uri: string; mimeType?: string | undefined; text: string }): void {
    const fitted = fitText(text, this.#options, this.textBytes);
    this.textBytes += byteLength(fitted);
    const type = oneLine(mimeType ?? "text/plain", 100);
    this.list.push({ type: "resource", uri: this.#line(uri, 2_000), mimeType: type, text: fitted });
  }

  #line(text: string, max: number): string {
    return oneLine(this.#options.redactor.redact(text.slice(0, max * 2)).text, max);
  }
}

const TOO_MANY = `links and documents beyond ${plural(MAX_ATTACHMENTS, "part")}`;
