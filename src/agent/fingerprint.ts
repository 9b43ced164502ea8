// What makes two failures the same one: where they happen and what their first error lines say, without whatever differs from run to run.
import { createHash } from "node:crypto";
import type { Evidence } from "../core/evidence.ts";
import type { Finding } from "./finding.ts";

const LINE_CHARS = 500;
const SIGNATURE_LINES = 3;

/** In this order. Every repetition has a bound, so a line of 500 characters costs a bounded number of steps. */
const VOLATILE: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  // oxlint-disable-next-line no-control-regex -- colours
  [/\u001b(?:\[[0-?]{0,40}[ -/]{0,10}[@-~]|\][^\u0007\u001b]{0,200}(?:\u0007|\u001b\\)?)/g, ""],
  // oxlint-disable-next-line no-control-regex -- what is left of sequences
  [/[\u0000-\u001f\u007f-\u009f]/g, " "],
  [/\[REDACTED:([a-z0-9-]{1,32}):[0-9a-f]{4}\]/gi, "<redacted>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [
    /\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?\b/g,
    "<time>",
  ],
  [/\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?\b/g, "<time>"],
  [/\/(?:tmp|workspace|var\/tmp|private\/tmp)\/[^\s"'`:;,()<>[\]]{1,400}/g, "<path>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, "<ip>"],
  [/\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b/gi, "<ip>"],
  // of ReplicaSets (hash and five letters), and of what is generated: letters and digits without vowels
  [/-[bcdf-hj-np-tv-z0-9]{6,10}-[bcdf-hj-np-tv-z0-9]{5}\b/g, "-<pod>"],
  [/-(?=[a-z0-9]{0,4}\d)[bcdf-hj-np-tv-z2-9]{5}\b/g, "-<pod>"],
  // as the numbers: a commit may be all digits
  [/\b(?:sha(?:1|256|512)[:-])?(?=[0-9a-f]{0,64}\d)[0-9a-f]{7,}\b/gi, "#"],
  [/\d+/g, "#"],
  [/#(?:[.,:]#)+/g, "#"],
  [/\s+/g, " "],
];

/** One line without what differs from run to run. Only its first 500 characters count. Idempotent. */
export function normalizeLine(line: string): string {
  let text = line.slice(0, LINE_CHARS);
  for (const [pattern, placeholder] of VOLATILE) text = text.replace(pattern, placeholder);
  return text.trim();
}

/** `v1:` and 64 hex digits. Never from a model's words. */
export function fingerprint(evidence: Evidence, finding: Finding): string {
  const { cluster, namespace, workload } = evidence;
  const lines = finding.signature.slice(0, SIGNATURE_LINES).map(normalizeLine);
  const parts = [
    cluster,
    namespace,
    workload.kind,
    normalizeName(workload.name),
    workload.task ?? "",
    finding.container ?? "",
    finding.reason,
    ...lines,
  ];
  return `v1:${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
}

/** Names of pods without an owner may still end in what a generator added. */
const normalizeName = (name: string): string =>
  name
    .replace(/-[bcdf-hj-np-tv-z0-9]{6,10}-[bcdf-hj-np-tv-z0-9]{5}$/, "")
    .replace(/-(?=[a-z0-9]{0,4}\d)[bcdf-hj-np-tv-z2-9]{5}$/, "");
