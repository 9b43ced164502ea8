// The evidence as the model reads it in its first turn, within a budget of bytes: facts, Warning events, logs, and what the rules think.
import { byteLength, clipBytes, clipText, oneLine } from "../../core/clip.ts";
import type { Evidence, FailureTarget } from "../../core/evidence.ts";
import { isObject } from "../../core/json.ts";
import { fitLines, keptOf, excerptLines } from "../../core/log-excerpt/index.ts";
import type { Finding } from "../finding.ts";
import { fence } from "./prompt.ts";
import { fairShares } from "./tokens.ts";

export interface Shown {
  readonly target: FailureTarget;
  readonly evidence: Evidence;
  readonly finding: Finding;
  readonly boundary: string;
  /** Takes out secrets, of each block by itself: a key without an end must not take the end of its block with it. */
  readonly clean: (text: string) => string;
}

export interface EvidenceRoom {
  /** Of facts, events and the rules' view together. */
  readonly factBytes: number;
  readonly logBytes: number;
}

export interface EvidenceText {
  readonly text: string;
  /** Lines of logs were left out. */
  readonly isCut: boolean;
}

const MAX_EVENTS = 20;
const MAX_OTHER_EVENTS = 10;
const MAX_EVENT_CHARS = 400;
const LEAST_LOG_BYTES = 400;

export function evidenceText(shown: Shown, room: EvidenceRoom): EvidenceText {
  const { evidence, boundary, clean } = shown;
  const block = (what: string, text: string): string => fence(boundary, what, clean(text));
  const events = fit(eventLines(evidence), Math.floor(room.factBytes / 3));
  const hint = fit(hintText(shown.finding), Math.floor(room.factBytes / 5));
  const facts = factsText(shown, room.factBytes - byteLength(events) - byteLength(hint));
  const logs = logTexts(evidence, block, room.logBytes);
  const parts = [
    `Facts, as JSON:\n${block("FACTS", facts)}`,
    events === "" ? "There are no events." : `Events, newest first:\n${block("EVENTS", events)}`,
    ...logs.map((log) => log.text),
    ...(logs.length === 0 ? ["There are no logs."] : []),
    `What fixed rules make of it. This is only a hint, and it may be wrong:\n${block("HINT", hint)}`,
    "Why did it fail, and what mends it?",
  ];
  return { text: parts.join("\n\n"), isCut: logs.some((log) => log.isCut) };
}

const fit = (text: string, maxBytes: number): string =>
  byteLength(text) <= maxBytes ? text : clipText(text, Math.max(200, maxBytes));

function factsText({ target, evidence }: Shown, maxBytes: number): string {
  const { events: _, logs, redacted: __, ...facts } = evidence;
  const notes = logs.flatMap(({ container, previous, note }) =>
    note === undefined ? [] : [{ container, previous, note }],
  );
  const all = { reported: target, ...facts, ...(notes.length > 0 ? { log_notes: notes } : {}) };
  const texts = [1_200, 400, 160, 80].map((chars, step) => () => JSON.stringify(shrink(all, chars, 40 >> step)));
  for (const text of texts) if (byteLength(text()) <= maxBytes) return text();
  return clipBytes(JSON.stringify(shrink(all, 80, 5)), Math.max(LEAST_LOG_BYTES, maxBytes));
}

/** Long texts and lists cut, and said so. */
function shrink(value: unknown, chars: number, items: number): unknown {
  if (typeof value === "string") return oneLine(value, chars);
  if (Array.isArray(value)) {
    const kept = value.slice(0, items).map((one) => shrink(one, chars, items));
    return value.length > items ? [...kept, `${value.length - items} more`] : kept;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shrink(one, chars, items)]));
}

function eventLines({ events, logs }: Evidence): string {
  const warnings = events.filter(({ type }) => type === "Warning").slice(0, MAX_EVENTS);
  const isAllWeHave = warnings.length === 0 && logs.every(({ text }) => text === "");
  const shown = isAllWeHave ? events.slice(0, MAX_OTHER_EVENTS) : warnings;
  return shown
    .map(({ type, reason, message, object, count, last_at }) =>
      [last_at ?? "", type, reason, object, count > 1 ? `(×${count})` : "", oneLine(message, MAX_EVENT_CHARS)]
        .filter((word) => word !== "")
        .join(" "),
    )
    .join("\n");
}

function hintText({ analysis, reason, container, signature }: Finding): string {
  const { category, cause, rootCause, confidence } = analysis;
  return JSON.stringify({
    category,
    cause,
    reason,
    container,
    root_cause: oneLine(rootCause, 600),
    confidence,
    signature: signature.map((line) => oneLine(line, 300)),
  });
}

function logTexts(
  { logs, chosen }: Evidence,
  block: (what: string, text: string) => string,
  room: number,
): { text: string; isCut: boolean }[] {
  const written = logs.filter(({ text }) => text.trim() !== "");
  const shares = fairShares(
    written.map(({ text }) => byteLength(text) + 200),
    room,
  );
  return written.map((log, at) => {
    const maxBytes = Math.max(LEAST_LOG_BYTES, shares[at] ?? 0);
    const kept = keptOf(log.text);
    const excerpt = byteLength(log.text) <= maxBytes ? fitLines(kept, maxBytes) : excerptLines(kept, { maxBytes });
    const isCut = excerpt.dropped.lines > 0;
    const why = chosen?.container === log.container ? ` (chosen because: ${oneLine(chosen.because, 200)})` : "";
    const whose = `${log.previous ? "Log from before the last restart of" : "Log of"} container ${log.container}${why}`;
    const amount =
      isCut || log.truncated
        ? `, ${excerpt.lines} of ${log.lines_total} lines: its end and what looks like errors`
        : "";
    return { text: `${whose}${amount}:\n${block("LOG", excerpt.text)}`, isCut };
  });
}
