// The published input of a tool: plain types, no anyOf, every field described and bounded.
import { z } from "zod";
import type { ParamSpec, ToolSpec } from "../catalog/types.ts";
import { csvItems, valueProblem } from "./values.ts";

export function inputOf(spec: ToolSpec): z.ZodObject {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, param] of spec.params) {
    const isOptional = !param.required || param.aliases.length > 0; // an alias may carry it; valuesOf looks again
    shape[name] = field(name, param, isOptional);
    for (const alias of param.aliases) {
      shape[alias] = field(alias, { ...param, default: undefined, description: `The same as ${name}.` }, true);
    }
  }
  if (spec.confirm !== undefined && shape[spec.confirm.param] === undefined) {
    const described = `Repeat the value of ${spec.confirm.mustEqual} to confirm this critical command.`;
    shape[spec.confirm.param] = z.string().max(200).optional().meta({ description: described });
  }
  return z.strictObject(shape);
}

/** One field: "" and null are "not given", a number is taken as text and a text as number where nothing is lost. */
export function field(name: string, spec: ParamSpec, isOptional: boolean): z.ZodType {
  const checked = base(spec).superRefine((value, context) => {
    const problem = valueProblem(value, spec);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
  const meta = { description: describe(name, spec), ...hints(spec) };
  const tidy = (value: unknown) => normalise(value, spec);
  if (spec.default !== undefined) {
    return z.preprocess(tidy, checked.default(spec.default)).default(spec.default).meta(meta);
  }
  if (isOptional) return z.preprocess(tidy, checked.optional()).optional().meta(meta);
  return z.preprocess(tidy, checked).meta(meta);
}

function base(spec: ParamSpec): z.ZodType<string | number | boolean | string[]> {
  switch (spec.type) {
    case "integer":
      return z
        .int()
        .min(spec.min ?? Number.MIN_SAFE_INTEGER)
        .max(spec.max ?? Number.MAX_SAFE_INTEGER);
    case "number":
      return z.number();
    case "boolean":
      return z.boolean();
    case "string[]":
      return z.array(z.string()).max(100);
    case "csv":
      return z.string().max(MAX_CSV);
    default:
      return z.string();
  }
}

function normalise(value: unknown, spec: ParamSpec): unknown {
  if (value === null || value === "") return undefined;
  if (spec.type === "integer" || spec.type === "number") {
    return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  if (spec.type === "boolean") {
    if (value === "true" || value === "True") return true;
    return value === "false" || value === "False" ? false : value;
  }
  if (spec.type === "csv") return tidyCsv(value);
  if (spec.type === "text" && typeof value === "string") return value.replaceAll("\r\n", "\n");
  // 4.20 is 4.2 by now, and an integer past 2^53 another one: only a whole number is surely the text that was meant.
  const isExact = typeof value === "number" && Number.isSafeInteger(value);
  return isExact && (spec.type === "string" || spec.type === "text") ? String(value) : value;
}

/** A list, also one that the registry has made JSON text of. */
function tidyCsv(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value !== "string") return value;
  return csvItems(value.startsWith("[") ? listIn(value) : value).join(",");
}

function listIn(text: string): string {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.join(",") : text;
  } catch {
    return text;
  }
}

/** A list of items, each of which has its own bound. */
const MAX_CSV = 16_384;

function hints(spec: ParamSpec): Record<string, unknown> {
  if (spec.type === "csv") return { maxLength: MAX_CSV };
  if (spec.type !== "string" && spec.type !== "text") return {};
  return {
    maxLength: spec.maxLength,
    ...(spec.minLength > 0 && { minLength: spec.minLength }),
    ...(spec.enum && { enum: [...spec.enum] }),
    ...(spec.pattern && { pattern: spec.nullable ? `^(?:${spec.pattern.source})?$` : `^(?:${spec.pattern.source})$` }),
  };
}

const describe = (name: string, spec: ParamSpec): string => {
  const said = spec.description === "" ? `${name.replaceAll("_", " ")}.` : spec.description;
  const words = spec.enum === undefined ? said : `${said} One of: ${spec.enum.join(", ")}.`; // some clients read nothing else
  return spec.nullable && spec.default === undefined ? `${words} null or empty: not given.` : words;
};
