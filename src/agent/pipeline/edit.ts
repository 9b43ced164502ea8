// An issue that was filed without the model gets the model's words, unless a person wrote into it meanwhile.
import { LABELS, marker } from "../issue/index.ts";
import type { Filing } from "./file.ts";
import { markerOf } from "./draft.ts";
import { notAgain, pass } from "./parts.ts";
import { isElsewhere } from "./plan.ts";

export async function editAgain(filing: Filing, number: number): Promise<void> {
  const { tracker, attempt, signal } = filing;
  const { report } = attempt.claim;
  const { draft } = report;
  if (isElsewhere(tracker, report.issue)) {
    const why = `issue #${number} stands in ${report.issue?.owner}/${report.issue?.repo}`;
    return void (await pass(filing, attempt.claim, notAgain(filing, why), why));
  }
  const issue = await tracker.get(number, signal);
  if (issue === undefined || draft === undefined) {
    return end(filing, `issue #${number} is gone, and was not edited`);
  }
  const mark = markerOf(report);
  const labels = { addLabels: draft.labels, removeLabels: [LABELS.unanalysed] };
  if (issue.body.includes(mark)) {
    const { title, body } = draft;
    await tracker.edit(number, { title, body, ...labels }, signal);
    return end(filing, `issue #${number} has the model's analysis`);
  }
  await comment(filing, number, draft.body.replace(mark, ""));
  await tracker.edit(number, labels, signal);
  await end(filing, `a person edited issue #${number}: the model's analysis is a comment`);
}

/** Its marker differs from that of the report, which may stand in an earlier comment. */
async function comment({ tracker, attempt, tried, signal }: Filing, number: number, text: string): Promise<void> {
  const { report } = attempt.claim;
  const mark = marker(`${report.id}.analysis`, report.fingerprint ?? "");
  const found = tried && (await tracker.findComment(number, { marker: mark, sinceMs: tried.at }, signal));
  if (found === undefined) await tracker.comment(number, `${text.trimEnd()}\n\n${mark}`, signal);
  attempt.mayHaveWritten = true; // the labels come after it
}

async function end(filing: Filing, note: string): Promise<void> {
  filing.meters.outcome("edited", filing.attempt.claim.report.analysis, 1);
  await pass(filing, filing.attempt.claim, { state: "filed", intent: null, lastError: null }, note);
}
