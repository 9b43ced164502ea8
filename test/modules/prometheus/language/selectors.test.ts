import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMatchers } from "../../../../src/modules/prometheus/language/matchers.ts";
import {
  labelFilter,
  labelSegment,
  metricSelector,
  parseLabelFilter,
  parseSelectors,
  resolveScope,
} from "../../../../src/modules/prometheus/language/selectors.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const selectors = (input: Parameters<typeof resolveScope>[0]) => resolveScope(input, NOW).selectors;

describe("match", () => {
  it("is one selector, or a JSON list of them", () => {
    expect(parseSelectors(undefined)).toEqual([]);
    expect(parseSelectors("  ")).toEqual([]);
    expect(parseSelectors(' up{job="a"} ')).toEqual(['up{job="a"}']);
    expect(parseSelectors('["up", "{job=\\"a\\"}"]')).toEqual(["up", '{job="a"}']);
  });

  it("is refused when it is a broken list, an empty one's member, or too many", () => {
    for (const match of ['["up"', "[1]", '["up",""]', JSON.stringify(Array(21).fill("up"))]) {
      expect(() => parseSelectors(match), match).toThrow(/^INVALID_MATCH: /);
    }
  });

  it("is met together with metric_name, not instead of it", () => {
    expect(selectors({ metric_name: "up" })).toEqual(['{__name__="up"}']);
    expect(selectors({ match: "up" })).toEqual(["up"]);
    expect(selectors({ metric_name: "up", match: '{job=~"a.*"}' })).toEqual(['{__name__="up",job=~"a.*"}']);
    expect(selectors({ metric_name: "up", match: 'http{job="a"}' })).toEqual([
      '{__name__="up",__name__="http",job="a"}',
    ]);
    expect(selectors({ metric_name: "up", match: '["{a=\\"1\\"}","{b=\\"2\\"}"]' })).toEqual([
      '{__name__="up",a="1"}',
      '{__name__="up",b="2"}',
    ]);
    expect(() => selectors({ metric_name: "up", match: "rate(up[5m])" })).toThrow(/^INVALID_MATCH: /);
    expect(() => selectors({ metric_name: "up", match: '{a="1"} or {b="2"}' })).toThrow(/^INVALID_MATCHER: /);
  });

  it("cannot be smuggled into a metric name: any text stays the value of one matcher", () => {
    expect(metricSelector('up"} or {job="x')).toBe('{__name__="up\\"} or {job=\\"x"}');
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        expect(parseMatchers(metricSelector(name))).toEqual([{ label: "__name__", op: "=", value: name }]);
      }),
    );
  });
});

describe("a time range", () => {
  it("is sent as Unix seconds and echoed as RFC 3339; what is left out stays out", () => {
    expect(resolveScope({ start: "now-1h" }, NOW)).toEqual({
      params: { start: NOW / 1000 - 3600, end: undefined },
      selectors: [],
      members: { resolved: { start: "2026-11-25T11:00:00.000Z" } },
    });
    expect(() => resolveScope({ start: "now", end: "now-1h" }, NOW)).toThrow(/^INVALID_TIME_RANGE/);
    expect(() => resolveScope({ start: "yesterday" }, NOW)).toThrow(/^INVALID_TIME: /);
  });
});

describe("a label name", () => {
  it("is itself when it is an old one, else escaped as Prometheus 3 reads it", () => {
    expect(labelSegment("job")).toBe("job");
    expect(labelSegment("__name__")).toBe("__name__");
    expect(labelSegment("k8s.io/app_name")).toBe("U__k8s_2e_io_2f_app__name");
    expect(labelSegment("métrique")).toBe("U__m_e9_trique");
    expect(labelSegment("1st")).toBe("U___31_st");
    expect(labelSegment("🚒.a".replace("🚒", "x"))).toBe("U__x_2e_a");
  });

  it("is refused when it could be a path, a query or nothing", () => {
    for (const name of [
      "../status/config?x=",
      "..",
      "../../config",
      "a/../b",
      "/etc",
      "job/",
      "a//b",
      "%2e%2e%2fstatus",
      "a?b",
      "a#b",
      "a\\b",
      "a\nb",
      " job",
      " ",
      'a"b',
      "{job}",
    ]) {
      expect(() => labelSegment(name), name).toThrow(/^INVALID_LABEL_NAME: /);
    }
  });

  it("is always one path segment", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        let segment = "";
        try {
          segment = labelSegment(name);
        } catch {
          return;
        }
        expect(segment).toMatch(/^[a-zA-Z0-9_]+$/);
      }),
    );
  });
});

describe("a label filter", () => {
  const meets = (text: string, labels: Record<string, string>) => labelFilter(parseLabelFilter(text))(labels);

  it("works as in PromQL: anchored patterns, and a missing label is an empty one", () => {
    const labels = { severity: "page", team: "db-core", text: "a\nb" };
    expect(meets('severity="page",team=~"db.*"', labels)).toBe(true);
    expect(meets('{severity="page"}', labels)).toBe(true);
    expect(meets('team=~"db"', labels)).toBe(false);
    expect(meets('team!~"db"', labels)).toBe(true);
    expect(meets('severity!="page"', labels)).toBe(false);
    expect(meets('zone=""', labels)).toBe(true);
    expect(meets('zone=~".+"', labels)).toBe(false);
    expect(meets('text=~"a.b"', labels)).toBe(true);
    expect(meets("", labels)).toBe(true);
  });

  it("refuses what it cannot read, with the reason", () => {
    expect(() => meets("severity=page", {})).toThrow(/^INVALID_MATCHER: /);
    expect(() => meets('a=~"("', {})).toThrow("Invalid regex pattern: missing closing ): `(`");
  });
});
