// A parameter as the catalogue means it: the named type underneath, its own words on top, defaults filled in.
import type { FileParam } from "./schema.ts";
import type { Path, Problem } from "../../../core/yaml-place.ts";
import type { ParamSpec } from "./types.ts";

/** An upper bound for every text argument; Linux takes 128 KiB for one. */
const MAX_LENGTH = 4096;

export function resolveParam(
  own: FileParam,
  types: Readonly<Record<string, FileParam>>,
  at: Path,
  problem: Problem,
): ParamSpec {
  const base = own.use === undefined ? {} : types[own.use];
  if (base === undefined)
    problem([...at, "use"], `no type is called ${own.use}; there are: ${Object.keys(types).join(", ")}`);
  if (base?.use !== undefined) problem([...at, "use"], `the type ${own.use} is itself a reference`);
  const all = { ...base, ...own };
  const type = all.type ?? "string";
  const required = all.required ?? false;
  const initial = required ? undefined : (all.default ?? undefined);
  if (initial !== undefined && all.enum !== undefined && !all.enum.includes(initial)) {
    problem([...at, "default"], `the default is none of: ${all.enum.join(", ")}`);
  }
  if (initial !== undefined && (type === "boolean") !== (typeof initial === "boolean")) {
    problem([...at, "default"], `the default of a ${type} is a ${typeof initial}`);
  }
  if (all.min !== undefined && all.max !== undefined && all.min > all.max) problem(at, "min is above max");
  return {
    type,
    required,
    default: initial,
    nullable: all.nullable ?? !required,
    enum: all.enum,
    pattern: all.pattern,
    min: all.min,
    max: all.max,
    minLength: all.min_length ?? 0,
    maxLength: all.max_length ?? MAX_LENGTH,
    secret: all.secret ?? false,
    allowDash: all.allow_dash ?? false,
    aliases: all.aliases ?? [],
    description: all.description ?? "",
  };
}
