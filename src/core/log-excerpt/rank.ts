// The lines of a log that score highest, each said once.

export interface Ranked {
  readonly at: number;
  readonly score: number;
}

interface RankOptions {
  readonly count: number;
  readonly minScore: number;
  /** 0 to 10. */
  readonly scoreOf: (line: string) => number;
}

const TOP = 10;
/** What makes two lines the same, beside their numbers. */
const KEY_CHARS = 160;

/** Highest first, of equal ones the later. A line that comes again in other numbers counts once, where it stands last. */
export function rankLines(lines: readonly string[], { count, minScore, scoreOf }: RankOptions): Ranked[] {
  const found = new Map<string, Ranked>();
  const atLeast = Array.from({ length: TOP + 1 }, () => 0); // how many were found with this score or more
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    if ((atLeast[TOP] ?? 0) >= count) break; // what stands before cannot come before them
    const line = lines[at] ?? "";
    const score = scoreOf(line);
    if (score < minScore || (atLeast[score] ?? 0) >= count) continue;
    const key = line.slice(0, KEY_CHARS).replace(/\d+/g, "#");
    if (found.has(key)) continue;
    found.set(key, { at, score });
    for (let lower = score; lower >= 0; lower -= 1) atLeast[lower] = (atLeast[lower] ?? 0) + 1;
  }
  return [...found.values()].sort((a, b) => b.score - a.score || b.at - a.at).slice(0, count);
}
