import { expect, test } from "vitest";
import { cell, code, fence, inline, link, table, webAddress } from "../../../src/agent/issue/markdown.ts";
import { list, prose } from "../../../src/agent/issue/prose.ts";
import { look } from "./oracle.ts";

test.each([
  ["Back-off pulling image, 3 of 5 and 12,000 more (see above): done!", undefined],
  ["it took 3.5s, e.g. on Node 24.1 and/or later", undefined],
  ["mail @jane, see #12 or owner/repo#4", "mail `@jane`, see `#12` or `owner/repo#4`"],
  ["closes #3; !12 and GH-7", "closes `#3`; `!12` and `GH-7`"],
  ["the file package.json (not setup.py).", "the file `package.json` (not `setup.py`)."],
  ["<b>bold</b> <!-- note -->", "`<b>bold</b>` `<!-` \\- note `-->`"],
  ["![x](https://a.example/p.png) [y](javascript:z)", "`![x](https://a.example/p.png)` `[y](javascript:z)`"],
  ["a & b - c | d = e", String.raw`a \& b \- c \| d \= e`],
  ["1. first", String.raw`1\. first`],
  ["# title", "`#` title"],
  ["run `npm ci --force`s, **now**", "run `npm ci --force`s, now"],
  ["``a``` b `c``d`", undefined],
  ["a\u202Eb\u200Bc \u0007d", "abc \uFFFDd"],
  ["", ""],
])("as one line, %j", (text, expected) => {
  const shown = inline(text, 500);
  if (expected !== undefined) expect(shown).toBe(expected);
  else if (!text.includes("`")) expect(shown).toBe(text);
  expect(look(shown).problems).toEqual([]);
});

test("a line is cut between words and says so", () => {
  expect(inline("one two @three four", 14)).toBe("one two …");
  expect(inline("x".repeat(1_000), 400)).toBe(`\`${"x".repeat(299)}…\``);
});

test("a cell holds no bare pipe, a code span no backtick", () => {
  expect(cell("a|b `c|d` |")).toBe(String.raw`${"`a`\\|`b`"} ${"`c`\\|`d`"} \|`);
  expect(code(" a`b\nc ")).toBe("`a'b c`");
  const shown = look(table(["A", "B"], [[cell(String.raw`a\|b\ | x`), cell("| y |")]], 1_000));
  expect(shown.text.trim().split("\n")).toEqual(["A", "B", String.raw`a\|b\ | x`, "| y |"]);
});

test("a table that is too long says how many rows it lacks", () => {
  const rows = Array.from({ length: 50 }, (_, at) => [`row ${at}`]);
  const shown = table(["A"], rows, 200);
  expect(shown.length).toBeLessThanOrEqual(200);
  expect(shown).toContain("\n\n38 more left out: no room.");
});

test("a fence is longer than any run of backticks in it", () => {
  expect(fence("a\n````\nb")).toBe("`````\na\n````\nb\n`````");
  expect(fence("`".repeat(500))).toBe("```\n[500 backticks]\n```");
});

test.each([
  ["https://a.example/x_(y)?q=1&copy;#z", "https://a.example/x_%28y%29?q=1&amp;copy;#z"],
  ["HTTP://A.example", "http://a.example/"],
  ["http://[::1]:8080/", "http://[::1]:8080/"],
  ["https://user:pw@a.example/", undefined],
  ["javascript:alert(1)", undefined],
  ["data:text/html,x", undefined],
  ["//a.example", undefined],
  [`https://a.example/${"x".repeat(2_000)}`, undefined],
])("the address of %s is %s", (url, expected) => {
  expect(webAddress(url)).toBe(expected);
  expect(look(link(url)).problems).toEqual([]);
  expect(look(link(url)).links).toHaveLength(expected === undefined ? 0 : 1);
});

test("prose keeps paragraphs, lists, headings as bold lines and code blocks", () => {
  const text = "# Why\nFirst\nline\n* one\n2) two\n```sh\nls | wc\n```\n> quoted";
  expect(prose(text, 500)).toBe("**Why**\n\nFirst line\n\n- one\n2. two\n\n```\nls | wc\n```\n\n`>` quoted");
});

test("prose that is too long ends whole, also in a code block", () => {
  const cut = prose(`start\n\n~~~\n${"code line\n".repeat(100)}~~~\n\nend`, 200);
  expect(cut.length).toBeLessThanOrEqual(200);
  expect(cut).toMatch(/^start\n\n```\ncode line\n[^`]*…\n```(?:\n\n…)?$/);
});

test("a list drops the marks that its entries bring, and tells how many do not fit", () => {
  expect(list(["1. one", "- two\n\nmore"], 500, true)).toBe("1. one\n2. two\n\n   more");
  expect(
    list(
      Array.from({ length: 99 }, () => "some words in a row"),
      200,
    ),
  ).toMatch(/\n- and \d+ more$/);
  expect(list([" ", ""], 100)).toBe("");
});

test.each([
  "@jane",
  "see #12",
  "!12",
  "<b>x</b>",
  "<!-- x -->",
  "![x](y)",
  "https://a.example",
  "a@b.com",
  "www.example.com",
  "# x",
  "> x",
  "    x",
  "*x*",
  "~~x~~",
  "```js\nx\n```",
  "<details>\n\nx",
])("left as it is, %j would be noticed", (text) => {
  expect(look(text).problems).not.toEqual([]);
});
