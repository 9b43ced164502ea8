// One page of a list: whole entries only, within the output budget, and honest about what is left out.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import { jsonBytes } from "../format/draft.ts";
import { compareText } from "../format/labels.ts";

/** What to show. `roomBytes` is what JSON.stringify of the entries may weigh. */
export interface PageWindow {
  readonly offset: number;
  readonly limit: number;
  readonly roomBytes: number;
}

export interface Page<Entry> {
  readonly data: Entry[];
  /** All entries that matched, shown or not. */
  readonly total: number;
  readonly returned: number;
  /** True when entries follow that are not shown; the same as has_more. */
  readonly truncated: boolean;
  readonly has_more: boolean;
  readonly next_offset?: number;
  readonly truncated_by?: "limit" | "bytes";
  readonly how_to_see_more?: string;
}

/** Text lengths to try when a single entry is larger than a whole page: a page must get on. */
const SHORTER = [2_000, 400, 80, 10];
/** The frame: datasource, timestamp, paging fields and hints. What else stands beside `data` is counted by its tool. */
const FRAME_BYTES = 2_048;

/**
 * The entries from `offset` on, as many as fit, at least one.
 * @param show an entry with texts of at most `maxCharacters`; first asked for without a bound
 */
export function takePage<Item, Entry>(
  all: readonly Item[],
  { offset, limit, roomBytes }: PageWindow,
  show: (item: Item, maxCharacters: number) => Entry,
): Page<Entry> {
  const data: Entry[] = [];
  const asked = all.slice(offset, offset + limit);
  let left = roomBytes;
  for (const item of asked) {
    const entry = show(item, Number.POSITIVE_INFINITY);
    left -= jsonBytes(entry) + 1;
    if (left < 0) break;
    data.push(entry);
  }
  const [first] = asked;
  if (data.length === 0 && first !== undefined) data.push(shortened(first, roomBytes, show));
  const isCutByBytes = data.length < asked.length;
  return { data, ...pageFacts(all.length, offset, data.length, isCutByBytes) };
}

/** The same page with fewer entries, when something beside them needs room. */
export function shrinkPage<Entry>(page: Page<Entry>, offset: number, keep: number): Page<Entry> {
  if (keep >= page.data.length) return page;
  return { data: page.data.slice(0, keep), ...pageFacts(page.total, offset, keep, true) };
}

function pageFacts(total: number, offset: number, returned: number, isCutByBytes: boolean) {
  const next = offset + returned;
  const facts = { total, returned, truncated: next < total, has_more: next < total };
  if (next >= total) return facts;
  return {
    ...facts,
    next_offset: next,
    truncated_by: isCutByBytes ? ("bytes" as const) : ("limit" as const),
    how_to_see_more: `Pass offset=${next} for the next page, or narrow the question.`,
  };
}

function shortened<Item, Entry>(item: Item, roomBytes: number, show: (item: Item, max: number) => Entry): Entry {
  const forms = SHORTER.map((max) => show(item, max));
  const fits = forms.find((form) => jsonBytes(form) <= roomBytes);
  return fits ?? show(item, 0);
}

/** The bytes that are left for the entries. `siblings` are the members beside them whose size the caller decides. */
export const roomFor = (textBytes: number, siblings: unknown = {}): number =>
  Math.max(0, textBytes - FRAME_BYTES - jsonBytes(siblings));

/** Exact while it is short enough, else its head. */
export const clipTo = (text: string, maxCharacters: number): string =>
  text.length <= maxCharacters ? text : oneLine(text, maxCharacters);

const MAX_GROUPS = 30;
const MAX_GROUP_CHARACTERS = 80;
export const OTHER_GROUPS = "(others)";

/** How many items are in each group, largest first; beyond 30 groups the rest together. */
export function tally<Item>(items: readonly Item[], groupOf: (item: Item) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const group = clipTo(groupOf(item), MAX_GROUP_CHARACTERS);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  const others = sorted.slice(MAX_GROUPS).reduce((sum, [, count]) => sum + count, 0);
  return Object.fromEntries([...sorted.slice(0, MAX_GROUPS), ...(others > 0 ? [[OTHER_GROUPS, others] as const] : [])]);
}

/** Input members of every list. */
export const pageInput = (limit: number, maxLimit: number, what: string) => ({
  limit: z.number().int().min(1).max(maxLimit).default(limit).describe(`Most ${what} to show, at most ${maxLimit}`),
  offset: z.number().int().min(0).max(1_000_000).default(0).describe(`Skip this many ${what}; see next_offset`),
});

/** Output members of every list. */
export const pageOutput = {
  total: z.number().describe("All that matched, shown or not"),
  returned: z.number(),
  truncated: z.boolean().describe("True when there is more than is shown"),
  has_more: z.boolean(),
  next_offset: z.number().optional().describe("Pass it as offset for the next page"),
};
