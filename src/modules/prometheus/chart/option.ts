// The chart as data: a request becomes one ECharts option. Pure; it measures text but draws nothing.
import type { EChartsOption } from "echarts";
import { cleanText, legendNames } from "./labels.ts";
import { capacity, FONT_SIZE, layOut, ROW_HEIGHT } from "./legend.ts";
import { highestPeaks, toLine, type ChartRequest, type Line } from "./request.ts";
import { caption, clipEnd, header, legendGraphics, noData, type Plot } from "./graphics.ts";
import { FONT_FAMILY, type Measure } from "./text.ts";
import { strokeOf, type Stroke, type Theme, THEMES } from "./theme.ts";
import { tickLabel, timeTicks } from "./time-axis.ts";
import { formatValue, type Unit, unitOf } from "./units.ts";
import { type ValueAxis, valueAxis } from "./value-axis.ts";

export const MAX_LINES = 20;
const PAD = 16;
const AXIS_SIZE = 11;
/** Tick labels, caption and the air around them. */
const AXIS_HEIGHT = 60;

interface Room {
  readonly width: number;
  readonly rows: number;
}

/** The ECharts option of `request`. All texts in it are cleaned and clipped; nothing of the caller's is ever run. */
export function chartOption(request: ChartRequest, measure: Measure): EChartsOption {
  const theme = THEMES[request.theme];
  const inner = request.width - 2 * PAD;
  const unit = unitOf(cleanText(request.unit ?? "", 24));
  const top = header(request, theme, PAD, inner, measure);
  const { lines, strokes, cells, note } = legendOf(request, theme, unit, legendRoom(request, top.height), measure);
  const legendRows = Math.max(0, ...cells.map((cell) => cell.row + 1)) + (note === "" ? 0 : 1);
  const legendTop = request.height - 10 - legendRows * ROW_HEIGHT;
  const captionTop = legendTop - (legendRows > 0 ? 26 : 18);
  const bottom = captionTop - 24;
  const visible = lines.filter((line) => line.low <= line.high);
  const values = yRange(visible, unit, bottom - top.height);
  const left = PAD + values.labels.reduce((widest, label) => Math.max(widest, measure(label, AXIS_SIZE, false)), 0) + 8;
  const plot: Plot = { left, right: request.width - PAD - 4, top: top.height, bottom };
  const isFilled = lines.length === 1 && values.axis.min <= 0 && values.axis.max >= 0; // an area means: from zero
  return {
    animation: false,
    useUTC: true,
    backgroundColor: theme.background,
    textStyle: { fontFamily: FONT_FAMILY },
    grid: {
      left,
      top: plot.top,
      width: plot.right - left,
      height: Math.max(16, bottom - plot.top),
      outerBoundsMode: "none",
    },
    xAxis: xAxis(request, theme, plot.right - left),
    yAxis: { show: visible.length > 0, ...yAxis(values.axis, theme) },
    series: lines.map((line, i) => lineSeries(line, strokes[i] ?? strokeOf(theme, i), lines.length > 6, isFilled)),
    graphic: {
      elements: [
        ...top.drawn,
        caption(request, theme, plot, captionTop),
        ...legendGraphics(cells, strokes, note, theme, legendTop, PAD),
        ...(visible.length > 0 ? [] : [noData(theme, plot)]),
      ],
    },
  };
}

/** Half of what lies below the header is the plot's. The last row may be needed for the note. */
const legendRoom = (request: ChartRequest, headerHeight: number): Room => ({
  width: request.width - 2 * PAD,
  rows: Math.max(1, Math.floor((request.height - headerHeight - AXIS_HEIGHT) / 2 / ROW_HEIGHT) - 1),
});

/** Which lines are drawn, how, and what is said about them below the plot. */
function legendOf(request: ChartRequest, theme: Theme, unit: Unit, room: Room, measure: Measure) {
  const { width, rows } = room;
  const all = request.series.map((series) => toLine(series, request.step));
  const lines = highestPeaks(all, Math.min(MAX_LINES, capacity(width, rows)));
  const { names, shared, keys } = legendNames(lines.map((line) => line.label));
  const entries = lines.map((line, i) => ({
    name: names[i] ?? "",
    value: line.last === undefined ? "no value" : formatValue(line.last, unit),
  }));
  const hidden = all.length - lines.length;
  const more = hidden > 0 ? `+${hidden} more; shown are the ${lines.length} with the highest peaks` : "";
  const note = [more, shared && `all: ${shared}`, keys && `each: ${keys}`].filter(Boolean).join("   ");
  return {
    lines,
    strokes: lines.map((_, i) => strokeOf(theme, i)),
    cells: layOut(entries, PAD, width, rows, measure),
    note: clipEnd(note, width, FONT_SIZE, false, measure),
  };
}

const axisLabel = (theme: Theme) => ({ color: theme.muted, fontSize: AXIS_SIZE, fontFamily: FONT_FAMILY });

function xAxis(request: ChartRequest, theme: Theme, width: number): EChartsOption["xAxis"] {
  const ticks = timeTicks(request.start, request.end, width / 84);
  return {
    type: "time",
    min: request.start * 1000,
    max: Math.max(request.end, request.start + 1) * 1000,
    axisLine: { onZero: false, lineStyle: { color: theme.axisLine } },
    axisTick: { show: true, customValues: [...ticks], length: 4, lineStyle: { color: theme.axisLine } },
    axisLabel: {
      ...axisLabel(theme),
      customValues: [...ticks],
      formatter: (value: number) => tickLabel(value, ticks),
      hideOverlap: true,
    },
    splitLine: { show: false },
  };
}

const yAxis = ({ min, max, interval, label }: ValueAxis, theme: Theme) => ({
  type: "value" as const,
  min,
  max,
  interval,
  axisLabel: { ...axisLabel(theme), formatter: label },
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: theme.gridLine } },
});

function yRange(visible: readonly Line[], unit: Unit, height: number) {
  const low = visible.reduce((least, line) => Math.min(least, line.low), Infinity);
  const high = visible.reduce((most, line) => Math.max(most, line.high), -Infinity);
  const count = Math.max(2, Math.round(height / 42));
  const axis = visible.length > 0 ? valueAxis(low, high, unit, count) : valueAxis(0, 0, unit, count);
  const ticks = Math.round((axis.max - axis.min) / axis.interval);
  return { axis, labels: Array.from({ length: ticks + 1 }, (_, i) => axis.label(axis.min + i * axis.interval)) };
}

function lineSeries(line: Line, stroke: Stroke, isCrowded: boolean, isFilled: boolean): object {
  return {
    type: "line",
    silent: true, // a picture has no hover
    data: line.points.map(({ milliseconds, value, isAlone }) => ({
      value: [milliseconds, value],
      symbol: isAlone ? "circle" : "none",
    })),
    symbolSize: 5,
    showAllSymbol: true,
    itemStyle: { color: stroke.color },
    lineStyle: {
      color: stroke.color,
      width: isCrowded ? 1.35 : 1.75,
      type: stroke.dash.length > 0 ? [...stroke.dash] : "solid",
    },
    ...(isFilled ? { areaStyle: { color: stroke.color, opacity: 0.12 } } : {}),
    connectNulls: false,
  };
}
