import { describe, expect, it } from "vitest";
import { errorScore, excerptLines, fitLines, keptOf } from "../../../src/core/log-excerpt/index.ts";

describe("an excerpt", () => {
  const lines = (n: number, at: number, text: string) =>
    Array.from({ length: n }, (_, i) => (i === at ? text : `step ${i}`));
  const kept = (all: string[]) => keptOf(all.join("\n"));
  it("is the last 80 lines and 5 around the error, within 200 lines", () => {
    const { text, lines: shown } = excerptLines(kept(lines(1_000, 500, "ERROR disk full")), {
      maxBytes: 20_000,
      maxLines: 200,
    });
    expect(shown).toBe(80 + 11 + 3);
    expect(text.split("\n").slice(4, 15)).toEqual([
      ...[495, 496, 497, 498, 499].map((n) => `step ${n}`),
      "ERROR disk full",
      ...[501, 502, 503, 504, 505].map((n) => `step ${n}`),
    ]);
  });
  it("gives an error that comes again in other numbers one place, its last", () => {
    const all = Array.from({ length: 3_000 }, (_, at) => (at % 100 === 50 ? `error: attempt ${at}` : `step ${at}`));
    all[1_234] = "Caused by: no route";
    const { text } = excerptLines(kept(all), { maxBytes: 20_000 });
    expect(text.match(/error: attempt/g)).toHaveLength(1);
    expect(text).toContain("Caused by: no route");
  });
  it("shortens a line that would take all the room", () => {
    const { text } = excerptLines(kept(["a", "b".repeat(1_900), "c"]), { maxBytes: 800 });
    expect(text).toMatch(/^a\nb{96}…\nc$/);
  });
});

describe("a stored log", () => {
  it("is its lines, without an empty one at its end", () => {
    expect(keptOf("one\n\ntwo\n").tail).toEqual(["one", "", "two"]);
    expect(keptOf("")).toEqual({ head: [], tail: [], dropped: { lines: 0, bytes: 0 } });
    expect(fitLines(keptOf("one\ntwo"), 100)).toEqual({
      text: "one\ntwo",
      lines: 2,
      dropped: { lines: 0, bytes: 0 },
    });
  });
  it("is excerpted again with an exact account of all that was left out, in one notice for each gap", () => {
    const all = Array.from({ length: 9_000 }, (_, at) => `step ${at}`);
    const first = excerptLines(keptOf(all.join("\n")), { maxBytes: 40_000, tailLines: 2_000 });
    const again = excerptLines(keptOf(first.text), { maxBytes: 1_000 });
    expect(again.lines + again.dropped.lines).toBe(9_000);
    const told = [...again.text.matchAll(/^\[\.\.\. ([\d,]+) lines/gm)].map(([, n = ""]) => Number(n.replace(",", "")));
    expect(told.reduce((a, b) => a + b, 0)).toBe(again.dropped.lines);
    expect(again.text).not.toMatch(/left out \.\.\.\]\n\[\.\.\./);
    expect(Buffer.byteLength(again.text)).toBeLessThanOrEqual(1_000);
  });
});

it("lines that name a cause score above lines that only mention trouble, and those above the rest", () => {
  const score = (line: string) => errorScore(line);
  expect(score("panic: runtime error")).toBeGreaterThan(score("request failed, will retry"));
  expect(score("npm ERR! code E401")).toBeGreaterThan(score("WARN deprecated"));
  expect(score("WARN deprecated")).toBeGreaterThan(0);
  const fine = [
    "listening on 8080",
    "0 errors, 12 passed",
    "--- PASS: TestErrorPath",
    "Skipping step because a previous step failed",
  ];
  expect(fine.map(score)).toEqual([0, 0, 0, 0]);
});

it.each([
  "panic: x",
  "Traceback (most recent call last):",
  "OOMKilled",
  "Out of memory",
  "Segmentation fault",
  "core dumped",
  "Exception in thread",
  "Caused by: x",
  "FATAL x",
  "no space left on device",
  "BUILD FAILURE",
  "npm ERR! x",
  "E   assert 1",
  "error[E0308]: x",
  "--- FAIL: x",
  "permission denied",
  "unauthorized",
  "Forbidden",
  "connection refused",
  "no such host",
  "x509: x",
  "certificate has expired",
  "manifest unknown",
  "exec format error",
  "command not found",
  "CRITICAL",
  "E1124 x",
  "cannot",
  "could not",
  "unable to",
  "timed out",
  "timeout",
  "invalid",
  "exit code",
  "not found",
  "killed",
  "aborted",
  "missing",
  "denied",
  "warning",
])("%s is a clue", (line) => {
  expect(errorScore(line)).toBeGreaterThan(0);
});
