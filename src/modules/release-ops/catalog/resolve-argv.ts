// The argv of a tool, item by item. What could let a value become an option is refused here, before the hub starts.
import { argItem } from "./schema.ts";
import type { Path, Problem } from "../../../core/yaml-place.ts";
import type { ArgItem, ParamSpec } from "./types.ts";

export function resolveArgv(
  items: readonly unknown[],
  params: ReadonlyMap<string, ParamSpec>,
  at: Path,
  problem: Problem,
): ArgItem[] {
  return items.flatMap((raw, index) => {
    const here = [...at, index];
    if (typeof raw === "string") return [{ kind: "literal" as const, text: raw }];
    const parsed = argItem.safeParse(raw);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) problem([...here, ...issue.path], issue.message);
      return [];
    }
    const item = toItem(parsed.data);
    if (item === undefined) {
      problem(here, "must be a text or one of {pos}, {opt, from}, {flag, when}, {bool: [on, off], from}, {rest}");
      return [];
    }
    checkUse(item, params, (message) => problem(here, message));
    return [item];
  });
}

function toItem(raw: ReturnType<typeof argItem.parse>): ArgItem | undefined {
  const { pos, opt, flag, bool, rest, from, when, style, map } = raw;
  const keys = Object.keys(raw).sort().join(" ");
  if (pos !== undefined && keys === "pos") return { kind: "pos", from: pos };
  if (rest !== undefined && keys === "rest") return { kind: "rest", from: rest };
  if (flag !== undefined && when !== undefined && keys === "flag when") return { kind: "flag", flag, when };
  if (bool !== undefined && from !== undefined && keys === "bool from")
    return { kind: "bool", on: bool[0], off: bool[1], from };
  if (opt === undefined || from === undefined || flag !== undefined || bool !== undefined || when !== undefined)
    return undefined;
  if (pos !== undefined || rest !== undefined) return undefined;
  return { kind: "opt", option: opt, from, style: style ?? "separate", map };
}

function checkUse(item: ArgItem, params: ReadonlyMap<string, ParamSpec>, complain: (message: string) => void): void {
  if (item.kind === "literal") return;
  const name = item.kind === "flag" ? item.when : item.from;
  const spec = params.get(name);
  if (spec === undefined)
    return complain(`no parameter is called ${name}; there are: ${[...params.keys()].join(", ")}`);
  if ((item.kind === "flag" || item.kind === "bool") && spec.type !== "boolean")
    complain(`${name} must be a boolean here`);
  const isFree = spec.allowDash || spec.type === "text";
  if (!isFree) return;
  const isSafe =
    item.kind === "rest" || (item.kind === "opt" && item.style === "equals" && item.option.startsWith("--"));
  const why = spec.allowDash ? "has allow_dash" : "is a text";
  if (!isSafe) complain(`${name} ${why}: it needs {opt: --name, style: equals} or {rest}`);
}
