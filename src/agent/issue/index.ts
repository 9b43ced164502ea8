// Issues as people read them. Everything from evidence, requests and models is hostile: see markdown.ts.
import type { IssueDraft } from "../analysis.ts";
import { EXCERPT_CHARS } from "./excerpt.ts";
import type { IssueInput } from "./input.ts";
import { LABELS } from "./labels.ts";
import { marker } from "./marker.ts";
import { hubTemplate, seedTemplate } from "./template.ts";
import { titleOf } from "./title.ts";

export { LABELS } from "./labels.ts";
export { marker } from "./marker.ts";
export { writeOccurrences, type Occurrence, type OccurrencesInput } from "./occurrences.ts";
export { writeStorm, type StormInput } from "./storm.ts";
export type { IssueInput } from "./input.ts";

/** GitHub takes 65,536; the last look for secrets may make a body a little longer. */
const MAX_BODY = 59_000;

/** The same input gives the same text; a later, better analysis of the same report gives the same marker. */
export function writeIssue(input: IssueInput): IssueDraft {
  const write = input.template === "seed" ? seedTemplate : hubTemplate;
  const end = `\n\n${marker(input.report.id, input.fingerprint)}`;
  // All other parts have their own limits: the logs get what those leave
  const withoutLogs = write(input, 0).length + end.length;
  const body = `${write(input, Math.min(EXCERPT_CHARS + 2_000, MAX_BODY - withoutLogs))}${end}`;
  const analysed = input.analysis.source === "llm" ? LABELS.analysed : LABELS.unanalysed;
  return { title: titleOf(input), body, labels: [LABELS.failure, analysed] };
}
