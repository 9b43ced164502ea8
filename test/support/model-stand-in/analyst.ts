// A model that does its work well: it reads what it was shown and drafts one issue from it. For tests that need a model,
// but are not about it.
import type { ChatBody } from "./rules.ts";
import type { ModelReply, ModelRequest } from "../model-stand-in.ts";

const TROUBLE = /error|fail|denied|refused|not found|cannot|killed|back-?off|exception|timed? ?out|unschedulable/i;

/** Calls create_issue at once, with the last line that speaks of trouble as title and quote. */
export function goodAnalyst({ body }: ModelRequest): ModelReply {
  const line = lastTrouble(body) ?? "the evidence does not say why it failed";
  const draft = {
    title: line.slice(0, 80),
    summary: `The run ended because of this: ${line}`,
    failing_step: "as stated in the facts",
    root_cause: `The line that explains the failure is: ${line}`,
    confidence: "medium",
    category: "application-error",
    evidence: [line],
    suggested_fix: ["Mend what this line names, then run it again."],
    app_or_infra: "app",
  };
  const isOffered = body.tools?.some((tool) => tool.function.name === "create_issue") === true;
  if (isOffered) return { calls: [{ name: "create_issue", arguments: draft }] };
  return { content: JSON.stringify({ name: "create_issue", arguments: draft }) };
}

/** Of the logs, else of the events, else any message among the facts. */
function lastTrouble({ messages }: ChatBody): string | undefined {
  const shown = messages.filter(({ role }) => role !== "system").map(({ content }) => content ?? "");
  const blocks = shown.flatMap((content) => [...content.matchAll(/<<<(\w+) ([0-9a-f]{8,})\n([\s\S]*?)\n\2>>>/g)]);
  const linesOf = (kind: string): string[] =>
    blocks.filter(([, name]) => name === kind).flatMap(([, , , text = ""]) => text.split("\n"));
  const told = shown.flatMap((content) => [...content.matchAll(/"message":"([^"\\]+)"/g)].map(([, text = ""]) => text));
  for (const lines of [linesOf("LOG"), linesOf("RESULT"), linesOf("EVENTS"), told]) {
    const found = lines.map((line) => line.trim()).findLast((line) => line.length < 400 && TROUBLE.test(line));
    if (found !== undefined) return found;
  }
  return undefined;
}
