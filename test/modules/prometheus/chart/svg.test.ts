import { expect, it } from "vitest";
import { strokeOf, THEMES } from "../../../../src/modules/prometheus/chart/theme.ts";
import { chartSvg } from "../../../../src/modules/prometheus/chart/svg.ts";
import type { ChartRequest } from "../../../../src/modules/prometheus/chart/drawer.ts";
import { HOUR, measure, request, START, wave } from "./sample.ts";

const svg = (asked: ChartRequest): string => chartSvg(asked, measure);

const blue = THEMES.light.palette[0] ?? "";
const withStroke = (picture: string, color: string): readonly string[] =>
  [...picture.matchAll(/<path d="([^"]*)"[^>]*\bstroke="([^"]*)"[^>]*>/g)]
    .filter((m) => m[2] === color)
    .map((m) => m[1] ?? "");
const dataPaths = (picture: string): readonly string[] =>
  withStroke(picture, blue).filter((d) => !/^M16 [\d.]+L32 /.test(d));
const pieces = (picture: string): number => dataPaths(picture).join("").split("M").length - 1;
const texts = (picture: string): readonly string[] =>
  [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1] ?? "");
const drawnLines = (picture: string): number =>
  new Set([...picture.matchAll(/stroke-linejoin="bevel"/g)].map((m) => m.index)).size;

it("draws an unbroken series in one piece", () => {
  expect(pieces(svg(request([wave("a")])))).toBe(1);
});

it.each([
  ["null", null],
  ["NaN", Number.NaN],
  ["infinity", Infinity],
])("breaks the line at %s", (_, value) => {
  const points = wave("a").points.map(([t, v], i) => [t, i > 20 && i < 30 ? value : v] as const);
  expect(pieces(svg(request([{ label: "a", points }])))).toBe(2);
});

it("breaks the line where steps are missing", () => {
  const points = wave("a").points.filter((_, i) => i < 10 || (i > 20 && i < 30) || i > 40);
  expect(pieces(svg(request([{ label: "a", points }])))).toBe(3);
});

it("shows a point without neighbours as a dot", () => {
  const circles = (picture: string): number => picture.split(`transform="matrix(2.5,`).length - 1;
  const alone = svg(
    request([
      {
        label: "a",
        points: [
          [START + 60, 3],
          [START + 600, 4],
          [START + 1200, null],
          [START + 1800, 5],
        ],
      },
    ]),
  );
  expect(circles(alone)).toBe(3);
  expect(circles(svg(request([wave("a")])))).toBe(0);
});

it("names the days of a range that spans them, and always says UTC", () => {
  const days = texts(svg(request([wave("a", 72, HOUR)], { end: START + 72 * HOUR, step: HOUR })));
  expect(days).toEqual(
    expect.arrayContaining(["26 Nov", "27 Nov", "28 Nov", "25 Nov 2025, 10:00 – 28 Nov 2025, 10:00 UTC"]),
  );
  expect(texts(svg(request([wave("a")])))).toContain("25 Nov 2025, 10:00 – 11:00 UTC");
});

it("shows title, subtitle, units, names and last values", () => {
  const points = [
    [START, 1024 ** 2],
    [START + 60, 3 * 1024 ** 2],
  ] as const;
  const shown = texts(svg(request([{ label: "cart", points }], { unit: "bytes", subtitle: "sum(x)" })));
  expect(shown).toEqual(expect.arrayContaining(["Requests", "sum(x)", "cart", "3 MiB", "1.0 MiB", "2.0 MiB"]));
});

it("draws twenty of a hundred series, the highest peaks, and says how many are left out", () => {
  const many = Array.from({ length: 100 }, (_, i) => ({
    label: `pod-${i}`,
    points: [
      [START, i],
      [START + 60, 1],
    ] as const,
  }));
  const shown = texts(svg(request(many, { height: 500 })));
  expect(shown.filter((text) => text.startsWith("pod-"))).toEqual(many.slice(80).map((series) => series.label));
  expect(shown).toContain("+80 more; shown are the 20 with the highest peaks");
});

it("says so when there is nothing to draw", () => {
  expect(texts(svg(request([])))).toContain("No data in this range");
  expect(texts(svg(request([{ label: "a", points: [[START, Number.NaN]] }])))).toEqual(
    expect.arrayContaining(["No data in this range", "a", "no value"]),
  );
  expect(texts(svg(request([wave("a")])))).not.toContain("No data in this range");
});

it("escapes hostile texts and clips them", () => {
  const evil = '</text><script>alert("1")</script>&amp;';
  const picture = svg(
    request([wave(evil), wave("{a|b}\u0000")], { title: evil.repeat(50), subtitle: evil, unit: `<u>${evil}` }),
  );
  expect(picture).not.toMatch(/<script|<u>/);
  expect(picture).not.toContain("\u0000");
  expect(picture).toContain("&lt;script&gt;");
  expect(texts(picture)).toContain("{a|b}");
  expect(Math.max(...texts(picture).map((text) => text.length))).toBeLessThan(400);
});

it("draws every odd range of values", () => {
  for (const values of [
    [0, 0],
    [1.7e308, -1.7e308],
    [1e-300, 2e-300],
    [5e-324, 0],
    [-3, -3],
    [1e9, 1e9 + 1e-6],
  ]) {
    const points = values.map((value, i) => [START + i * 60, value] as const);
    const picture = svg(request([{ label: "a", points }]));
    expect(picture, String(values)).not.toMatch(/NaN|Infinity|undefined/);
    expect(pieces(picture), String(values)).toBe(1);
  }
});

it("keeps every text inside the narrowest picture", () => {
  const series = Array.from({ length: 30 }, (_, i) => wave(`a-rather-long-name-of-a-pod-${i}`));
  const picture = svg(
    request(series, { width: 320, height: 300, title: "A title that is too long for it", subtitle: "x".repeat(500) }),
  );
  for (const text of texts(picture)) expect(measure(text, 11, false), text).toBeLessThan(320);
  expect(drawnLines(picture)).toBeGreaterThan(0);
});

it("gives twenty lines twenty different strokes, in both themes", () => {
  for (const theme of [THEMES.light, THEMES.dark]) {
    const strokes = Array.from({ length: 20 }, (_, i) => JSON.stringify(strokeOf(theme, i)));
    expect(new Set(strokes).size).toBe(20);
  }
  expect(svg(request([wave("a")], { theme: "dark" }))).toContain(THEMES.dark.background);
});
