// The classifier's knowledge is tables of rules: a pattern, and sentences with {names} that the pattern's groups and the facts fill.
import { oneLine } from "../../core/clip.ts";
import type { Category, Confidence, Side } from "../analysis.ts";
import { readsLikeInstructions } from "./instructions.ts";

/** Names that sentences may use, such as `namespace`, `container`, `image`. */
export type Facts = Readonly<Record<string, string | undefined>>;

export interface Judgement {
  readonly category: Category;
  readonly side: Side;
  readonly confidence: Confidence;
  /** The first that can be filled counts. */
  readonly cause: readonly string[];
  /** One to three sentences; what cannot be filled is left out, as among the fixes. */
  readonly root: readonly string[];
  readonly fixes: readonly string[];
  /** What tells this failure from others, when the matched text would not do: it differs from look to look. */
  readonly sign?: readonly string[];
}

export interface Rule extends Judgement {
  readonly pattern: RegExp;
}

/** A judgement about one failure. */
export interface Spotted {
  readonly judgement: Judgement;
  readonly facts: Facts;
  /** Verbatim lines, the most telling one first. */
  readonly quotes: readonly string[];
  /** Instead of the container's ending. */
  readonly reason?: string | undefined;
}

const MAX_TEXT = 1_500;
const MAX_FACT = 200;

/** The first rule that fits one of the texts; earlier rules come before earlier texts. */
export function spot(rules: readonly Rule[], texts: readonly string[], facts: Facts): Spotted | undefined {
  const lines = texts
    .map((text) => oneLine(text, MAX_TEXT))
    .filter((text) => text !== "" && !readsLikeInstructions(text));
  for (const rule of rules) {
    for (const line of lines) {
      const match = rule.pattern.exec(line);
      if (match !== null) return { judgement: rule, facts: { ...facts, ...match.groups, said: line }, quotes: [line] };
    }
  }
  return undefined;
}

/** Undefined when a name in it is not known. */
export function fill(template: string, facts: Facts): string | undefined {
  let isWhole = true;
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = oneLine(facts[name] ?? "", MAX_FACT);
    if (value === "" || readsLikeInstructions(value)) isWhole = false;
    return value;
  });
  return isWhole ? text : undefined;
}

/** Of sentences joined by ` || ` the first that can be filled. */
export function fillAll(templates: readonly string[], facts: Facts): string[] {
  return templates.map((template) => fillFirst(template.split(" || "), facts)).filter((text) => text !== undefined);
}

export function fillFirst(templates: readonly string[], facts: Facts): string | undefined {
  for (const template of templates) {
    const text = fill(template, facts);
    if (text !== undefined) return text;
  }
  return undefined;
}
