// A few words of what an upstream said, for people: hostile text, clipped to one line, without markup and without our secrets.
import { oneLine } from "../../../core/clip.ts";
import type { Secret } from "../../../core/secret.ts";

const MAX_CHARACTERS = 200;
/** How much of a line stands on each side of a caret. */
const CARET_MARGIN = 40;
/** Shorter values are no secrets, and are part of too many words. */
const MIN_SECRET = 6;

/** The first 200 printable characters, tags removed. Hand in a few kilobytes at most. */
export function excerptOf(text: string, headers: readonly (readonly [string, Secret])[]): string {
  const plain = text
    .replace(/<(script|style)\b[^>]*>[^]*?<\/\1\s*>/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/&nbsp;/g, " ")
    .replace(/&(lt|gt|quot|amp|#39);/g, (_whole, name: string) => ENTITIES[name] ?? "")
    .replace(/[\p{C}\s]+/gu, " ");
  return oneLine(withoutSecrets(plain, headers), MAX_CHARACTERS);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', amp: "&", "#39": "'" };

/** Some gateways repeat the request's headers in their error pages. */
export function withoutSecrets(text: string, headers: readonly (readonly [string, Secret])[]): string {
  const values = headers.flatMap(([, value]) => {
    const whole = value.reveal();
    return [whole, ...whole.split(" ")];
  });
  return values.reduce((rest, value) => (value.length < MIN_SECRET ? rest : rest.replaceAll(value, "***")), text);
}

/**
 * The line of `query` that a parse error (`1:4: parse error: ...`) points at, and a caret below it. Prometheus counts
 * lines from 1 and columns in bytes from 1. Undefined when the error has no such position.
 */
export function caretExcerpt(error: string, query: string): string | undefined {
  const [, row, column] = /^(\d{1,7}):(\d{1,7}): parse error/.exec(error) ?? [];
  const line = query.split("\n")[Number(row) - 1];
  if (line === undefined) return undefined;
  const before = Buffer.from(line).subarray(0, Number(column) - 1);
  const at = Array.from(before.toString("utf8")).length;
  const points = Array.from(line.replace(/[\p{Cc}\u2028\u2029]/gu, " "));
  const from = Math.max(0, at - CARET_MARGIN);
  return `${points.slice(from, at + CARET_MARGIN).join("")}\n${" ".repeat(at - from)}^`;
}
