// Names with `*` (any text) and `?` (one character), in time that grows with the text alone, whatever the pattern.
import { RE2JS } from "re2js";

/** Case counts, and the whole text must match. */
export function globMatcher(glob: string): (text: string) => boolean {
  const source = glob.replaceAll(/[*?]|[^*?]+/g, (part) => {
    if (part === "*") return ".*";
    return part === "?" ? "." : RE2JS.quote(part);
  });
  const pattern = RE2JS.compile(source.replaceAll(/(\.\*)+/g, ".*"), RE2JS.DOTALL);
  return (text) => pattern.matches(text);
}
