import { describe, expect, it } from "vitest";
import type { Format } from "../../../../src/modules/prometheus/format/answer.ts";
import { formatted, matrixOf, options, START, vectorOf, waves, type Point } from "./replies.ts";

const FORMATS: Format[] = ["auto", "raw", "compact", "summary"];

describe("raw", () => {
  it("is the seed's whole envelope, untouched, with the statistics beside it", () => {
    const envelope = { ...waves(2, 3), isPartial: false };
    const { answer } = formatted(envelope, options("raw"));
    expect(answer.data).toEqual(envelope);
    expect(answer).toMatchObject({ total: 2, returned: 2, truncated: false, has_more: false });
    expect(answer.stats).toHaveLength(2);
    expect(answer).not.toHaveProperty("truncated_by");
  });

  it("is cut by whole series, those with the largest last values first, and says so", () => {
    const { answer, bytes } = formatted(waves(100, 60), options("raw"));
    expect(bytes).toBeLessThanOrEqual(24 * 1024);
    expect(answer).toMatchObject({ format: "raw", total: 100, truncated: true, truncated_by: "bytes", has_more: true });
    const result = answer.data.data?.result ?? [];
    expect(result).toHaveLength(answer.returned);
    expect(answer.returned).toBeGreaterThan(5);
    expect(result[0]?.metric["instance"]).toBe("10.0.0.99:9090");
    for (const series of result) expect(series.values).toHaveLength(60);
  });

  it("keeps the first series of a query that orders its own result", () => {
    const series = Array.from({ length: 500 }, (_, i) => ({
      metric: { id: "x".repeat(50) + i },
      value: [START, String(i)] as Point,
    }));
    const { answer } = formatted(vectorOf(series), options("raw", { isOrdered: true }));
    expect(answer.data.data?.result[0]?.metric["id"]).toBe(`${"x".repeat(50)}0`);
    const other = formatted(vectorOf(series), options("raw"));
    expect(other.answer.data.data?.result[0]?.metric["id"]).toBe(`${"x".repeat(50)}499`);
  });
});

describe("auto", () => {
  it("is raw, then compact, then merged points, then a summary", () => {
    expect(formatted(waves(3, 60), options("auto")).answer.format).toBe("raw");
    const compact = formatted(waves(20, 120), options("auto")).answer;
    expect(compact).toMatchObject({ format: "compact", total: 20, returned: 20, truncated: false });
    const merged = formatted(waves(3, 11_000), options("auto")).answer;
    expect(merged).toMatchObject({ format: "compact", downsampled: true, truncated: true, truncated_by: "points" });
    const summary = formatted(waves(1000, 60), options("auto")).answer;
    expect(summary).toMatchObject({
      format: "summary",
      total: 1000,
      returned: 20,
      truncated: true,
      truncated_by: "series",
    });
  });

  it("shows at most `limit` series", () => {
    const { answer } = formatted(waves(5, 3), options("auto", { limit: 2 }));
    expect(answer).toMatchObject({ format: "raw", total: 5, returned: 2, truncated: true, truncated_by: "series" });
    expect(formatted(waves(5, 3), options("auto", { limit: 5 })).answer.truncated).toBe(false);
  });
});

