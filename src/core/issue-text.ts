// Text on its way into a tracker: valid UTF-8 without characters that its databases refuse.
import { oneLine } from "./clip.ts";

/** Gitea cuts titles here itself. */
export const MAX_TITLE = 255;
export const MAX_BODY = 60_000;

/** PostgreSQL takes no NUL, and half a surrogate pair is no UTF-8. */
export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/(?![\n\t])\p{Cc}/gu, "");

export const cleanTitle = (text: string): string => oneLine(cleanText(text), MAX_TITLE - 1);
