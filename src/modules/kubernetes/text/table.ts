// Rows as aligned columns, as kubectl prints them.
import { oneLine } from "../../../core/clip.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";

const MAX_CELL = 160;

/** The columns are the members of the rows; `name` and `namespace` come first, `labels` last. */
export function renderTable(rows: readonly JsonObject[]): string {
  const columns = columnsOf(rows);
  const lines = [
    columns.map((column) => column.toUpperCase().replaceAll("_", " ")),
    ...rows.map((row) => columns.map((column) => cellOf(row[column]))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  return lines
    .map((cells) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

const FIRST = ["namespace", "name"];
const LAST = ["labels"];

function columnsOf(rows: readonly JsonObject[]): string[] {
  const all = new Set(rows.flatMap(Object.keys));
  const middle = [...all].filter((column) => !FIRST.includes(column) && !LAST.includes(column));
  return [...FIRST.filter((column) => all.has(column)), ...middle, ...LAST.filter((column) => all.has(column))];
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return "-";
  if (!isObject(value)) return oneLine(typeof value === "string" ? value : JSON.stringify(value), MAX_CELL) || "-";
  const pairs = Object.entries(value).map(([key, one]) => `${key}=${String(one)}`);
  return oneLine(pairs.join(","), MAX_CELL);
}
