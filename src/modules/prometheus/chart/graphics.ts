// The texts and strokes around the plot, as ECharts graphic elements: header, caption, legend, "no data".
import { cleanText } from "./labels.ts";
import { type Cell, FONT_SIZE, nameLeft, ROW_HEIGHT } from "./legend.ts";
import type { ChartRequest } from "./request.ts";
import { FONT_FAMILY, type Measure } from "./text.ts";
import type { Stroke, Theme } from "./theme.ts";
import { rangeCaption } from "./time-axis.ts";

export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Drawn = ReturnType<typeof text> | ReturnType<typeof stroke>;

interface Look {
  readonly size: number;
  readonly color: string;
  readonly isBold?: boolean;
  readonly align?: "left" | "center" | "right";
}

const text = (content: string, x: number, y: number, look: Look) => ({
  type: "text" as const,
  silent: true,
  style: {
    text: content,
    x,
    y,
    fill: look.color,
    fontFamily: FONT_FAMILY,
    fontSize: look.size,
    fontWeight: look.isBold === true ? 600 : 400,
    align: look.align ?? "left",
    verticalAlign: "middle" as const,
  },
});

const stroke = (x: number, y: number, { color, dash }: Stroke) => ({
  type: "line" as const,
  silent: true,
  shape: { x1: x, y1: y, x2: x + 16, y2: y },
  style: { stroke: color, lineWidth: 2.5, lineDash: [...dash] },
});

const ROOMY_HEIGHT = 260;

/** Title and subtitle, and the height they take with the air below them. */
export function header(request: ChartRequest, theme: Theme, left: number, width: number, measure: Measure) {
  const title = clipEnd(cleanText(request.title, 200), width, 16, true, measure);
  const hasRoom = request.height >= ROOMY_HEIGHT; // a small picture needs its pixels for the plot
  const subtitle = hasRoom ? clipEnd(cleanText(request.subtitle ?? "", 400), width, 12, false, measure) : "";
  const drawn = [text(title, left, 22, { size: 16, color: theme.text, isBold: true })];
  if (subtitle !== "") drawn.push(text(subtitle, left, 43, { size: 12, color: theme.muted }));
  return { drawn, height: subtitle === "" ? 50 : 70 };
}

export const caption = (request: ChartRequest, theme: Theme, plot: Plot, y: number): Drawn =>
  text(rangeCaption(request.start, request.end), plot.right, y + 7, { size: 11, color: theme.muted, align: "right" });

export const noData = (theme: Theme, plot: Plot): Drawn =>
  text("No data in this range", (plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2, {
    size: 14,
    color: theme.muted,
    isBold: true,
    align: "center",
  });

export function legendGraphics(
  cells: readonly Cell[],
  strokes: readonly Stroke[],
  note: string,
  theme: Theme,
  top: number,
  left: number,
): readonly Drawn[] {
  const middle = (row: number): number => top + row * ROW_HEIGHT + ROW_HEIGHT / 2;
  const look = { size: FONT_SIZE, color: theme.text };
  const drawn: Drawn[] = cells.flatMap((cell, i) => [
    stroke(cell.x, middle(cell.row), strokes[i] ?? { color: theme.text, dash: [] }),
    text(cell.name, nameLeft(cell), middle(cell.row), look),
    text(cell.value, cell.valueRight, middle(cell.row), { ...look, isBold: true, align: "right" }),
  ]);
  const rows = Math.max(0, ...cells.map((cell) => cell.row + 1));
  if (note !== "") drawn.push(text(note, left, middle(rows), { size: FONT_SIZE, color: theme.muted }));
  return drawn;
}

/** The longest head of `content` that fits into `width` pixels, with an ellipsis when cut. */
export function clipEnd(content: string, width: number, size: number, isBold: boolean, measure: Measure): string {
  const whole = measure(content, size, isBold);
  if (whole <= width) return content;
  const points = Array.from(content);
  let length = Math.ceil((points.length * width) / whole);
  const head = (): string => `${points.slice(0, length).join("").trimEnd()}…`;
  while (length > 1 && measure(head(), size, isBold) > width) length -= 1;
  return head();
}