describe("compact", () => {
  it("writes shared labels, start and step once, and null where a series has no point", () => {
    const envelope = matrixOf([
      {
        metric: { __name__: "up", job: "a", instance: "1" },
        values: [
          [START, "1"],
          [START + 30, "0.123456"],
        ],
      },
      {
        metric: { __name__: "up", job: "b", instance: "1" },
        values: [
          [START + 60, "NaN"],
          [START + 90, "-Inf"],
        ],
      },
    ]);
    expect(formatted(envelope, options("compact")).answer.data).toMatchInlineSnapshot(`
      {
        "common_labels": {
          "__name__": "up",
          "instance": "1",
        },
        "resultType": "matrix",
        "series": [
          {
            "labels": {
              "job": "a",
            },
            "stats": {
              "avg": 0.5617,
              "count": 2,
              "delta": -0.8765,
              "first": 1,
              "last": 0.1235,
              "max": 1,
              "min": 0.1235,
            },
            "values": [
              1,
              0.1235,
              null,
              null,
            ],
          },
          {
            "labels": {
              "job": "b",
            },
            "stats": {
              "count": 2,
              "first": "NaN",
              "has_inf": true,
              "has_nan": true,
              "last": "-Inf",
            },
            "values": [
              null,
              null,
              "NaN",
              "-Inf",
            ],
          },
        ],
        "start": "2026-11-25T09:46:40.000Z",
        "step": 30,
      }
    `);
  });

  it("gives each point its own time when they are on no grid", () => {
    const envelope = matrixOf([
      {
        metric: { a: "b" },
        values: [
          [START, "1"],
          [START + 0.5, "2"],
          [START + 7.25, "+Inf"],
        ],
      },
    ]);
    const { answer } = formatted(envelope, options("compact", { stepSeconds: undefined }));
    expect(answer.data.series?.[0]).toMatchObject({
      points: [
        [0, 1],
        [0.5, 2],
        [7.25, "+Inf"],
      ],
    });
  });

  it("merges points but takes the statistics over all of them", () => {
    const values = Array.from({ length: 5000 }, (_, i): Point => [
      START + i,
      i === 2500 ? "999" : i === 4000 ? "-5" : "1.234",
    ]);
    const { answer } = formatted(matrixOf([{ metric: {}, values }]), options("compact", { stepSeconds: 1 }));
    expect(answer).toMatchObject({
      downsampled: true,
      truncated: true,
      truncated_by: "points",
      returned: 1,
      has_more: false,
    });
    const [series] = answer.data.series ?? [];
    expect(series?.stats).toMatchObject({ count: 5000, min: -5, max: 999, first: 1.234, last: 1.234, delta: 0 });
    expect(series?.["max"]).toContain(999);
    expect(series?.["min"]).toContain(-5);
    expect((series?.["max"] as number[]).length).toBe(120);
    expect(answer.data.bucket_seconds).toBeCloseTo(4999 / 120);
  });
});

describe("summary", () => {
  it("has exact totals, cardinality, the most telling series and smaller questions", () => {
    const { answer } = formatted(waves(300, 10), options("summary"));
    expect(answer).toMatchObject({ total: 300, returned: 20, data: { points_total: 3000 } });
    expect(answer.data.label_cardinality).toEqual({ instance: 300, __name__: 1, job: 1 });
    expect(answer.data.suggestions).toEqual(["topk(10, wave)"]);
    expect(answer.data.series?.[0]?.labels["instance"]).toBe("10.0.0.299:9090");
    expect(answer.data.series?.[0]?.stats).toMatchObject({ count: 10, max_time: "2026-11-25T09:51:10.000Z" });
  });

  it("shows what changed most beside what is largest", () => {
    const flat = Array.from({ length: 40 }, (_, i) => ({
      metric: { id: `flat-${i}` },
      values: [
        [START, "1000"],
        [START + 30, "1000"],
      ] as Point[],
    }));
    const fallen = {
      metric: { id: "fallen" },
      values: [
        [START, "900"],
        [START + 30, "0"],
      ] as Point[],
    };
    const { answer } = formatted(matrixOf([...flat, fallen]), options("summary"));
    expect(answer.data.series?.map(({ labels }) => labels["id"])).toContain("fallen");
  });

  it("is not truncated when it was asked for and names every series", () => {
    expect(formatted(waves(3, 3), options("summary")).answer).toMatchObject({ returned: 3, truncated: false });
  });

  it("clips hostile labels", () => {
    const metric = {
      evil: "x".repeat(100_000),
      ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`l${i}`, "v"])),
    };
    const { answer, bytes } = formatted(vectorOf([{ metric, value: [START, "1"] }]), options("auto"));
    expect(bytes).toBeLessThanOrEqual(24 * 1024);
    expect(answer).toMatchObject({ format: "summary", total: 1, returned: 1 });
    expect(answer.data.series?.[0]?.labels["evil"]).toMatch(/^x{120}…$/);
    expect(answer.data.series?.[0]?.labels["..."]).toBe("61 more labels");
  });
});

