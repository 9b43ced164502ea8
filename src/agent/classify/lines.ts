// The lines of a log that are judged, and which of them look most like the reason.
import { errorScore, rankLines } from "../../core/log-excerpt/index.ts";
import { bare } from "./forms.ts";
import { readsLikeInstructions } from "./instructions.ts";

/** A failure stands at the end; what was configured wrong, sometimes at the start. */
const HEAD_LINES = 300;
const TAIL_LINES = 4_000;
const LINE_CHARS = 500;
const MIN_SCORE = 4;

/** Lines that say that something failed, and not what. */
const EMPTY_WORDS =
  /^\s*(?:Traceback \(most recent|During handling of the above|make(?:\[\d+\])?: \*\*\*|npm (?:ERR!|error) (?:A complete log|Lifecycle script|command|path|workspace|location|code ELIFECYCLE|errno)|at \S+ \(|at \S+:\d+|\[ERROR\]\s*$|error Command failed|subprocess exited|BUILD FAIL)|\bre-run Maven\b|\[Help 1\]|exit(?:ed)?(?: with)? (?:status|code) \d+\W*$|^exit \d+$|For more information|\bfull debug logging\b|^\[\.\.\. /i;

/** The end of the story and not its reason, unless the reason follows. */
const LAST_WORDS =
  /\b(?:giving up|gave up|exiting|aborting|shutting down|bailing out|failed after \d{1,6} (?:\w{1,20} )?(?:retries|attempts|tries)|(?:could not|cannot|failed to|unable to) (?:start|continue|proceed))\b(?!.{0,200}: \S)/i;
/** Of lines that call themselves errors the first tells the cause, unless it stands farther away than this. */
const CHAIN_LINES = 40;
const CHAIN_SCORE = 7;

/** At most 4,300 lines, each of at most 500 characters; lines that try to instruct are left out. */
export function judgedLines(text: string): string[] {
  const all = text.split("\n");
  const picked = all.length <= HEAD_LINES + TAIL_LINES ? all : [...all.slice(0, HEAD_LINES), ...all.slice(-TAIL_LINES)];
  return picked
    .map((line) => line.slice(0, LINE_CHARS).trimEnd())
    .filter((line) => line.trim() !== "" && !readsLikeInstructions(line));
}

/** Without prefixes a line may tell more: a log's `ERROR` before each is no clue of its own. */
function scoreOf(line: string): number {
  const score = errorScore(line);
  if (score === 0) return 0;
  const text = bare(line);
  return Math.max(score, errorScore(text)) - (EMPTY_WORDS.test(text) ? 6 : LAST_WORDS.test(text) ? 4 : 0);
}

/** What ends in a colon says more in the next line. */
export function withNext(best: string | undefined, lines: readonly string[]): string | undefined {
  if (best?.endsWith(":") !== true) return best;
  const next = lines[lines.lastIndexOf(best) + 1]?.trim();
  return next === undefined ? best : `${best} ${next}`;
}

/** The worst lines, in the order of the log; `best` is the one that tells most: of a chain of errors the first. */
export function worstLines(
  lines: readonly string[],
  count: number,
): { readonly best: string | undefined; readonly lines: string[] } {
  const ranked = rankLines(lines, { count: CHAIN_LINES, minScore: MIN_SCORE, scoreOf });
  const [last] = ranked;
  const isChain = last !== undefined && last.score >= CHAIN_SCORE;
  const chain = ranked.filter(({ at, score }) => isChain && score === last.score && at >= last.at - CHAIN_LINES);
  const first = chain.at(-1) ?? last;
  const others = ranked.filter((one) => one !== first).slice(0, count - 1);
  return {
    best: first && lines[first.at],
    lines: [...(first === undefined ? [] : [first]), ...others]
      .map(({ at }) => at)
      .sort((a, b) => a - b)
      .map((at) => lines[at] ?? ""),
  };
}
