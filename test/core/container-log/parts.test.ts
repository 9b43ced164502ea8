import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolFailure } from "../../../src/core/failure.ts";
import { cleanLine } from "../../../src/core/container-log/clean.ts";
import { createFold } from "../../../src/core/container-log/fold.ts";
import { createGrep } from "../../../src/core/container-log/grep.ts";
import { LineReader } from "../../../src/core/container-log/line-reader.ts";
import { Ring } from "../../../src/core/container-log/ring.ts";

const ESC = "\u001b";

function read(bytes: Uint8Array | string, { size = Infinity, hasStamps = false } = {}) {
  const reader = new LineReader(hasStamps);
  const all = Buffer.from(bytes);
  const lines = [];
  for (let at = 0; at < all.length; at += size) lines.push(...reader.push(all.subarray(at, at + size)));
  return [...lines, ...reader.end()];
}
const texts = (bytes: Uint8Array | string, options = {}) => read(bytes, options).map(({ text }) => text);

describe("the line reader", () => {
  it("ends lines at LF and CRLF, and keeps a last line without an end", () => {
    expect(texts("one\r\ntwo\n\nthree")).toEqual(["one", "two", "", "three"]);
    expect(texts("one\n")).toEqual(["one"]);
    expect(texts("")).toEqual([]);
  });
  it("shows of a progress line what the terminal shows at the end", () => {
    expect(texts("10%\r50%\r100%\r\ndone\r\r\n")).toEqual(["100%", "done"]);
    expect(texts(`${"working\r".repeat(40_000)}ready`)).toEqual(["ready"]);
  });
  it("replaces bytes that are no UTF-8", () => {
    expect(texts(Uint8Array.from([0x61, 0xff, 0x62, 0x0a, 0xe2, 0x82]))).toEqual(["a\ufffdb", "\ufffd"]);
  });
  it("reads the same whatever the pieces are", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => new Uint8Array(Buffer.from(`${text}\r\n`))),
    );
    fc.assert(
      fc.property(fc.array(bytes), fc.integer({ min: 1, max: 9 }), (parts, size) => {
        const all = Buffer.concat(parts);
        expect(read(all, { size })).toEqual(read(all));
      }),
    );
  });
  it("takes the kubelet's timestamps off", () => {
    const log = "2026-11-25T17:56:23.123456789Z one\r\n2026-11-25T17:56:24Z \nnone\n";
    expect(read(log, { hasStamps: true })).toEqual([
      { text: "one", cut: 0, at: "2026-11-25T17:56:23.123456789Z" },
      { text: "", cut: 0, at: "2026-11-25T17:56:24Z" },
      { text: "none", cut: 0 },
    ]);
  });
  it("keeps the start of an endless line and counts the rest", () => {
    const [line, next] = read(`${"x".repeat(1_000_000)}\nnext`, { size: 65_536 });
    expect(line?.text.length).toBeLessThan(65_536);
    expect((line?.text.length ?? 0) + (line?.cut ?? 0)).toBe(1_000_000);
    expect(next).toEqual({ text: "next", cut: 0 });
  });
  it("forgets what was cut once it is painted over", () => {
    expect(read(`${"x".repeat(200_000)}\rshort\n`, { size: 65_536 })).toEqual([{ text: "short", cut: 0 }]);
  });
});

