// What is told of a failure that comes again: a table in a comment, edited in place.
import { plural } from "../../core/words.ts";
import { reportUrl } from "./input.ts";
import { cell, codeCell, table, webAddress } from "./markdown.ts";
import { time } from "./plain.ts";
import { prose } from "./prose.ts";

export interface Occurrence {
  readonly reportId: string;
  /** In milliseconds. */
  readonly at: number;
  readonly pod: string;
  readonly run: string | undefined;
  readonly container: string | undefined;
  readonly cause: string;
  readonly evidenceUrl?: string | undefined;
}

export interface OccurrencesInput {
  readonly rows: readonly Occurrence[];
  /** How many there are; more than `rows` when not all are at hand. */
  readonly total: number;
  readonly marker: string;
  /** One sentence before the table. */
  readonly first: string | undefined;
}

const MAX_ROWS = 50;
const MAX_TABLE = 50_000;

/** A comment; newest first. The same input gives the same text. */
export function writeOccurrences({ rows, total, marker, first }: OccurrencesInput): string {
  const newest = [...rows].sort((a, b) => b.at - a.at || (a.reportId < b.reportId ? 1 : -1)).slice(0, MAX_ROWS);
  const count = Math.max(total, rows.length);
  const shown = newest.length < count ? ` The newest ${newest.length} of them:` : "";
  const head = `It failed again the same way: ${plural(count, "occurrence")}.${shown}`;
  const parts = [
    prose(first ?? "", 1_000),
    head,
    newest.length === 0 ? "" : occurrenceTable(newest, undefined),
    marker,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** @param publicUrl where the reports of rows without an own address are */
export function occurrenceTable(rows: readonly Occurrence[], publicUrl: string | undefined): string {
  const cells = rows.map((row) => [
    time(row.at),
    codeCell(row.pod, 120) || "unknown",
    codeCell(row.run ?? "", 120),
    codeCell(row.container ?? "", 80),
    cell(row.cause, 250),
    reportCell(row.reportId, row.evidenceUrl ?? reportUrl(publicUrl, row.reportId)),
  ]);
  return table(["When", "Pod", "Run", "Container", "Cause", "Report"], cells, MAX_TABLE);
}

function reportCell(id: string, url: string | undefined): string {
  const name = codeCell(id, 80);
  const address = url === undefined ? undefined : webAddress(url);
  return address === undefined || name === "" ? name : `[${name}](${address})`;
}
