// Who may run what: the operator's ALLOW_WRITES, the catalogue's policy, and the confirmation of what cannot be undone.
import { ToolFailure } from "../../../core/failure.ts";
import type { Policy, Risk, ToolSpec } from "../catalog/types.ts";
import { preview } from "../params/argv.ts";
import { redactText, secretForms } from "../runner/redact-stream.ts";
import type { Plan } from "./types.ts";

export interface Gate {
  readonly policy: Policy;
  /** ALLOW_WRITES names this module. */
  readonly allowsWrites: boolean;
}

/** Why a command of this risk may not run here at all; undefined when it may. */
export function whyNot({ policy, allowsWrites }: Gate, risk: Risk, effects: readonly string[]): string | undefined {
  if (risk !== "read" && policy.readOnly !== "off")
    return `it is a ${risk} command and the catalogue is read_only: ${policy.readOnly}`;
  if (risk !== "read" && !allowsWrites)
    return `it is a ${risk} command: the operator switches these on with ALLOW_WRITES=release-ops`;
  if (policy.readOnly === "strict" && effects.length > 0)
    return `it has effects (${effects.join(", ")}) and the catalogue is read_only: strict`;
  return undefined;
}

/** Every risk that a call of this tool may have. */
export const risksOf = ({ risk, riskWhen }: ToolSpec): Risk[] => [
  ...new Set([risk, ...riskWhen.map((rule) => rule.risk)]),
];

export const needsConfirm = (policy: Policy, risk: Risk): boolean =>
  policy.confirm !== "off" && (risk === "critical" || (risk === "write" && policy.confirm === "write"));

/** @throws ToolFailure denied: nothing has run */
export function pass(gate: Gate, plan: Plan): void {
  const reason = whyNot(gate, plan.risk, plan.effects);
  if (reason !== undefined) throw new ToolFailure("denied", `not run: ${reason}`, { code: "READ_ONLY" });
  const { param, value, given } = plan.confirm;
  if (!needsConfirm(gate.policy, plan.risk) || given === value) return;
  const { argv, line } = previewOf(plan);
  throw new ToolFailure(
    "denied",
    `not run, since this ${plan.risk} command needs to be confirmed. It would run: ${line}\n` +
      `To run it, call again with ${param}=${JSON.stringify(value)}.`,
    { code: "CONFIRMATION_REQUIRED", preview: argv, confirm: { [param]: value } },
  );
}

/** What would run, but for secrets. */
export function previewOf({ program: { exec, prefix }, argv, secrets }: Plan): { argv: string[]; line: string } {
  const forms = secretForms(secrets);
  const shown = [exec, ...prefix, ...argv].map((word) => redactText(word, forms));
  return { argv: shown, line: preview(exec, shown.slice(1)) };
}
