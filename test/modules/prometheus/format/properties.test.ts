import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Format } from "../../../../src/modules/prometheus/format/answer.ts";
import { bucketExtremes } from "../../../../src/modules/prometheus/format/grid.ts";
import { show, toNumber } from "../../../../src/modules/prometheus/format/value.ts";
import { formatted, matrixOf, options, START, type Labels, type Point } from "./replies.ts";

const text = fc.oneof(
  fc.double().map((value) => goFloat(value)),
  fc.constantFrom("NaN", "+Inf", "-Inf", "0", "1.7976931348623157e+308", "5e-324", "-0", "0e+00"),
);
const goFloat = (value: number): string =>
  Number.isNaN(value) ? "NaN" : Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
const labels = fc.dictionary(fc.string({ maxLength: 12 }), fc.string({ unit: "binary", maxLength: 40 }), {
  maxKeys: 5,
});
const onGrid = fc.uniqueArray(fc.nat(400), { maxLength: 300, size: "max" }).chain((places) =>
  fc.array(text, { minLength: places.length, maxLength: places.length }).map((values) => {
    const sorted = places.toSorted((a, b) => a - b);
    return sorted.map((place, i): Point => [START + place * 15, values[i]!]);
  }),
);
const anywhere = fc
  .array(fc.tuple(fc.double({ min: 0, max: 4e9, noNaN: true }), text), { maxLength: 100 })
  .map((points): Point[] => points.toSorted(([a], [b]) => a - b));
const matrix = fc.array(fc.record({ metric: labels, values: fc.oneof(onGrid, anywhere) }), {
  maxLength: 40,
  size: "max",
});
const format = fc.constantFrom<Format>("auto", "raw", "compact", "summary");

/** A failing matrix would be shrunk for minutes; a run without failure takes about a second. */
const bounded = { interruptAfterTimeLimit: 15_000 };

/** Equal within four significant digits; NaN and infinities by name. */
function sameValue(shown: unknown, truth: string): boolean {
  const value = toNumber(truth);
  if (!Number.isFinite(value)) return shown === goFloat(value);
  return typeof shown === "number" && Math.abs(shown - value) <= Math.abs(value) * 0.0005 + Number.MIN_VALUE;
}

const extremes = (values: Point[]): [number, number] | undefined => {
  const finite = values.map(([, value]) => toNumber(value)).filter(Number.isFinite);
  return finite.length === 0 ? undefined : [Math.min(...finite), Math.max(...finite)];
};

describe("for any matrix, format, limit and budget", () => {
  it("the answer fits, its totals are exact and no value is falsified", () => {
    fc.assert(
      fc.property(
        matrix,
        format,
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        fc.integer({ min: 3000, max: 30_000 }),
        fc.integer({ min: 1, max: 200 }),
        (series, format, limit, budgetBytes, maxPoints) => {
          const given = options(format, { limit, budgetBytes, maxPoints, stepSeconds: 15 });
          const { answer, bytes } = formatted(matrixOf(series), given);
          expect(bytes).toBeLessThanOrEqual(budgetBytes);
          expect(answer.total).toBe(series.length);
          expect(answer.has_more).toBe(answer.returned < answer.total);
          expect(answer.truncated).toBe(answer.truncated_by !== undefined);
          expect(answer.has_more && !answer.truncated).toBe(false);
          expect(answer.returned).toBeLessThanOrEqual(limit ?? series.length);
          checkRaw(answer, series);
          checkCompact(answer, series);
        },
      ),
      { numRuns: 150, ...bounded },
    );
  });

  it("the same reply gives the same answer whatever the order of its series", () => {
    fc.assert(
      fc.property(matrix, fc.constantFrom<Format>("compact", "summary"), (series, format) => {
        const distinct = series.map((item, i) => ({ ...item, metric: { ...item.metric, n: String(i) } }));
        const one = formatted(matrixOf(distinct), options(format, { budgetBytes: 4000 }));
        const other = formatted(matrixOf(distinct.toReversed()), options(format, { budgetBytes: 4000 }));
        expect(one.answer.data.series).toEqual(other.answer.data.series);
      }),
      { numRuns: 50, ...bounded },
    );
  });
});

type Answer = ReturnType<typeof formatted>["answer"];
type Given = { metric: Labels; values: Point[] }[];

/** Raw series are whole and untouched. */
function checkRaw(answer: Answer, series: Given): void {
  if (answer.format !== "raw") return;
  const result = answer.data.data?.result ?? [];
  expect(result).toHaveLength(answer.returned);
  const known = new Set(series.map((item) => JSON.stringify(item)));
  for (const item of result) expect(known.has(JSON.stringify(item))).toBe(true);
}

/** Compact values, in order, are those of a series with these labels; of merged points the extremes survive. */
function checkCompact(answer: Answer, series: Given): void {
  if (answer.format !== "compact") return;
  const shown = answer.data.series ?? [];
  expect(shown).toHaveLength(answer.returned);
  for (const item of shown) {
    const labels = { ...answer.data.common_labels, ...item.labels };
    const matches = series.filter(
      ({ metric }) => sameLabels(metric, labels) && isShownAs(item, metric, series, answer),
    );
    expect(matches.length).toBeGreaterThan(0);
  }
}

const sameLabels = (a: Labels, b: Labels): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

function isShownAs(item: Record<string, unknown>, metric: Labels, series: Given, answer: Answer): boolean {
  return series
    .filter((candidate) => candidate.metric === metric)
    .some(({ values }) => {
      if (answer.downsampled === true) return hasExtremes(item, values);
      const given = item["points"] ?? item["values"] ?? [];
      const list = (given as unknown[])
        .map((entry) => (Array.isArray(entry) ? entry[1] : entry))
        .filter((v) => v !== null);
      return list.length === values.length && list.every((value, i) => sameValue(value, values[i]![1]));
    });
}

function hasExtremes(item: Record<string, unknown>, values: Point[]): boolean {
  const known = extremes(values);
  const stats = item["stats"] as { count: number; min?: number; max?: number };
  if (stats.count !== values.length) return false;
  if (known === undefined) return stats.min === undefined;
  if (!sameValue(stats.min, goFloat(known[0])) || !sameValue(stats.max, goFloat(known[1]))) return false;
  const lows = (item["min"] as unknown[]).map((low) => (low === "-Inf" ? -Infinity : low === "+Inf" ? Infinity : low));
  const lowest = Math.min(...lows.filter((low) => typeof low === "number"));
  return values.some(([, value]) => value === "-Inf") ? lowest === -Infinity : sameValue(lowest, goFloat(known[0]));
}

describe("values and buckets", () => {
  it("every number is shown within four digits and survives JSON", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(sameValue(JSON.parse(JSON.stringify(show(toNumber(value)))), value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("the lowest and the highest point are in some bucket", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100_000), fc.double({ noNaN: true })), { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        (points, count) => {
          const { lows, highs } = bucketExtremes(points, 0, Math.max(1, 100_000_000 / count), count);
          const values = points.map(([, value]) => value);
          expect(lows).toHaveLength(count);
          expect(Math.min(...lows.filter((low) => low !== undefined))).toBe(Math.min(...values));
          expect(Math.max(...highs.filter((high) => high !== undefined))).toBe(Math.max(...values));
        },
      ),
    );
  });
});
