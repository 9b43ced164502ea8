// Whether the model quotes or invents: a quote must stand in what this run has seen, blanks aside.
import type { Evidence } from "../../core/evidence.ts";

const MIN_CHARS = 4;
const MAX_CHARS = 500;
const MAX_QUOTES = 10;

export class Quotable {
  readonly #texts: string[];
  /** Made only when a quote is not there as it stands: of megabytes it takes a while. */
  #squeezed: string[] | undefined;

  constructor(evidence: Evidence) {
    this.#texts = textsIn(evidence);
  }

  add(text: string): void {
    this.#texts.push(text);
    this.#squeezed = undefined;
  }

  has(quote: string): boolean {
    const wanted = squeeze(quote);
    if (wanted.length < MIN_CHARS) return false;
    if (this.#texts.some((text) => text.includes(quote))) return true;
    this.#squeezed ??= this.#texts.map(squeeze);
    return this.#squeezed.some((text) => text.includes(wanted));
  }
}

export interface Checked {
  readonly quotes: readonly string[];
  readonly dropped: number;
}

/** Keeps what is verbatim; of several lines in one quote, those that are. */
export function checkQuotes(given: readonly string[], quotable: Quotable): Checked {
  const quotes: string[] = [];
  let dropped = 0;
  for (const one of given.map(bare)) {
    const lines = quotable.has(one)
      ? [one]
      : one
          .split("\n")
          .map(bare)
          .filter((line) => quotable.has(line));
    if (lines.length === 0) dropped += 1;
    quotes.push(...lines.map((line) => line.slice(0, MAX_CHARS)));
  }
  return { quotes: [...new Set(quotes)].slice(0, MAX_QUOTES), dropped };
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Without what models put around quotes: marks, bullets, dots for what was left out. */
const bare = (quote: string): string =>
  quote
    .trim()
    .replace(/^[>*•-]\s+/, "")
    .replace(/^(["'`“]{1,3})([\s\S]*?)["'`”]{1,3}$/, "$2")
    .replace(/^(?:\.{3}|…)\s*|\s*(?:\.{3}|…)$/g, "")
    .trim();

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
