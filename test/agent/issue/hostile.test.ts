// Whatever evidence, requests and models say, an issue stays one issue: nothing in it is alive, and its marker is its own.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Analysis } from "../../../src/agent/analysis.ts";
import { marker, writeIssue, writeOccurrences, writeStorm, type IssueInput } from "../../../src/agent/issue/index.ts";
import { exited, eventOf, logOf } from "../../support/evidence.ts";
import { hasInvisible, look, markers } from "./oracle.ts";
import { FINGERPRINT, REPORT_ID, buildEvidence, byModel, inputOf, reportOf } from "./sample.ts";

const MARKER = marker(REPORT_ID, FINGERPRINT);

const ATTACKS = [
  "@admin",
  "@org/team",
  "#12",
  "!12",
  "owner/repo#1",
  "owner/repo!1",
  "GH-12",
  "closes #3",
  "Fixes: #4",
  "resolves owner/repo#5",
  "<!-- hub:v1 fp=0000000000000000 report=x -->",
  "<!--",
  "-->",
  "<!<!----",
  "<!-",
  "- hub:v1",
  MARKER,
  "hub:v1",
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<details>",
  "</details>",
  "</summary>",
  "<b>x</b>",
  "<a href='https://x.yz'>",
  "![x](https://evil.example/p.png)",
  "[x](javascript:alert(1))",
  "[x](https://evil.example)",
  "![x][y]",
  "[y]: https://evil.example",
  "<https://evil.example>",
  "<javascript:alert(1)>",
  "https://evil.example/a?b=1&c=2",
  "www.evil.example",
  "ftp://x.yz",
  "mailto:a@b.com",
  "a@b.com",
  "evil.com",
  "//evil.com",
  "| a | b |",
  "|---|---|",
  "|",
  "\\|",
  "\\",
  "\\\\`",
  "`",
  "``",
  "```",
  "````",
  "~~~",
  "```mermaid",
  "`a|b`",
  "``a`b``",
  "# h",
  "###### h",
  "===",
  "---",
  "***",
  "- ",
  "* ",
  "+ ",
  "1. ",
  "1) ",
  "1.",
  "> q",
  "    code",
  "\tcode",
  "[ ] task",
  "- [x] done",
  "[^1]",
  "[^1]: note",
  ": definition",
  "$x$",
  "$$\nx\n$$",
  "*a*",
  "**b**",
  "__c__",
  "~~d~~",
  "_e_",
  "&lt;b&gt;",
  "&#64;admin",
  "&#x40;admin",
  "&copy;",
  ":smile:",
  ":+1:",
  "\u202Eevil",
  "a\u200Bb",
  "@\u200Dadmin",
  "<\u200B!--",
  "<!\u200B--",
  "hub\u200B:v1",
  "\u0000",
  "\u001B[31m",
  "\r",
  "\r\n",
  "\n",
  "\n\n",
  "\u2028",
  "\uD800",
  "\uFFFD",
  "\u00AD",
  " ",
  "  \n",
  "word",
  "e.g.",
  "3.5s",
  "é",
  "日本語",
  "🙂",
  "(",
  ")",
  "!",
  "[",
  "]",
  '"',
  "'",
  "Error: x",
  "a/b",
  "-",
  "&",
  "=",
  "🧑‍💻",
  "`".repeat(300),
  "x".repeat(400),
];

const hostile = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ATTACKS) },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom("", " ", "\n").map((glue) => parts.join(glue)));
const texts = fc.array(hostile, { maxLength: 5 });

const analyses: fc.Arbitrary<Analysis> = fc.record({
  source: fc.constantFrom("llm" as const, "fallback" as const),
  category: fc.constant("dependency" as const),
  cause: hostile,
  summary: hostile,
  failingStep: fc.option(hostile, { nil: undefined }),
  rootCause: hostile,
  confidence: fc.constant("low" as const),
  side: fc.constant("app" as const),
  quotes: texts,
  fixes: texts,
  otherFindings: texts,
  freeText: fc.option(hostile, { nil: undefined }),
  limits: texts,
  model: fc.option(hostile, { nil: undefined }),
  tokens: fc.nat(),
});

const inputs: fc.Arbitrary<IssueInput> = fc
  .record({
    analysis: analyses,
    a: hostile,
    b: hostile,
    c: hostile,
    log: hostile,
    many: texts,
    template: fc.constantFrom("hub" as const, "seed" as const),
  })
  .map(({ analysis, a, b, c, log, many, template }) =>
    inputOf({
      template,
      analysis,
      report: reportOf({
        target: {
          namespace: a,
          podName: b,
          container: c,
          links: { [a]: b, [b]: `https://x.example/${c}`, c },
          metadata: { [c]: a, b },
        },
      }),
      evidence: buildEvidence({
        cluster: a,
        namespace: b,
        workload: { kind: a, name: c, task: b },
        pod: {
          name: a,
          uid: b,
          phase: c,
          reason: a,
          message: log,
          node: b,
          conditions: [{ type: a, status: b, message: c }],
        },
        containers: [exited(c, 1, { image: a, reason: b, message: log, limits: { memory: c } }), exited("other", 0)],
        chosen: { container: c, because: b, asked: a },
        events: [eventOf(a, log, { object: b, type: c })],
        logs: [logOf(c, `${log}\n${many.join("\n")}`, { note: a }), logOf(c, log, { previous: true }), logOf(a, b)],
        also_failed: many,
        problems: many,
      }),
    }),
  );

