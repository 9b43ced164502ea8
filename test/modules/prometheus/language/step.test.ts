import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveStep, type StepRequest } from "../../../../src/modules/prometheus/language/step.ts";

const HOUR = 3600;
const DAY = 86_400;
const step = (span: number, more: Partial<StepRequest> = {}) =>
  resolveStep({ step: undefined, start: 0, end: span, maxPoints: 120, ...more });

describe("resolveStep", () => {
  it.each([
    [0, 1],
    [60, 1],
    [HOUR, 30],
    [HOUR + 1, 60],
    [6 * HOUR, 300],
    [DAY, 900],
    [7 * DAY, 7200],
    [30 * DAY, 6 * HOUR],
    [120 * DAY, DAY],
    [1000 * DAY, 9 * DAY],
  ])("chooses a round step for %i s", (span, seconds) => {
    expect(step(span)).toEqual({ seconds, source: "auto" });
  });

  it("is never finer than the scrape interval unless asked", () => {
    expect(step(60, { timeIntervalSeconds: 15 }).seconds).toBe(15);
    expect(step(60, { timeIntervalSeconds: 20 }).seconds).toBe(30);
    expect(step(60, { timeIntervalSeconds: 15, step: "1s" })).toEqual({ seconds: 1, source: "given" });
  });

  it.each([
    ["30s", 30],
    ["1h30m", 5400],
    ["250ms", 0.25],
    ["15", 15],
    ["0.5", 0.5],
    [" 5m ", 300],
  ])("obeys %s", (text, seconds) => {
    expect(step(10, { step: text })).toEqual({ seconds, source: "given" });
  });

  it.each(["0", "0s", "-1m", "abc", "1e3", "NaN", "5 m", "1.5h", "99999999999999"])("refuses %s", (text) => {
    const message = `INVALID_STEP: step "${text}" must be a positive duration such as 30s, 5m, 1h.`;
    expect(() => step(HOUR, { step: text })).toThrow(message);
  });

  it("refuses what Prometheus would and names the smallest step", () => {
    expect(() => step(7 * DAY, { step: "1s" })).toThrow(
      "INVALID_STEP: 7 days at 1s is 604,800 points per series; the limit is 11,000. Use step >= 55s or omit step.",
    );
    expect(step(7 * DAY, { step: "55s" }).seconds).toBe(55);
    expect(() => step(7 * DAY, { step: "54s" })).toThrow("INVALID_STEP");
    expect(() => step(HOUR, { step: "100ms" })).toThrow("1 hour at 100ms is 36,000 points per series");
    expect(() => step(HOUR, { step: "100ms" })).toThrow("Use step >= 328ms");
    expect(step(11_000, { step: "1s" }).seconds).toBe(1);
  });

  it("names a smallest step that is itself allowed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 1e9 }), (span) => {
        let named = "";
        try {
          step(span, { step: "1ms" });
        } catch (error) {
          named = /step >= (\S+)/.exec(String(error))?.[1] ?? "";
        }
        expect(step(span, { step: named }).source).toBe("given");
      }),
    );
  });
});
