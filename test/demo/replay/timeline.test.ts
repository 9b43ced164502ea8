// Sampling the captured day, on a small example: one sample a minute, the last one at 12:00:00.
import { expect, test } from "vitest";
import { Timeline } from "../../../src/demo/replay/timeline.ts";

const noon = Date.parse("2026-11-25T12:00:00Z") / 1000;
const series = { metric: {}, values: ["1", "2", undefined, "4", "5"] };
const timeline = new Timeline((noon + 42.5) * 1000, 60);

test("the newest sample stands on the last whole minute", () => {
  expect(timeline.end).toBe(noon);
});

test.each([
  ["at the newest sample", 0, "5"],
  ["between two samples, the earlier one", -1, "4"],
  ["at a sample", -60, "4"],
  ["in a gap", -120, undefined],
  ["right after a gap began", -61, undefined],
  ["at the first sample", -240, "1"],
  ["before the first sample", -240.001, undefined],
  ["after the end, for five minutes", 300, "5"],
  ["after that", 300.001, undefined],
])("%s", (_, offset, value) => {
  expect(timeline.valueAt(series, noon + offset)).toBe(value);
});

test("a range has a point per step at or before which there is a sample", () => {
  const range = { start: noon - 270, end: noon, step: 45 };
  expect(timeline.range(series, range).map(([time, value]) => [time - noon, value])).toEqual([
    [-225, "1"],
    [-180, "2"],
    [-135, "2"],
    [-45, "4"],
    [0, "5"],
  ]);
});

test("steps below a second do not drift", () => {
  const times = timeline.range(series, { start: noon - 1, end: noon, step: 0.1 }).map(([time]) => time);
  expect(times).toHaveLength(11);
  expect(times.at(-1)).toBe(noon);
});

test("times in captured replies become absolute, other numbers stay", () => {
  const reply = { alerts: [{ activeAt: -90.5, value: "1e+00", count: 3 }], stats: { maxTime: -1, minTime: -2 } };
  expect(timeline.shift(reply)).toEqual({
    alerts: [{ activeAt: "2026-11-25T11:58:29.500Z", value: "1e+00", count: 3 }],
    stats: { maxTime: (noon - 1) * 1000, minTime: (noon - 2) * 1000 },
  });
  expect(timeline.shift([{ timestamp: -3.25 }])).toEqual([{ timestamp: noon - 3.25 }]);
});
