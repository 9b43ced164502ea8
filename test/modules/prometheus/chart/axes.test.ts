import { describe, expect, it } from "vitest";
import { rangeCaption, tickLabel, timeTicks } from "../../../../src/modules/prometheus/chart/time-axis.ts";
import { unitOf } from "../../../../src/modules/prometheus/chart/units.ts";
import { valueAxis } from "../../../../src/modules/prometheus/chart/value-axis.ts";
import { HOUR, START } from "./sample.ts";

const DAY = 24 * HOUR;

const valueLabels = (low: number, high: number, unit: string, count = 5): readonly string[] => {
  const { min, max, interval, label } = valueAxis(low, high, unitOf(unit), count);
  return Array.from({ length: Math.round((max - min) / interval) + 1 }, (_, i) => label(min + i * interval));
};

const timeLabels = (start: number, end: number, count = 6): readonly string[] => {
  const ticks = timeTicks(start, end, count);
  return ticks.map((tick) => tickLabel(tick, ticks));
};

describe("the value axis", () => {
  it.each([
    ["starts at zero", 1, 9, "", ["0", "2", "4", "6", "8", "10"]],
    ["keeps one unit for all ticks", 1e5, 3e6, "bytes", ["0", "1 MiB", "2 MiB", "3 MiB"]],
    ["shows a ratio as percents", 0.1, 0.4, "ratio", ["0%", "10%", "20%", "30%", "40%"]],
    ["spans negative values", -20_000, 5000, "short", ["-20 k", "-15 k", "-10 k", "-5 k", "0", "5 k"]],
    ["steps minutes as a clock does", 0, 3500, "s", ["0", "15 min", "30 min", "45 min", "60 min"]],
    [
      "zooms in on small changes and keeps 100% on top",
      0.9987,
      1,
      "ratio",
      ["99.80%", "99.85%", "99.90%", "99.95%", "100.00%"],
    ],
    ["gives a constant zero some height", 0, 0, "", ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]],
    ["stands a constant on zero", 7, 7, "", ["0", "2", "4", "6", "8"]],
    ["hangs a negative constant from zero", -7, -7, "", ["-8", "-6", "-4", "-2", "0"]],
  ])("%s", (_, low, high, unit, labels) => {
    expect(valueLabels(low, high, unit)).toEqual(labels);
  });

  it.each([
    [1e300, -1e300],
    [1e-300, 2e-300],
    [5e-324, 5e-324],
    [1e9, 1e9 + 1e-6],
    [-1e300, -1e300],
  ])("stays finite, ordered and distinct between %d and %d", (a, b) => {
    const axis = valueAxis(Math.min(a, b), Math.max(a, b), unitOf("s"), 5);
    expect([axis.min, axis.max, axis.interval].every(Number.isFinite)).toBe(true);
    expect(axis.max).toBeGreaterThan(axis.min);
    const labels = valueLabels(Math.min(a, b), Math.max(a, b), "s");
    expect(labels.length).toBeLessThan(20);
    expect(new Set(labels).size).toBe(labels.length);
  });
});

describe("the time axis", () => {
  it("shows hours within a day", () => {
    expect(timeLabels(START, START + 6 * HOUR)).toEqual([
      "10:00",
      "11:00",
      "12:00",
      "13:00",
      "14:00",
      "15:00",
      "16:00",
    ]);
  });

  it("shows seconds when ticks are closer than a minute", () => {
    expect(timeLabels(START, START + 60, 4)).toEqual(["10:00:00", "10:00:15", "10:00:30", "10:00:45", "10:01:00"]);
  });

  it("names the day at midnight when the range spans more than one", () => {
    expect(timeLabels(START, START + 2 * DAY, 5)).toEqual(["12:00", "26 Nov", "12:00", "27 Nov"]);
  });

  it("begins weeks on Monday and names months over years", () => {
    expect(timeLabels(START, START + 30 * DAY, 5)).toEqual(["1 Dec", "8 Dec", "15 Dec", "22 Dec"]);
    expect(timeLabels(START, START + 365 * DAY, 6)).toEqual(["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026"]);
  });

  it("ends for any range", () => {
    expect(timeTicks(START, START, 6)).toHaveLength(1);
    expect(timeTicks(0, 1e11, 6).length).toBeLessThan(20);
  });

  it("says the day and UTC in the caption, both days when there are two", () => {
    expect(rangeCaption(START, START + 6 * HOUR)).toBe("25 Nov 2025, 10:00 – 16:00 UTC");
    expect(rangeCaption(START, START + DAY)).toBe("25 Nov 2025, 10:00 – 26 Nov 2025, 10:00 UTC");
    expect(rangeCaption(START, START + 90)).toBe("25 Nov 2025, 10:00:00 – 10:01:30 UTC");
  });
});
