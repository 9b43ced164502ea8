// The lines of a log that are judged, and which of them look most like the reason.
import { errorScore } from "../../core/log-excerpt/index.ts";
import { readsLikeInstructions } from "./instructions.ts";

/** A failure stands at the end; what was configured wrong, sometimes at the start. */
const HEAD_LINES = 300;
const TAIL_LINES = 4_000;
const LINE_CHARS = 500;
const MIN_SCORE = 4;

/** Lines that say that something failed, and not what. */
const EMPTY_WORDS =
  /^\s*(?:Traceback \(most recent|During handling of the above|make(?:\[\d+\])?: \*\*\*|npm (?:ERR!|error) (?:A complete log|Lifecycle script|command|path|workspace|location|code ELIFECYCLE|errno)|at \S+ \(|at \S+:\d+|\[ERROR\]\s*$|error Command failed|subprocess exited|BUILD FAIL)|\bre-run Maven\b|\[Help 1\]|exit(?:ed)?(?: with)? (?:status|code) \d+\W*$|\bgiving up\b|^exit \d+$|^Exiting\b|For more information|\bfull debug logging\b|^\[\.\.\. /i;

/** At most 4,300 lines, each of at most 500 characters; lines that try to instruct are left out. */
export function judgedLines(text: string): string[] {
  const all = text.split("\n");
  const picked = all.length <= HEAD_LINES + TAIL_LINES ? all : [...all.slice(0, HEAD_LINES), ...all.slice(-TAIL_LINES)];
  return picked
    .map((line) => line.slice(0, LINE_CHARS).trimEnd())
    .filter((line) => line.trim() !== "" && !readsLikeInstructions(line));
}

/** The worst lines, in the order of the log; `best` is the one that tells most. */
export function worstLines(
  lines: readonly string[],
  count: number,
): { readonly best: string | undefined; readonly lines: string[] } {
  const found = new Map<string, { readonly at: number; readonly score: number }>();
  for (const [at, line] of lines.entries()) {
    const score = errorScore(line) - (EMPTY_WORDS.test(line) ? 6 : 0);
    if (score >= MIN_SCORE) found.set(line.replace(/\d+/g, "#"), { at, score });
  }
  const ranked = [...found.values()].sort((a, b) => b.score - a.score || b.at - a.at).slice(0, count);
  const [first] = ranked;
  return {
    best: first && lines[first.at],
    lines: ranked
      .map(({ at }) => at)
      .sort((a, b) => a - b)
      .map((at) => lines[at] ?? ""),
  };
}
