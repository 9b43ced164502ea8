// What a program says of itself and of its commands. Kept, since it only changes with the program.
import { z } from "zod";
import type { CallContext } from "../../../core/context.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { defineTool, type FailureView, type Shown, type Tool } from "../../../core/tool.ts";
import type { Ref } from "../cache/cache.ts";
import type { Catalog, Program } from "../catalog/types.ts";
import type { Kit } from "../kit.ts";
import { askerOf } from "../runs/asker.ts";
import { helpPlan } from "../runs/plan.ts";
import type { RunOutcome } from "../runs/types.ts";
import { fitText } from "./fit.ts";
import { runOutput } from "./show.ts";

export const HELP_STORE = "help";
const HELP_TTL_MS = 3_600_000;
const ERROR = "Error getting help: ";

/** All but the hub's own helper, which is no command line for people. */
const programsOf = ({ programs }: Catalog): Program[] =>
  [...programs.values()].filter(({ prefix }) => prefix.length === 0);

export function getCommandHelp(kit: Kit): Tool {
  const programs = programsOf(kit.catalog);
  const names = programs.map(({ name }) => name);
  return defineTool({
    name: "get_command_help",
    title: "Get command help",
    description:
      "Shows the help of a program, or of one of its commands. Use it before a *_run_command tool; at most 30 s.",
    access: "read",
    input: z.strictObject({
      cli: z
        .string()
        .min(1)
        .max(64)
        .meta({ description: `One of: ${names.join(", ")}.` }),
      command: z
        .string()
        .max(64)
        .regex(/^([a-z][a-z0-9_-]*)?$/, "must be the name of a command, or empty")
        .default("")
        .meta({ description: "A command of the program; empty for the program itself." }),
    }),
    output: runOutput,
    run: async ({ cli, command }, context) => {
      const program = programs.find(({ name }) => name === cli);
      if (program === undefined) throw new ToolFailure("invalid", `cli must be one of: ${names.join(", ")}`);
      const outcome = await help(kit, program, command, context);
      const output = fitText(outcome.output, context.budget.textBytes - ERROR.length);
      if (outcome.ok) return { ...outcome.facts, output: output || "(No help output)" };
      const text = outcome.note === undefined ? output || "(No help output)" : `${ERROR}${outcome.note}`;
      throw new ToolFailure("unavailable", outcome.note ?? `no help: exit code ${outcome.code}`, {
        text,
        run: outcome.facts,
      });
    },
    text: ({ output }) => String(output),
    failure: showHelpFailure,
  });
}

async function help(
  { cache, catalog, engine, executables }: Kit,
  program: Program,
  command: string,
  context: CallContext,
) {
  const plan = helpPlan(program, command);
  const load = (shared: AbortSignal): Promise<RunOutcome> => engine.run(plan, { signal: shared, ...askerOf(context) });
  const { signal } = context;
  const executable = await executables.find(program);
  if (executable === undefined) return load(signal);
  const ref: Ref = {
    store: HELP_STORE,
    key: JSON.stringify([program.name, command, executable.digest]),
    tool: "get_command_help",
    tags: { cli: program.name, command },
    ttlMs: catalog.caches.get(HELP_STORE)?.ttlMs ?? HELP_TTL_MS,
  };
  return cache.hit(ref) ?? cache.load(ref, load, { signal, refresh: false });
}

function showHelpFailure({ message, code, details, timestamp }: FailureView): Shown {
  const { text, run } = details;
  const facts = typeof run === "object" && run !== null ? run : { ok: false };
  return {
    text: typeof text === "string" ? text : message,
    structured: { status: "error", error: message, ...facts, code, timestamp },
  };
}
