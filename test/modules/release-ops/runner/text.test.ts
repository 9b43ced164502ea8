// The parts that handle text, over all ways to cut it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCapture } from "../../../../src/modules/release-ops/runner/output.ts";
import { createRing } from "../../../../src/modules/release-ops/runner/ring.ts";

const policy = { keepHeadBytes: 1_000_000, keepTailBytes: 1_000_000, hardLimitBytes: 10_000_000, stripAnsi: true };

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, n) => bytes.subarray(from, at[n] ?? bytes.length));
}

const secret = fc.string({ unit: fc.constantFrom("a", "b", "é", "\n", '"', "-"), minLength: 6, maxLength: 20 });

describe("captured output", () => {
  test("has no secret in it, wherever the chunks and the streams are cut", () => {
    const input = {
      secrets: fc.array(secret, { minLength: 1, maxLength: 4 }),
      parts: fc.array(fc.oneof(fc.nat(3), fc.string({ unit: fc.constantFrom("a", "b", "é", "\n", "x") })), {
        maxLength: 12,
      }),
      cuts: fc.array(fc.nat(), { maxLength: 20 }),
      streams: fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }),
      oneStream: fc.boolean(),
    };
    const property = fc.property(fc.record(input), ({ secrets, parts, cuts, streams, oneStream }) => {
      const text = parts.map((part) => (typeof part === "number" ? secrets[part % secrets.length] : part)).join("");
      const lines: string[] = [];
      const capture = createCapture({ output: policy, secrets, onLine: (line) => lines.push(line) }, () => {});
      for (const [n, chunk] of cutAt(Buffer.from(text), cuts).entries())
        capture.write(oneStream || streams[n] ? "stdout" : "stderr", chunk);
      const { output, stdout } = capture.end();
      for (const one of secrets) {
        expect(output).not.toContain(one);
        expect(stdout).not.toContain(one);
        if (oneStream) expect(lines.join("\n")).not.toContain(one);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });
  test("is the text itself when there is no secret in it", () => {
    const property = fc.property(
      fc.string({ unit: "grapheme" }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (raw, cuts) => {
        const text = raw
          .replace(/\p{Cc}/gu, "")
          .replaceAll("\uFFFD", "")
          .toWellFormed();
        const capture = createCapture({ output: policy, secrets: ["never in there"] }, () => {});
        for (const chunk of cutAt(Buffer.from(text), cuts)) capture.write("stdout", chunk);
        expect(capture.end().output).toBe(text.replace(/^\uFEFF/, ""));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
  test("hides a secret as JSON and URLs spell it, and leaves short values", () => {
    const capture = createCapture({ output: policy, secrets: ['pass "word"\n', "abc"] }, () => {});
    capture.write(
      "stderr",
      Buffer.from(JSON.stringify({ p: 'pass "word"\n' }) + ` ?p=${encodeURIComponent('pass "word"\n')} abc`),
    );
    expect(capture.end().output).toBe('{"p":"***"} ?p=*** abc');
  });
  test("takes a megabyte without a newline, and one that is all beginnings of a secret", () => {
    const capture = createCapture({ output: policy, secrets: ["aaaaaaaa", "aaaaaaab"] }, () => {});
    for (let n = 0; n < 16; n += 1) capture.write("stdout", Buffer.alloc(64 * 1024, "x"));
    for (let n = 0; n < 4; n += 1) capture.write("stdout", Buffer.alloc(64 * 1024, "a"));
    expect(capture.end().output.replace(/x+/, "x")).toMatch(/^x[*]+a{0,7}[*]*$/);
  });
});

describe("the ring", () => {
  test("keeps head and tail of any text, cut between characters, with the exact number left out", () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\n") }), { maxLength: 40 });
    const property = fc.property(pieces, fc.nat(20), fc.nat(20), (pieces, head, tail) => {
      const ring = createRing(head, tail);
      for (const piece of pieces) ring.push(piece);
      const text = pieces.join("");
      const total = Buffer.byteLength(text);
      expect(ring.cut).toBe(total > head + tail);
      if (!ring.cut) {
        expect(ring.text()).toBe(text);
        return;
      }
      const [, first, left, rest] = /^([^]*)\n\[\.\.\. (\d+) of \d+ bytes left out here \.\.\.\]\n([^]*)$/.exec(
        ring.text(),
      )!;
      expect(text.startsWith(first!) && text.endsWith(rest!)).toBe(true);
      expect(Buffer.byteLength(first!) + Number(left) + Buffer.byteLength(rest!)).toBe(total);
      expect(Buffer.byteLength(first!)).toBeGreaterThan(head - 4);
      expect(Buffer.byteLength(rest!)).toBeGreaterThan(tail - 4);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
