// From a judgement to the finding that is filed: sentences filled, lines quoted, signature taken.
import { oneLine } from "../../core/clip.ts";
import type { Finding } from "../finding.ts";
import { remarksOf } from "./remarks.ts";
import { fillAll, fillFirst, type Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { deniedTo, grantOf, UNREADABLE } from "./unread.ts";

const MAX_CAUSE = 79; // and an ellipsis
const MAX_SENTENCE = 500;
const MAX_FIX = 700;
const MAX_QUOTE = 500;
const MAX_QUOTES = 6;
const MAX_SENTENCES = 4;
const MAX_FIXES = 5;

export function compose(subject: Subject, spotted: Spotted): Finding {
  const { evidence, container, who } = subject;
  const { judgement, quotes, reason = "Unknown" } = spotted;
  const facts = { ...spotted.facts, others: othersOf(spotted.facts["others"]) };
  const cause = oneLine(tidy(fillFirst(judgement.cause, facts) ?? `${who} failed`), MAX_CAUSE);
  const shown = [...new Set(quotes.map((quote) => quote.trim()))].filter((quote) => quote !== "").slice(0, MAX_QUOTES);
  return {
    analysis: {
      source: "fallback",
      category: judgement.category,
      cause,
      summary: summaryOf(subject, tidy(fillFirst(judgement.cause, facts) ?? cause)),
      failingStep: container === undefined ? undefined : who,
      rootCause: rootOf(subject, fillAll(judgement.root, facts)) || `${capital(cause)}.`,
      confidence: judgement.confidence,
      side: judgement.side,
      quotes: shown.map((quote) => quote.slice(0, MAX_QUOTE)),
      fixes: fixesOf(subject, fillAll(judgement.fixes, facts), reason === UNREADABLE),
      otherFindings: remarksOf(evidence),
      freeText: undefined,
      limits: [],
      model: undefined,
      tokens: 0,
    },
    reason,
    container: container?.name,
    signature: signatureOf(spotted, shown, cause),
  };
}

function signatureOf({ judgement, facts }: Spotted, quotes: readonly string[], cause: string): string[] {
  const signs = fillAll(judgement.sign ?? [], facts);
  if (signs.length > 0) return signs.slice(0, 3);
  return quotes.length > 0 ? quotes.slice(0, 3) : [cause];
}

function summaryOf({ evidence, who, container }: Subject, cause: string): string {
  const { pod, namespace, task_run: task, pipeline_run: run } = evidence;
  const places = [
    container === undefined ? undefined : who,
    task?.task === undefined ? undefined : `task ${task.task}`,
    run === undefined ? undefined : `PipelineRun ${run.name}`,
    run === undefined && pod !== undefined ? `pod ${pod.name}` : undefined,
    `namespace ${namespace}`,
  ];
  const restarts =
    container !== undefined && container.restarts > 0
      ? ` It was restarted ${container.restarts === 1 ? "once" : `${container.restarts} times`}.`
      : "";
  const where = places.filter((place) => place !== undefined).join(", ");
  return `${oneLine(capital(`${where}: ${cause}`), MAX_SENTENCE)
    .replace(/\.$/, "")
    .replace(/(?<!…)$/, ".")}${restarts}`;
}

function rootOf({ container, isUnstarted }: Subject, sentences: readonly string[]): string {
  const init =
    container?.role === "init" && !isUnstarted
      ? `The init container ${container.name} comes before all others, so the pod's main containers did not start.`
      : container?.role === "init"
        ? `It is the init container ${container.name}: the pod's main containers wait for it.`
        : undefined;
  const all = sentences.slice(0, init === undefined ? MAX_SENTENCES : MAX_SENTENCES - 1);
  return [...all, ...(init === undefined ? [] : [init])]
    .map((sentence) => closed(oneLine(sentence, MAX_SENTENCE)))
    .join(" ");
}

function fixesOf({ evidence, facts }: Subject, fixes: readonly string[], isUnreadable: boolean): string[] {
  const denied = deniedTo(evidence);
  const grant = denied === undefined ? undefined : grantOf(denied);
  const own = fixes.slice(0, grant === undefined ? MAX_FIXES : MAX_FIXES - 1);
  const all = grant === undefined ? own : isUnreadable ? [grant, ...own] : [...own, grant];
  const last = `Look at it: \`kubectl -n ${facts["namespace"] ?? ""} get pods,events\``;
  return (all.length > 0 ? all : [last]).map((fix) => oneLine(tidy(fix), MAX_FIX));
}

const othersOf = (others: string | undefined): string | undefined =>
  others === undefined || others === "0" ? undefined : `${others} more ${others === "1" ? "line" : "lines"}`;
/** Tools keep their names. */
const TOOL = /^(?:npm|pip|webpack|git|make|pytest|buildah|yarn|pnpm)\b/;
const capital = (text: string): string => (TOOL.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));
/** What was quoted may bring its own full stop. */
const tidy = (text: string): string => text.trim().replace(/[\s:;,.]+$/, "");
const closed = (text: string): string => {
  const whole = tidy(text);
  return capital(/[!?…]$/.test(whole) ? whole : `${whole}.`);
};
