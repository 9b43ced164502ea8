// What the stand-in understands of PromQL.
import { expect, test } from "vitest";
import { normalize, parseSelector, selects } from "../../../src/demo/replay/selector.ts";

test.each([
  ["up", [["__name__", "up"]]],
  [
    'up{job="shop"}',
    [
      ["__name__", "up"],
      ["job", "shop"],
    ],
  ],
  [
    ' up { job = "shop" , } ',
    [
      ["__name__", "up"],
      ["job", "shop"],
    ],
  ],
  ['{__name__="up",a="x, y}"}', undefined],
  [
    '{__name__="up",a="x, \\"y"}',
    [
      ["__name__", "up"],
      ["a", 'x, "y'],
    ],
  ],
  ["up{}", [["__name__", "up"]]],
])("%s is a name with equality matchers", (text, matchers) => {
  expect(parseSelector(text)?.matchers).toEqual(matchers);
});

test.each([
  "",
  "{}",
  'up{job!="shop"}',
  'up{job=~"shop"}',
  "rate(up[5m])",
  "up[5m]",
  "1",
  'up{job="a" "b"}',
  "up{job}",
])("%j is not", (text) => {
  expect(parseSelector(text)).toBeUndefined();
});

test("an absent label equals the empty string", () => {
  const selector = parseSelector('up{job=""}');
  expect(selector && selects(selector, { __name__: "up" })).toBe(true);
  expect(selector && selects(selector, { __name__: "up", job: "x" })).toBe(false);
});

test("blanks do not matter, except between words and in strings", () => {
  expect(normalize('sum  by(a)\n(rate( x{b="c  d"}[5m] ))')).toBe(normalize('sum by (a) (rate(x{b="c  d"}[5m]))'));
  expect(normalize('x{b="c d"}')).not.toBe(normalize('x{b="cd"}'));
  expect(normalize("a or b")).toBe("a or b");
});
