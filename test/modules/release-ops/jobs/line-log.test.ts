// The ring of numbered lines.
import { expect, test } from "vitest";
import { LineLog } from "../../../../src/modules/release-ops/jobs/line-log.ts";

const filled = (maxBytes: number, count: number, text = (n: number) => `line ${n}`) => {
  const log = new LineLog(maxBytes);
  for (let n = 1; n <= count; n += 1) log.push(text(n));
  return log;
};
const read = (log: LineLog, since?: number, maxLines = 10, maxBytes = 10_000) =>
  log.read({ since, maxLines, maxBytes });

test("without a start it shows the newest lines, with one those that follow it", () => {
  const log = filled(1000, 5);
  const all = { total: 5, dropped: 0 };
  expect(read(log, undefined, 2)).toEqual({ ...all, lines: ["line 4", "line 5"], first: 4, last: 5 });
  expect(read(log, 0, 2)).toEqual({ ...all, lines: ["line 1", "line 2"], first: 1, last: 2 });
  expect(read(log, 2)).toEqual({ ...all, lines: ["line 3", "line 4", "line 5"], first: 3, last: 5 });
  expect(read(log, 5)).toEqual({ ...all, lines: [], first: 0, last: 5 });
  expect(read(log, 99)).toEqual({ ...all, lines: [], first: 0, last: 5 });
  expect(read(new LineLog(10))).toEqual({ lines: [], first: 0, last: 0, total: 0, dropped: 0 });
});

test("it keeps the newest bytes, and its numbers stay", () => {
  const log = filled(20, 9, (n) => `${n}`.repeat(4)); // 5 bytes each with its newline
  expect(read(log, 0)).toEqual({ lines: ["6666", "7777", "8888", "9999"], first: 6, last: 9, total: 9, dropped: 5 });
  expect(log.bytes).toBe(20);
  log.clear();
  expect(read(log, 0)).toEqual({ lines: [], first: 0, last: 9, total: 9, dropped: 9 });
  log.push("again");
  expect(read(log, 3)).toMatchObject({ lines: ["again"], first: 10, last: 10 });
});

test("it counts bytes, not characters, and a line beyond the ring leaves nothing", () => {
  const log = filled(10, 2, () => "日本");
  expect(log).toMatchObject({ bytes: 7, total: 2, dropped: 1 });
  log.push("x".repeat(50));
  expect(log).toMatchObject({ bytes: 0, total: 3, dropped: 3 });
});

test("a page ends where its bytes do, but always has a line", () => {
  const log = filled(100_000, 10, () => "x".repeat(91)); // 100 bytes each with number and newline
  expect(read(log, 0, 10, 350)).toMatchObject({ first: 1, last: 3 });
  expect(read(log, undefined, 10, 350)).toMatchObject({ first: 8, last: 10 });
  expect(read(log, 0, 10, 5)).toMatchObject({ first: 1, last: 1 });
});

test("a million lines leave 1 MiB", () => {
  const log = filled(1024 * 1024, 1_000_000);
  expect(log.bytes).toBeLessThanOrEqual(1024 * 1024);
  expect(log.total).toBe(1_000_000);
  expect(read(log, undefined, 1).lines).toEqual(["line 1000000"]);
  expect(read(log, log.dropped, 1).lines).toEqual([`line ${log.dropped + 1}`]);
});