describe("cleaning", () => {
  it.each([
    [`${ESC}[1;31merror${ESC}[0m: x${ESC}[K`, "error: x"],
    ["\u009b31mred", "red"],
    [`${ESC}]0;title\u0007text${ESC}]8;;http://a${ESC}\\link${ESC}]8;;${ESC}\\`, "textlink"],
    [`${ESC}]never ended`, "never ended"],
    [`${ESC}Pq#0${ESC}\\after${ESC}(B${ESC}7`, "after"],
    ["a\u0000b\u0008c\u007fd\tE", "abcd\tE"],
    ["user\u202egpj.exe\u202c \u2066x\u2069\u200b\ufeff", "usergpj.exe x"],
    ["hid\u{e0041}den", "hidden"],
    ["one\u2028two", "one two"],
    ["grün 漢字 👩‍💻 😀", "grün 漢字 👩‍💻 😀"],
  ])("%j reads %j", (line, clean) => {
    expect(cleanLine(line)).toBe(clean);
  });
  it("leaves no control character in any text, and changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const clean = cleanLine(text.replace(/[\r\n]/g, ""));
        expect(clean).not.toMatch(/(?!\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe("folding", () => {
  const fold = (lines: string[]) => {
    const folding = createFold();
    return [...lines.flatMap((line) => folding.push(line)), ...folding.end()];
  };
  it("says a line that repeats once, with how often", () => {
    expect(fold(["a", "b", "b", "b", "a", "c", "c"])).toEqual(["a", "b (×3)", "a", "c (×2)"]);
    expect(fold(["", "", "a"])).toEqual(["", "a"]);
    expect(fold([])).toEqual([]);
  });
});

describe("grep", () => {
  const grep = (pattern: string, lines: string[], options = { before: 0, after: 0 }) => {
    const grepping = createGrep(pattern, options);
    return lines.flatMap((line) => grepping.push(line));
  };
  const lines = ["1", "2", "x3", "4", "5", "6", "7", "x8", "x9", "10", "11", "12"];
  it("keeps what matches", () => {
    expect(grep("x", lines)).toEqual(["x3", "--", "x8", "x9"]);
    expect(grep("^x[39]$", lines)).toEqual(["x3", "--", "x9"]);
    expect(grep("(?i)ERR", ["an error", "fine"])).toEqual(["an error"]);
    expect(grep("nothing", lines)).toEqual([]);
  });
  it("keeps neighbours, each once, and breaks between groups that are apart", () => {
    expect(grep("x", lines, { before: 1, after: 2 })).toEqual(["2", "x3", "4", "5", "--", "7", "x8", "x9", "10", "11"]);
    expect(grep("x", lines, { before: 2, after: 2 })).toEqual([
      "1",
      "2",
      "x3",
      "4",
      "5",
      "6",
      "7",
      "x8",
      "x9",
      "10",
      "11",
    ]);
  });
  it("refuses what is not RE2, and says what is", () => {
    expect(() => createGrep("(?=a)", { before: 0, after: 0 })).toThrow(ToolFailure);
    expect(() => createGrep("a(", { before: 0, after: 0 })).toThrow(/^invalid grep pattern: missing closing \)/);
  });
  it("is done with patterns on which JavaScript's own engine freezes", () => {
    expect(grep("(a+)+$", [`${"a".repeat(5_000)}!`])).toEqual([]);
  });
});

describe("the ring", () => {
  const fill = (lines: string[], limits: { headBytes: number; tailBytes: number; tailLines: number }) => {
    const ring = new Ring(limits);
    for (const line of lines) ring.push(line);
    return ring.kept();
  };
  const ten = Array.from({ length: 10 }, (_, at) => `${at}`);
  it("keeps the first and the last lines and counts those between", () => {
    expect(fill(ten, { headBytes: 4, tailBytes: 6, tailLines: 100 })).toEqual({
      head: ["0", "1"],
      tail: ["7", "8", "9"],
      dropped: { lines: 5, bytes: 10 },
    });
    expect(fill(ten, { headBytes: 0, tailBytes: 100, tailLines: 2 })).toMatchObject({ head: [], tail: ["8", "9"] });
  });
  it("never has more than its limits, and loses nothing uncounted", () => {
    const limits = { headBytes: 50, tailBytes: 200, tailLines: 30 };
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 3_000 }), (lines) => {
        const { head, tail, dropped } = fill(lines, limits);
        expect(head.length + tail.length + dropped.lines).toBe(lines.length);
        expect(Buffer.byteLength(tail.map((line) => `${line}\n`).join(""))).toBeLessThanOrEqual(200);
        expect([...head, ...tail]).toEqual([
          ...lines.slice(0, head.length),
          ...lines.slice(lines.length - tail.length),
        ]);
      }),
      { numRuns: 30 },
    );
  });
});
