// The lines of a log that tell most within a budget: its end, and what stands around the lines that look like the cause.
import { byteLength, clipBytes } from "../clip.ts";
import { noticeOf, readNotice, type Amount, type Kept } from "./kept.ts";
import { rankLines } from "./rank.ts";
import { errorScore } from "./score.ts";

export interface ExcerptLimits {
  readonly maxBytes: number;
  readonly maxLines?: number;
  /** Lines of the end, when they fit. 80 by default; what is left of the budget then stays unused. */
  readonly tailLines?: number;
}

export interface Excerpt {
  /** At most maxBytes of UTF-8. Where lines are left out, a line in brackets says how many. */
  readonly text: string;
  readonly lines: number;
  readonly dropped: Amount;
}

const TAIL_LINES = 80;
/** Of the end, these come before any error elsewhere. */
const LAST_LINES = 10;
const CONTEXT_LINES = 5;
const FIRST_LINES = 3;
const MAX_ERRORS = 8;
const MIN_SCORE = 4;
/** Room for one notice. */
const NOTICE_BYTES = 72;

/** @param kept lines of a whole log, or its head and tail with an account of those between */
export function excerptLines(kept: Kept, limits: ExcerptLimits): Excerpt {
  const lines = [...kept.head, ...kept.tail];
  const pick = new Pick(lines, limits);
  const end = lines.length;
  const errors = worst(lines);
  pick.back(end - 1, LAST_LINES);
  for (const at of errors) pick.add(at);
  for (const at of errors) pick.around(at);
  const tailLines = limits.tailLines ?? TAIL_LINES;
  pick.back(end - 1, Math.min(tailLines, TAIL_LINES));
  for (let at = 0; at < FIRST_LINES; at += 1) pick.add(at);
  pick.back(end - 1, tailLines);
  return render(kept, pick.chosen);
}

/** Everything, or an excerpt of it when it is too long. */
export function fitLines(kept: Kept, maxBytes: number): Excerpt {
  const lines = [...kept.head, ...kept.tail];
  const bytes = lines.reduce((sum, line) => sum + byteLength(line) + 1, 0);
  const noticeBytes = kept.dropped.lines > 0 ? NOTICE_BYTES : 0;
  if (bytes - 1 + noticeBytes > maxBytes) return excerptLines(kept, { maxBytes, tailLines: lines.length });
  return render(kept, new Map(lines.entries()));
}

class Pick {
  readonly chosen = new Map<number, string>();
  readonly #lines: readonly string[];
  readonly #maxLines: number;
  readonly #lineBytes: number;
  #room: number;

  constructor(lines: readonly string[], { maxBytes, maxLines = Infinity }: ExcerptLimits) {
    this.#lines = lines;
    this.#maxLines = maxLines;
    this.#room = maxBytes - 2 * NOTICE_BYTES;
    this.#lineBytes = Math.max(80, Math.floor(maxBytes / 8)); // no line takes all the room
  }

  /** False when there is no more room. */
  add(at: number): boolean {
    if (at < 0 || at >= this.#lines.length || this.chosen.has(at)) return true;
    const line = this.#lines[at] ?? "";
    const text = byteLength(line) > this.#lineBytes ? `${clipBytes(line, this.#lineBytes - 4)}…` : line;
    const isAlone = !this.chosen.has(at - 1) && !this.chosen.has(at + 1);
    const cost = byteLength(text) + 1 + (isAlone ? NOTICE_BYTES : 0);
    if (cost > this.#room || this.chosen.size >= this.#maxLines) return false;
    this.#room -= cost;
    this.chosen.set(at, text);
    return true;
  }

  /** From a line backwards, until the room ends: what is left out is one piece. */
  back(from: number, count: number): void {
    for (let at = from; at > from - count && at >= 0; at -= 1) if (!this.add(at)) return;
  }

  around(at: number): void {
    for (let step = 1; step <= CONTEXT_LINES; step += 1) {
      if (!this.add(at - step) || !this.add(at + step)) return;
    }
  }
}

/** Places of the worst lines, worst first. One that comes again in other numbers counts once, where it stands last. */
function worst(lines: readonly string[]): number[] {
  return rankLines(lines, { count: MAX_ERRORS, minScore: MIN_SCORE, scoreOf: errorScore }).map(({ at }) => at);
}

function render(kept: Kept, chosen: ReadonlyMap<number, string>): Excerpt {
  const lines = [...kept.head, ...kept.tail];
  const out: string[] = [];
  const dropped = { lines: 0, bytes: 0 };
  const gap = { lines: 0, bytes: 0 };
  let shown = 0;
  const skip = (more: Amount): void => {
    gap.lines += more.lines;
    gap.bytes += more.bytes;
  };
  const close = (): void => {
    if (gap.lines > 0) out.push(noticeOf(gap));
    dropped.lines += gap.lines;
    dropped.bytes += gap.bytes;
    gap.lines = gap.bytes = 0;
  };
  for (let at = 0; at <= lines.length; at += 1) {
    if (at === kept.head.length) skip(kept.dropped);
    const line = lines[at];
    if (line === undefined) break;
    const notice = readNotice(line); // two in a row become one
    const text = notice === undefined ? chosen.get(at) : undefined;
    if (text === undefined) {
      gap.lines += notice?.lines ?? 1;
      gap.bytes += notice?.bytes ?? byteLength(line) + 1;
      continue;
    }
    close();
    out.push(text);
    shown += 1;
  }
  close();
  return { text: out.join("\n"), lines: shown, dropped };
}
