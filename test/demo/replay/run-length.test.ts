// The notation of captured curves.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCurve, encodeCurve } from "../../../src/demo/replay/run-length.ts";

test("a curve keeps its decimals, its repeats and its gaps", () => {
  const curve = encodeCurve([0.25, 0.25, 0.31, undefined, undefined, 0], 2);
  expect(curve).toEqual({ decimals: 2, values: "25*2 31 _*2 0" });
  expect(decodeCurve(curve)).toEqual(["0.25", "0.25", "0.31", undefined, undefined, "0"]);
});

test("negative decimals drop digits before the point", () => {
  expect(decodeCurve(encodeCurve([294_213_000, -120_000], -5))).toEqual(["294200000", "-100000"]);
});

test("NaN survives", () => {
  expect(decodeCurve(encodeCurve([Number.NaN, 1], 1))).toEqual(["NaN", "1"]);
});

test("any curve of whole numbers comes back as it was", () => {
  const values = fc.array(fc.option(fc.integer({ min: -99_999, max: 99_999 }), { nil: undefined }), { minLength: 1 });
  fc.assert(
    fc.property(values, (curve) => {
      const expected = curve.map((value) => (value === undefined ? undefined : String(value)));
      expect(decodeCurve(encodeCurve(curve, 0))).toEqual(expected);
    }),
  );
});

test("a word that is no value is an error", () => {
  expect(() => decodeCurve({ decimals: 0, values: "1 two" })).toThrow("not a captured value: two");
});
