// From a tool and its arguments to a plan: nothing has run yet, and everything that can be wrong with the arguments was said.
import { ToolFailure } from "../../../core/failure.ts";
import type { Catalog, Program, ToolSpec } from "../catalog/types.ts";
import { argvOf, keyOf, riskOf } from "../params/argv.ts";
import { checkCommand } from "../params/generic/command.ts";
import { valuesOf, type Value, type Values } from "../params/values.ts";
import type { Plan } from "./types.ts";

type Input = Readonly<Record<string, unknown>>;

/** The output limits and times of commands that no tool declares. */
const DEFAULTS = {
  killGraceMs: 5_000,
  cwd: undefined,
  output: { keepHeadBytes: 262_144, keepTailBytes: 786_432, hardLimitBytes: 268_435_456, stripAnsi: true },
  success: { exit: [0], failOn: [], verdict: undefined },
  preflight: [],
  effects: [],
  invalidates: [],
  result: "text",
} as const;

const GENERIC_TIMEOUT_MS = 600_000;
const HELP_TIMEOUT_MS = 30_000;

/** @throws ToolFailure invalid, naming the field */
export function planOf(catalog: Catalog, spec: ToolSpec, input: Input): Plan {
  const values = valuesOf(spec, input);
  const program = programOf(catalog, spec.program);
  const { confirm } = spec;
  const param = confirm?.param ?? "confirm";
  return {
    ...spec,
    tool: spec.name,
    program,
    argv: argvOf(spec, input),
    risk: riskOf(spec, input),
    confirm: {
      param,
      value: confirm === undefined ? spec.name : textOf(values, confirm.mustEqual),
      given: given(input[param]),
    },
    lock: spec.lock === undefined ? undefined : keyOf(spec.lock, values),
    preflight: spec.preflight.filter(({ unless }) => unless === undefined || !values.has(unless)),
    needsEnv: true,
    secrets: [...spec.params].flatMap(([name, { secret }]) => (secret ? [textOf(values, name)] : [])),
    preloadKey: preloadKey(program, values.get("release")),
    invalidates: spec.invalidates.map(({ store, by }) =>
      by === undefined ? { store } : { store, param: by, value: textOf(values, by) },
    ),
  };
}

/**
 * A free command, judged as the tool that is made for it where there is one: a way round would hide failures and effects.
 * @throws ToolFailure invalid, listing what is allowed
 */
export function genericPlan(catalog: Catalog, program: Program, input: Input): Plan {
  const text = (name: string): string => given(input[name]) ?? "";
  const release = given(input["release"]);
  const { argv, risk } = checkCommand(program, text("command"), text("args"), release);
  return {
    ...DEFAULTS,
    ...judgedAs(declaredFor(catalog, program, text("command")), release),
    tool: program.generic?.tool ?? program.name,
    program,
    argv,
    risk,
    confirm: { param: "confirm", value: release ?? text("command"), given: given(input["confirm"]) },
    lock: release === undefined ? undefined : `release:${release}`,
    needsEnv: true,
    timeoutMs: GENERIC_TIMEOUT_MS,
    secrets: [],
    preloadKey: preloadKey(program, release),
  };
}

/** The command of a tool is the first word of its argv that is no option. */
const declaredFor = ({ tools }: Catalog, program: Program, command: string): ToolSpec | undefined =>
  [...tools.values()].find(({ program: name, argv }) => {
    const word = argv.find((item) => item.kind === "literal" && !item.text.startsWith("-"));
    return name === program.name && word?.kind === "literal" && word.text === command;
  });

function judgedAs(spec: ToolSpec | undefined, release: string | undefined): Partial<Plan> {
  if (spec === undefined) return {};
  const { success, effects, preflight, invalidates, killGraceMs, output, cwd } = spec;
  return {
    success,
    effects,
    killGraceMs,
    output,
    cwd,
    preflight: preflight.filter(({ unless }) => unless === undefined),
    invalidates: invalidates.map(({ store, by }) =>
      by === "release" && release !== undefined ? { store, param: by, value: release } : { store },
    ),
  };
}

/** `<program> [command] --help` */
export const helpPlan = (program: Program, command: string): Plan => ({
  ...DEFAULTS,
  tool: "get_command_help",
  program,
  argv: [...(command === "" ? [] : [command]), program.helpFlag],
  risk: "read",
  confirm: { param: "confirm", value: "", given: undefined },
  lock: undefined,
  needsEnv: false,
  timeoutMs: HELP_TIMEOUT_MS,
  secrets: [],
  preloadKey: undefined,
});

function programOf(catalog: Catalog, name: string): Program {
  const program = catalog.programs.get(name);
  if (program === undefined) throw new ToolFailure("unavailable", `the catalogue has no program ${name}`);
  return program;
}

/** What a hook of the release tools fetches, it fetches for a release. */
const preloadKey = (program: Program, release: Value | undefined): string | undefined =>
  program.zygote?.preload === undefined || release === undefined ? undefined : String(release);

const textOf = (values: Values, name: string): string => String(values.get(name) ?? "");
const given = (value: unknown): string | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
