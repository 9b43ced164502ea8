import { expect, it } from "vitest";
import { cleanText, clipMiddle, legendNames } from "../../../../src/modules/prometheus/chart/labels.ts";

it("factors out what all series share and shows the one label that differs by its value", () => {
  expect(legendNames(['up{job="api",pod="a"}', 'up{job="api",pod="b"}'])).toEqual({
    names: ["a", "b"],
    shared: 'up, job="api"',
  });
  expect(legendNames(['{__name__="up",pod="a"}', '{__name__="up",pod="b"}'])).toEqual({
    names: ["a", "b"],
    shared: "up",
  });
});

it("keeps the keys when more than one label differs", () => {
  expect(legendNames(['{pod="a",code="200"}', '{pod="b",code="500"}']).names).toEqual([
    "pod=a, code=200",
    "pod=b, code=500",
  ]);
});

it("leaves one series, and names of another form, as they are", () => {
  expect(legendNames(['up{job="api"}'])).toEqual({ names: ['up{job="api"}'], shared: "" });
  expect(legendNames(["a b", 'up{job="api"}']).names).toEqual(["a b", 'up{job="api"}']);
  expect(legendNames(['{a="x" oops}', '{a="y"}']).names).toEqual(['{a="x" oops}', '{a="y"}']);
});

it("reads quotes, commas and braces inside values", () => {
  expect(legendNames(['{q="a\\"},b",z="1"}', '{q="c",z="1"}']).names).toEqual(['a"},b', "c"]);
});

it("clips long names in the middle, by characters", () => {
  const [name] = legendNames([`checkout-${"x".repeat(200)}-7k9z`]).names;
  expect(Array.from(name ?? "")).toHaveLength(60);
  expect(name).toMatch(/^checkout-x+…x+-7k9z$/);
  expect(clipMiddle("🚀🚀🚀🚀🚀🚀", 3)).toBe("🚀…🚀");
});

it("strips control characters, direction marks, lone surrogates and what XML forbids", () => {
  expect(cleanText("a\u0000b\nc\u202Ed\uFFFEe\uD800f\u001B[31m", 60)).toBe("a b cde\uFFFDf [31m");
  expect(cleanText("x".repeat(10_000_000), 10)).toBe(`${"x".repeat(10)}…`);
});
