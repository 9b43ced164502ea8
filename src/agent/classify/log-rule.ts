// Signatures of tools in logs: which line tells most, and what its neighbours add.
import type { Facts, Rule, Spotted } from "./rule.ts";

export interface LogRule extends Rule {
  /** How likely it is the cause when it stands in a log: 90 ends the search, 40 is a symptom of many things. */
  readonly weight: number;
  /** Searched in the lines around for more names, 12 before and 40 after. */
  readonly beside?: readonly RegExp[];
  /** The last such line is the cause, as in a chain of exceptions. */
  readonly takes?: "last";
}

const BEFORE = 12;
const AFTER = 40;
const NEAR_END = 60;
/** What a program told in passing, or tries again. */
const MILD =
  /\b(?:WARN(?:ING)?|INFO|DEBUG|TRACE)\b|\bretry(?:ing)?\b|\bwill try again\b|level=(?:info|warn|debug)|npm warn/;

interface Hit {
  readonly rule: LogRule;
  readonly at: number;
  readonly score: number;
  readonly groups: Facts;
}

/** The best hit; of equal ones the first. */
export function spotInLog(
  rules: readonly LogRule[],
  lines: readonly string[],
  facts: Facts,
): (Spotted & { readonly weight: number }) | undefined {
  let best: Hit | undefined;
  for (const rule of rules) {
    for (const [at, line] of lines.entries()) {
      const match = rule.pattern.exec(line);
      if (match === null) continue;
      const score = rule.weight + (at >= lines.length - NEAR_END ? 10 : 0) - (MILD.test(line) ? 30 : 0);
      const isBetter =
        best === undefined ||
        score > best.score ||
        (score === best.score && rule.takes === "last" && rule === best.rule);
      if (isBetter) best = { rule, at, score, groups: known(match.groups) };
    }
  }
  return best && { ...told(best, lines, facts), weight: best.score };
}

/** Groups that took part in the match. */
const known = (groups: Facts = {}): Facts =>
  Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined));

function told({ rule, at, groups }: Hit, lines: readonly string[], facts: Facts): Spotted {
  const around = [...lines.slice(at, at + AFTER), ...lines.slice(Math.max(0, at - BEFORE), at).toReversed()];
  const found: Record<string, string | undefined> = {};
  const quotes = [lines[at] ?? ""];
  for (const pattern of rule.beside ?? []) {
    const line = around.find((line) => pattern.test(line));
    if (line === undefined) continue;
    Object.assign(found, known(pattern.exec(line)?.groups));
    quotes.push(line);
  }
  // other lines of the same kind: further failed tests, further compile errors
  const alike = lines.filter((line) => rule.pattern.test(line) && line !== lines[at]);
  const more = alike.length > 0 ? { others: String(new Set(alike).size) } : {};
  const all = [...new Set([...quotes, ...alike.slice(0, 2)])];
  return {
    judgement: rule,
    facts: { ...facts, ...found, ...more, ...groups, line: (lines[at] ?? "").trim() },
    quotes: all,
  };
}
