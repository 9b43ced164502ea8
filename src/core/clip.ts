// Cutting text so that the reader knows: by UTF-8 bytes, never inside a character, always with a notice.

const encoder = new TextEncoder();

export const byteLength = (text: string): number => Buffer.byteLength(text, "utf8");

/** The longest prefix of `text` that fits into `maxBytes` of UTF-8 and ends between characters. */
export function clipBytes(text: string, maxBytes: number): string {
  if (byteLength(text) <= maxBytes) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** `text` itself when it fits, else its head and one line that says what was cut. */
export function clipText(text: string, maxBytes: number): string {
  const total = byteLength(text);
  if (total <= maxBytes) return text;
  const head = clipBytes(text, maxBytes);
  return `${head}\n[cut here: ${byteLength(head)} of ${total} bytes shown; ask for less, or use the paging arguments]`;
}

/** At most `max` characters on one line: control characters become blanks. For names and excerpts of hostile text. */
export function oneLine(text: string, max: number): string {
  const line = text
    .slice(0, max * 2 + 2)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .trim();
  const points = Array.from(line);
  return points.length <= max ? line : `${points.slice(0, max).join("")}…`;
}
