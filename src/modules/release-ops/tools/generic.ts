// Any listed command of a program: the seed's *_run_command tools.
import { defineTool, type Tool } from "../../../core/tool.ts";
import type { Program, Risk } from "../catalog/types.ts";
import { accessOf, titleOf, type Kit } from "../kit.ts";
import { genericInputOf } from "../params/generic/command.ts";
import { confirmField } from "../runs/confirm.ts";
import { needsConfirm, whyNot } from "../runs/gate.ts";
import { seedText } from "../runs/outcome.ts";
import { askerOf } from "../runs/asker.ts";
import { genericPlan } from "../runs/plan.ts";
import { createProgress } from "../runs/progress.ts";
import { answerOf, runOutput, showFailure } from "./show.ts";

export function genericRisks({ generic }: Program): Risk[] {
  const listed = [...(generic?.commands.values() ?? [])].map(({ risk }) => risk);
  return [...new Set([...listed, ...(generic?.allowUnlisted === true ? ["critical" as const] : [])])];
}

export function genericTool(kit: Kit, program: Program): Tool {
  const { engine, gate, clock } = kit;
  const name = program.generic?.tool ?? "";
  const all = genericRisks(program);
  const possible = all.filter((risk) => whyNot(gate, risk, []) === undefined);
  const by = program.generic?.releaseParam === undefined ? "command" : "release";
  const confirm = confirmField.describe(`Critical commands need it: the ${by} once more.`);
  const asks = all.some((risk) => needsConfirm(gate.policy, risk));
  return defineTool({
    name,
    title: titleOf(name),
    description:
      `Runs a listed command of ${program.name} with options of your choice, at most 600 s. ` +
      `Use the tool that is made for the command where there is one; get_command_help shows its options.`,
    access: accessOf(possible.length > 0 ? possible : all),
    long: true,
    asks,
    input: genericInputOf(program).extend(asks ? { confirm } : {}),
    output: runOutput,
    run: async (input, context) => {
      const plan = genericPlan(kit.catalog, program, input);
      engine.admit(plan, context);
      const progress = createProgress(context, clock, true);
      try {
        const { onLine } = progress;
        const who = askerOf(context);
        const outcome = await engine.run(plan, { signal: context.signal, onLine, ...who });
        return answerOf(outcome, false, context.budget);
      } finally {
        progress.stop();
      }
    },
    text: ({ output }) =>
      seedText({ ok: true, code: 0, note: undefined, output: typeof output === "string" ? output : "" }),
    failure: showFailure,
  });
}
