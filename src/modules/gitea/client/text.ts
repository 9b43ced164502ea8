// Text on its way into Gitea: clean, and without our own token.
import { cleanText as clean, cleanTitle as cleanLine } from "../../../core/issue-text.ts";
import type { Secret } from "../../../core/secret.ts";

/** Gitea's tokens have 40 characters; shorter texts may be parts of words. */
const MIN_TOKEN = 8;

/** Replaced wherever it stands, also in what Gitea or a proxy repeats. */
export function withoutToken(text: string, token: Secret | undefined): string {
  const value = token?.reveal().trim() ?? "";
  return value.length < MIN_TOKEN ? text : text.replaceAll(value, "***");
}

export const cleanText = (text: string, token: Secret | undefined): string => withoutToken(clean(text), token);

export const cleanTitle = (text: string, token: Secret | undefined): string => cleanLine(cleanText(text, token));
