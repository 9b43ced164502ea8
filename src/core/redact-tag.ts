// What stands where a secret stood: [REDACTED:<kind>:<4 hex>]. Text may be redacted again, so tags are left alone.

/** Counts a secret and gives the tag to put in its place. */
export type Tag = (kind: string, secret: string) => string;

export const tagText = (kind: string, digest: string): string => `[REDACTED:${kind}:${digest.slice(0, 4)}]`;

const TAG = /\[REDACTED:[a-z0-9-]{1,32}:[0-9a-f]{4}\]/y;
const MAX_TAG_CHARS = 48;

/** Whether this place of the text is within a tag, or where one starts. */
export function isInTag(text: string, at: number): boolean {
  const window = text.slice(Math.max(0, at - MAX_TAG_CHARS), at + MAX_TAG_CHARS);
  const offset = Math.min(at, MAX_TAG_CHARS);
  const from = window.lastIndexOf("[REDACTED:", offset);
  if (from < 0) return false;
  TAG.lastIndex = from;
  const tag = TAG.exec(window);
  return tag !== null && from + tag[0].length > offset;
}
