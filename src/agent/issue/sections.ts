// The parts that both templates are made of. Each is Markdown of a bounded size, or empty when there is nothing to say.
import { plural } from "../../core/words.ts";
import type { Side } from "../analysis.ts";
import { endingOf, endingText, failedContainer, reportUrl, type IssueInput } from "./input.ts";
import { containerTable } from "./location.ts";
import { cell, code, codeCell, fence, inline, link, table } from "./markdown.ts";
import { clip, clean, time } from "./plain.ts";
import { list, prose } from "./prose.ts";

const ACTOR: Readonly<Record<Side, string>> = {
  app: "the program's own side has to act",
  infra: "the platform's side has to act",
  unknown: "it is not clear who has to act",
};
const MAX_QUOTES = 10;
const MAX_EVENTS = 15;
const MAX_LINKS = 15;
/** A shorter quote may be said twice. */
const LITTLE = 40;
/** Remarks of the rules on what other sections show. */
const SHOWN_ELSEWHERE = /^(?:Could not be read: |Failed too: |The report named container )/;

/** Parts that are not empty, with a blank line between. */
export const paragraphs = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

export const section = (title: string, ...parts: readonly string[]): string => {
  const body = paragraphs(...parts);
  return body === "" ? "" : `## ${title}\n\n${body}`;
};

export const summary = ({ analysis }: IssueInput): string =>
  prose(analysis.summary, 3_500) || inline(analysis.cause, 400);

export function failingStep(input: IssueInput): string {
  const { analysis } = input;
  const { name, found } = failedContainer(input);
  const said = prose(analysis.failingStep ?? "", 1_000);
  const ending = found === undefined ? "" : endingText(endingOf(found));
  const known = name === undefined ? "" : `${code(name)}${ending === "" ? "" : `: ${inline(ending, 200)}`}`;
  // rules only name the step, which is no more than a name
  return paragraphs(analysis.source === "fallback" ? known || said : said || known, containerTable(input));
}

export function rootCause({ analysis }: IssueInput): string {
  const who = analysis.source === "fallback" ? " Found by rules, not analysed by AI." : "";
  const facts = `Category: ${code(analysis.category)}; ${ACTOR[analysis.side]}. Confidence: ${analysis.confidence}.`;
  return paragraphs(prose(analysis.rootCause, 5_000), `${facts}${who}`);
}

/** Lines of the evidence, as they stand there. */
export function quotes({ analysis }: IssueInput): string {
  const lines = analysis.quotes.slice(0, MAX_QUOTES).map((quote) => clip(clean(quote.slice(0, 1_000)).trim(), 350));
  const text = lines.filter((quote) => quote !== "").join("\n");
  return text === "" ? "" : fence(text);
}

export function chosenBecause({ evidence: { chosen } }: IssueInput): string {
  if (chosen === undefined) return "";
  const why = `${code(chosen.container, 80)} was looked at because ${inline(chosen.because, 300)}.`;
  const { asked } = chosen;
  if (asked === undefined || asked === chosen.container) return why;
  return `${why} The report had named ${code(asked, 80) || "nothing"}; this was corrected.`;
}

const folded = (text: string): string => text.slice(0, 1_000).replace(/\s+/g, " ").trim();
/** What follows from every failure, and tells of none. */
const CONSEQUENCE =
  /^(?:back-off \S{1,20} restarting failed|Back-off restarting failed|containers with (?:unready|incomplete) status|"[^"]{1,63}" exited with code \d{1,3}$)/;

