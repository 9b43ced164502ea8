// Requests and a measure for chart tests: no font is loaded, every character is as wide as every other.
import type { ChartRequest, ChartSeries } from "../../../../src/modules/prometheus/chart/drawer.ts";
import type { Measure } from "../../../../src/modules/prometheus/chart/text.ts";

/** 2025-11-25 10:00 UTC. */
export const START = 1_764_064_800;
export const HOUR = 3600;

export const measure: Measure = (text, size) => Array.from(text).length * size * 0.55;

export const wave = (label: string, count = 60, step = 60): ChartSeries => ({
  label,
  points: Array.from({ length: count }, (_, i) => [START + i * step, 5 + Math.sin(i / 7)] as const),
});

export const request = (series: readonly ChartSeries[], changes: Partial<ChartRequest> = {}): ChartRequest => ({
  series,
  start: START,
  end: START + HOUR,
  step: 60,
  title: "Requests",
  theme: "light",
  width: 800,
  height: 400,
  ...changes,
});
