// One page of a list: whole entries only, as many as fit into the answer, and honest about what is left out.
import { byteLength } from "../../../core/clip.ts";
import type { OutputBudget } from "../../../core/context.ts";
import type { JsonObject } from "../../../core/json.ts";

export interface PageFacts {
  readonly total: number;
  readonly total_is_minimum?: boolean;
  readonly returned: number;
  readonly truncated: boolean;
  readonly has_more: boolean;
  readonly next_offset?: number;
}

export interface Page<Entry> extends PageFacts {
  readonly items: Entry[];
}

export interface PageInput<Entry> {
  /** The entries from `offset` on, no more than were asked for. */
  readonly entries: readonly Entry[];
  readonly offset: number;
  readonly total: number;
  readonly isExact?: boolean;
}

/** The frame around the entries, headers and notices included. */
const FRAME_BYTES = 1_024;

/** Entries until text or JSON are full; at least one, which the registry then cuts. `write` is the text of a list of them. */
export function takePage<Entry extends JsonObject>(
  { entries, offset, total, isExact = true }: PageInput<Entry>,
  { textBytes, structuredBytes }: OutputBudget,
  write: (entries: readonly Entry[]) => string,
): Page<Entry> {
  let count = entries.length;
  const fits = (some: readonly Entry[]): boolean =>
    byteLength(write(some)) + FRAME_BYTES <= textBytes &&
    byteLength(JSON.stringify(some)) + FRAME_BYTES <= structuredBytes;
  let low = Math.min(1, count);
  if (!fits(entries)) {
    // the largest count that fits, by halving: one column may grow with any row
    while (low < count) {
      const middle = Math.ceil((low + count) / 2);
      if (fits(entries.slice(0, middle))) low = middle;
      else count = middle - 1;
    }
  }
  const items = entries.slice(0, count);
  const next = offset + items.length;
  const hasMore = next < total || !isExact;
  return {
    items,
    total,
    ...(isExact ? {} : { total_is_minimum: true }),
    returned: items.length,
    truncated: hasMore,
    has_more: hasMore,
    ...(hasMore && items.length > 0 ? { next_offset: next } : {}),
  };
}

/** The line under a list that does not show everything; empty under one that does. */
export function moreLine({ total, total_is_minimum, returned, has_more, next_offset }: PageFacts): string {
  if (!has_more || next_offset === undefined) return "";
  const first = next_offset - returned + 1;
  const of = total_is_minimum === true ? `more than ${total}` : String(total);
  return `\n[${first}-${next_offset} of ${of} shown; pass offset=${next_offset} for the next, or narrow the question]`;
}
