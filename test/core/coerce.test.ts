import { describe, expect, it } from "vitest";
import { coerce } from "../../src/core/coerce.ts";

const properties = {
  n: { type: "integer" },
  b: { type: "boolean" },
  s: { type: "string" },
  list: { type: "array", items: { type: "number" } },
  o: { type: "object" },
};

describe("coerce", () => {
  it.each([
    [{ n: "12" }, { n: 12 }],
    [{ n: "1e3" }, { n: 1000 }],
    [{ n: "" }, { n: "" }],
    [{ n: "12px" }, { n: "12px" }],
    [{ n: true }, { n: true }],
    [{ b: "true" }, { b: true }],
    [{ b: "False" }, { b: false }],
    [{ b: "maybe" }, { b: "maybe" }],
    [{ s: 1795196452 }, { s: "1795196452" }],
    [{ s: ["a"] }, { s: '["a"]' }],
    [{ list: "[1,2]" }, { list: [1, 2] }],
    [{ list: "1, 2" }, { list: [1, 2] }],
    [{ list: "[1," }, { list: ["[1"] }],
    [{ o: '{"a":1}' }, { o: { a: 1 } }],
    [{ o: "{" }, { o: "{" }],
    [{ n: null, unknown: "x" }, { unknown: "x" }],
  ])("turns %j into %j", (raw, expected) => {
    expect(coerce(raw, properties)).toEqual(expected);
  });

  it("keeps a __proto__ key as data", () => {
    const result = coerce(JSON.parse('{"__proto__":{"admin":true}}'), properties);
    expect("admin" in result).toBe(false);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });
});
