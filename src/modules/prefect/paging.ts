// One page of a list: as many entries as fit into the answer, and honest about the rest. The cursor is opaque: it holds where the
// next page begins and when the first one was read, and it belongs to one question.
import { createHash } from "node:crypto";
import { z } from "zod";
import { byteLength } from "../../core/clip.ts";
import { rfc3339 } from "../../core/clock.ts";
import { ToolFailure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";

/** The frame: paging members, notes, instance. */
const FRAME_BYTES = 900;

export const pageInput = (fallback: number, max: number, what: string) => ({
  limit: z.number().int().min(1).max(max).default(fallback).describe(`Most ${what} to show, at most ${max}`),
  cursor: z
    .string()
    .max(400)
    .optional()
    .describe("next_cursor of the answer before, with the same other arguments, for what follows"),
});

export const pageOutput = {
  total: z.number().describe("All that match, shown or not, as Prefect counts them"),
  returned: z.number(),
  truncated: z.boolean().describe("True when there is more than is shown"),
  next_cursor: z.string().optional().describe("Pass it as cursor for what follows"),
  truncated_reason: z.string().optional(),
};

export interface Page {
  readonly limit: number;
  readonly offset: number;
  /** When the first page was read, milliseconds: "now" for every page of it. */
  readonly nowMs: number;
  readonly question: string;
}

const place = z.strictObject({ o: z.number().int().min(0).max(10_000_000), t: z.number(), q: z.string().max(64) });

type Given = JsonObject & { readonly limit: number; readonly cursor?: string | undefined };

/** Where this page begins. @throws ToolFailure for a cursor that is not of this very question */
export function openPage(tool: string, input: Given, nowMs: number): Page {
  const { limit, cursor, ...rest } = input;
  const question = createHash("sha256")
    .update(JSON.stringify([tool, rest]))
    .digest("base64url")
    .slice(0, 12);
  if (cursor === undefined) return { limit, offset: 0, nowMs, question };
  const parsed = place.safeParse(decode(cursor));
  if (!parsed.success || parsed.data.q !== question) {
    throw new ToolFailure(
      "invalid",
      "cursor is not the next_cursor of an answer to these very arguments; leave it out to begin anew",
      { code: "INVALID_CURSOR" },
    );
  }
  return { limit, offset: parsed.data.o, nowMs: parsed.data.t, question };
}

export const cursorAt = ({ nowMs, question }: Page, offset: number): string =>
  Buffer.from(JSON.stringify({ o: offset, t: nowMs, q: question })).toString("base64url");

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/**
 * The entries that fit into `textBytes` of JSON, at least one, and the paging members.
 * `rows` are those of this page (at most `page.limit`), `total` is what Prefect counted.
 */
export function fitPage<Row, Entry>(
  rows: readonly Row[],
  total: number,
  page: Page,
  textBytes: number,
  show: (row: Row) => Entry,
) {
  const shown: Entry[] = [];
  let left = textBytes - FRAME_BYTES;
  for (const row of rows) {
    const entry = show(row);
    left -= byteLength(JSON.stringify(entry)) + 1;
    if (left < 0 && shown.length > 0) break;
    shown.push(entry);
  }
  const next = page.offset + shown.length;
  const isCut = shown.length < rows.length;
  const hasMore = isCut || (shown.length > 0 && next < total);
  const facts = {
    total: Math.max(total, next), // rows may have come between the count and the list
    returned: shown.length,
    truncated: hasMore,
    ...(hasMore ? { next_cursor: cursorAt(page, next), truncated_reason: isCut ? "size" : "limit" } : {}),
  };
  return { shown, facts };
}

/** The page's moment as Prefect's filters take it. */
export const momentOf = ({ nowMs }: Page): string => rfc3339(nowMs);
