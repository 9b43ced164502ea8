// Lists of names - metrics, labels, values of a label: filtered, sorted and paged, however many there are.
import { closest } from "../../../core/closest.ts";
import { compareText } from "../format/labels.ts";
import { clipTo, takePage, type Page, type PageWindow } from "../lists/paging.ts";
import { compilePattern } from "../language/pattern.ts";
import { projection, type Envelope } from "../projection.ts";
import { wrongShape } from "../lists/shape.ts";

export interface NamesOptions extends PageWindow {
  /** Keep what starts with this. */
  readonly prefix?: string | undefined;
  /** Keep what this RE2 pattern finds. */
  readonly pattern?: string | undefined;
  readonly ignoreCase?: boolean | undefined;
  /** Leave this one out. */
  readonly without?: string | undefined;
  /** When nothing is kept, look for names near to this one. */
  readonly near?: string | undefined;
  /** How many the server was asked for. Exactly as many means that there may be others; more, that it ignores limits. */
  readonly cap: number;
}

export interface NamesPage extends Page<string> {
  /** Only there when it is false: the server has more than we asked for. */
  readonly total_exact?: false;
  readonly did_you_mean?: string[];
}

export const namesPage = projection("namesPage", (envelope, options: NamesOptions): NamesPage => {
  const all = readNames(envelope);
  const kept = all.filter(keeps(options)).sort(compareText);
  const page = takePage(kept, options, clipTo);
  const near = kept.length === 0 && options.near !== undefined ? nearestNames(options.near, all, 5) : [];
  return {
    ...page,
    ...(all.length === options.cap ? { total_exact: false } : {}),
    ...(near.length === 0 ? {} : { did_you_mean: near }),
  };
});

/** All names in order, at most `max`, none longer than a completion can be. */
export const namesIndex = projection("namesIndex", (envelope, { max }: { max: number }): string[] =>
  readNames(envelope)
    .filter((name) => name.length <= MAX_INDEXED)
    .sort(compareText)
    .slice(0, max),
);

const MAX_INDEXED = 200;

/** @throws ToolFailure INVALID_RESPONSE */
export function readNames({ data }: Envelope): string[] {
  if (data === null || data === undefined) return []; // an empty list, as Go writes it
  if (Array.isArray(data) && data.every((name) => typeof name === "string")) return data;
  throw wrongShape("a list of names");
}

function keeps({ prefix, pattern, ignoreCase, without }: NamesOptions): (name: string) => boolean {
  const finds = pattern === undefined ? () => true : compilePattern(pattern, ignoreCase === true);
  return (name) => name !== without && (prefix === undefined || name.startsWith(prefix)) && finds(name);
}

const MAX_COMPARED = 500;
const GRAM = 3;
const MAX_WORD = 32;
/** Names that share this part of the asked one's triples of letters are near, however much longer they are. */
const NEAR = 0.4;

/**
 * The nearest names, nearest first. Edit distance to every one of 100,000 names would take seconds, so only those that share most
 * triples of letters are compared.
 */
export function nearestNames(asked: string, names: readonly string[], limit: number): string[] {
  const word = asked
    .replace(/[^\p{L}\p{N}_:]+/gu, "")
    .toLowerCase()
    .slice(0, MAX_WORD);
  if (word === "") return [];
  const grams = gramsOf(word);
  const sharing = names
    .map((name) => ({ name, count: countIn(name.toLowerCase(), grams) }))
    .filter(({ count }) => count > 0 || names.length <= MAX_COMPARED)
    .sort((a, b) => b.count - a.count || a.name.length - b.name.length || compareText(a.name, b.name))
    .slice(0, MAX_COMPARED);
  const near = closest(
    word,
    sharing.map(({ name }) => name),
    limit,
  );
  const similar = sharing.filter(({ count }) => count > 0 && count >= grams.length * NEAR).map(({ name }) => name);
  return [...new Set([...near, ...similar])].slice(0, limit).map((name) => clipTo(name, MAX_INDEXED));
}

const gramsOf = (text: string): string[] => [
  ...new Set(Array.from({ length: Math.max(0, text.length - GRAM + 1) }, (_, i) => text.slice(i, i + GRAM))),
];

function countIn(text: string, grams: readonly string[]): number {
  let count = 0;
  for (const gram of grams) if (text.includes(gram)) count++;
  return count;
}
