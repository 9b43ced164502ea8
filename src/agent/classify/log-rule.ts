// Signatures of tools in logs: which line tells most, and what its neighbours add.
import { formAt, formsOf, isAnchored } from "./forms.ts";
import type { Facts, Rule, Spotted } from "./rule.ts";
import { isTelling } from "./telling.ts";

export interface LogRule extends Rule {
  /** How likely it is the cause when it stands in a log: 90 ends the search, 40 is a symptom of many things. */
  readonly weight: number;
  /** Searched in the lines around for more names, 12 before and 40 after. */
  readonly beside?: readonly RegExp[];
  /** Found sooner than the pattern, which can only match where this does. */
  readonly hint?: RegExp;
  /** Some line must match it, or the rule is of another tool. */
  readonly needs?: RegExp;
  /** The last such line is the cause, as in a chain of exceptions. */
  readonly takes?: "last";
}

const BEFORE = 12;
const AFTER = 40;
/** Of the lines that may tell something, so many are searched: a log of nothing but errors must not hold up the hub. */
const FIRST = 200;
const LAST = 1_300;
const NEAR_END = 60;
/** What a program told in passing, or tries again. */
const MILD =
  /\b(?:WARN(?:ING)?|INFO|DEBUG|TRACE)\b|\bretry(?:ing)?\b|\bwill try again\b|level=(?:info|warn|debug)|npm warn/;

interface Line {
  readonly at: number;
  readonly line: string;
  /** Without what stands before each line of this log. */
  readonly forms: readonly string[];
}

interface Hit {
  readonly rule: LogRule;
  readonly at: number;
  readonly score: number;
  readonly groups: Facts;
  /** How many prefixes were taken off its line. */
  readonly depth: number;
}

/** The best hit; of equal ones the first. */
export function spotInLog(
  rules: readonly LogRule[],
  lines: readonly string[],
  facts: Facts,
): (Spotted & { readonly weight: number }) | undefined {
  const told = tellingLines(lines);
  let best: Hit | undefined;
  for (const rule of rules) {
    if (rule.needs !== undefined && !hits({ pattern: rule.needs }, told).next().value) continue;
    for (const { at, line, match, depth } of hits(rule, told)) {
      const score = rule.weight + (at >= lines.length - NEAR_END ? 10 : 0) - (MILD.test(line) ? 30 : 0);
      const isBetter =
        best === undefined ||
        score > best.score ||
        (score === best.score && rule.takes === "last" && rule === best.rule);
      if (isBetter) best = { rule, at, score, depth, groups: known(match.groups) };
    }
  }
  return best && { ...spotted(best, lines, told, facts), weight: best.score };
}

/** Groups that took part in the match. */
const known = (groups: Facts = {}): Facts =>
  Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined));

function* hits(
  { pattern, hint }: Pick<LogRule, "pattern" | "hint">,
  lines: readonly Line[],
): Generator<Line & { match: RegExpExecArray; depth: number }> {
  const triesForms = isAnchored(pattern);
  for (const one of lines) {
    if (hint?.test(one.line) === false) continue;
    let match = pattern.exec(one.line);
    let depth = 0;
    for (const form of triesForms ? one.forms : []) {
      if (match !== null) break;
      match = pattern.exec(form);
      depth += 1;
    }
    if (match !== null) yield { ...one, match, depth };
  }
}

function tellingLines(lines: readonly string[]): Line[] {
  const found: Omit<Line, "forms">[] = [];
  for (const [at, line] of lines.entries()) if (isTelling(line)) found.push({ at, line });
  const all = found.length <= FIRST + LAST ? found : [...found.slice(0, FIRST), ...found.slice(-LAST)];
  return all.map(({ at, line }) => ({ at, line, forms: formsOf(line) }));
}

function spotted(
  { rule, at, groups, depth }: Hit,
  lines: readonly string[],
  told: readonly Line[],
  facts: Facts,
): Spotted {
  const around = [...lines.slice(at, at + AFTER), ...lines.slice(Math.max(0, at - BEFORE), at).toReversed()];
  const found: Record<string, string | undefined> = {};
  const quotes = [lines[at] ?? ""];
  for (const pattern of rule.beside ?? []) {
    for (const line of around) {
      const match = pattern.exec(formAt(line, depth));
      if (match === null) continue;
      Object.assign(found, known(match.groups));
      quotes.push(line);
      break;
    }
  }
  // other lines of the same kind: further failed tests, further compile errors
  const alike = [...hits(rule, told)].map(({ line }) => line).filter((line) => line !== lines[at]);
  const more = alike.length > 0 ? { others: String(new Set(alike).size) } : {};
  const all = [...new Set([...quotes, ...alike.slice(0, 2)])];
  return {
    judgement: rule,
    facts: { ...facts, ...found, ...more, ...groups, line: (lines[at] ?? "").trim() },
    quotes: all,
  };
}