describe("every format", () => {
  it.each(FORMATS)("%s keeps NaN, +Inf and -Inf", (format) => {
    const series = ["NaN", "+Inf", "-Inf", "1"].map((value, i) => ({
      metric: { i: String(i) },
      value: [START, value] as Point,
    }));
    const text = JSON.stringify(formatted(vectorOf(series), options(format)).answer.data);
    for (const word of ['"NaN"', '"+Inf"', '"-Inf"']) expect(text).toContain(word);
    expect(text).not.toContain("null");
  });

  it.each(FORMATS)("%s shows scalars and strings", (format) => {
    const scalar = { status: "success" as const, data: { resultType: "scalar", result: [START, "NaN"] } };
    const string = { status: "success" as const, data: { resultType: "string", result: [START, "abc"] } };
    expect(JSON.stringify(formatted(scalar, options(format)).answer)).toContain('"NaN"');
    expect(formatted(string, options(format)).answer).toMatchObject({ total: 1, returned: 1, result_type: "string" });
    expect(JSON.stringify(formatted(string, options(format)).answer.data)).toContain('"abc"');
    const long = {
      status: "success" as const,
      data: { resultType: "string", result: [START, "ü\u0001".repeat(50_000)] },
    };
    const cut = formatted(long, options(format));
    expect(cut.bytes).toBeLessThanOrEqual(24 * 1024);
    expect(cut.answer).toMatchObject({ truncated: true, truncated_by: "bytes" });
  });

  it.each(FORMATS)("%s shows native histograms", (format) => {
    const histogram = { count: "12", sum: "3.5", buckets: [[0, "0.5", "1", "12"]] };
    const instant = {
      status: "success" as const,
      data: { resultType: "vector", result: [{ metric: {}, histogram: [START, histogram] }] },
    };
    const many = {
      metric: {},
      histograms: [
        [START, histogram],
        [START + 30, { ...histogram, count: "20" }],
      ],
    };
    const range = { status: "success" as const, data: { resultType: "matrix", result: [many] } };
    expect(JSON.stringify(formatted(instant, options(format)).answer.data)).toMatch(/"count":"?12"?,"sum":"?3.5"?/);
    const { answer } = formatted(range, options(format));
    const shown = {
      raw: range,
      auto: range,
      compact: {
        series: [
          {
            histograms: [
              [0, 12, 3.5],
              [30, 20, 3.5],
            ],
          },
        ],
      },
      summary: { series: [{ stats: { first: 12, last: 20, delta: 8 } }] },
    };
    expect(answer.data).toMatchObject(shown[format]);
  });

  it.each(FORMATS)("%s answers an empty result plainly", (format) => {
    for (const envelope of [vectorOf([]), matrixOf([])]) {
      const { answer } = formatted(envelope, options(format));
      expect(answer).toMatchObject({ total: 0, returned: 0, truncated: false, has_more: false });
    }
  });

  it.each(FORMATS)("%s shows warnings, bounded", (format) => {
    const warnings = Array.from({ length: 500 }, (_, i) => `warning ${i} ${"x".repeat(1000)}\n`);
    const { answer, bytes } = formatted(vectorOf([], { warnings, infos: ["i"] }), options(format));
    expect(bytes).toBeLessThanOrEqual(24 * 1024);
    expect(answer.warnings).toHaveLength(11);
    expect(answer.warnings?.at(-1)).toBe("and 490 more");
    expect(answer.infos).toEqual(["i"]);
  });

  it.each([
    [{}],
    [{ resultType: "vector", result: {} }],
    [{ resultType: "graph", result: [] }],
    [{ resultType: "vector", result: [{ value: [1, "1"] }] }],
    [{ resultType: "vector", result: [{ metric: { a: 1 }, value: [1, "1"] }] }],
    [{ resultType: "matrix", result: [{ metric: {}, values: [["1", "1"]] }] }],
    [{ resultType: "matrix", result: [{ metric: {}, values: [[1e300, "1"]] }] }],
    [{ resultType: "matrix", result: [{ metric: {}, histograms: [[1, { count: 1 }]] }] }],
    [{ resultType: "scalar", result: [1, 1] }],
  ])("refuses the reply %j", (data) => {
    for (const format of FORMATS) {
      expect(() => formatted({ status: "success", data }, options(format))).toThrow("INVALID_RESPONSE");
    }
  });
});
