// Text on its way into Gitea: valid UTF-8 without characters that its databases refuse, and without our own token.
import { oneLine } from "../../../core/clip.ts";
import type { Secret } from "../../../core/secret.ts";

/** Gitea cuts titles here itself. */
export const MAX_TITLE = 255;
export const MAX_BODY = 60_000;

/** Gitea's tokens have 40 characters; shorter texts may be parts of words. */
const MIN_TOKEN = 8;

/** Replaced wherever it stands, also in what Gitea or a proxy repeats. */
export function withoutToken(text: string, token: Secret | undefined): string {
  const value = token?.reveal().trim() ?? "";
  return value.length < MIN_TOKEN ? text : text.replaceAll(value, "***");
}

/** PostgreSQL takes no NUL, and half a surrogate pair is no UTF-8. */
export const cleanText = (text: string, token: Secret | undefined): string =>
  withoutToken(
    text
      .toWellFormed()
      .replace(/\r\n?/g, "\n")
      .replace(/(?![\n\t])\p{Cc}/gu, ""),
    token,
  );

export const cleanTitle = (text: string, token: Secret | undefined): string =>
  oneLine(cleanText(text, token), MAX_TITLE - 1);
