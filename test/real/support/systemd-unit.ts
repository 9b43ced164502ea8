// Unit and environment files as systemd reads them, as far as ours go: name=value, one a line, comments dropped.
import { readFile } from "node:fs/promises";

const FOLDER = new URL("../../../systemd/", import.meta.url);

export type Line = readonly [name: string, value: string];

export const systemdText = (name: string): Promise<string> => readFile(new URL(name, FOLDER), "utf8");

export const linesOf = (text: string): Line[] =>
  text
    .split("\n")
    .filter((line) => /^[A-Za-z]\w*=/.test(line))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);

export const valuesOf = (text: string, name: string): string[] =>
  linesOf(text).flatMap(([of, value]) => (of === name ? [value] : []));
