// From checked values to an argument list. One item is whole elements; nothing is pasted into a text, so nothing can be broken out of.
import type { ArgItem, Risk, ToolSpec } from "../catalog/types.ts";
import { valuesOf, type Value, type Values } from "./values.ts";

type Input = Readonly<Record<string, unknown>>;

/** @throws ToolFailure invalid, naming the field */
export function argvOf(spec: ToolSpec, input: Input): string[] {
  const values = valuesOf(spec, input);
  return spec.argv.flatMap((item) => elements(item, values));
}

function elements(item: ArgItem, values: Values): string[] {
  if (item.kind === "literal") return [item.text];
  if (item.kind === "flag") return values.get(item.when) === true ? [item.flag] : [];
  const value = values.get(item.from);
  if (value === undefined) return [];
  if (item.kind === "bool") return [value === true ? item.on : item.off];
  if (item.kind === "pos") return texts(value);
  if (item.kind === "rest") return ["--", ...texts(value)];
  const known = new Map(Object.entries(item.map ?? {}));
  return texts(value).flatMap((text) => {
    const mapped = known.get(text) ?? text;
    return item.style === "equals" ? [`${item.option}=${mapped}`] : [item.option, mapped];
  });
}

const texts = (value: Value): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

/** The risk of this very call: the first rule that holds, else the tool's own. */
export function riskOf(spec: ToolSpec, input: Input): Risk {
  const values = valuesOf(spec, input);
  const rule = spec.riskWhen.find(({ param, equals }) => values.get(param) === equals);
  return rule?.risk ?? spec.risk;
}

/** Fills a template such as `release:{release}`; a value that is not given leaves its place empty. */
export const keyOf = (template: string, values: Values): string =>
  template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => String(values.get(name) ?? ""));

/** The command as a person would type it. For reading only; nothing ever runs this text. */
export const preview = (program: string, argv: readonly string[]): string => [program, ...argv].map(quote).join(" ");

const quote = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
