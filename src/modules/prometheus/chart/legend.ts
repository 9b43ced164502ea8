// Where the legend goes: a table below the plot, each cell a stroke, a name and the last value. It decides how many lines fit.
import { clipMiddle } from "./labels.ts";
import type { Measure } from "./text.ts";

export const ROW_HEIGHT = 18;
export const FONT_SIZE = 11.5;
const SWATCH = 22;
const COLUMN_GAP = 24;
const VALUE_GAP = 10;
const NARROWEST_COLUMN = 136;

export interface Cell {
  readonly x: number;
  readonly row: number;
  readonly name: string;
  readonly value: string;
  readonly valueRight: number;
}

/** The number of cells that fit into `width` x `rows`, with columns just wide enough to read. */
export const capacity = (width: number, rows: number): number => rows * columnsIn(width, NARROWEST_COLUMN);

const columnsIn = (width: number, columnWidth: number): number =>
  Math.max(1, Math.floor((width + COLUMN_GAP) / (columnWidth + COLUMN_GAP)));

/** Cells column by column from `left`, names cut in the middle to fit. At most `rows` rows when `capacity` was heeded. */
export function layOut(
  entries: ReadonlyArray<{ readonly name: string; readonly value: string }>,
  left: number,
  width: number,
  rows: number,
  measure: Measure,
): readonly Cell[] {
  const valueWidth = Math.max(0, ...entries.map((entry) => measure(entry.value, FONT_SIZE, true)));
  const nameWidth = Math.max(0, ...entries.map((entry) => measure(entry.name, FONT_SIZE, false)));
  const wanted = SWATCH + nameWidth + VALUE_GAP + valueWidth;
  const columns = Math.max(Math.min(columnsIn(width, wanted), entries.length), Math.ceil(entries.length / rows));
  const perColumn = Math.ceil(entries.length / Math.max(1, columns));
  const columnWidth = Math.min(wanted, (width + COLUMN_GAP) / Math.max(1, columns) - COLUMN_GAP);
  return entries.map(({ name, value }, i) => {
    const x = left + Math.floor(i / perColumn) * (columnWidth + COLUMN_GAP);
    const room = columnWidth - SWATCH - VALUE_GAP - valueWidth;
    const shown = fit(name, room, (text) => measure(text, FONT_SIZE, false));
    return { x, row: i % perColumn, name: shown, value, valueRight: x + columnWidth };
  });
}

export const nameLeft = (cell: Cell): number => cell.x + SWATCH;

/** Starts from a proportional guess, since measuring is slow. */
function fit(text: string, room: number, widthOf: (text: string) => number): string {
  const width = widthOf(text);
  if (width <= room + 0.5) return text;
  let length = Math.max(4, Math.ceil((Array.from(text).length * room) / width));
  let shown = clipMiddle(text, length);
  while (length > 4 && widthOf(shown) > room) {
    length -= 1;
    shown = clipMiddle(text, length);
  }
  return shown;
}
