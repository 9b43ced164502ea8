// What may stand in an argument list. Each check is made on the value itself, so no schema and no alias can go round it.
import { ToolFailure } from "../../../core/failure.ts";
import type { ParamSpec, Scalar, ToolSpec } from "../catalog/types.ts";

export type Value = Scalar | readonly string[];
export type Values = ReadonlyMap<string, Value>;

/** Why a text may not become an argument, or undefined. Control characters, line separators and halves of characters are refused. */
export function textProblem(text: string, spec: ParamSpec): string | undefined {
  const [seen, but] = spec.type === "text" ? [text.replaceAll(/[\n\t]/g, ""), " but line feeds and tabs"] : [text, ""];
  if (/[\p{Cc}\u2028\u2029]/u.test(seen) || !text.isWellFormed()) return `must not hold control characters${but}`;
  if (text.startsWith("-") && !spec.allowDash) return "must not start with -";
  if (text.length < spec.minLength) return `must have at least ${spec.minLength} characters`;
  if (text.length > spec.maxLength) return `must have at most ${spec.maxLength} characters`;
  if (spec.enum !== undefined && !spec.enum.some((allowed) => String(allowed) === text)) {
    return `must be one of: ${spec.enum.join(", ")}`;
  }
  if (spec.pattern !== undefined && !spec.pattern.matches(text)) return `must match ${spec.pattern.source}`;
  return undefined;
}

export function valueProblem(value: Value, spec: ParamSpec): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (typeof value === "number") {
    if (spec.type === "integer" && !Number.isSafeInteger(value)) return "must be a whole number";
    if (spec.min !== undefined && value < spec.min) return `must be at least ${spec.min}`;
    if (spec.max !== undefined && value > spec.max) return `must be at most ${spec.max}`;
    return textProblem(String(value), spec);
  }
  const texts = Array.isArray(value) ? value : spec.type === "csv" ? csvItems(String(value)) : [String(value)];
  return texts.map((text) => textProblem(text, spec)).find((problem) => problem !== undefined);
}

export const csvItems = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** The given values under their own names: aliases resolved, absent ones left out, every one checked again. */
export function valuesOf(spec: ToolSpec, input: Readonly<Record<string, unknown>>): Values {
  const values = new Map<string, Value>();
  for (const [name, param] of spec.params) {
    const given = [name, ...param.aliases].filter((key) => isGiven(input[key]));
    const [first, ...others] = given.map((key) => input[key]);
    if (others.some((other) => other !== first)) throw refuse(name, `is given twice, as ${given.join(" and ")}`);
    const value = first ?? param.default;
    if (value === undefined) {
      if (param.required) throw refuse(name, "is required");
      continue;
    }
    if (!isValue(value) || (param.type === "boolean" && typeof value !== "boolean"))
      throw refuse(name, `must be a ${param.type}`);
    const problem = valueProblem(value, param);
    if (problem !== undefined) throw refuse(name, problem);
    values.set(name, param.type === "csv" ? csvItems(String(value)).join(",") : value);
  }
  return values;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";
const isValue = (value: unknown): value is Value =>
  ["string", "number", "boolean"].includes(typeof value) ||
  (Array.isArray(value) && value.every((item) => typeof item === "string"));

export const refuse = (name: string, message: string): ToolFailure => new ToolFailure("invalid", `${name} ${message}`);
