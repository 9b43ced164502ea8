// Issues as they will be filed: written by the template, then redacted once more as a whole.
import type { Evidence } from "../../core/evidence.ts";
import type { Analysis, IssueDraft } from "../analysis.ts";
import { classify } from "../classify/index.ts";
import { marker, writeIssue, writeStorm } from "../issue/index.ts";
import type { Report, ReportChange } from "../store/contract.ts";
import { emptyEvidence } from "./empty-evidence.ts";
import type { Parts } from "./parts.ts";
import { isStorm } from "./storm.ts";

/** Stands in the issue or the comment that this report makes. */
export const markerOf = ({ id, fingerprint = "" }: Report): string => marker(id, fingerprint);

export async function evidenceOf({ store, clock }: Parts, { id, target }: Report): Promise<Evidence> {
  const gone = "The evidence is no longer stored";
  return (await store.evidence(id)) ?? emptyEvidence(target, gone, clock.now());
}

/** The issue that needs no model, and the change that stores it. */
export async function withoutModel(parts: Parts, report: Report): Promise<ReportChange> {
  const { limits, publicUrl, clock } = parts;
  const { namespace } = report.target;
  if (isStorm(report.group)) {
    const threshold = limits.stormThreshold;
    const windowMinutes = Math.round(limits.stormWindowMs / 60_000);
    const fingerprint = report.fingerprint ?? "";
    const now = clock.now();
    const storm = writeStorm({ report, namespace, threshold, windowMinutes, fingerprint, publicUrl, now });
    return drafted(parts, report, storm, "fallback");
  }
  const evidence = await evidenceOf(parts, report);
  return fromAnalysis(parts, report, evidence, classify(evidence).analysis);
}

export function fromAnalysis(parts: Parts, report: Report, evidence: Evidence, analysis: Analysis): ReportChange {
  const { template, publicUrl, clock } = parts;
  const fingerprint = report.fingerprint ?? "";
  const draft = writeIssue({ report, evidence, analysis, fingerprint, template, publicUrl, now: clock.now() });
  return drafted(parts, report, draft, analysis.source);
}

function drafted(parts: Parts, report: Report, { title, body, labels }: IssueDraft, analysis: Analysis["source"]) {
  const draft = { title: cleaned(parts, title), body: marked(cleaned(parts, body), markerOf(report)), labels };
  return { state: "drafted", draft, analysis, intent: null } as const;
}

/** What goes to the tracker goes through the redactor as a whole. */
export function cleaned({ redactor, meters }: Parts, text: string): string {
  const { text: clean, total } = redactor.redact(text);
  meters.redacted(total);
  return clean;
}

/** Without its marker a text would not be found again after a lost reply. */
export const marked = (body: string, mark: string): string => (body.includes(mark) ? body : `${body}\n\n${mark}`);
