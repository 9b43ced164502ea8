import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/core/redact.ts";
import { collectLog, type CollectOptions } from "../../../src/core/container-log/index.ts";

async function* chunks(log: string | Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(log);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const collect = (log: string | Uint8Array, options: Partial<CollectOptions> = {}, size?: number) =>
  collectLog(chunks(log, size), { maxBytes: 24_000, signal: new AbortController().signal, ...options });

const numbered = (n: number): string => Array.from({ length: n }, (_, at) => `line ${at + 1}\n`).join("");
const key = (body: string): string =>
  ["-----BEGIN", `PRIVATE KEY-----\n${body}\n-----END`, "PRIVATE KEY-----\n"].join(" ");
const bytesOf = (text: string): number => Buffer.byteLength(text);

describe("a short log", () => {
  it("comes whole, with an account", async () => {
    expect(await collect("one\r\n\u001b[31mtwo\u001b[0m\ntwo\npassword=hunter2\n")).toEqual({
      text: expect.stringMatching(/^one\ntwo \(×2\)\npassword=\[REDACTED:password:[0-9a-f]{4}\]$/),
      lines_total: 4,
      lines_returned: 3,
      bytes_total: 39,
      truncated: false,
      redacted: 1,
      redactions: { password: 1 },
    });
  });
  it("may be empty", async () => {
    expect(await collect("")).toMatchObject({ text: "", lines_total: 0, lines_returned: 0, truncated: false });
  });
  it("tells the time of its first and last line when they are stamped", async () => {
    const log = "2026-11-25T17:56:23Z a\n2026-11-25T17:56:24Z a\n";
    expect(await collect(log, { timestamps: true })).toMatchObject({
      text: "a (×2)",
      first_at: "2026-11-25T17:56:23Z",
      last_at: "2026-11-25T17:56:24Z",
    });
  });
  it("is no log when it is the kubelet's excuse", async () => {
    const excuse = "unable to retrieve container logs for cri-o://0123";
    expect(await collect(excuse)).toMatchObject({ text: "", unavailable: excuse, lines_returned: 0 });
    expect(await collect(`${excuse}\nand more`)).not.toHaveProperty("unavailable");
  });
  it("is the same whatever its pieces are", async () => {
    const log = `${numbered(40)}grün 漢字 😀\r\ntoken: ${"a1".repeat(20)}\n${key("A".repeat(64))}`;
    const redactor = createRedactor({ key: "k" });
    const whole = await collect(log, { redactor });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), async (size) => {
        expect(await collect(log, { redactor }, size)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });
});

describe("a long log", () => {
  it("shows its end, the lines around its errors, its start, and says what is left out", async () => {
    const log = `${numbered(3_000)}FATAL: cannot open shop.db\n${numbered(3_000)}exit status 1\n`;
    const { text, ...account } = await collect(log, { maxBytes: 4_000 });
    expect(bytesOf(text)).toBeLessThanOrEqual(4_000);
    expect(text).toContain("line 2999\nline 3000\nFATAL: cannot open shop.db\nline 1\nline 2");
    expect(text).toMatch(/^line 1\nline 2\nline 3\n\[\.\.\. [\d,]+ lines \([\d,]+ bytes\) left out \.\.\.\]\n/);
    expect(text).toMatch(/line 3000\nexit status 1$/);
    expect(account).toMatchObject({ lines_total: 6_002, truncated: true });
    expect(account.lines_returned + (account.dropped?.lines ?? 0)).toBe(6_002);
  });
  it("never has more bytes than asked for, and every line is shown or counted", async () => {
    const line = fc.oneof(fc.string({ unit: "grapheme", maxLength: 300 }), fc.constantFrom("error: x", "panic: y", ""));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 200 }),
        fc.integer({ min: 300, max: 5_000 }),
        async (lines, maxBytes) => {
          const distinct = lines.map((text, at) => `${at} ${text.replace(/[\r\n]/g, "")}`);
          const { text, lines_returned, dropped, truncated } = await collect(distinct.join("\n"), { maxBytes });
          expect(bytesOf(text)).toBeLessThanOrEqual(maxBytes);
          expect(lines_returned + (dropped?.lines ?? 0)).toBe(lines.length);
          expect(truncated).toBe(dropped !== undefined);
        },
      ),
      { numRuns: 100 },
    );
  });
  it("keeps the newest lines when only those are asked for", async () => {
    expect(await collect(numbered(100), { tailLines: 2 })).toMatchObject({
      text: expect.stringMatching(/^\[\.\.\. 98 lines \(\d+ bytes\) left out \.\.\.\]\nline 99\nline 100$/),
      lines_returned: 2,
      dropped: { lines: 98 },
    });
  });
  it("stops reading at the cap, and says that newer lines were not seen", async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from(numbered(1_000));
      } finally {
        isClosed = true;
      }
    }
    const options = { maxBytes: 2_000, maxReadBytes: 1_000_000, signal: new AbortController().signal };
    const log = await collectLog(endless(), options);
    expect(log).toMatchObject({ bytes_total: 1_000_000, truncated: true, read_stopped: true });
    expect(isClosed).toBe(true);
  });
  it("of one line of 50 MB shows the start and how much more there was", async () => {
    async function* oneLine(): AsyncGenerator<Uint8Array> {
      const piece = Buffer.alloc(1_000_000, "x");
      for (let at = 0; at < 50; at += 1) yield piece;
      yield Buffer.from("\nthe end\n");
    }
    const log = await collectLog(oneLine(), { maxBytes: 24_000, signal: new AbortController().signal });
    expect(log).toMatchObject({ lines_total: 2, lines_cut: 1, truncated: true, bytes_total: 50_000_009 });
    expect(log.text).toBe(`${"x".repeat(2_000)} [... 49998000 characters cut]\nthe end`);
  });
  it("is not cut within a character", async () => {
    const { text } = await collect(`${"x".repeat(1_999)}😀😀`);
    expect(text).toBe(`${"x".repeat(1_999)} [... 3 characters cut]`);
  });
  it("ends with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(collect(numbered(10), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("grep over a log", () => {
  it("returns matches with their neighbours and counts them", async () => {
    expect(await collect(numbered(30), { grep: "line (3|20)$", before: 1, after: 1 })).toMatchObject({
      text: "line 2\nline 3\nline 4\n--\nline 19\nline 20\nline 21",
      lines_total: 30,
      lines_matched: 2,
      truncated: false,
    });
  });
  it("cannot be used to guess a secret, nor to get a line out of a key", async () => {
    expect(await collect("password=hunter2\n", { grep: "hunt" })).toMatchObject({ text: "", lines_matched: 0 });
    expect(await collect(key(`MIIE${"A".repeat(60)}`), { grep: "MIIE" })).toMatchObject({ text: "", redacted: 1 });
  });
});

describe("a secret", () => {
  it("is found past the 2,000 characters that are shown, and is not cut into an unknown half", async () => {
    const token = ["ghp_", "a1B2".repeat(9)].join("");
    const { text, redacted } = await collect(`${"x ".repeat(990)}${token} end\n`);
    expect(text).not.toContain("ghp_");
    expect(redacted).toBe(1);
    const far = await collect(`${"x ".repeat(32_758)}${token}${" y".repeat(9_000)}\n`);
    expect(far.text).not.toContain("ghp_");
  });
  it("hidden behind colours or zero-width characters is found", async () => {
    expect((await collect("pass\u001b[1mword=\u200bhunter2\u001b[0m")).text).not.toContain("hunter2");
  });
});
