// What holds for the issue of every failure bundle, whoever wrote it and whatever the log tried.
import MarkdownIt from "markdown-it";
import { expect } from "vitest";
import type { Failure } from "./failures.ts";

export interface WrittenIssue {
  readonly title: string;
  readonly body: string;
}

/** The body as it reads: without the signs that make code of a word, or keep Markdown from seeing more in it. */
export const readable = (body: string): string =>
  body
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll("`", "");

/** Raw HTML, images and links that a browser would follow or load. */
export function liveParts(body: string): string[] {
  const tokens = new MarkdownIt({ html: true, linkify: true })
    .parse(body, {})
    .flatMap((one) => [one, ...(one.children ?? [])]);
  return tokens.flatMap(({ type, content, attrs }) => {
    if (type === "html_block" || type === "html_inline") return content.match(/<[^>]*>/g) ?? [];
    if (type === "image") return [`image ${String(attrs?.[0])}`];
    return type === "link_open"
      ? (attrs ?? []).filter(([name]) => name === "href").map(([, href]) => String(href))
      : [];
  });
}

const HARMLESS =
  /^(?:<\/?(?:details|summary|br)(?: open)?\s*\/?>|<!-- hub:v1 fp=[0-9a-f]{16} report=[\w.-]+ -->|https?:\/\/(?!evil).*)$/;

/** @param titled false when a model chose the title */
export function expectIssue({ expected }: Failure, { title, body }: WrittenIssue, titled = true): void {
  expect(title.length).toBeLessThanOrEqual(120);
  for (const part of titled ? expected.titleIncludes : []) expectOneOf(title, part);
  const text = readable(body);
  for (const part of expected.issueIncludes) expect(text).toContain(part.replaceAll("`", ""));
  for (const part of expected.issueExcludes) expect(`${title}\n${body}\n${text}`).not.toContain(part);
  expect(body.match(/hub:v1/g)).toHaveLength(1);
  expect(body).toMatch(/<!-- hub:v1 fp=[0-9a-f]{16} report=[\w.-]+ -->\s*$/);
  expect(liveParts(body).filter((part) => !HARMLESS.test(part))).toEqual([]);
  expect(body.length).toBeLessThanOrEqual(60_000);
}

/** @param alternatives words with | between, in any case of letters */
export function expectOneOf(text: string, alternatives: string): void {
  const found = alternatives.split("|").some((one) => text.toLowerCase().includes(one.toLowerCase()));
  expect(found, `"${text}" has ${alternatives}`).toBe(true);
}
