// Keeping the lines that match and their neighbours, as grep -B -A does, on RE2: linear time whatever the pattern is.
import { RE2JS } from "re2js";
import { oneLine } from "../clip.ts";
import { ToolFailure } from "../failure.ts";

/** Stands between groups of lines that are not neighbours in the log. */
export const GROUP_BREAK = "--";

export interface Grep {
  /** The lines that this one releases, in order. */
  push(line: string): string[];
  /** Lines that matched so far. */
  readonly matched: number;
}

export interface GrepOptions {
  readonly before: number;
  readonly after: number;
}

/** @throws ToolFailure invalid, for what is not RE2 */
export function createGrep(pattern: string, { before, after }: GrepOptions): Grep {
  const isMatch = compile(pattern);
  const waiting: string[] = [];
  let matched = 0;
  let owed = 0; // lines still to be shown after the last match
  let isApart = false; // lines were passed over since the last one shown
  return {
    push(line) {
      if (isMatch(line)) {
        const isNewGroup = isApart && matched > 0;
        const lines = [...(isNewGroup ? [GROUP_BREAK] : []), ...waiting.splice(0), line];
        matched += 1;
        owed = after;
        isApart = false;
        return lines;
      }
      if (owed > 0) {
        owed -= 1;
        return [line];
      }
      waiting.push(line);
      if (waiting.length > before) {
        waiting.shift();
        isApart = true;
      }
      return [];
    },
    get matched() {
      return matched;
    },
  };
}

function compile(pattern: string): (line: string) => boolean {
  if (!/[\\^$.*+?()[\]{}|]/.test(pattern)) return (line) => line.includes(pattern);
  try {
    const compiled = RE2JS.compile(pattern);
    return (line) => compiled.test(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : "cannot be read";
    throw new ToolFailure("invalid", `invalid grep pattern: ${oneLine(reason, 200)}`, {
      code: "INVALID_PATTERN",
      hint: "The dialect is RE2: no look-around, no back references. Put (?i) first to ignore case.",
    });
  }
}
