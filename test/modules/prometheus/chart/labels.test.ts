import { expect, it } from "vitest";
import { cleanText, clipMiddle, legendNames } from "../../../../src/modules/prometheus/chart/labels.ts";

it("factors out what all series share and shows the one label that differs by its value", () => {
  expect(legendNames(['up{job="api",pod="a"}', 'up{job="api",pod="b"}'])).toEqual({
    names: ["a", "b"],
    shared: 'up, job="api"',
    keys: "pod",
  });
  expect(legendNames(['{__name__="up",pod="a"}', '{__name__="up",pod="b"}'])).toEqual({
    names: ["a", "b"],
    shared: "up",
    keys: "pod",
  });
});

it("joins the values of several labels and says which they are", () => {
  const labels = ["200", "500"].flatMap((code) => ["a", "b"].map((pod) => `{pod="${pod}",code="${code}"}`));
  expect(legendNames(labels)).toEqual({
    names: ["a · 200", "b · 200", "a · 500", "b · 500"],
    shared: "",
    keys: "pod · code",
  });
});

it("leaves out labels that follow from another one", () => {
  const labels = ["a-1", "a-2", "b-1"].map((pod) => `{instance="${pod}:80",pod="${pod}",service="${pod.slice(0, 1)}"}`);
  expect(legendNames(labels)).toEqual({ names: ["a-1", "a-2", "b-1"], shared: "", keys: "pod" });
});

it("keeps the keys when some series lack a label", () => {
  const labels = ['{pod="a",code="200"}', '{pod="b",code="200"}', '{pod="a"}', '{pod="b"}'];
  expect(legendNames(labels)).toEqual({
    names: ["pod=a, code=200", "pod=b, code=200", "pod=a", "pod=b"],
    shared: "",
    keys: "",
  });
});

it("leaves one series, and names of another form, as they are", () => {
  expect(legendNames(['up{job="api"}'])).toEqual({ names: ['up{job="api"}'], shared: "", keys: "" });
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
