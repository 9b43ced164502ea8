// Where in a log a page begins. A running run's log grows at its end, so pages read from there also keep where that end was.
import { rfc3339 } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { cursorAt, openPage, type Page } from "../paging.ts";
import { msOf } from "../times.ts";

export interface Place {
  readonly page: Page;
  /** Where the log ended for the first page, milliseconds. */
  readonly endMs: number | undefined;
}

type Input = Parameters<typeof openPage>[1];

/** @throws ToolFailure for a cursor of another question */
export function openPlace(tool: string, input: Input, nowMs: number): Place {
  const [cursor, end] = input.cursor?.split(".") ?? [];
  const endMs = end === undefined ? undefined : Number.parseInt(end, 36);
  if (endMs !== undefined && !(Math.abs(endMs) < 8.64e15)) {
    throw new ToolFailure("invalid", "cursor is not the next_cursor of an answer to these very arguments", {
      code: "INVALID_CURSOR",
    });
  }
  return { page: openPage(tool, { ...input, cursor }, nowMs), endMs };
}

export const endOf = ({ endMs }: Place): string | undefined => (endMs === undefined ? undefined : rfc3339(endMs));

/** `newest` is the time of the first line that was read from the end; Prefect keeps microseconds, so the next millisecond is taken. */
export function placeAfter({ page, endMs }: Place, offset: number, newest: string | undefined): string {
  const end = endMs ?? (newest === undefined ? undefined : (msOf(newest) ?? 0) + 1);
  return end === undefined ? cursorAt(page, offset) : `${cursorAt(page, offset)}.${end.toString(36)}`;
}
