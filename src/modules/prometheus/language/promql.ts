// What can be said about a query without running it. The grammar is advice: Prometheus alone decides what is valid, because the
// grammar passes rate(up) and rejects MetricsQL. It is parsed in slices, since 9,000 characters cost half a second.
import { setImmediate } from "node:timers/promises";
import { parser } from "@prometheus-io/lezer-promql";
import type { SyntaxNode, Tree } from "@lezer/common";
import { ToolFailure } from "../../../core/failure.ts";

/** In code points, as the seed counts. */
export const MAX_QUERY_CHARACTERS = 10_000;
/** About 5 ms of parsing. */
const STEPS_PER_SLICE = 400;
const MAX_PROBLEMS = 10;
const MAX_SELECTORS = 50;
export const COMPARISONS: ReadonlySet<string> = new Set(["Eql", "Neq", "Gtr", "Lss", "Gte", "Lte"]);

/** @throws ToolFailure INVALID_QUERY with the seed's texts, before anything is sent. */
export function checkQuery(promql: string): void {
  if (promql.trim() === "") {
    throw new ToolFailure("invalid", "INVALID_QUERY: Query cannot be empty", { code: "INVALID_QUERY" });
  }
  const length = promql.length <= MAX_QUERY_CHARACTERS ? promql.length : Array.from(promql).length;
  if (length > MAX_QUERY_CHARACTERS) {
    throw new ToolFailure("invalid", "INVALID_QUERY: Query too long (max 10000 characters)", {
      code: "INVALID_QUERY",
      hint: `The query has ${length} characters.`,
    });
  }
}

/** Does the query order its own result? Then its first series are the ones that were asked for. */
export const isOrdered = (promql: string): boolean =>
  /^[\s(]*(?:sort|sort_desc|sort_by_label|sort_by_label_desc|topk|bottomk|limitk)\b/.test(promql);

export interface GrammarProblem {
  /** From 1, as in Prometheus's own messages. */
  readonly line: number;
  readonly column: number;
  /** The line and, below it, a caret under the place. */
  readonly excerpt: string;
}

export interface Selector {
  readonly text: string;
  /** Undefined when the selector names no metric or gives a pattern. */
  readonly metric?: string;
  /** The matchers as written. */
  readonly matchers: readonly string[];
}

export interface Advice {
  readonly problems: readonly GrammarProblem[];
  readonly selectors: readonly Selector[];
  /** Sorted, without repetition. */
  readonly metrics: readonly string[];
  /** The functions and comparison operators that are used, each once. */
  readonly uses: ReadonlySet<string>;
}

/** Reads a query of at most MAX_QUERY_CHARACTERS, giving way to other work between slices. Never throws on any text. */
export async function adviseOn(promql: string): Promise<Advice> {
  const tree = await parseInSlices(promql);
  const problems: GrammarProblem[] = [];
  const selectors: Selector[] = [];
  const uses = new Set<string>();
  tree.iterate({
    enter(node) {
      if (node.type.isError && problems.length < MAX_PROBLEMS) problems.push(locate(promql, node.from));
      if (node.name === "VectorSelector" && selectors.length < MAX_SELECTORS) {
        selectors.push(readSelector(promql, node.node));
      }
      if (node.name === "FunctionIdentifier") uses.add(promql.slice(node.from, node.to));
      if (COMPARISONS.has(node.name) && node.node.parent?.name === "BinaryExpr") uses.add(node.name);
    },
  });
  const metrics = selectors.flatMap(({ metric }) => (metric === undefined ? [] : [metric]));
  return { problems, selectors, metrics: [...new Set(metrics)].sort(), uses };
}

async function parseInSlices(promql: string): Promise<Tree> {
  const parse = parser.startParse(promql);
  for (;;) {
    for (let i = 0; i < STEPS_PER_SLICE; i++) {
      const tree = parse.advance();
      if (tree !== null) return tree;
    }
    await setImmediate();
  }
}

const MAX_EXCERPT = 80;

/** Positions count UTF-16 units, which is what the grammar knows. */
function locate(promql: string, offset: number): GrammarProblem {
  const before = promql.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const lineEnd = promql.indexOf("\n", offset);
  const column = offset - lineStart;
  const from = lineStart + Math.max(0, column - MAX_EXCERPT / 2);
  const excerpt = promql.slice(from, Math.min(from + MAX_EXCERPT, lineEnd === -1 ? promql.length : lineEnd));
  const caret = `${" ".repeat(offset - from)}^`;
  return {
    line: before.split("\n").length,
    column: column + 1,
    excerpt: `${excerpt.replaceAll("\t", " ")}\n${caret}`,
  };
}

function readSelector(promql: string, node: SyntaxNode): Selector {
  const text = (part: SyntaxNode): string => promql.slice(part.from, part.to);
  const identifier = node.getChild("Identifier");
  const matchers = node.getChild("LabelMatchers");
  const written = ["UnquotedLabelMatcher", "QuotedLabelMatcher"].flatMap((kind) => matchers?.getChildren(kind) ?? []);
  const quoted = matchers?.getChild("QuotedLabelName");
  const byName = written.map(text).find((matcher) => /^__name__\s*=\s*["'`]/.test(matcher));
  const metric = identifier
    ? text(identifier)
    : unquote(quoted ? text(quoted) : (byName?.replace(/^__name__\s*=\s*/, "") ?? ""));
  return {
    text: text(node).slice(0, 500),
    ...(metric === undefined ? {} : { metric }),
    matchers: written.map((matcher) => text(matcher).slice(0, 200)).slice(0, 30),
  };
}

/** The content of a quoted name that has no escapes; anything else is no name we could look up. */
const unquote = (literal: string): string | undefined => /^(["'`])([^"'`\\]+)\1$/.exec(literal)?.[2];
