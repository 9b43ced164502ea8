// The log in an issue: the lines that tell most, folded away, with an account of what is not shown.
import { excerptLines, keptOf } from "../../core/log-excerpt/index.ts";
import type { Evidence } from "../../core/evidence.ts";
import { plural } from "../../core/words.ts";
import type { IssueInput } from "./input.ts";
import { code, fence, inline } from "./markdown.ts";
import { clean } from "./plain.ts";

type Log = Evidence["logs"][number];

export const EXCERPT_CHARS = 20_000;
const EXCERPT_LINES = 200;
/** Below this an excerpt is not worth its place. */
const FEW_CHARS = 600;
/** For the words around one excerpt. */
const FRAME = 700;

/** The chosen container's log and the one before its last restart; in at most `room` UTF-16 units, all words included. */
export function logSections({ evidence }: IssueInput, room: number): string {
  const shown = shownLogs(evidence);
  const others = evidence.logs.filter((log) => !shown.includes(log) && log.text !== "");
  const chars = Math.floor(Math.min(EXCERPT_CHARS, room - FRAME) / Math.max(1, shown.length)) - FRAME;
  const lines = Math.floor(EXCERPT_LINES / Math.max(1, shown.length));
  const parts = shown.map((log) => logSection(log, chars, lines));
  if (others.length > 0) {
    const names = others.slice(0, 8).map((log) => code(log.container, 40));
    const more = others.length > names.length ? ` and ${others.length - names.length} more` : "";
    parts.push(`Also collected, not shown here: the log of ${names.join(", ")}${more}.`);
  }
  return parts.join("\n\n");
}

function shownLogs({ logs, chosen }: Evidence): Log[] {
  const own = logs.filter((log) => log.container === chosen?.container);
  const withText = own.filter((log) => log.text !== "");
  if (withText.length > 0) return withText.slice(0, 2);
  const other = logs.find((log) => log.text !== "");
  return [...own.slice(0, 1), ...(other === undefined ? [] : [other])];
}

function logSection(log: Log, chars: number, maxLines: number): string {
  const whose = `${code(log.container, 80)}${log.previous ? " before its last restart" : ""}`;
  const note = log.note === undefined || log.note === "" ? "" : ` ${inline(log.note, 300)}`;
  if (log.text === "") return `No log of ${whose}.${note}`;
  if (chars < FEW_CHARS) return `The log of ${whose} was left out: this issue has no room for it.${note}`;
  // Cleaned first, so that the excerpt is as long as it will be
  const excerpt = excerptLines(keptOf(clean(log.text)), { maxBytes: chars, maxLines });
  const isCut = excerpt.dropped.lines > 0 || log.truncated;
  const counted = isCut
    ? `${plural(excerpt.lines, "line")} of ${log.lines_total.toLocaleString("en-US")}; lines were left out`
    : plural(excerpt.lines, "line");
  return [
    `Log of ${whose}.${note}`,
    `<details>\n<summary>Log excerpt, ${counted}</summary>\n\n${fence(excerpt.text)}\n\n</details>`,
  ].join("\n\n");
}
