// What is left of a log whose middle did not fit into memory, with an exact account of it.
import { plural } from "../words.ts";

export interface Kept {
  readonly head: readonly string[];
  readonly tail: readonly string[];
  /** Lines between head and tail that are gone, and their bytes, line ends included. */
  readonly dropped: Amount;
}

export interface Amount {
  readonly lines: number;
  readonly bytes: number;
}

/** The lines of a stored log. A notice in it of lines left out is counted as those lines when it is excerpted again. */
export function keptOf(text: string): Kept {
  const tail = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  return { head: [], tail, dropped: { lines: 0, bytes: 0 } };
}

export const noticeOf = ({ lines, bytes }: Amount): string =>
  `[... ${plural(lines, "line")} (${plural(bytes, "byte")}) left out ...]`;

const NOTICE = /^\[\.\.\. ([\d,]{1,20}) lines? \(([\d,]{1,20}) bytes?\) left out \.\.\.\]$/;

/** What a notice of an earlier excerpt says; undefined for any other line. */
export function readNotice(line: string): Amount | undefined {
  if (!line.startsWith("[... ")) return undefined;
  const [, lines, bytes] = NOTICE.exec(line) ?? [];
  if (lines === undefined || bytes === undefined) return undefined;
  return { lines: numberOf(lines), bytes: numberOf(bytes) };
}

const numberOf = (text: string): number => Number(text.replaceAll(",", ""));
