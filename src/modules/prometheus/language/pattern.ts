// Patterns from callers run on RE2: linear time whatever they are. JavaScript's own engine froze for 10 s on (a+)+$ and 33 letters.
import { RE2JS } from "re2js";
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";

/**
 * Finds the pattern anywhere in a text, as the seed did.
 * @throws ToolFailure `Invalid regex pattern: ...`
 */
export function compilePattern(pattern: string, ignoreCase: boolean): (text: string) => boolean {
  const compiled = compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return (text) => compiled.test(text);
}

/**
 * Matches the whole text, as Prometheus's =~ does.
 * @throws ToolFailure `Invalid regex pattern: ...`
 */
export function compileWhole(pattern: string): (text: string) => boolean {
  const compiled = compile(pattern, RE2JS.DOTALL); // a dot is any character, as in Prometheus 3
  return (text) => compiled.testExact(text);
}

/** A pattern that finds exactly this text. */
export const wholeText = (text: string): string => `^${RE2JS.quote(text)}$`;

function compile(pattern: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(pattern, flags);
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.message.replace(/^error parsing regexp: |\(\?[is]+\)(?=\S*`$)/g, "")
        : "cannot be read";
    throw new ToolFailure("invalid", `Invalid regex pattern: ${oneLine(reason, 200)}`, {
      code: "INVALID_PATTERN",
      hint: "The dialect is RE2, as in Prometheus: no look-around, no back references.",
    });
  }
}
