// The *_run_command tools: a command from the list, with the options of the list, or a refusal that says what the list is.
import { z } from "zod";
import { ToolFailure } from "../../../../core/failure.ts";
import type { CommandSpec, GenericSpec, ParamSpec, Program, Risk } from "../../catalog/types.ts";
import { field } from "../input.ts";
import { valueProblem } from "../values.ts";
import { splitArgs } from "./split.ts";

export interface Checked {
  readonly argv: readonly string[];
  readonly risk: Risk;
}

/** @throws ToolFailure invalid, listing what is allowed */
export function checkCommand(
  program: Program,
  command: string,
  args: string | readonly string[],
  release?: string,
): Checked {
  const generic = genericOf(program);
  const spec = generic.commands.get(command);
  const words = typeof args === "string" ? splitArgs(args) : args;
  if (words.some((word) => /[\p{Cc}\u2028\u2029]/u.test(word) || !word.isWellFormed())) {
    throw new ToolFailure("invalid", "args must not hold control characters");
  }
  const before =
    generic.releaseParam === undefined ? [] : [...generic.releaseArgv, releaseOf(generic.releaseParam, release)];
  if (spec !== undefined) {
    checkWords(command, spec, words);
    return { argv: [...before, command, ...words], risk: spec.risk };
  }
  if (generic.allowUnlisted && /^[a-z][a-z0-9_-]*$/.test(command)) {
    return { argv: [...before, command, ...words], risk: "critical" };
  }
  throw new ToolFailure("invalid", `command is not allowed; allowed: ${[...generic.commands.keys()].join(", ")}`);
}

export function genericInputOf(program: Program): z.ZodObject {
  const generic = genericOf(program);
  const listed = [...generic.commands.keys()].join(", ");
  return z.strictObject({
    ...(generic.releaseParam && { release: field("release", generic.releaseParam, false) }),
    command: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: `One of: ${listed}.` }),
    args: z
      .string()
      .max(8192)
      .default("")
      .meta({ description: "Options and values, quoted as for a shell, or a JSON list. Nothing is expanded." }),
  });
}

function genericOf(program: Program): GenericSpec {
  if (program.generic === undefined) throw new ToolFailure("invalid", `${program.name} allows no free commands`);
  return program.generic;
}

function releaseOf(spec: ParamSpec, release: string | undefined): string {
  if (release === undefined || release === "") throw new ToolFailure("invalid", "release is required");
  const problem = valueProblem(release, spec);
  if (problem !== undefined) throw new ToolFailure("invalid", `release ${problem}`);
  return release;
}

function checkWords(command: string, spec: CommandSpec, words: readonly string[]): void {
  let positional = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word.startsWith("-")) at += checkOption(command, spec, word, words[at + 1]);
    else {
      const allowed = spec.positionals[positional++];
      if (allowed === undefined) throw refusal(command, spec, "takes no further argument");
      checkValue(`argument ${positional}`, word, allowed);
    }
  }
  const missing = spec.positionals.slice(positional).some(({ required }) => required);
  if (missing) throw refusal(command, spec, "lacks a required argument");
}

/** Returns how many further words belong to the option. */
function checkOption(command: string, spec: CommandSpec, word: string, next: string | undefined): 0 | 1 {
  const cut = word.startsWith("--") ? word.indexOf("=") : -1;
  const name = cut < 0 ? word : word.slice(0, cut);
  const allowed = spec.options.get(name);
  if (allowed === undefined) throw refusal(command, spec, "does not allow this option");
  if (allowed === null) {
    if (cut >= 0) throw refusal(command, spec, `takes no value for ${name}`);
    return 0;
  }
  const value = cut < 0 ? next : word.slice(cut + 1);
  if (value === undefined) throw refusal(command, spec, `needs a value for ${name}`);
  checkValue(name, value, cut < 0 ? { ...allowed, allowDash: false } : allowed);
  return cut < 0 ? 1 : 0;
}

function checkValue(name: string, text: string, spec: ParamSpec): void {
  const isNumber = spec.type === "integer" || spec.type === "number";
  if (isNumber && !/^-?\d+(\.\d+)?$/.test(text)) throw new ToolFailure("invalid", `${name} must be a ${spec.type}`);
  if (spec.type === "boolean" && !/^(true|false)$/i.test(text))
    throw new ToolFailure("invalid", `${name} must be true or false`);
  const problem = valueProblem(isNumber ? Number(text) : text, spec);
  if (problem !== undefined) throw new ToolFailure("invalid", `${name} ${problem}`);
}

function refusal(command: string, { options, positionals }: CommandSpec, what: string): ToolFailure {
  const listed = [...options.keys(), ...(positionals.length > 0 ? [`${positionals.length} argument(s)`] : [])];
  return new ToolFailure("invalid", `${command} ${what}; allowed: ${listed.join(", ") || "nothing"}`);
}
