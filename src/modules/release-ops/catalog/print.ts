// What a tool or a program is made of, as one text: when it is the same in two catalogues, nothing about it has changed.
import type { Catalog, Program, ToolSpec } from "./types.ts";

export const programPrint = ({ envSets }: Catalog, program: Program): string =>
  print([program, program.env.map((name) => envSets.get(name))]);

export const toolPrint = (catalog: Catalog, spec: ToolSpec): string => {
  const program = catalog.programs.get(spec.program);
  return print([spec, program === undefined ? null : programPrint(catalog, program)]);
};

/** A pattern is known by its source. */
const print = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner));
