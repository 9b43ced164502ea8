// The classifier: what a failure is, from its evidence alone. It always answers, and the answer is worth reading without a model.
import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../finding.ts";
import { compose } from "./compose.ts";
import { ofEvents, ofReadiness } from "./events.ts";
import { worstLines } from "./lines.ts";
import { ofLog } from "./logs.ts";
import { ofPod, ofScheduling } from "./pod.ts";
import type { Spotted } from "./rule.ts";
import { subjectOf, type Subject } from "./subject.ts";
import { ofRun, ofStop } from "./tekton.ts";
import { ofEnding, ofExitCode } from "./terminations.ts";
import { isSilenced, ofUnread } from "./unread.ts";
import { ofWaiting } from "./waiting.ts";

const SIGNATURE_LINES = 3;

/** What the cluster says comes before what a log says, and a log's signature before a bare exit code. */
const FAMILIES: readonly ((subject: Subject) => Spotted | undefined)[] = [
  ofPod,
  ofWaiting,
  ofScheduling,
  ofEvents,
  ofStop,
  ofEnding,
  ofLog,
  (subject) => (isSilenced(subject) ? ofUnread(subject) : undefined),
  (subject) => ofExitCode(subject, worstLines(subject.lines, SIGNATURE_LINES)),
  ofRun,
  ofReadiness,
];

/** Never throws, whatever the evidence holds. */
export function classify(evidence: Evidence): Finding {
  const subject = subjectOf(evidence);
  for (const family of FAMILIES) {
    const spotted = family(subject);
    if (spotted !== undefined) return compose(subject, spotted);
  }
  return compose(subject, ofUnread(subject));
}
