import { expect, it } from "vitest";
import {
  clipTo,
  roomFor,
  shrinkPage,
  takePage,
  tally,
  type Page,
} from "../../../../src/modules/prometheus/lists/paging.ts";

const all = Array.from({ length: 10 }, (_, i) => `item-${i}`);
const take = (offset: number, limit: number, roomBytes = 10_000) => takePage(all, { offset, limit, roomBytes }, clipTo);

it("walks through everything once, whatever cuts the pages", () => {
  for (const [limit, room] of [
    [3, 10_000],
    [100, 30],
    [2, 1],
  ] as const) {
    const seen: string[] = [];
    for (let offset: number | undefined = 0; offset !== undefined;) {
      const page: Page<string> = takePage(all, { offset, limit, roomBytes: room }, (item) => item);
      expect(page.returned).toBe(page.data.length);
      expect(page.has_more).toBe(page.next_offset !== undefined);
      seen.push(...page.data);
      offset = page.next_offset;
    }
    expect(seen).toEqual(all);
  }
});

it("says whether the limit or the bytes cut it", () => {
  expect(take(0, 3)).toMatchObject({ total: 10, returned: 3, truncated: true, next_offset: 3, truncated_by: "limit" });
  expect(take(0, 10, 40)).toMatchObject({ returned: 4, next_offset: 4, truncated_by: "bytes" });
  const last = take(8, 3);
  expect(last).toEqual({ data: ["item-8", "item-9"], total: 10, returned: 2, truncated: false, has_more: false });
  expect(take(50, 3)).toEqual({ data: [], total: 10, returned: 0, truncated: false, has_more: false });
});

it("shows an entry that is larger than a page in short instead of standing still", () => {
  const page = takePage(["x".repeat(5_000), "y"], { offset: 0, limit: 10, roomBytes: 500 }, clipTo);
  expect(page).toMatchObject({ data: [`${"x".repeat(400)}…`], next_offset: 1, truncated_by: "bytes" });
});

it("can give up entries when something beside them needs room", () => {
  const page = take(2, 5);
  expect(shrinkPage(page, 2, 9)).toBe(page);
  expect(shrinkPage(page, 2, 1)).toMatchObject({
    data: ["item-2"],
    returned: 1,
    next_offset: 3,
    truncated_by: "bytes",
  });
});

it("counts the members beside the data", () => {
  expect(roomFor(10_000) - roomFor(10_000, { match: "x".repeat(100) })).toBe(110);
  expect(roomFor(10)).toBe(0);
});

it("counts groups, the largest first, and the rest of many together", () => {
  expect(Object.entries(tally(["b", "a", "c", "c"], (name) => name))).toEqual([
    ["c", 2],
    ["a", 1],
    ["b", 1],
  ]);
  const many = tally(
    Array.from({ length: 40 }, (_, i) => i),
    String,
  );
  expect(Object.keys(many)).toHaveLength(31);
  expect(many["(others)"]).toBe(10);
});
