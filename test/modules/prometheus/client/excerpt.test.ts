import { describe, expect, it } from "vitest";
import { caretExcerpt, excerptOf } from "../../../../src/modules/prometheus/client/excerpt.ts";

describe("caretExcerpt", () => {
  it("counts bytes as Prometheus does, and points at characters", () => {
    expect(caretExcerpt("1:13: parse error: x", 'up{a="é🦊"} ==')).toBe('up{a="é🦊"} ==\n        ^');
  });

  it("finds the line, and keeps tabs from moving the caret", () => {
    expect(caretExcerpt("2:3: parse error: x", "sum(\n\t)(\n)")).toBe(" )(\n  ^");
  });

  it("shows the neighbourhood of a long line only", () => {
    const query = `${"a".repeat(500)}!${"b".repeat(500)}`;
    expect(caretExcerpt("1:501: parse error: x", query)).toBe(
      `${"a".repeat(40)}!${"b".repeat(39)}\n${" ".repeat(40)}^`,
    );
  });

  it("stays silent without a position or without the line", () => {
    for (const error of ["bad", "9:1: parse error: x", "1:1: something else", "0:0: parse error: x"]) {
      expect(caretExcerpt(error, "up")).toBeUndefined();
    }
  });
});

describe("excerptOf", () => {
  it("removes markup and control characters", () => {
    const text = "<!doctype html><script>alert(1)</script><b>Fish &amp; chips</b>\u202e\n\u0000 1 &lt; 2<br/>";
    expect(excerptOf(text, [])).toBe("Fish & chips 1 < 2");
  });
});
