// Asks the person behind the client to confirm a critical command, where the client can ask; it is shown what would run.
import { createHash } from "node:crypto";
import { z } from "zod";
import { NeedsInput, type CallContext } from "../../../core/context.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { isObject } from "../../../core/json.ts";
import type { Policy, ToolSpec } from "../catalog/types.ts";
import { inputOf } from "../params/input.ts";
import { needsConfirm, pass, previewOf, risksOf, whyNot, type Gate } from "./gate.ts";
import type { Plan } from "./types.ts";

export type Asking = Pick<CallContext, "abilities" | "answers" | "state">;

export const confirmField = z.string().max(200).optional();

/** A call of this tool may have to be confirmed. */
export const mayNeedConfirm = (policy: Policy, spec: ToolSpec): boolean =>
  risksOf(spec).some((risk) => needsConfirm(policy, risk));

/** The tool's own input, and room for a confirmation where the policy asks for one and the catalogue does not say which. */
export function callInputOf(policy: Policy, spec: ToolSpec): z.ZodObject {
  const own = inputOf(spec);
  if (spec.confirm !== undefined || !mayNeedConfirm(policy, spec)) return own;
  return own.extend({ confirm: confirmField.describe("Repeats what the refusal asks for.") });
}

const KEY = "confirm";
const answerShape = z.object({ action: z.string(), content: z.record(z.string(), z.unknown()).nullish() });
const stateShape = z.object({ command: z.string() });

/**
 * Returns the argument that the person confirmed with, if one was asked.
 * @throws NeedsInput when a person is to be asked first, ToolFailure denied: nothing has run
 */
export function admit(gate: Gate, plan: Plan, asking: Asking): Readonly<Record<string, string>> {
  const { param, value, given } = plan.confirm;
  const isOpen = given === undefined && whyNot(gate, plan.risk, plan.effects) === undefined;
  if (!isOpen || !needsConfirm(gate.policy, plan.risk) || !canAsk(asking)) {
    pass(gate, plan);
    return {};
  }
  const command = digestOf(plan);
  const answer = answerShape.safeParse(asking.answers[KEY]);
  // An answer counts for the command that it was asked about, and for no other.
  const isAnswered = answer.success && stateShape.safeParse(asking.state).data?.command === command;
  if (!isAnswered) throw new NeedsInput({ [KEY]: question(plan) }, { command });
  const { action, content } = answer.data;
  if (action === "accept" && content?.[param] === value) return { [param]: value };
  const how = action === "accept" ? `the answer was not ${JSON.stringify(value)}` : "it was not confirmed";
  const { line, argv } = previewOf(plan);
  throw new ToolFailure("denied", `not run: ${how}. It would have run: ${line}`, {
    code: "CONFIRMATION_DECLINED",
    preview: argv,
  });
}

/** A client that names no way of asking has forms: https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation */
function canAsk({ abilities: { elicitation } }: Asking): boolean {
  return isObject(elicitation) && (Object.keys(elicitation).length === 0 || elicitation["form"] !== undefined);
}

const digestOf = ({ program: { exec, prefix }, argv }: Plan): string =>
  createHash("sha256")
    .update(JSON.stringify([exec, prefix, argv]))
    .digest("base64url");

function question(plan: Plan) {
  const { param, value } = plan.confirm;
  const described = `Type ${value} to run it.`;
  return {
    method: "elicitation/create",
    params: {
      mode: "form",
      message: `This ${plan.risk} command would run:\n\n${previewOf(plan).line}\n\n${described}`,
      requestedSchema: {
        type: "object",
        properties: { [param]: { type: "string", title: `Type ${value}`, description: described, maxLength: 200 } },
        required: [param],
      },
    },
  };
}