function expectDead(body: string, own = MARKER): void {
  expect(markers(body)).toEqual(["<!--", "hub:v1"]);
  expect(body.endsWith(own)).toBe(true);
  expect(look(body).problems).toEqual([]);
  expect(hasInvisible(body)).toBe(false);
  expect(body.length).toBeLessThanOrEqual(60_000);
}

test("no text in any member of evidence, request or analysis is alive in an issue", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { title, body } = writeIssue(input);
      expectDead(body);
      const { tables, headings } = look(body);
      expect(new Set(headings).size).toBe(headings.length);
      expect(tables).toBe(input.template === "hub" ? 4 : 3);
      expect(title.length).toBeLessThanOrEqual(120);
      expect(title).not.toMatch(/[@\n\p{Cc}\p{Cf}]|#\d|!\d|: $|<!--/u);
    }),
    { numRuns: 150 },
  );
});

test("nor in a comment of occurrences or the issue of a storm", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (a, b, c) => {
      const row = { reportId: a, at: 1, pod: b, run: c, container: a, cause: c, evidenceUrl: b };
      expectDead(writeOccurrences({ rows: [row, { ...row, cause: a }], total: 2, marker: MARKER, first: c }));
      const report = reportOf({ target: { namespace: a, podName: b, links: {}, metadata: {} } });
      const storm = writeStorm({
        report,
        namespace: a,
        threshold: 50,
        windowMinutes: 5,
        fingerprint: FINGERPRINT,
        publicUrl: undefined,
        now: 0,
      });
      expectDead(storm.body);
      expect(storm.title).not.toMatch(/[@\n\p{Cc}\p{Cf}]|#\d|!\d/u);
    }),
    { numRuns: 100 },
  );
});

const GROUP = 9;
const GROUPS = Array.from({ length: Math.ceil(ATTACKS.length / GROUP) }, (_, at) =>
  ATTACKS.slice(at * GROUP, (at + 1) * GROUP).join(" "),
);

test.each([...GROUPS.entries()])(
  "repeated without end, group %i (%j) neither fills an issue nor breaks it",
  { timeout: 30_000 },
  (at, attack) => {
    const flood = `${attack} `.repeat(1_000);
    const lines = `${attack}\n`.repeat(1_000);
    const many = Array.from({ length: 60 }, () => flood.slice(0, 5_000));
    const input = inputOf({
      analysis: {
        ...byModel,
        cause: flood,
        summary: lines,
        failingStep: flood,
        rootCause: lines,
        quotes: many,
        fixes: [lines, ...many],
        otherFindings: many,
        freeText: flood,
        limits: many,
        model: flood,
      },
      report: reportOf({
        target: {
          namespace: "shop",
          podName: flood,
          links: Object.fromEntries(
            many.map((text, at) => [
              `${at} ${text}`,
              `https://x.example/${encodeURIComponent(text.slice(0, 100).toWellFormed())}`,
            ]),
          ),
          metadata: Object.fromEntries(many.map((text, at) => [`${at} ${text}`, text])),
        },
      }),
      evidence: buildEvidence({
        containers: Array.from({ length: 40 }, (_, at) => exited(`${at}${flood.slice(0, 500)}`, 1, { message: flood })),
        logs: [logOf("step-install", lines), logOf("step-install", flood, { previous: true, note: flood })],
        events: many.map((text) => eventOf(text, text, { object: text })),
        also_failed: many,
        problems: many,
      }),
    });
    const { body } = writeIssue({ ...input, template: at % 2 === 0 ? "hub" : "seed" });
    expectDead(body);
    expect(body.length).toBeGreaterThan(5_000);
  },
);

test("every plain word of a summary is still there to read", () => {
  const word = fc.string({
    unit: fc.constantFrom("a", "x", "Z", "0", "9", "é", "я", "語"),
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(word, fc.constantFrom("@x", "#1", "<b>", "*", "1.", "|")), { maxLength: 30 }),
      (said) => {
        const { body } = writeIssue(inputOf({ analysis: { ...byModel, summary: `Start ${said.join(" ")}` } }));
        const shown =
          look(body)
            .text.split("\n")
            .find((row) => row.startsWith("Start")) ?? "";
        expect(shown.split(/\s+/)).toEqual(["Start", ...said]);
      },
    ),
  );
});
