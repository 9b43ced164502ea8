import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMatchers, parseMatchers } from "../../../../src/modules/prometheus/language/matchers.ts";
import { adviseOn, checkQuery, isOrdered } from "../../../../src/modules/prometheus/language/promql.ts";

describe("checkQuery", () => {
  it.each(["", "  \n", "\t"])("refuses %j with the seed's text", (text) => {
    expect(() => checkQuery(text)).toThrow(/^INVALID_QUERY: Query cannot be empty$/);
  });

  it("counts code points, untrimmed, as the seed does", () => {
    expect(() => checkQuery("x".repeat(10_000))).not.toThrow();
    expect(() => checkQuery("🚒".repeat(10_000))).not.toThrow();
    expect(() => checkQuery(`${"x".repeat(10_000)} `)).toThrow(
      /^INVALID_QUERY: Query too long \(max 10000 characters\)$/,
    );
    expect(() => checkQuery("🚒".repeat(10_001))).toThrow("Query too long");
  });
});

describe("adviseOn", () => {
  it("finds selectors and metrics", async () => {
    const advice = await adviseOn('sum by (job) (rate(http_total{code=~"5..",job="a"}[5m])) / up > 0.5');
    expect(advice.problems).toEqual([]);
    expect(advice.metrics).toEqual(["http_total", "up"]);
    expect(advice.selectors).toEqual([
      { text: 'http_total{code=~"5..",job="a"}', metric: "http_total", matchers: ['code=~"5.."', 'job="a"'] },
      { text: "up", metric: "up", matchers: [] },
    ]);
    expect([...advice.uses].sort()).toEqual(["Gtr", "rate"]);
  });

  it("knows a metric by its quoted name and by __name__, but not by a pattern", async () => {
    expect((await adviseOn('{"métrique.é", a="b"}')).metrics).toEqual(["métrique.é"]);
    expect((await adviseOn('{__name__="up"}')).metrics).toEqual(["up"]);
    expect((await adviseOn('{__name__=~"up|down"}')).metrics).toEqual([]);
  });

  it("points at the place of a mistake", async () => {
    const { problems } = await adviseOn("up and\n  rate(up{[5m])");
    expect(problems[0]).toEqual({ line: 2, column: 11, excerpt: "  rate(up{[5m])\n          ^" });
    expect((await adviseOn(`${"up + ".repeat(100)}}`)).problems[0]?.excerpt).toMatch(/^.{1,80}\n {40}\^$/);
  });

  it("never throws and always comes to an end", async () => {
    for (const text of [
      "(".repeat(9999),
      "}{)(".repeat(2500),
      "up{".repeat(3333),
      "-".repeat(10_000),
      "",
      "\0",
      "\ud800",
    ]) {
      const advice = await adviseOn(text);
      expect(advice.problems.length).toBeLessThanOrEqual(10);
      expect(advice.selectors.length).toBeLessThanOrEqual(50);
    }
    await fc.assert(fc.asyncProperty(fc.string(), async (text) => void (await adviseOn(text))));
  });

  it("sees which queries order their own result", () => {
    for (const text of ["topk(3, up)", " sort_desc(up)", "(bottomk by (a) (1, up))"])
      expect(isOrdered(text)).toBe(true);
    for (const text of ["up", "sum(topk(3, up))", "sorted", "topk_total"]) expect(isOrdered(text)).toBe(false);
  });
});

describe("matchers", () => {
  it("are read as in PromQL", () => {
    expect(parseMatchers(`{job="api", code !~ '5..' ,path=\`a"b\`,}`)).toEqual([
      { label: "job", op: "=", value: "api" },
      { label: "code", op: "!~", value: "5.." },
      { label: "path", op: "=", value: 'a"b' },
    ]);
    expect(parseMatchers(" ")).toEqual([]);
    expect(parseMatchers("{}")).toEqual([]);
  });

  it.each([
    'job="a"} or up{x="y"',
    "job",
    "job=a",
    'job=="a"',
    'a="b" c="d"',
    '1a="b"',
    'a="b"\\',
    '"a"="b"',
    'a="\\q"',
    ",",
  ])("refuse %s", (text) => {
    expect(() => parseMatchers(text)).toThrow("INVALID_MATCHER");
  });

  it("survive being written and read again, whatever the value", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 4 }), (values) => {
        const matchers = values.map((value) => ({ label: "a", op: "=~" as const, value }));
        expect(parseMatchers(formatMatchers(matchers))).toEqual(matchers);
      }),
    );
  });
});