/** The cluster's own words about the failure: often all there is when a container never ran. */
export function clusterWords(input: IssueInput): string {
  const { pod, task_run: task, pipeline_run: run } = input.evidence;
  const { found } = failedContainer(input);
  const quoted = input.analysis.quotes.map(folded);
  const said: (readonly [who: string, what: string | undefined])[] = [
    ["Container", found?.message],
    ["Container before its last restart", found?.previous?.message],
    ["Pod", pod?.message],
    ...(pod?.conditions ?? []).map(({ type, reason, message }) => [`Pod, ${reason ?? type}`, message] as const),
    ["TaskRun", task?.message],
    ["PipelineRun", run?.message],
  ];
  const lines = said.flatMap(([who, what]) =>
    what === undefined || what.trim() === "" || CONSEQUENCE.test(what) || quoted.includes(folded(what))
      ? []
      : [`${who}: ${what.slice(0, 800).replace(/\s+/g, " ")}`],
  );
  const entries = list([...new Set(lines)], 3_000);
  return entries === "" ? "" : `The cluster says:\n\n${entries}`;
}

export function events({ evidence }: IssueInput): string {
  if (evidence.events.length === 0) return "";
  const warnings = evidence.events.filter(({ type }) => type === "Warning");
  const ranked = [...warnings, ...evidence.events.filter(({ type }) => type !== "Warning")];
  const rows = ranked
    .slice(0, MAX_EVENTS)
    .map((event) => [
      cell(event.last_at ?? "", 40),
      `${cell(event.reason, 60)}${event.count > 1 ? ` (${event.count} times)` : ""}`,
      codeCell(event.object, 100),
      cell(event.message, 300),
    ]);
  const rest = ranked.length - rows.length;
  return paragraphs(
    `Events${rest > 0 ? `, ${rows.length} of ${ranked.length}` : ""}:`,
    table(["Last seen", "Reason", "Object", "Message"], rows, 5_000),
  );
}

export function problems({ analysis, evidence }: IssueInput): string {
  const told = analysis.quotes.filter((quote) => quote.length > LITTLE);
  const short = evidence.problems.map((problem) =>
    told.reduce((text, quote) => text.replace(quote, () => "see above"), problem),
  );
  const entries = list(short, 2_500);
  return entries === "" ? "" : `Could not be read:\n\n${entries}`;
}

export const fixes = ({ analysis }: IssueInput): string => list(analysis.fixes, 5_000, true);

export function otherFindings({ analysis, evidence }: IssueInput): string {
  const found = list(
    analysis.otherFindings.filter((one) => !SHOWN_ELSEWHERE.test(one)),
    2_500,
  );
  const also = list(evidence.also_failed, 1_500);
  const free = prose(analysis.freeText ?? "", 3_000);
  return paragraphs(
    found,
    also === "" ? "" : `Failed in the same run:\n\n${also}`,
    free === "" ? "" : `In the model's own words:\n\n${free}`,
  );
}

/** The caller's links and the report. What is no http or https address is shown as text. */
export function links({ report, publicUrl }: IssueInput): string {
  const own = reportUrl(publicUrl, report.id);
  const entries = Object.entries(report.target.links)
    .slice(0, MAX_LINKS)
    .map(([name, url]) => `- ${inline(name, 60) || "link"}: ${link(url)}`);
  const kept: string[] = own === undefined ? [] : [`- Report: ${link(own)}`];
  let room = 4_000;
  for (const entry of entries) {
    room -= entry.length + 1;
    if (room > 0) kept.push(entry);
  }
  return kept.join("\n");
}

export function footer({ report, evidence, analysis, now }: IssueInput): string {
  const by =
    analysis.source === "llm"
      ? `Analysed by ${code(analysis.model ?? "a model", 80)}, ${plural(analysis.tokens, "token")}.`
      : "Written without a model.";
  const limits = analysis.limits.slice(0, 8).map((limit) => inline(limit, 150));
  const sentences = [
    by,
    limits.length === 0 ? "" : `Limits applied: ${limits.join("; ")}.`,
    evidence.redacted === 0 ? "" : `${plural(evidence.redacted, "secret")} taken out.`,
    `Report ${code(report.id, 80)}, written ${time(now)}.`,
  ];
  return `---\n\n${sentences.filter((sentence) => sentence !== "").join(" ")}`;
}
