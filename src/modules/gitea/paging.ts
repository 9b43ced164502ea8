// One page of a list: as many entries as fit into the answer, and honest about the rest.
import { z } from "zod";
import { byteLength } from "../../core/clip.ts";
import type { Listed, Window } from "./client.ts";

/** The frame: the repository's name, the paging members and a note. */
const FRAME_BYTES = 700;

/** `page` and `pageSize` are gitea-mcp's; `offset` goes on exactly where an answer ended. */
export const pageInput = (pageSize: number, what: string) => ({
  page: z.number().int().min(1).max(100_000).default(1).describe(`Page to show, from 1, of pageSize ${what}`),
  pageSize: z.number().int().min(1).max(100).default(pageSize).describe(`Most ${what} to show, at most 100`),
  offset: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("Instead of page: skip this many; see next_offset"),
});

export const pageOutput = {
  total: z.number().describe("All that match, shown or not"),
  returned: z.number(),
  truncated: z.boolean().describe("True when there is more than is shown"),
  has_more: z.boolean(),
  next_offset: z.number().optional().describe("Pass it as offset for what follows"),
};

interface Asked {
  readonly page: number;
  readonly pageSize: number;
  readonly offset?: number | undefined;
}

export const windowOf = ({ page, pageSize, offset }: Asked): Window => ({
  offset: offset ?? (page - 1) * pageSize,
  count: pageSize,
});

/** The entries that fit into `textBytes` of JSON, at least one, and the paging members. */
export function fitPage<Item, Entry>(
  listed: Listed<Item>,
  { offset, count }: Window,
  textBytes: number,
  show: (item: Item) => Entry,
) {
  const shown: Entry[] = [];
  let left = textBytes - FRAME_BYTES;
  for (const item of listed.items) {
    const entry = show(item);
    left -= byteLength(JSON.stringify(entry)) + 1;
    if (left < 0 && shown.length > 0) break;
    shown.push(entry);
  }
  const next = offset + shown.length;
  const isCut = shown.length < listed.items.length;
  // Without a count from Gitea, a full page suggests that there is more.
  const hasMore =
    isCut || (listed.total === undefined ? shown.length === count : shown.length > 0 && next < listed.total);
  const facts = {
    total: listed.total ?? offset + listed.items.length,
    returned: shown.length,
    truncated: hasMore,
    has_more: hasMore,
    ...(hasMore ? { next_offset: next } : {}),
  };
  return { shown, facts };
}
