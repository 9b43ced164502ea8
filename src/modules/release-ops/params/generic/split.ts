// Splits one text into arguments as a POSIX shell reads quotes and backslashes, and expands nothing: $, `, *, ~ and ; are letters.
import { ToolFailure } from "../../../../core/failure.ts";

/**
 * A JSON list of strings is taken as it is.
 * @throws ToolFailure invalid: an open quote, or a list that holds something else
 */
export function splitArgs(text: string): string[] {
  if (text.trimStart().startsWith("[")) return readList(text);
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === "" && /[ \t\r\n]/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === quote) quote = "";
    else if (quote === "" && (letter === "'" || letter === '"')) {
      quote = letter;
      word ??= "";
    } else if (letter === "\\" && (quote === "" || (quote === '"' && /["\\$`]/.test(next)))) {
      if (next === "") throw new ToolFailure("invalid", "args ends in a lone backslash");
      word = (word ?? "") + next;
      at += 1;
    } else word = (word ?? "") + letter;
  }
  if (quote !== "") throw new ToolFailure("invalid", `args has an open ${quote}`);
  return word === undefined ? words : [...words, word];
}

function readList(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  } catch {
    // told below
  }
  throw new ToolFailure("invalid", "args starts with [ but is no JSON list of strings");
}
