// A tool that the catalogue declares.
import { z } from "zod";
import { isObject } from "../../../core/json.ts";
import type { CallContext } from "../../../core/context.ts";
import { defineTool, type Tool } from "../../../core/tool.ts";
import { refOf } from "../cache/ref.ts";
import type { ToolSpec } from "../catalog/types.ts";
import type { JobStarted } from "../jobs/types.ts";
import { accessOf, isLongRun, sentence, titleOf, type Kit } from "../kit.ts";
import { askerOf } from "../runs/asker.ts";
import { callInputOf, mayNeedConfirm } from "../runs/confirm.ts";
import { risksOf, whyNot } from "../runs/gate.ts";
import { seedText } from "../runs/outcome.ts";
import { planOf } from "../runs/plan.ts";
import { createProgress } from "../runs/progress.ts";
import { pythonJson } from "../runs/python-json.ts";
import type { RunOutcome } from "../runs/types.ts";
import { answerOf, isStarted, runOutput, showFailure, showJsonFailure } from "./show.ts";

const refreshField = z.boolean().default(false).describe("Run it anew, even if a kept result is there.");

export function declaredTool(kit: Kit, spec: ToolSpec): Tool {
  const isJson = spec.result === "json";
  const possible = risksOf(spec).filter((risk) => whyNot(kit.gate, risk, spec.effects) === undefined);
  /** The text of a JSON result as the command printed it; its value goes through the registry untouched. */
  const printed = new WeakMap<object, string>();
  return defineTool({
    name: spec.name,
    title: titleOf(spec.name),
    description: describe(kit, spec),
    // Where some calls are refused, those that are left decide; where all are, the hub does not list it.
    access: accessOf(possible.length > 0 ? possible : risksOf(spec)),
    long: isLongRun(spec.timeoutMs),
    asks: mayNeedConfirm(kit.gate.policy, spec),
    input: callInputOf(kit.gate.policy, spec).extend(spec.cache === undefined ? {} : { refresh: refreshField }),
    output: runOutput,
    run: async (input, context) => {
      const came = await call(kit, spec, input, context);
      if (isStarted(came)) return { ok: true, status: "running", ...came };
      const answer = answerOf(came, isJson, context.budget);
      if (isObject(answer.data) || Array.isArray(answer.data)) {
        if (answer.data === came.data) printed.set(answer.data, came.output);
      }
      return answer;
    },
    text: (value) => {
      const { text, output, data } = value;
      if (typeof text === "string") return text;
      if (!isJson)
        return seedText({ ok: true, code: 0, note: undefined, output: typeof output === "string" ? output : "" });
      return (typeof data === "object" && data !== null ? printed.get(data) : undefined) ?? pythonJson(data);
    },
    failure: isJson ? showJsonFailure : showFailure,
  });
}

async function call(
  kit: Kit,
  spec: ToolSpec,
  input: Readonly<Record<string, unknown>>,
  context: CallContext,
): Promise<RunOutcome | JobStarted> {
  const { engine, cache, executables, audit, clock, jobs } = kit;
  const plan = planOf(kit.catalog, spec, input);
  const confirmed = engine.admit(plan, context);
  const { signal } = context;
  const who = askerOf(context);
  const ref = spec.cache === undefined ? undefined : refOf(spec, input, await executables.find(plan.program));
  const refresh = input["refresh"] === true;
  const kept = ref === undefined || refresh ? undefined : cache.hit(ref);
  if (kept !== undefined) {
    void audit.cached(plan, { signal, ...who }, kept);
    return kept;
  }
  const progress = createProgress(context, clock, spec.progress === "lines");
  const { onLine } = progress;
  try {
    if (ref !== undefined) {
      return await cache.load(ref, (shared) => engine.run(plan, { signal: shared, onLine, ...who }), {
        signal,
        refresh,
      });
    }
    if (spec.background.mode !== "never")
      return await jobs.adopt({ spec, input: { ...input, ...confirmed }, signal, onLine, ...who });
    return await engine.run(plan, { signal, onLine, ...who });
  } finally {
    progress.stop();
  }
}

/** What the catalogue says, and what a reader must know before calling it. */
function describe({ gate }: Kit, spec: ToolSpec): string {
  const { effects, program, timeoutMs, cache, confirm, deprecated, background } = spec;
  const param = confirm?.param ?? "confirm";
  const parts = [
    sentence(spec.description),
    `Runs ${program}, at most ${Math.round(timeoutMs / 1_000)} s.`,
    ...(effects.length === 0 ? [] : [`Has effects: ${effects.join(", ")}.`]),
    ...(mayNeedConfirm(gate.policy, spec)
      ? [`Needs ${param}${confirm === undefined ? "" : ` = ${confirm.mustEqual}`}.`]
      : []),
    ...(cache === undefined ? [] : [`Kept for ${Math.round(cache.ttlMs / 1_000)} s.`]),
    ...(background.mode === "never" ? [] : ["May go on in the background."]),
    ...(deprecated === undefined ? [] : [`Deprecated: ${sentence(deprecated)}`]),
  ];
  return parts.join(" ").slice(0, 1_000);
}
